"""Backtests: order history × rules → points.

    BacktestRequest ──► run ──► BacktestResult
                        runner    the parts below, in their order
                        kinds     orders by trigger and tier, as far as rules differ by them
    points.formulas ──► sql       the points of an order, as SQL
                        totals    queries of the sums: totals and groups
                        coverage  orders that test a rule set, and parts of it that no order tests
                        triggers  triggers of orders that no rule has
                        example   orders and rules of a small store

`loyaltyctl.orders` reads the orders, and sums the points in one scan.
"""
