"""argv in, exit code out: the one room that speaks Typer, and the one that speaks to the person.

__main__ ─► root.run ─► a group, loaded when asked for ─► a command: ask, call, show
               │                                             │
               └── where errors become exit codes            └─ Context: streams, settings, client
"""
