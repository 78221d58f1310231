"""Loyalty events: the catalog of event types, and the parser of the formats in which events arrive."""
