"""Run the checks of `doctor`, and format their results as a table or JSON."""

from __future__ import annotations

import textwrap
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from loyaltyctl.config import SANDBOX
from loyaltyctl.contract.json_values import OMITTED
from loyaltyctl.contract.outputs import settings as outputs
from loyaltyctl.contract.outputs.settings import Status
from loyaltyctl.errors import LoyaltyError
from loyaltyctl.render.views import GREEN, RED, YELLOW, Column, Grid, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.render.views import Cell

SETTINGS = ("config file", "settings")
"""Names of the checks that must succeed before other checks can read settings."""
SHOW_SOURCES = "See where each setting comes from: loyaltyctl config list --show-origin"
"""Next step of a check whose error has no hint."""
_NEXT = "next: "
_GAPS = 4
"""Number of spaces between the three columns of the table."""
_MIN_WIDTH = 40
"""Minimum width of the details in the table, on any terminal."""


class Result(NamedTuple):
    """Result of a check of `doctor`: its status, a detail, and the next step for the user.

    `error` is set if the status is an error.
    """

    name: str
    status: Status
    detail: str
    next: str = ""
    error: LoyaltyError | None = None

    @property
    def output(self) -> outputs.Check:
        """Return the JSON of the result of a check."""
        return outputs.Check(self.name, self.status, self.detail, self.next or OMITTED)


def count_by_status(results: Iterable[Result]) -> dict[str, int]:
    """Count the results of checks by status, named as in the summary: `ok`, `warnings` and `errors`."""
    counts = Counter(result.status for result in results)
    plural = {Status.OK: "ok", Status.WARNING: "warnings", Status.ERROR: "errors"}
    return {plural[status]: counts[status] for status in Status}


def ok(name: str, detail: str) -> Result:
    """Return the result of a check that found no problem."""
    return Result(name, Status.OK, detail)


def warning(name: str, detail: str, next_step: str) -> Result:
    """Return the result of a check that found no error, but something unintended or unsafe."""
    return Result(name, Status.WARNING, detail, next_step)


def failure(ctx: Context, name: str, error: LoyaltyError) -> Result:
    """Return the result of a check that found an error. Other commands would fail with the same error."""
    next_step = ctx.messages.with_profile(error.hint or SHOW_SOURCES)
    return Result(name, Status.ERROR, error.message, next_step, error)


def in_sandbox(ctx: Context) -> bool:
    """Return whether the checks are about the sandbox, which has no network and no credentials."""
    return ctx.settings.profile == SANDBOX


class Check(NamedTuple):
    """One check of `doctor`. It is skipped if any of the checks named in `needs` has failed."""

    name: str
    run: Callable[[Context], Iterable[Result]]
    needs: tuple[str, ...] = ()
    calls_api: bool = False


def run_checks(ctx: Context, checks: Iterable[Check]) -> Iterator[Result]:
    """Run the checks of `doctor` and yield their results.

    A check that needs a failed check is skipped. An error that several checks find is yielded once.
    """
    failed: set[str] = set()
    seen: set[str] = set()
    for check in checks:
        if not failed.isdisjoint(check.needs):
            continue
        for result in _run_check(ctx, check):
            if result.error is not None:
                failed.add(check.name)
                # A broken config file makes several checks fail with the same message.
                if result.detail in seen:
                    continue
                seen.add(result.detail)
            yield result


def _run_check(ctx: Context, check: Check) -> Iterator[Result]:
    """Run one of the checks of `doctor` and yield its results.

    An exception becomes a result, so that the other checks still run.
    """
    try:
        yield from check.run(ctx)
    except LoyaltyError as error:
        yield failure(ctx, check.name, error)
    except OSError as error:
        reason = f"cannot read {error.filename}: {error.strerror}"
        hint = "Make it readable, and try again."
        yield failure(ctx, check.name, LoyaltyError(reason, code="SYSTEM", hint=hint))
    except Exception as error:  # noqa: BLE001 - a defect of one check must not hide the other results
        yield failure(ctx, check.name, ctx.messages.internal_error(error))


def with_hint(error: LoyaltyError, hint: str, message: str = "") -> LoyaltyError:
    """Return a copy of the error of a check with another hint, and with another message unless it is ""."""
    return type(error)(
        message or error.message,
        hint=hint,
        code=error.reason,
        details=error.details,
        http_status=error.http_status,
        request_id=error.request_id,
    )


def error_of_diagnosis(results: Sequence[Result]) -> LoyaltyError | None:
    """Return the error with which `doctor` ends: the first error that its checks found; None without any."""
    errors = [(result, result.error) for result in results if result.error is not None]
    if not errors:
        return None
    result, error = errors[0]
    more = f" (the first of {len(errors)} errors)" if len(errors) > 1 else ""
    return with_hint(error, result.next, f"{result.detail}{more}")


Row: TypeAlias = "tuple[Cell, ...]"
_COLORS: dict[Cell, str] = {Status.OK: GREEN, Status.WARNING: YELLOW, Status.ERROR: RED}


def _checks_grid(results: Sequence[Result], width: int) -> Grid:
    """Format the results of checks as the table of `doctor`, with each next step below its detail.

    Details are wrapped. Next steps are not: a command copied from two lines would run as two commands.
    """
    names = max(len(result.name) for result in results)
    available = max(width - names - max(map(len, Status)) - _GAPS, _MIN_WIDTH)
    rows: list[Row] = []
    for result in results:
        lines = textwrap.wrap(result.detail, available, break_long_words=False, break_on_hyphens=False)
        if result.next:
            lines += (_NEXT + result.next.replace("\n", f"\n{' ' * len(_NEXT)}")).split("\n")
        rows.append((result.name, result.status, lines[0]))
        rows += [("", "", line) for line in lines[1:]]
    columns = (
        Column[Row]("CHECK", itemgetter(0), whole=True),
        Column[Row]("STATUS", itemgetter(1), lambda row: _COLORS.get(row[1], "")),
        Column[Row]("DETAIL", itemgetter(2), whole=True),
    )
    return Grid(columns, rows)


def _checks_output(results: Sequence[Result], checks: list[outputs.Check]) -> outputs.Diagnosis:
    """Format the results of checks as the JSON of `doctor`, with the number of results by status."""
    return outputs.Diagnosis(checks, outputs.Counts(**count_by_status(results)))


RESULTS = View[Result](
    columns=(
        Column("CHECK", lambda result: result.name),
        Column("STATUS", lambda result: result.status),
        Column("DETAIL", lambda result: result.detail),
        Column("NEXT", lambda result: result.next),
    ),
    output=lambda result: result.output,
    id=lambda result: result.name,
    output_type=outputs.Check,
    whole=_checks_output,
    grid=_checks_grid,
)
