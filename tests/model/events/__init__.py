"""Tests of model.events."""
