"""Checks of `doctor`: functions that yield results, run in the order of their table."""

from __future__ import annotations

import textwrap
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from loyaltyctl.config.settings import SANDBOX
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
"""Checks that must succeed before the value of a setting is known."""
SHOW_SOURCES = "See where each setting comes from: loyaltyctl config list --show-origin"
"""Next step after an error without a hint."""
_NEXT = "next: "
_GAPS = 4
_MIN_WIDTH = 40


class Result(NamedTuple):
    """Result of a check, with the next step, and for an error the exception that a command would raise."""

    name: str
    status: Status
    detail: str
    next: str = ""
    error: LoyaltyError | None = None

    @property
    def output(self) -> outputs.Check:
        """Return the result as printed."""
        return outputs.Check(self.name, self.status, self.detail, self.next or OMITTED)


def count_by_status(results: Iterable[Result]) -> dict[str, int]:
    """Return the number of results of each status: `ok`, `warnings` and `errors`."""
    counts = Counter(result.status for result in results)
    plural = {Status.OK: "ok", Status.WARNING: "warnings", Status.ERROR: "errors"}
    return {plural[status]: counts[status] for status in Status}


def ok(name: str, detail: str) -> Result:
    """Return a result without a problem."""
    return Result(name, Status.OK, detail)


def warning(name: str, detail: str, next_step: str) -> Result:
    """Return a result for something that works, but may be unintended or unsafe."""
    return Result(name, Status.WARNING, detail, next_step)


def failure(ctx: Context, name: str, error: LoyaltyError) -> Result:
    """Return a result for an error that commands would end with."""
    next_step = ctx.messages.with_profile(error.hint or SHOW_SOURCES)
    return Result(name, Status.ERROR, error.message, next_step, error)


def in_sandbox(ctx: Context) -> bool:
    """Return whether calls go to the sandbox."""
    return ctx.settings.profile == SANDBOX


class Check(NamedTuple):
    """A check; it is skipped if a check that it `needs` has failed."""

    name: str
    run: Callable[[Context], Iterable[Result]]
    needs: tuple[str, ...] = ()
    calls_api: bool = False


def run_checks(ctx: Context, checks: Iterable[Check]) -> Iterator[Result]:
    """Yield the results of all checks; an error that several of them raise is yielded once."""
    failed: set[str] = set()
    seen: set[str] = set()
    for check in checks:
        if not failed.isdisjoint(check.needs):
            continue
        for result in _run(ctx, check):
            if result.error is not None:
                failed.add(check.name)
                if result.detail in seen:
                    continue
                seen.add(result.detail)
            yield result


def _run(ctx: Context, check: Check) -> Iterator[Result]:
    try:
        yield from check.run(ctx)
    except LoyaltyError as error:
        yield failure(ctx, check.name, error)
    except OSError as error:
        reason = f"cannot look at {error.filename}: {error.strerror}"
        hint = "Make it readable, and try again."
        yield failure(ctx, check.name, LoyaltyError(reason, code="SYSTEM", hint=hint))
    except Exception as error:  # noqa: BLE001 - a defect of one check must not hide the other results
        yield failure(ctx, check.name, ctx.messages.internal_error(error))


def with_hint(error: LoyaltyError, hint: str, message: str = "") -> LoyaltyError:
    """Return a copy of an error with another hint, and optionally another message."""
    return type(error)(
        message or error.message,
        hint=hint,
        code=error.reason,
        details=error.details,
        http_status=error.http_status,
        request_id=error.request_id,
    )


def first_error(results: Sequence[Result]) -> LoyaltyError | None:
    """Return the error that the command ends with."""
    errors = [(result, result.error) for result in results if result.error is not None]
    if not errors:
        return None
    result, error = errors[0]
    more = f" (the first of {len(errors)} errors)" if len(errors) > 1 else ""
    return with_hint(error, result.next, f"{result.detail}{more}")


Row: TypeAlias = "tuple[Cell, ...]"
_COLORS: dict[Cell, str] = {Status.OK: GREEN, Status.WARNING: YELLOW, Status.ERROR: RED}


def _grid(results: Sequence[Result], width: int) -> Grid:
    """Return a table in which details are wrapped, with the next step below them in unbroken lines."""
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


def _diagnosis(results: Sequence[Result], checks: list[outputs.Check]) -> outputs.Diagnosis:
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
    whole=_diagnosis,
    grid=_grid,
)
