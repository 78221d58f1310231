"""`loyaltyctl doctor`: check the installation, the configuration and the connection.

Check ─► run_checks ─► Result ─► row of the table         checks.py
│
├── program.py         the program and its installed libraries
├── configuration.py   folders, files, settings, profile, credentials, webhook key
├── network.py         server, proxy, certificates, one call that changes nothing
└── shell.py           completion and man page
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.commands.doctor.checks import (
    RESULTS,
    Check,
    count_by_status,
    error_of_diagnosis,
    run_checks,
)
from loyaltyctl.cli.runtime.context import Context

if TYPE_CHECKING:
    from collections.abc import Sequence

Offline = Annotated[bool, Option("--offline", help="Do not call the API.")]


def doctor(ctx: Context, offline: Offline = False) -> None:
    """Check the configuration and the connection to the API.

    Checks the program, its files, the credentials, the connection to the server and the
    shell, and shows the next step for each problem. Calls the API once, to list the rules,
    unless --offline is given. The exit code is 0 without errors, else that of the first error.

    Examples:
      loyaltyctl -p sandbox doctor
      loyaltyctl -p sandbox doctor --offline --json
    """
    results = [*run_checks(ctx, _all_checks(offline=offline))]
    ctx.output.show_all(results, RESULTS)
    if ctx.output.writer.is_for_people:
        counts = (
            f"{count} {status.removesuffix('s') if count == 1 else status}"
            for status, count in count_by_status(results).items()
        )
        ctx.messages.note(", ".join(counts))
    if (error := error_of_diagnosis(results)) is not None:
        raise error


def _all_checks(*, offline: bool) -> Sequence[Check]:
    """Return all checks of `doctor` in order; if offline, without those that call the API."""
    from loyaltyctl.cli.commands.doctor import configuration, network, program, shell

    checks = (*program.CHECKS, *configuration.CHECKS, *network.CHECKS, *shell.CHECKS)
    return [check for check in checks if not (offline and check.calls_api)]
