"""Tests of the events of the model."""
