"""Kinds of published JSON Schemas.

A module of its own: `outputs.settings` needs the kinds, and `schemas` imports the outputs.
"""

from __future__ import annotations

from enum import StrEnum


class SchemaKind(StrEnum):
    """Kind of a published JSON Schema: of a command's input, or of its --json output."""

    INPUT = "input"
    OUTPUT = "output"
