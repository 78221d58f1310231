"""Stories: sessions in a real shell, with what they print.

    $ loyaltyctl …        a command line, for bash
    expected output       a line of standard output; `…` stands for any text
    error: expected       a line of standard error, as are hint:, warning: and indented lines after them
    ? 4                   the exit code, where it is neither 0 nor told by an error

Lines before the first command are prose.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPOKEN = ("error: ", "hint: ", "warning: ", "note: ")


class Step(NamedTuple):
    """One command line and what is expected of it."""

    command: str
    out: list[str]
    err: list[str]
    code: int | None


class Ended(NamedTuple):
    """How a command line ended."""

    out: str
    err: str
    code: int


def steps(text: str) -> Iterator[Step]:
    """The steps of a story."""
    for block in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *lines = block.rstrip("\n").split("\n")
        out: list[str] = []
        err: list[str] = []
        code: int | None = None
        for line in lines:
            if match := re.fullmatch(r"\? (\d+)", line):
                code = int(match[1])
            elif err or line.startswith(SPOKEN):
                err.append(line)
            else:
                out.append(line)
        yield Step(command, out, err, code)


def play(story: list[Step], environ: dict[str, str], folder: Path) -> list[Ended]:
    """Run the commands of a story, one after the other in one shell."""
    script = ["exec 3>&1 4>&2"]
    for i, step in enumerate(story):
        script += [f"{{ {step.command}\n}} >out.{i} 2>err.{i}", f"echo $? >code.{i}"]
    records = folder / "records"
    records.mkdir()
    lines = (
        "\n".join(script)
        .replace(">out.", f">{records}/out.")
        .replace("2>err.", f"2>{records}/err.")
        .replace(">code.", f">{records}/code.")
    )
    subprocess.run(["/bin/bash", "-c", lines], env=environ, cwd=folder, check=False, timeout=120)
    return [
        Ended(
            (records / f"out.{i}").read_text(),
            (records / f"err.{i}").read_text(),
            int((records / f"code.{i}").read_text()),
        )
        for i in range(len(story))
    ]


def on_path(folder: Path, module: str = "loyaltyctl") -> str:
    """A PATH on which `loyaltyctl` is this program, run as a module; makes `folder` for it."""
    shim = folder / "loyaltyctl"
    folder.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
    shim.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def matches(expected: list[str], printed: str) -> bool:
    """Whether the lines that were printed are those that are expected."""
    lines = printed.split("\n")[:-1] if printed.endswith("\n") else printed.split("\n")
    lines = lines if printed else []
    return len(lines) == len(expected) and all(
        re.fullmatch(".*".join(map(re.escape, pattern.split("…"))), line)
        for pattern, line in zip(expected, lines, strict=True)
    )


def spoken(expected: list[str], printed: str) -> bool:
    """Whether the expected lines of standard error are there, one after the other."""
    kept = [line for line in printed.splitlines() if not line.startswith("sandbox: ")]
    return not expected or matches(expected, "\n".join([*kept, ""]))
