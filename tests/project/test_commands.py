"""A command is ask, call, show: its body is short, and has no try, no exit and no print."""

from __future__ import annotations

import ast
from inspect import getsource, unwrap

import pytest

from loyaltyctl.cli.commands.root import command_tree

COMMANDS = [
    pytest.param(ast.parse(getsource(unwrap(node.command.callback))).body[0], id=" ".join(node.words[1:]))
    for node in command_tree().walk()
    if not node.is_group
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
