"""Forms: how the amounts and dates of a column are written, decided by all values of the column.

    values of a column ──► evidence   counts of the values by the forms that they fit, with examples
    evidence           ──► decision   one form for the column, or Undecided, or Contradiction
    form               ──► SQL and Python that read a value

amounts   forms of amounts: decimal mark, thousands marks, signs, currencies, float noise, minor units
dates     forms of dates: ISO, day or month first, month words, compact, epoch, Excel serial

A class of texts is one regular expression, which both Python (with re.ASCII) and DuckDB's RE2 take. It has no
lookaround and no backreference, and matches the whole text.
"""
