"""Format values as text: tables for people; JSON, YAML, CSV and TSV for programs. Edit YAML and JSON files.

    value + View ─► selection (--fields, --query) ─► one module per format ─► text

A View defines the presentation of one kind of value: columns for people, a JSON form for programs. The format
modules know neither rules nor events. Untrusted text passes through `visible` before it reaches a terminal.
"""
