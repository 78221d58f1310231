"""Tests of the events commands."""
