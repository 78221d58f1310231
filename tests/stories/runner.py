"""Stories: sessions in a real shell, with what they print.

    $ loyaltyctl …        a command line, for bash
    expected line         a line of standard output or standard error; `…` stands for any text
    ? 4                   the exit code, where it is neither 0 nor follows from a line `error: …`

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


class Step(NamedTuple):
    """Command line, its expected output, and its exit code if the story states one."""

    command: str
    lines: list[str]
    code: int | None

    @property
    def fails(self) -> bool:
        """True if the expected output has an error."""
        return any(line.startswith("error: ") for line in self.lines)


class Ended(NamedTuple):
    """Output and exit code of a command line."""

    out: str
    err: str
    code: int


def steps(text: str) -> Iterator[Step]:
    """Yield the steps of a story."""
    for block in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *lines = block.rstrip("\n").split("\n")
        code = int(lines.pop()[2:]) if lines and re.fullmatch(r"\? \d+", lines[-1]) else None
        yield Step(command, lines, code)


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
    """Create a folder with `loyaltyctl` in it, and return a PATH that begins with it."""
    shim = folder / "loyaltyctl"
    folder.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
    shim.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def matches(expected: list[str], ended: Ended) -> bool:
    """Return whether a step printed the expected lines; the two streams may be interleaved in any way.

    Only the line that names the sandbox may be there unexpected.
    """
    out = ended.out.removesuffix("\n").split("\n") if ended.out else []
    err = [line for line in ended.err.splitlines() if not line.startswith("sandbox: ")]
    ends = {(0, 0)}
    for line in expected:
        fits = re.compile(".*".join(map(re.escape, line.split("…")))).fullmatch
        ends = {(i + 1, j) for i, j in ends if i < len(out) and fits(out[i])} | {
            (i, j + 1) for i, j in ends if j < len(err) and fits(err[j])
        }
    return (len(out), len(err)) in ends
