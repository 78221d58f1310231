"""Kinds of schemas."""

from __future__ import annotations

from enum import StrEnum


class SchemaKind(StrEnum):
    """Whether a schema describes something that commands read, or their output."""

    INPUT = "input"
    OUTPUT = "output"
