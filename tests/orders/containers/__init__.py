"""Tests of opening order files of any container."""
