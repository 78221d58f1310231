"""Tests of the arithmetic of points."""
