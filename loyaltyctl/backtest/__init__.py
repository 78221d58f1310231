"""Backtests: calculate the points that rule sets award for past orders.

    BacktestRequest ──► Runner ──► BacktestResult
                        runner    run a backtest: scan the orders, collect the result
                        kinds     classify orders by the triggers and tiers that the rules name
    points.formulas ──► sql       the points of an order, as SQL
                        summary   the columns of points and the groups that the scan sums
                        totals    totals and groups of points, queried from the sums
                        coverage  orders that test a rule set, and parts of it that no order tests
                        triggers  find misspelled triggers of orders
                        example   generate the orders and rules of an example

`loyaltyctl.orders` reads the orders, and sums the points in one scan.
"""
