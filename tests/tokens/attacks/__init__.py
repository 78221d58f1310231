"""Attacks on token verification, by what they change."""
