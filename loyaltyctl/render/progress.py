"""Progress bar for long runs, drawn on standard error by Rich."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


AFTER_SECONDS = 1.0
"""Seconds before the bar appears: in a short run it would only flash."""


def track(label: str, steps: Iterator[int], total: int | None, file: TextIO, *, color: bool) -> Iterator[int]:
    """Yield the numbers in `steps` unchanged, and show a progress bar.

    Each number says how many more of the `total` items are finished; None if their number is unknown.
    """
    console = Console(file=file, no_color=not color, markup=False)
    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True)
    task = bar.add_task(label, total=total)
    timer = threading.Timer(AFTER_SECONDS, bar.start)
    timer.daemon = True
    timer.start()
    try:
        for done in steps:
            bar.advance(task, done)
            yield done
    finally:
        timer.cancel()
        timer.join()  # bar.start() may just be running: it must not draw after bar.stop()
        bar.stop()
