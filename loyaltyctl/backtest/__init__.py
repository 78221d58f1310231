"""Backtests: calculate the points that rule sets award for past orders.

    BacktestRequest ──► Runner ──► BacktestResult
                        runner      run a backtest: scan the orders, collect the result
                        kinds       kinds of orders: pairs of a trigger and a tier that the rules name
    points.formulas ──► points_sql  the points of an order, as SQL
                        summary     the columns of points and the groups that the scan sums
                        totals      totals of points and of groups, queried from the sums
                        coverage    how many orders test a rule set, and which of its parts no order tests
                        triggers    find misspelled triggers of orders
                        example     generate the orders and rules of an example

`loyaltyctl.orders` reads the orders, and sums the points in one scan.
"""
