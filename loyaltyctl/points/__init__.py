"""The maths: what a purchase earns under a rule.

    Decimal, Schedule ──► award ──► Award (points, the exact value, each step)

Standard library only, and no float: sums are made of fractions, which are integers that
are multiplied before they are divided, so nothing is lost on the way.
"""
