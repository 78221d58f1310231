"""Tests of the group `orders`."""
