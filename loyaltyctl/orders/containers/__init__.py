"""Open order files of any container: compressed, zipped, spreadsheets, JSON, any text encoding.

    a path ─► opening.open_order_file ─► a Readable: a file that DuckDB reads, and notes for the user
                 │
                 ├─ signatures    the kind of a file, by its first bytes
                 ├─ compressed    gzip, bzip2, xz, Zstandard  ─┐
                 ├─ zip_files     a zip with one file          ├─► a copy, which is opened again
                 ├─ encodings     UTF-16, Windows-1252, others ─┘
                 ├─ json_records  arrays, envelopes, pages    ───► JSONL
                 └─ tables        workbooks, HTML, XML        ───► CSV, written by table_process

A plain UTF-8 file of lines, and a gzipped one, are read where they are, of only the first bytes are
read here. All others are converted to a private copy in a temporary folder of the caller.
"""
