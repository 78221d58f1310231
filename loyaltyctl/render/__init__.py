"""Values as text: tables for people, JSON, YAML, CSV and TSV for programs.

    value + View ─► fields (--fields, --query) ─► one module per format ─► text

A View defines the presentation of one kind of value: columns for people, a JSON form for programs. The
formats know neither rules nor events. Text from outside passes through `visible` on its way to a terminal.
"""
