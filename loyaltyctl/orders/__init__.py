"""Orders: files of orders, read as one table.

    paths ──► files      layout of each file: CSV, JSONL or Parquet, plain or gzipped
              sources    descriptions of order sources: which column is the amount, the date, the tier …
              queries    SQL that reads the files, one column for each field of an order
              statements SQL over all of them: sums in groups, values of a column, repeated ids
    OrderTable           runs them, and reads again, more closely, if something is odd
              engine     DuckDB, imported nowhere else; one scan, bounded memory
              checks     conditions on an order, as SQL and in Python
              records    the orders of a text file, one by one
              faults     orders that cannot be counted: file, line, message
              filters    filters that match no order

A scan counts unreadable orders and does not stop at them. Only if there are any, the
files are read again, line by line, to locate them.
"""
