"""`loyaltyctl doctor`: what is wrong with a set-up, and what to do about it.

    Step ─► examine ─► Check ─► a line of the table       checks.py
      │
      ├── program.py   the program and the libraries that it stands on
      ├── setup.py     folders, files, settings, profile, credentials, the webhook key
      ├── network.py   server, proxy, certificates, and one harmless call
      └── shell.py     completion and man page

A check that makes no sense after another one failed is left out. One that has a defect says
so, and hides none of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.commands.doctor.checks import CHECK, Exam, Status, Step, examine, first_error
from loyaltyctl.cli.runtime.context import Context

if TYPE_CHECKING:
    from collections.abc import Sequence

Offline = Annotated[bool, Option("--offline", help="Do not ask the API anything.")]


def doctor(ctx: Context, offline: Offline = False) -> None:
    """Look for what is wrong with this set-up.

    Looks at the program, its files, the credentials, the way to the server and the shell,
    and says what to do next. Then asks the API for the list of rules, which changes
    nothing, unless --offline is given. The exit code is 0 when there is no error, else
    that of the first one.

    Examples:
      loyaltyctl -p sandbox doctor
      loyaltyctl -p sandbox doctor --offline --json
    """
    checks = [*examine(Exam(ctx), _steps(offline=offline))]
    ctx.output.show_all(checks, CHECK)
    if ctx.output.writer.is_for_people:
        counted = (
            f"{count} {status.removesuffix('s') if count == 1 else status}"
            for status, count in Status.counted(checks)
        )
        ctx.messages.note(", ".join(counted))
    if (error := first_error(checks)) is not None:
        raise error


def _steps(*, offline: bool) -> Sequence[Step]:
    from loyaltyctl.cli.commands.doctor import network, program, setup, shell

    steps = (*program.STEPS, *setup.STEPS, *network.STEPS, *shell.STEPS)
    return [step for step in steps if not (offline and step.calls)]
