"""Inputs: the JSON files that commands read, as types from which JSON Schemas are generated."""
