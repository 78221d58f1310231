"""Loyalty events: the catalog of types, and the formats in which one event arrives."""
