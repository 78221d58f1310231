"""The program on a pseudo-terminal, with answers to its prompts."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Answer: TypeAlias = "str | Callable[[], str]"

SECONDS = 20


class Screen(NamedTuple):
    """Content of the terminal at the end, and the exit code."""

    text: str
    code: int


def on_terminal(
    argv: Sequence[str],
    environ: Mapping[str, str],
    answers: Sequence[tuple[str, Answer]] = (),
    columns: int = 100,
) -> Screen:
    """Run the program on a terminal; each answer is typed when its prompt has appeared.

    The answer "^C" interrupts, and "^D" ends the input. A function is called, and its result is typed.
    """
    return screen([sys.executable, "-m", "loyaltyctl", *argv], environ, answers, columns)


def screen(
    line: Sequence[str],
    environ: Mapping[str, str],
    answers: Sequence[tuple[str, Answer]] = (),
    columns: int = 100,
) -> Screen:
    """Run any program in the same way."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        line, stdin=theirs, stdout=theirs, stderr=theirs, env={"TERM": "xterm", **environ}, start_new_session=True
    )  # fmt: skip
    os.close(theirs)
    seen, waiting, end = "", [*answers], time.monotonic() + SECONDS
    with contextlib.suppress(OSError):  # the terminal closes with the program
        while time.monotonic() < end:
            if select.select([ours], [], [], 0.05)[0]:
                seen += os.read(ours, 65536).decode(errors="replace")
            if waiting and waiting[0][0] in seen:
                answer = waiting.pop(0)[1]
                typed = answer if isinstance(answer, str) else answer()
                if typed == "^C":
                    os.killpg(process.pid, signal.SIGINT)
                else:
                    os.write(ours, b"\x04" if typed == "^D" else typed.encode() + b"\n")
    os.close(ours)
    return Screen(seen.replace("\r\n", "\n"), process.wait(SECONDS))
