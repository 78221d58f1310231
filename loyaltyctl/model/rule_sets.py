"""Rule sets: the desired rules of one or more rules files, validated together, without duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Detail
from loyaltyctl.model.desired_rules import DesiredRule, Key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from loyaltyctl.intake.values import Json
    from loyaltyctl.model.rule_files import Entry
    from loyaltyctl.model.rules import EarningRule
    from loyaltyctl.model.validation_results import Validation


class LocatedRule(NamedTuple):
    """Rule of a rule set, with the entry of the rules file that it comes from."""

    rule: DesiredRule
    entry: Entry


class RuleSet(NamedTuple):
    """Rule set: the valid rules of one or more rules files, and the problems and warnings of all rules."""

    located: list[LocatedRule]
    problems: list[Detail]
    warnings: list[Detail]

    @property
    def rules(self) -> list[EarningRule]:
        """The rules of the rule set alone, without their entries in rules files."""
        return [one.rule for one in self.located]


def rule_set(entries: Iterable[Entry], validate: Callable[[Json], Validation]) -> RuleSet:
    """Validate the entries of rules files by `validate`, and return them as a rule set."""
    located: list[LocatedRule] = []
    problems: list[Detail] = []
    warnings: list[Detail] = []
    for entry in entries:
        validation = entry.validate(validate)
        problems += entry.details(validation.problems)
        warnings += [Detail(warning, where=entry.location()) for warning in validation.warnings]
        if validation.draft is not None:
            located.append(LocatedRule(DesiredRule.of(validation.draft.document, entry.value), entry))
    return RuleSet(located, [*problems, *duplicates(located)], warnings)


def duplicates(located: Iterable[LocatedRule]) -> Iterator[Detail]:
    """Yield a problem for each rule of a rule set that repeats the id of an earlier rule.

    Rules without an id are duplicates if they have the same trigger and title.
    """
    ids: dict[str, LocatedRule] = {}
    keys: dict[Key, LocatedRule] = {}
    for one in located:
        if one.rule.id:
            first = ids.setdefault(one.rule.id.lower(), one)
            same, advice = "id", "list each rule once"
        else:
            # Rules with ids are not compared by title: two rules on a site may share trigger and title.
            first = keys.setdefault(Key.of(one.rule), one)
            same, advice = "trigger and the title", "change the title, or give each rule its id"
        if first is not one:
            message = f"has the {same} of the rule at {first.entry.location()}: {advice}"
            yield Detail(message, "id" if one.rule.id else "title", one.entry.location(), "DUPLICATE_RULE")
