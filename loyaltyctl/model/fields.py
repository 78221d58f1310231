"""What is known of a field of the vendor's: where it stands, what it holds, what it means."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class FieldKind(StrEnum):
    """What a field holds, in JSON."""

    TEXT = "text"
    ID = "id"
    DATE = "date"
    COUNT = "count"
    """A whole number that may be larger than 2^53, and so is text: revisions, sequences."""
    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "true or false"
    LIST = "list"
    OBJECT = "object"


class Field(NamedTuple):
    """One field: its path (lists have no step of their own), kind, meaning, and the values of an enum."""

    path: str
    kind: FieldKind
    about: str
    values: tuple[str, ...] = ()
