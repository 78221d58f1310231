"""Commands: each is defined in the module of its path, and is short enough to read at a glance."""

from __future__ import annotations

import ast
from inspect import getsource, unwrap
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.cli.commands.root import command_tree

if TYPE_CHECKING:
    from loyaltyctl.cli.docs.tree import Node

COMMANDS = [
    pytest.param(node, id=" ".join(node.words[1:])) for node in command_tree().walk() if not node.is_group
]


def test_there_are_at_least_twenty_commands() -> None:
    assert len(COMMANDS) >= 20


@pytest.mark.parametrize("node", COMMANDS)
def test_a_command_is_the_function_of_its_name_in_the_module_of_its_path(node: Node) -> None:
    function = unwrap(node.command.callback)
    *groups, name = (word.replace("-", "_") for word in node.words[1:])

    assert function.__module__ == ".".join(["loyaltyctl.cli.commands", *groups, name])
    assert function.__name__ in (name, f"{name}_")


@pytest.mark.parametrize("node", COMMANDS)
def test_a_command_is_short_and_leaves_errors_and_output_to_the_runtime(node: Node) -> None:
    [function] = ast.parse(getsource(unwrap(node.command.callback))).body
    assert isinstance(function, ast.FunctionDef)
    statements = [
        child for child in ast.walk(function) if isinstance(child, ast.stmt) and child is not function
    ]
    calls = {ast.unparse(child.func) for child in ast.walk(function) if isinstance(child, ast.Call)}

    assert len(statements) <= 27
    assert len(function.body) <= 18
    assert calls.isdisjoint({"print", "sys.exit", "exit", "typer.echo", "open"})
    assert not [child for child in statements if isinstance(child, ast.Try)] or function.name == "serve"
