"""Tests of the commands about events."""
