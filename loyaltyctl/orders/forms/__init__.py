"""Forms: how the amounts and dates of a column are written, decided by all values of the column.

    values of a column ──► evidence   counts of the values by the forms that they fit, with examples
    evidence           ──► decision   one form for the column, or Undecided, or Contradiction
    form               ──► SQL and Python that read a value

amounts         what other packages import for amounts; decide_amounts
  amount_evidence   AmountEvidence: counts by the classes of amounts
  amount_form       AmountForm: plain text of an amount, in Python and as SQL
  amount_texts      classes of the texts of amounts
  currencies        codes, signs and digits of currencies
dates           what other packages import for dates; decide_dates
  date_evidence     DateEvidence: counts by the kinds of dates
  date_form         DateForm: day and month of a date, in Python and as SQL
  date_kinds        kinds of dates, with their readings
  date_readings     conversion of one way to write a date
  month_words       words for months in seven languages
decisions       Undecided, Contradiction
texts           classes of texts

A class of texts is one regular expression, which both Python (with re.ASCII) and DuckDB's RE2 take. It has no
lookaround and no backreference, and matches the whole text.
"""
