"""Attacks on the check of a token, by what they change."""
