"""Text from outside made into values, strictly: JSON, YAML, CSV, numbers, money, ids.

Nothing here knows earning rules. What does not fit is an `InvalidData` that says
where; nothing is guessed and nothing is repaired. Files are read and replaced whole here too.

    a path or "-" ─► documents.read ─► documents.parse ─┬─► strict_json
                                                        ├─► yaml_text
                                                        └─► csv_text
    text ─► atomic_files.replace ─► a path
"""
