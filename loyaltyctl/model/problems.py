"""Results of validating a value that somebody wrote: a draft, or every problem with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject, JsonPath


class Problem(NamedTuple):
    """A violation of one rule: its place, a message with the value and the limit, and a code for scripts."""

    place: JsonPath
    message: str
    rule: str = "INVALID"

    @property
    def field(self) -> str:
        """The place as a dotted path: `conversionRate.configs.2.points`."""
        return ".".join(map(str, self.place))


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A document in the wire's spelling that is within all limits and may be sent."""

    document: JsonObject


@dataclass(frozen=True, slots=True)
class Validation:
    """A draft, or every problem that prevents one."""

    draft: RuleDraft | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
