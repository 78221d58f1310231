"""Format values as JSON, JSONL or YAML, with hostile characters escaped."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

from loyaltyctl.render.visible import HOSTILE, json_escaped, yaml_escaped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyaltyctl.intake.values import Json


_YAML_1_1 = re.compile(
    r"y|n|yes|no|on|off|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?", re.ASCII | re.IGNORECASE
)
"""Text that YAML 1.1 parsers (PyYAML, Ruby), unlike 1.2, read as a boolean or a sexagesimal number."""
_INDENTED = json.JSONEncoder(ensure_ascii=False, indent=2)
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def to_json(value: Json, *, indented: bool) -> str:
    """Format a value as JSON, on one line or indented, with a line feed at the end."""
    return json_escaped((_INDENTED if indented else _COMPACT).encode(value)) + "\n"


def to_jsonl(values: Iterable[Json]) -> str:
    """Format values as JSONL: one line of JSON for each."""
    return "".join(to_json(value, indented=False) for value in values)


def to_yaml(value: Json) -> str:
    """Format a value as YAML in block style; strings with hostile characters are quoted and escaped."""
    from ruamel.yaml import YAML
    from ruamel.yaml.representer import SafeRepresenter

    class Representer(SafeRepresenter):
        """Representer of values as YAML that quotes ambiguous strings and writes no aliases."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature of the base class
            """Return True: YAML output has no aliases for values that occur twice."""
            return True

        def represent_str(self, data: str) -> Any:
            """Represent a string as YAML, in quotes if it has hostile characters or is ambiguous."""
            style = '"' if HOSTILE.search(data) else "'" if _YAML_1_1.fullmatch(data) else None
            return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)

        def represent_float(self, data: float) -> Any:
            """Represent a float as YAML with a decimal point."""
            text = repr(data)
            if "." not in text:
                text = text.replace("e", ".0e")  # YAML 1.1 reads an exponent without a point as text
            return self.represent_scalar("tag:yaml.org,2002:float", text)

    Representer.add_representer(float, Representer.represent_float)
    Representer.add_representer(str, Representer.represent_str)
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 1 << 20  # never wrap: a wrapped line would show as changed in git
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel declares it None
    yaml.Representer = Representer
    text = io.StringIO()
    yaml.dump(value, text)
    return yaml_escaped(text.getvalue().removesuffix("...\n"))  # ruamel.yaml ends a bare scalar with `...`
