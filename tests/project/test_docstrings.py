"""Docstrings define what they stand for: they do not begin with a question."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PARAPHRASE = re.compile(r"(What|How|Why|Who|Where)\b")


def docstrings(path: Path) -> list[ast.Constant]:
    """Return the docstrings of a module: of itself, and of its classes, functions and constants."""
    nodes = ast.walk(ast.parse(path.read_bytes()))
    values = [node.value for node in nodes if isinstance(node, ast.Expr)]
    return [one for one in values if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def test_no_docstring_begins_with_a_question() -> None:
    paths = [*ROOT.glob("loyaltyctl/**/*.py"), *ROOT.glob("tests/**/*.py")]
    found = [(path, one) for path in paths for one in docstrings(path)]

    assert len(found) > len(paths)
    assert not [
        f"{path.relative_to(ROOT)}:{one.lineno}"
        for path, one in found
        if isinstance(one.value, str) and _PARAPHRASE.match(one.value.strip())
    ]
