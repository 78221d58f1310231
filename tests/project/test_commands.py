"""A command is ask, call, show: its body is short, and has no try, no exit and no print."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

CLI = Path(__file__).parent.parent.parent / "loyaltyctl" / "cli"
COMMANDS = [
    pytest.param(function, id=f"{path.stem}.{function.name}")
    for path in CLI.rglob("*.py")
    for function in ast.walk(ast.parse(path.read_text()))
    if isinstance(function, ast.FunctionDef)
    and not function.name.startswith("_")
    and function.args.args[:1]
    and function.args.args[0].arg == "ctx"
]


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 20


@pytest.mark.parametrize("function", COMMANDS)
def test_a_command_is_ask_call_show(function: ast.FunctionDef) -> None:
    statements = [node for node in ast.walk(function) if isinstance(node, ast.stmt) and node is not function]
    calls = {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}

    assert len(statements) <= 27
    assert len(function.body) <= 18
    assert calls.isdisjoint({"print", "sys.exit", "exit", "typer.echo", "open"})
    assert not [node for node in statements if isinstance(node, ast.Try)] or function.name == "serve"
