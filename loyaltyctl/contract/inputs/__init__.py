"""Inputs: the JSON that commands read, as types from which JSON Schemas are made."""
