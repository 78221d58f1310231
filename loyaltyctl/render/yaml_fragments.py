"""Format values as fragments of YAML text, for insertion into an edited file."""

from __future__ import annotations

import json
import re
import textwrap
from typing import TYPE_CHECKING

from loyaltyctl.render.json_yaml import to_yaml
from loyaltyctl.render.visible import yaml_escaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.intake.values import Json

INDENT = 2
"""Columns by which a nested YAML block is indented."""
_PLAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_./ -]*[A-Za-z0-9])?", re.ASCII)
"""Text that needs no quotes in flow style, where commas and brackets have a meaning."""


def yaml_after_indicator(value: Json, *, in_list: bool) -> tuple[str, str]:
    """Format a value as two YAML fragments after a colon or dash: the rest of that line, the lines below.

    A scalar is only in the first (` 5`), an object or list with members only in the second (`  a: 1`).
    """
    head, _, lines = to_yaml({"k": value}).partition("\n")
    inline = head.removeprefix("k:")
    if in_list and isinstance(value, list):
        lines = textwrap.indent(lines, " " * INDENT)
    return inline, lines


def yaml_block_lines(value: Json, column: int) -> str:
    """Format an object or a list as a YAML fragment: lines in block style, indented to a column."""
    return textwrap.indent(to_yaml(value), " " * column)


def yaml_item_lines(items: Sequence[Json], column: int, *, apart: bool) -> str:
    """Format items of a list as a YAML fragment: lines, with blank lines between items if `apart` is true."""
    return ("\n" if apart else "").join(yaml_block_lines([item], column) for item in items)


def yaml_flow_text(value: Json) -> str:
    """Format a value as a YAML fragment on one line in flow style: objects and lists in brackets."""
    if isinstance(value, dict):
        members = (f"{_yaml_flow_scalar(key)}: {yaml_flow_text(item)}" for key, item in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(yaml_flow_text, value))}]"
    return _yaml_flow_scalar(value)


def _yaml_flow_scalar(value: Json) -> str:
    """Format a scalar as a YAML fragment in flow style; text that could be read otherwise is in quotes."""
    if not isinstance(value, str):
        return json.dumps(value)
    plain = _PLAIN.fullmatch(value) and to_yaml(value).strip() == value
    return value if plain else yaml_double_quoted(value)


def yaml_double_quoted(value: str) -> str:
    """Format text as a YAML fragment in double quotes, with the escapes of JSON, which YAML also has."""
    return yaml_escaped(json.dumps(value, ensure_ascii=False))
