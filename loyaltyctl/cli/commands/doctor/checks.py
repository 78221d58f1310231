"""A check and how it looks, and the way through all of them."""

from __future__ import annotations

import textwrap
from collections import Counter
from enum import StrEnum
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from loyaltyctl.config.settings import SANDBOX
from loyaltyctl.errors import LoyaltyError
from loyaltyctl.render.views import GREEN, RED, YELLOW, Column, Grid, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.render.views import Cell

NEXT = "next: "
BELOW = " " * len(NEXT)
SET = ("config file", "settings")
"""What must be right before a setting means anything."""
GAPS = 4
NARROWEST = 40
SOURCES = "See where each setting comes from: loyaltyctl config list --show-origin"
"""The next step where an error names none."""


class Status(StrEnum):
    """What a check found."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"

    @classmethod
    def counted(cls, checks: Iterable[Check]) -> list[tuple[str, int]]:
        """How many checks found what: `ok`, `warnings`, `errors`."""
        counts = Counter(check.status for check in checks)
        return [(status.value if status is cls.OK else f"{status.value}s", counts[status]) for status in cls]


class Check(NamedTuple):
    """What was looked at, what was found, what to do next; and the error that it would end a command with."""

    name: str
    status: Status
    detail: str
    next: str = ""
    error: LoyaltyError | None = None

    def document(self) -> JsonObject:
        """The promised JSON."""
        document: JsonObject = {"name": self.name, "status": self.status.value, "detail": self.detail}
        return document | ({"next": self.next} if self.next else {})


def fine(name: str, detail: str) -> Check:
    """A check that found nothing wrong."""
    return Check(name, Status.OK, detail)


def doubtful(name: str, detail: str, following: str) -> Check:
    """A check that found something that may not be wanted."""
    return Check(name, Status.WARNING, detail, following)


class Exam(NamedTuple):
    """What is examined: all that a ctx knows."""

    ctx: Context

    @property
    def in_sandbox(self) -> bool:
        return self.ctx.settings.profile == SANDBOX

    def failed(self, name: str, error: LoyaltyError) -> Check:
        """A check that found what would end a command."""
        following = self.ctx.messages.with_profile(error.hint or SOURCES)
        return Check(name, Status.ERROR, error.message, following, error)


class Step(NamedTuple):
    """Makes checks; after those that it `needs`, and only where none of them failed. Some call the API."""

    name: str
    make: Callable[[Exam], Iterable[Check]]
    needs: tuple[str, ...] = ()
    calls: bool = False


def examine(exam: Exam, steps: Iterable[Step]) -> Iterator[Check]:
    """The checks of all steps; what several of them stumble over is told once."""
    failed: set[str] = set()
    told: set[str] = set()
    for step in steps:
        if not failed.isdisjoint(step.needs):
            continue
        for check in _made(exam, step):
            if check.error is not None:
                failed.add(step.name)
                if check.detail in told:
                    continue
                told.add(check.detail)
            yield check


def _made(exam: Exam, step: Step) -> Iterator[Check]:
    try:
        yield from step.make(exam)
    except LoyaltyError as error:
        yield exam.failed(step.name, error)
    except OSError as error:
        why = f"cannot look at {error.filename}: {error.strerror}"
        yield exam.failed(step.name, LoyaltyError(why, code="SYSTEM", hint="Let it be read, and try again."))
    except Exception as error:  # noqa: BLE001 - a defect of one check hides none of the others
        yield exam.failed(step.name, exam.ctx.messages.internal_error(error))


def hinted(error: LoyaltyError, hint: str, message: str = "") -> LoyaltyError:
    """The same error with another hint, and perhaps another message."""
    return type(error)(
        message or error.message,
        hint=hint,
        code=error.reason,
        details=error.details,
        http_status=error.http_status,
        request_id=error.request_id,
    )


def first_error(checks: Sequence[Check]) -> LoyaltyError | None:
    """What a run with these checks ends with."""
    found = [check for check in checks if check.error is not None]
    if not found or found[0].error is None:
        return None
    more = f" (the first of {len(found)} errors)" if len(found) > 1 else ""
    return hinted(found[0].error, found[0].next, f"{found[0].detail}{more}")


Row: TypeAlias = "tuple[Cell, ...]"
_TONES: dict[Cell, str] = {Status.OK: GREEN, Status.WARNING: YELLOW, Status.ERROR: RED}


def _grid(checks: Sequence[Check], width: int) -> Grid:
    """A check over as many lines as its words need; what to do next stands below, never broken."""
    names = max(len(check.name) for check in checks)
    room = max(width - names - max(map(len, Status)) - GAPS, NARROWEST)
    rows: list[Row] = []
    for check in checks:
        lines = textwrap.wrap(check.detail, room, break_long_words=False, break_on_hyphens=False)
        lines += (NEXT + check.next.replace("\n", f"\n{BELOW}")).split("\n") if check.next else []
        rows.append((check.name, check.status, lines[0]))
        rows += [("", "", line) for line in lines[1:]]
    columns = (
        Column[Row]("CHECK", itemgetter(0), whole=True),
        Column[Row]("STATUS", itemgetter(1), lambda row: _TONES.get(row[1], "")),
        Column[Row]("DETAIL", itemgetter(2), whole=True),
    )
    return Grid(columns, rows)


def _summed(checks: Sequence[Check], plains: list[Json]) -> Json:
    summary: JsonObject = dict(Status.counted(checks))
    return {"checks": plains, "summary": summary}


CHECK = View[Check](
    columns=(
        Column("CHECK", lambda check: check.name),
        Column("STATUS", lambda check: check.status),
        Column("DETAIL", lambda check: check.detail),
        Column("NEXT", lambda check: check.next),
    ),
    output=Check.document,
    id=lambda check: check.name,
    output_type=("name", "status", "detail", "next"),
    whole=_summed,
    grid=_grid,
)
