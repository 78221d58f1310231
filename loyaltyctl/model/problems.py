"""What a check of a value that somebody wrote says: a draft, or what is wrong and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject, JsonPath


class Problem(NamedTuple):
    """One field that breaks a rule: its place in the value, and a sentence with the value and the limit."""

    place: JsonPath
    message: str
    rule: str = "INVALID"

    @property
    def field(self) -> str:
        """The place as people write it: `conversionRate.configs.2.points`."""
        return ".".join(map(str, self.place))


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What may be sent: within all limits, in the wire's spelling."""

    document: JsonObject


@dataclass(frozen=True, slots=True)
class Validation:
    """The outcome of a check: a draft, or everything that stands in its way."""

    draft: RuleDraft | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
