"""Tests of the forms of amounts and dates."""
