"""The command line as a process: its streams, its signals, its last words."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO, cast

from loyaltyctl.cli.desk import Desk
from loyaltyctl.cli.exits import ExitCode
from loyaltyctl.cli.root import run, wants_json

if TYPE_CHECKING:
    from collections.abc import Sequence


def run_process(argv: Sequence[str]) -> int:
    """Run `argv` with the streams and the environment of this process."""
    desk = Desk(
        stdin=sys.stdin or _closed("r"),
        stdout=_tolerant(sys.stdout or _closed("w")),
        stderr=_tolerant(sys.stderr or _closed("w")),
        environ=os.environ,
    )
    try:
        return run(argv, desk)
    except Exception as error:  # noqa: BLE001 - a defect of ours: told in a sentence, with a way to report it
        return _defect(desk, argv, error)


def _tolerant(stream: TextIO) -> TextIO:
    """The stream in UTF-8 whatever the locale says; what cannot be encoded is written as an escape."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    return stream


def _closed(mode: str) -> TextIO:
    """Stands for a stream that the caller has closed."""
    return cast("TextIO", open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123 - open to the end


def _defect(desk: Desk, argv: Sequence[str], error: Exception) -> int:
    desk.say.error(desk.say.defect(error), as_json=wants_json(desk, argv))
    return ExitCode.FAILED
