"""Strict parsers for untrusted text (JSON, YAML, CSV, money, times, ids), and safe file access.

No module here knows earning rules. Invalid text raises `InvalidData` with its location; nothing is guessed or
repaired.

    a path or "-" ─► documents.load ─► documents.parse ─┬─► strict_json
                                                        ├─► yaml_text
                                                        └─► csv_text
    text ─► atomic_files.replace ─► a path
"""
