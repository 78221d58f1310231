"""Kinds of published JSON Schemas.

They are not in `schemas`, so that `outputs.settings` can import them without the table of all schemas.
"""

from __future__ import annotations

from enum import StrEnum


class SchemaKind(StrEnum):
    """Kind of a published JSON Schema: of a command's input, or of its --json output."""

    INPUT = "input"
    OUTPUT = "output"
