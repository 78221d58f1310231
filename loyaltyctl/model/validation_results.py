"""Results of validating a rule: a draft that may be sent, or every problem with its JSON path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject, JsonPath


class Problem(NamedTuple):
    """Problem that validation found: JSON path, message with value and limit, and code for scripts."""

    path: JsonPath
    message: str
    rule: str = "INVALID"

    @property
    def field(self) -> str:
        """The JSON path of the problem with dots: `conversionRate.configs.2.points`."""
        return ".".join(map(str, self.path))


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """Validated document of a rule in the API's spelling, ready to be sent."""

    document: JsonObject


@dataclass(frozen=True, slots=True)
class Validation:
    """Result of validating a rule: a draft, or every problem that prevents one."""

    draft: RuleDraft | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
