"""Outputs: the type of each JSON value that commands print.

A NamedTuple is a JSON object in camelCase; its annotations describe the members. The JSON
(`json_values`), the paths of --fields (`types`) and the published JSON Schema (`json_schema`) are
derived from the NamedTuple. The types are not dataclasses, because a command creates dozens of
these classes when it starts, and a frozen dataclass takes ten times as long to create.
"""
