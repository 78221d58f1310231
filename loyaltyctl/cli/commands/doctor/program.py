"""The program, and the libraries that it stands on, held against what its package asks for."""

from __future__ import annotations

import operator
import platform
import re
import shlex
import sys
from importlib import metadata
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl import __version__
from loyaltyctl.cli.commands.doctor.checks import Step, doubtful, fine
from loyaltyctl.errors import LoyaltyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.cli.commands.doctor.checks import Check, Exam

NAME = "loyaltyctl"
OPTIONAL = "backtest"
"""The extra that a command asks for, and not the work on the program."""
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)\s*([^;\s]*)\s*(?:;\s*extra == ['\"](\w+)['\"])?")
_BOUND = re.compile(r"(>=|<)([0-9.]+)")
_HOLDS = {">=": operator.ge, "<": operator.lt}


class Library(NamedTuple):
    """A library: which versions are asked for, which one is there; of an extra where it may be missing."""

    name: str
    bounds: str
    extra: str
    version: str | None

    def lacks(self, sign: str) -> bool:
        """Whether it is beyond a bound with this sign: `>=` means too old, `<` too new."""
        return any(
            one == sign and not _HOLDS[one](_numbers(self.version or "0"), _numbers(bound))
            for one, bound in _BOUND.findall(self.bounds)
        )

    @property
    def remedy(self) -> str:
        wanted = shlex.quote(self.name + self.bounds)
        return f"Run: {shlex.quote(sys.executable)} -m pip install {wanted}"


def libraries() -> list[Library] | None:
    """The libraries that the package asks for; None where the program is not installed as one."""
    try:
        asked = metadata.requires(NAME) or []
    except metadata.PackageNotFoundError:
        return None
    found = [match.groups("") for text in asked if (match := _REQUIREMENT.fullmatch(text))]
    return [
        Library(name, bounds, extra, _version(name))
        for name, bounds, extra in found
        if extra in ("", OPTIONAL)
    ]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> list[int]:
    """The release of a version; 1.0 and 1 are one."""
    release = re.match(r"[0-9]+(\.[0-9]+)*", version)
    numbers = [int(number) for number in release[0].split(".")] if release else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return numbers


def _program(_exam: Exam) -> Iterator[Check]:
    python = f"Python {platform.python_version()} ({sys.executable})"
    yield fine("program", f"loyaltyctl {__version__}, {python}, {platform.platform()}")


def _libraries(exam: Exam) -> Iterator[Check]:
    asked = libraries()
    if asked is None:
        where = f"In its folder, run: {shlex.quote(sys.executable)} -m pip install ."
        yield doubtful("libraries", "not installed as a package, so what it needs is not known", where)
        return
    wrong = [check for library in asked if (check := _wrong(exam, library)) is not None]
    yield from wrong
    if not wrong:
        told = (
            f"{library.name} {library.version or f'not installed (for {library.extra})'}" for library in asked
        )
        yield fine("libraries", ", ".join(told))


def _wrong(exam: Exam, library: Library) -> Check | None:
    needed = f"{library.name}{library.bounds} is needed"
    if library.version is None:
        problem = None if library.extra else f"{needed}, and it is not installed"
    else:
        problem = f"{library.name} {library.version} is too old: {needed}" if library.lacks(">=") else None
    if problem:
        error = LoyaltyError(problem, code="LIBRARY", hint=library.remedy)
        return exam.failed("libraries", error)
    if library.version is not None and library.lacks("<"):
        newer = f"{library.name} {library.version} is newer than what loyaltyctl was tried with: {needed}"
        return doubtful("libraries", newer, library.remedy)
    return None


STEPS = (Step("program", _program), Step("libraries", _libraries))
