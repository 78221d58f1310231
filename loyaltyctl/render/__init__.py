"""Values made into text: tables for people, JSON and rows for programs.

    value + View ─► fields (--fields, --query) ─► one writer a format ─► text

A View says once how a kind of value looks: columns for people, a plain form for
machines. Writers know shapes, never what an earning rule is. Every string that comes
from outside passes through `visible` on its way into a human format.
"""
