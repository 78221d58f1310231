"""Orders: files of orders, read as one table.

    paths ──► files      find order files and detect their layout: CSV, JSONL or Parquet, plain or gzipped
              columns    match the columns of a file to the fields of an order: amount, date, tier …
              file_sql   SQL that reads order files, one column for each field of an order
              table_sql  SQL over the order table: sums in groups, values of a column, repeated ids
              table      order table: runs the SQL, and scans again in a slower mode if orders are unusual
              engine     DuckDB session: one scan, bounded memory
              checks     conditions that an order must meet, as SQL and in Python
              records    read the orders of a text file one by one, with line numbers
              faults     locate the orders that cannot be counted: file, line, message
              filters    explain filters that match no order

    site  ──► fetching   fetch the orders of a site into a JSONL file, which is then read like others

A scan counts unreadable orders without stopping. Only if there are any, the files are read
again, line by line, to locate them: the fast path never pays for line numbers.
"""
