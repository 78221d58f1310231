"""A progress bar on standard error, for a person who waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.cli.desk import Desk


def watched(desk: Desk, what: str, steps: Iterator[int], total: int) -> Iterator[int]:
    """`steps`, each with the number of items that it finished, beside a bar that shows them."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(file=desk.stderr, no_color=not desk.paints(desk.stderr), markup=False)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=total)
        for done in steps:
            bar.advance(task, done)
            yield done
