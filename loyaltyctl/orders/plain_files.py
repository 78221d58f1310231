"""Files of orders in the plain form that `orders convert` writes: their formats, and how members are kept."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class KeepMember(StrEnum):
    """Form of the member of an order in a converted file: its hash, its text, or nothing."""

    HASH = "hash"
    PLAIN = "plain"
    NONE = "none"


class PlainFormat(StrEnum):
    """Format of a file of orders in the plain form; the value is the suffix of its name."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"

    @property
    def copy_options(self) -> str:
        """The options of COPY that write the format."""
        return {"csv": "FORMAT csv, HEADER", "jsonl": "FORMAT json", "parquet": "FORMAT parquet"}[self]


class PlainFile(NamedTuple):
    """File of orders in the plain form that is to be written."""

    path: Path
    format: PlainFormat
    keep_member: KeepMember = KeepMember.NONE
    replaces: bool = False
    """If true, an existing file is replaced."""
