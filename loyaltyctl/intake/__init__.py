"""Strict parsers of outside text: JSON, YAML, CSV, numbers, money, times, ids; and safe file access.

No module here knows earning rules. Text that does not fit raises `InvalidData` with its location; nothing
is guessed or repaired.

    a path or "-" ─► documents.read ─► documents.parse ─┬─► strict_json
                                                        ├─► yaml_text
                                                        └─► csv_text
    text ─► atomic_files.replace ─► a path
"""
