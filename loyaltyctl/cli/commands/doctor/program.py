"""Checks of `doctor` for the program and its libraries, compared with the package's requirements."""

from __future__ import annotations

import platform
import shlex
import sys
from importlib import metadata
from typing import TYPE_CHECKING

from loyaltyctl import __version__
from loyaltyctl.cli.commands.doctor.checks import Check, failure, ok, warning
from loyaltyctl.errors import LoyaltyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.requirements import Requirement

    from loyaltyctl.cli.commands.doctor.checks import Result
    from loyaltyctl.cli.runtime.context import Context

NAME = "loyaltyctl"
OPTIONAL = "backtest"
"""The extra whose libraries commands use; the other extras are for development."""


def _check_program(_: Context) -> Iterator[Result]:
    """Show the versions of the program, of Python and of the platform."""
    python = f"Python {platform.python_version()} ({sys.executable})"
    yield ok("program", f"loyaltyctl {__version__}, {python}, {platform.platform()}")


def _check_libraries(ctx: Context) -> Iterator[Result]:
    """Check that the libraries installed for the program meet its requirements."""
    try:
        requirements = _requirements()
    except metadata.PackageNotFoundError:
        install = f"In its folder, run: {shlex.quote(sys.executable)} -m pip install ."
        yield warning("libraries", "not installed as a package, so its requirements are unknown", install)
        return
    problems = [result for one in requirements if (result := _library_problem(ctx, one)) is not None]
    yield from problems
    if not problems:
        missing = f"not installed (for {OPTIONAL})"
        versions = (f"{one.name} {_installed_version(one.name) or missing}" for one in requirements)
        yield ok("libraries", ", ".join(versions))


def _requirements() -> list[Requirement]:
    """Return the libraries that the program requires, with those of the extra `backtest`.

    Raises PackageNotFoundError if the program is not installed as a package.
    """
    from packaging.requirements import Requirement

    requirements = map(Requirement, metadata.requires(NAME) or [])
    return [one for one in requirements if one.marker is None or one.marker.evaluate({"extra": OPTIONAL})]


def _installed_version(name: str) -> str | None:
    """Return the installed version of a library of the program; None if it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _library_problem(ctx: Context, required: Requirement) -> Result | None:
    """Check one library that the program requires; return None if its version is right.

    Returns an error if the library is missing or too old, and a warning if it is too new.
    """
    wanted = f"{required.name}{required.specifier}"
    install = f"Run: {shlex.quote(sys.executable)} -m pip install {shlex.quote(wanted)}"
    version = _installed_version(required.name)
    if version is None:
        is_optional = required.marker is not None and not required.marker.evaluate({"extra": ""})
        problem = "" if is_optional else f"{wanted} is needed, and it is not installed"
    else:
        # Without prereleases=True, no specifier contains 2.0rc1, which would be reported as too old.
        failed = {one.operator for one in required.specifier if not one.contains(version, prereleases=True)}
        if failed == {"<"}:
            newer = f"{required.name} {version} is newer than the versions that loyaltyctl was tested with"
            # Only a warning: the upper bound says that newer versions were not tested, not that they fail.
            return warning("libraries", f"{newer}: {wanted} is needed", install)
        problem = f"{required.name} {version} is too old: {wanted} is needed" if failed else ""
    return failure(ctx, "libraries", LoyaltyError(problem, code="LIBRARY", hint=install)) if problem else None


CHECKS = (Check("program", _check_program), Check("libraries", _check_libraries))
