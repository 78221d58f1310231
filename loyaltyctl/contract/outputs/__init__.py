"""Outputs: one type for each JSON value that commands print.

A NamedTuple is an object, in camelCase; its annotations describe the members. From this one
definition follow the JSON (`json_values`), the paths of --fields and the published JSON Schema
(`json_schema`). NamedTuples rather than dataclasses: a command creates dozens of these classes
when it starts, and a frozen dataclass takes ten times as long to create.
"""
