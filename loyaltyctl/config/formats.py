"""Output formats: the values of the setting `output`."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """Formats of standard output, written by `render`."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    YAML = "yaml"
    CSV = "csv"
    TSV = "tsv"
    ID = "id"
    SARIF = "sarif"
    """For findings in files: `rules validate` only."""
