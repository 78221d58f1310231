"""Strict YAML parser: returns JSON values, and rejects anchors, aliases and unknown tags.

Of the values without quotes, only decimal numbers, true, false and null are converted; `no`, `010`, `1:30`,
`1e5` and dates stay text. Aliases are rejected because a few lines of them can expand to gigabytes ("billion
laughs").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from loyaltyctl.errors import InvalidData, Location
from loyaltyctl.intake.strict_json import MAX_DEPTH, MAX_DIGITS
from loyaltyctl.intake.values import Json, JsonObject, JsonPath, Position, quoted

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_STANDARD = "tag:yaml.org,2002:"
_RESOLVED_TAGS = ("int", "float", "bool", "null", "timestamp", "merge", "value")
"""Tags that ruamel.yaml gives to text without quotes, by the rules of YAML; `_scalar` has its own rules."""
_INTEGER = re.compile(rf"-?(0|[1-9][0-9]{{0,{MAX_DIGITS - 1}}})", re.ASCII)
_FRACTION = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}", re.ASCII)
_WORDS: dict[str, Json] = {"": None, "~": None, "null": None, "true": True, "false": False}


def loads(text: str, name: str, marks: MutableMapping[JsonPath, Position]) -> Json:
    """Parse YAML text to a JSON value, and add the position of each value inside it to `marks`.

    Raises InvalidData, in most cases with line and column in the file `name`.
    """
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(text)  # nodes, not values: they have positions, and no alias is expanded yet
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        spot = Location(name, mark.line + 1, mark.column + 1) if mark else Location(name)
        raise InvalidData(", ".join(filter(None, (error.context, error.problem))), at=spot) from None
    except (YAMLError, ValueError, OverflowError) as error:
        if (position := getattr(error, "position", None)) is not None:
            line = text.count("\n", 0, position)
            spot = Location(name, line + 1, position - text.rfind("\n", 0, position))
            raise InvalidData("special characters are not allowed", at=spot) from None
        raise InvalidData(
            str(error).splitlines()[0] if str(error) else "not YAML", at=Location(name)
        ) from None
    except RecursionError:
        raise InvalidData(f"nested more than {MAX_DEPTH} levels deep", at=Location(name)) from None
    return _YamlTextConverter(name, marks).convert(node, ())


class _YamlTextConverter:
    """Converter of YAML text to JSON values; ruamel.yaml has already composed the text to nodes."""

    def __init__(self, name: str, marks: MutableMapping[JsonPath, Position]) -> None:
        """Prepare to convert the YAML text of the file `name`; `marks` gets the positions of its values."""
        self._name = name
        self._marks = marks

    def convert(self, node: Node | None, path: JsonPath) -> Json:
        """Convert the value at a path of the YAML text to a JSON value; None if the text is empty."""
        if node is None:
            return None
        self._marks[path] = Position(node.start_mark.line + 1, node.start_mark.column + 1)
        if node.anchor is not None:
            raise self._yaml_error(node, f"the anchor &{node.anchor}: anchors and aliases are not supported")
        if len(path) > MAX_DEPTH:
            raise self._yaml_error(node, f"nested more than {MAX_DEPTH} levels deep")
        match node:
            case MappingNode():
                return self._mapping(node, path)
            case SequenceNode():
                self._require_default_tag(node, "seq")
                return [self.convert(item, (*path, i)) for i, item in enumerate(node.value)]
            case ScalarNode():
                return self._scalar(node)
            case _:
                raise self._yaml_error(node, "not a value")

    def _mapping(self, node: MappingNode, path: JsonPath) -> JsonObject:
        """Convert a mapping in YAML text to a JSON object. Raises InvalidData for duplicate keys."""
        self._require_default_tag(node, "map")
        members: JsonObject = {}
        for key, item in node.value:
            if not isinstance(key, ScalarNode) or key.anchor is not None:
                raise self._yaml_error(key, "a key must be plain text")
            if key.value in members:
                raise self._yaml_error(key, f"the key {quoted(key.value)} appears twice")
            members[key.value] = self.convert(item, (*path, key.value))
        return members

    def _scalar(self, node: ScalarNode) -> Json:
        """Convert a scalar in YAML text to a JSON value: `5` -> 5, `"5"` -> "5", `05` -> "05".

        Decimal numbers, true, false and null without quotes are converted; all others stay text.
        """
        text, tag = str(node.value), str(node.tag).removeprefix(_STANDARD)
        if tag == "str":
            return text
        if node.style is not None or tag not in _RESOLVED_TAGS:
            raise self._yaml_error(node, f"the tag {node.tag} is not supported")
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FRACTION.fullmatch(text):
            return float(text)
        return text

    def _require_default_tag(self, node: Node, kind: str) -> None:
        """Raise InvalidData unless a value in YAML text has the default tag of its `kind`, "map" or "seq"."""
        if str(node.tag) != f"{_STANDARD}{kind}":
            raise self._yaml_error(node, f"the tag {node.tag} is not supported")

    def _yaml_error(self, node: Node, problem: str) -> InvalidData:
        """Return the error for a problem with a value in YAML text, at the line and column of the value."""
        mark = node.start_mark
        return InvalidData(problem, at=Location(self._name, mark.line + 1, mark.column + 1))
