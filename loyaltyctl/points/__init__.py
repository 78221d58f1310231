"""Arithmetic of points: the points that a purchase earns under a rule.

    Decimal, Schedule ──► award ──► Award (points, exact value, steps)
                            │
                         Formula: one definition, which `backtest.points_sql` writes as SQL

This package needs only the standard library. It calculates with fractions, not floats, so nothing is lost
before rounding.
"""
