"""The rules of one file or of several as one set: each once, and known apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Detail
from loyaltyctl.model.desired_rules import DesiredRule, Key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from loyaltyctl.intake.values import Json
    from loyaltyctl.model.problems import Validation
    from loyaltyctl.model.rule_files import Entry
    from loyaltyctl.model.rules import EarningRule


class LocatedRule(NamedTuple):
    """One rule of a set, and the place where it is stated."""

    rule: DesiredRule
    entry: Entry


class RuleSet(NamedTuple):
    """What is stated, and what is wrong or odd with it; where something is wrong, the set is not whole."""

    stated: list[LocatedRule]
    problems: list[Detail]
    warnings: list[Detail]

    @property
    def rules(self) -> list[EarningRule]:
        """The rules alone."""
        return [one.rule for one in self.stated]


def rule_set(entries: Iterable[Entry], check: Callable[[Json], Validation]) -> RuleSet:
    """The set of all `entries`, after their checks."""
    stated: list[LocatedRule] = []
    problems: list[Detail] = []
    warnings: list[Detail] = []
    for entry in entries:
        checked = entry.validate(check)
        problems += entry.details(checked.problems)
        warnings += [Detail(note, where=entry.spot()) for note in checked.warnings]
        if checked.draft is not None:
            stated.append(LocatedRule(DesiredRule.of(checked.draft.document, entry.value), entry))
    return RuleSet(stated, [*problems, *repeated(stated)], warnings)


def repeated(stated: Iterable[LocatedRule]) -> Iterator[Detail]:
    """Yield a problem for each rule that a set states again."""
    ids: dict[str, LocatedRule] = {}
    keys: dict[Key, LocatedRule] = {}
    for one in stated:
        if one.rule.id:
            before = ids.setdefault(one.rule.id.lower(), one)
            what, advice = "id", "a rule stands in a file once"
        else:
            before = keys.setdefault(Key.of(one.rule), one)
            what, advice = "trigger and the title", "give it another title, or each its id"
        if before is not one:
            message = f"has the {what} of the rule at {before.entry.spot()}: {advice}"
            yield Detail(message, "id" if one.rule.id else "title", one.entry.spot(), "DUPLICATE_RULE")
