"""Arithmetic of points: the points that a purchase earns under a rule.

    Decimal, Schedule ──► award ──► Award (points, exact value, steps)
                            │
                         Formula: one definition, which `backtest.points_sql` writes as SQL

Standard library only, and no float: every number is a fraction, so nothing is lost before rounding.
"""
