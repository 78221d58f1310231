"""Tests of the webhooks package."""
