"""Tests of order sources, with a sample of each export."""
