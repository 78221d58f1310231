"""Orders: files of orders, read as one table.

    paths ─► files ─► opening ─► roles ─► column_forms ─► table ─► sums in groups

Files and their columns
    files          find order files, and detect the columns of each from its first bytes
    containers     open any container, such as a zip file or a workbook: a file that DuckDB reads
    dialects       CSV: separator, lines above the header, names of the columns
    json_members   JSONL: columns that only later orders have
    list_members   JSONL: members of items in a list, such as `refunds[].total`
    parquet        Parquet: columns, also inside structs
    opening        all of this for the files of a run, and repairs of what DuckDB refuses
What the columns mean
    sources        descriptions of exports, and which one a file is
    roles          roles of the columns of a file, by its source and the options of the user
    total_lines, total_words   a last line that is the sum of the others
    extra_lines    other lines that are not orders: sums of a part, notes, repeated headers
    forms          how the amounts and dates of a column are written, decided by all its values
    column_forms   the forms of the columns that are read
    named_currencies   currencies in the names of columns, such as `Total (USD)`
    currency_signs   signs of currencies that contradict each other, or the orders
The order table
    selection      request: files, how they are read, and filters
    file_sql       SQL that reads the texts of the columns of files
    order_sql      SQL that makes orders of them: amounts, dates, what is excluded
    grouped_sql    SQL that groups lines, such as items, to orders
    batches        SQL for all files: a query for each batch of files with the same columns
    table_sql      SQL over the order table: sums in groups, values of a column, repeated ids
    columns        columns that the order table has
    counts         numbers of orders that a scan could not count
    table          runs the SQL, and scans again in a slower mode if orders are unusual
    order_rows     the orders one by one, instead of their sums
    conversion, plain_files    write the orders to one plain file
    inspection, inspected_files   describe what files are taken for, and what is not clear
    engine         DuckDB session: one scan, bounded memory
    temporary_folders   folders for copies of files, also those that killed runs have left
    line_sql       read any file of text as lines
    quoting        quote values and names for SQL
Orders that cannot be counted
    checks         conditions that an order must meet, as SQL and in Python
    faults         locate the orders that do not meet them: file, line, message
    left_out       those left out with --skip-bad-rows
    lines          lines of the rows of a file, and malformed rows
    refusals       the errors for such orders
    filters        explain filters that match no order
    unpaid         tell orders of plain files that count although their status reads as unpaid
The orders of a site
    fetching       fetch them into a JSONL file, which is then read like others

The usual case costs one scan. It predicts the forms of values from the first orders, and counts the values
that do not fit without stopping. Only if there are any, the columns are examined as a whole, and read again.
Lines have no numbers in a scan; one more scan finds the place of a fault.
"""
