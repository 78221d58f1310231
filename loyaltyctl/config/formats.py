"""The values of the setting `output`."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """Formats of standard output; `render` writes them."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    YAML = "yaml"
    CSV = "csv"
    TSV = "tsv"
    ID = "id"
    SARIF = "sarif"
    """For what was found in files: `rules validate` alone."""
