"""The values of the setting `output`."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """How data is written to standard output. The writers are in the room `render`."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    YAML = "yaml"
    CSV = "csv"
    TSV = "tsv"
    ID = "id"
    SARIF = "sarif"
    """For what was found in files: `rules validate` alone."""
