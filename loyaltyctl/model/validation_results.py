"""Results of validation: a draft of a rule that may be sent, or every problem with its JSON path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject, JsonPath


class Problem(NamedTuple):
    """Result of validation: a problem, with its JSON path, a message, and a code for scripts."""

    path: JsonPath
    message: str
    rule: str = "INVALID"

    @property
    def field(self) -> str:
        """JSON path of the validation problem, with dots: `conversionRate.configs.2.points`."""
        return ".".join(map(str, self.path))


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """Result of a validation without problems: the document of a rule, which may be sent."""

    document: JsonObject


@dataclass(frozen=True, slots=True)
class Validation:
    """Result of validating a rule: a draft, or None and every problem; warnings in either case."""

    draft: RuleDraft | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
