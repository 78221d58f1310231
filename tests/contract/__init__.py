"""Tests of the JSON that this program defines."""
