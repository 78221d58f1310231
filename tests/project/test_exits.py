"""Every error has one exit code, and every exit code a meaning."""

from __future__ import annotations

import inspect

from loyaltyctl import errors
from loyaltyctl.cli.runtime.exit_codes import MEANINGS, ExitCode, exit_code


def test_every_error_of_the_program_has_an_exit_code() -> None:
    kinds = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.LoyaltyError)
    ]

    codes = {kind: exit_code(kind("it went wrong")) for kind in kinds}

    assert len(kinds) == len(set(codes.values())) == 11
    assert all(str(kind.__name__) in (errors.__doc__ or "") for kind in kinds)


def test_every_exit_code_has_a_meaning() -> None:
    assert list(MEANINGS) == list(ExitCode)


def test_the_error_tree_in_the_docstring_lists_nothing_else() -> None:
    drawn = [line.split()[1] for line in (errors.__doc__ or "").splitlines() if "──" in line]

    assert all(issubclass(getattr(errors, name), errors.LoyaltyError) for name in drawn)
    assert len(drawn) == 10
