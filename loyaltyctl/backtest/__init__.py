"""What rules would have cost: order history × rules → points.

    paths ──► files      what each file is: CSV, JSONL or Parquet, plain or gzipped
              columns    which column says the amount, the date, the tier …
              sources    how the engine reads it
    rules ──► sql        one statement, made from the same rule that `points.award` follows
              engine     DuckDB: the only module that speaks it; one scan, bounded memory
    BacktestRequest ──► study ──► answer ──► BacktestResult
              tally      orders counted by trigger and tier: judged, unknown, untested
              unmatched  values that no rule and no filter has
              records    where orders cannot be read: file, line, what is wrong
              example    a year of a shop, to begin with

The scan counts what is unreadable and does not stop for it. Where there is anything,
the files are read once more, line by line, to name the places.
"""
