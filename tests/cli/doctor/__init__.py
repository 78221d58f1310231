"""Tests of `loyaltyctl doctor`."""
