"""A progress bar for a person who waits."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


AFTER_SECONDS = 1.0
"""Nobody needs a bar for what is over before."""


def watched(what: str, steps: Iterator[int], total: int, file: TextIO, *, color: bool) -> Iterator[int]:
    """`steps`, each with the number of items that it finished, beside a bar on `file` that shows them."""
    console = Console(file=file, no_color=not color, markup=False)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True)
    task = bar.add_task(what, total=total)
    soon = threading.Timer(AFTER_SECONDS, bar.start)
    soon.daemon = True
    soon.start()
    try:
        for done in steps:
            bar.advance(task, done)
            yield done
    finally:
        soon.cancel()
        soon.join()
        bar.stop()
