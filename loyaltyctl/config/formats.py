"""Output formats: the values of the setting `output`."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """Output format: the form in which a command writes its results to standard output."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    YAML = "yaml"
    CSV = "csv"
    TSV = "tsv"
    ID = "id"
    SARIF = "sarif"
    """For findings in files: `rules validate` only."""
