"""What a rule would have cost: order history × rules → points.

    paths ──► files.find ──► OrderFile      what each is: CSV, JSONL or Parquet, and its columns
              columns.of ──► Columns        which column says the amount, the date, the tier …
    rules ──► sql         ──► one statement, made from the same rule that `points.award` follows
              engine      ──► DuckDB: the only room that speaks it; one scan, bounded memory
              study       ──► Outcome       totals and groups, for each rule set
              records     ──► where it cannot be read: file, line, what is wrong

The scan counts what is unreadable and does not stop for it. Where there is anything,
the files are read once more, line by line, to name the places.
"""
