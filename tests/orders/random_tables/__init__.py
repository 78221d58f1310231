"""Random tables of orders, written in random dialects, and their totals calculated without the program.

orders       random clean orders, and the totals that a backtest must give for them
amounts      ways to write amounts, and whether the texts of a column have two readings
dates        ways to write dates, likewise
sheets       rows of cells: names and sequence of columns, items of orders, total lines
containers   sheets as files: CSV of any dialect, JSON, Parquet, workbooks, compressed
cases        a random case: orders, the files that they are written to, what must be asked and told
"""
