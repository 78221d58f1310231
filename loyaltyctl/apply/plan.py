"""Plan: the changes that turn the current rules of a site into the desired rules.

`plan` is a pure function: it sends nothing, and equal arguments give equal plans. A desired rule with the id
of a rule on the site is matched with that rule. Any other desired rule is matched by its key: the app and the
activity of the trigger, and the title. If the key matches several rules, the change has a problem.

A program without an ACTIVE rule pauses itself. So changes are ordered to keep at least one rule ACTIVE at any
time, if any desired rule is ACTIVE:

    create ─► update: resumes ─► update ─► update: pauses ─► pause ─► delete
"""

from __future__ import annotations

import json
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.outputs.plans import Action
from loyaltyctl.intake.values import quoted
from loyaltyctl.model import comparison, desired_rules, draft_validation
from loyaltyctl.model.comparison import FieldChange
from loyaltyctl.model.desired_rules import Key
from loyaltyctl.model.rule_content import has_same_content, rule_content
from loyaltyctl.model.rules import EarningRule, Status, any_active, patch
from loyaltyctl.model.triggers import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.rules import TierConfig
    from loyaltyctl.model.validation_results import Validation


WRITES = (Action.CREATE, Action.UPDATE, Action.PAUSE, Action.DELETE)


class Change(NamedTuple):
    """Planned change to one rule: sending `document` turns `current` into the desired rule.

    `desired` is the index of the desired rule in the arguments of `plan`. A change with a `problem` cannot be
    made. `unmanaged_tiers` are the tiers of the current rule that are kept, since the file omits them.
    """

    action: Action
    current: EarningRule | None
    document: JsonObject
    desired: int | None = None
    problem: str = ""
    unmanaged_tiers: tuple[TierConfig, ...] = ()

    @property
    def id(self) -> str:
        """The id of the rule to change; empty for a rule that is planned to be created."""
        return self.current.id if self.current else ""

    @property
    def revision(self) -> str | None:
        """The revision of the rule to change; None for a planned creation, or if the rule has none."""
        return self.current.revision if self.current else None

    @property
    def after(self) -> EarningRule | None:
        """The rule after the planned change; None if the change deletes it."""
        match self.action:
            case Action.DELETE:
                return None
            case Action.CREATE:
                return EarningRule(self.document)
            case _:
                return self.current and EarningRule(patch(self.current.document, self.document))

    @property
    def rule(self) -> EarningRule:
        """The rule before the planned change; for a creation, the rule that it creates."""
        return self.current or EarningRule(self.document)

    @property
    def is_write(self) -> bool:
        """True if the planned change sends a request."""
        return self.action in WRITES

    @property
    def removed_tiers(self) -> list[TierConfig]:
        """The tiers that a planned update removes: their members then earn like the base tier."""
        if self.action is not Action.UPDATE or self.current is None or self.after is None:
            return []
        kept = {config.tier_id for config in self.after.configs}
        return [config for config in self.current.configs if config.tier_id not in kept]

    @property
    def fields(self) -> list[FieldChange]:
        """The fields that the planned change sets: API path, old value and new value."""
        nothing = EarningRule({})
        if not self.is_write:
            return []
        if self.action is Action.DELETE:
            return [FieldChange(path, old, None) for path, old in rule_content(self.rule).items()]
        return comparison.differences(self.current or nothing, self.after or nothing)


class Plan(NamedTuple):
    """Plan for one site: a change for every current and every desired rule, in the order of execution."""

    changes: tuple[Change, ...]

    @property
    def writes(self) -> list[Change]:
        """The changes of the plan that send a request and have no problem."""
        return [change for change in self.changes if change.is_write and not change.problem]

    @property
    def problems(self) -> list[Change]:
        """The changes of the plan that cannot be made."""
        return [change for change in self.changes if change.problem]

    @property
    def unmanaged(self) -> list[Change]:
        """The changes of the plan for rules that are only on the site, and are kept."""
        return [change for change in self.changes if change.action is Action.UNMANAGED]

    @property
    def with_unmanaged_tiers(self) -> list[Change]:
        """The planned changes to rules with unmanaged tiers; the site keeps their awards as they are."""
        return [change for change in self.changes if change.unmanaged_tiers]

    def preview_key(self) -> str:
        """Return a text that is equal for two plans with the same changes, old values and new values.

        The ids of the rules may differ, since the plans may be for different sites.
        """
        return json.dumps([(change.action, Key.of(change.rule), change.fields) for change in self.writes])

    def warnings(self) -> list[str]:
        """Return warnings about effects of the plan that may not be intended."""
        found = []
        after = [change.current if change.problem else change.after for change in self.changes]
        rules = [rule for rule in after if rule]
        if self.writes and not any_active(rules, {}):
            found.append("no rule stays ACTIVE after this; a program without one pauses itself")
        found += [
            f"{quoted(change.rule.title)}: removes {_removed_tiers_in_warning(change.removed_tiers)}"
            for change in self.writes
            if change.removed_tiers
        ]
        staying = {Key.of(one.rule)[:2]: one for one in self.changes if _leaves_active_rule(one)}
        for change in self.writes:
            old = staying.get(Key.of(change.rule)[:2])
            if old and change.action is Action.CREATE and change.rule.status is Status.ACTIVE:
                found.append(
                    f"{quoted(change.rule.title)} is created beside {quoted(old.rule.title)}, which has the "
                    f"same trigger: activities earn points by both. To replace that rule, give its id in the "
                    f"file: {old.id}"
                )
            if change.action is Action.DELETE and change.rule.kind is Kind.CUSTOM:
                found.append(
                    f"{quoted(change.rule.title)} is a custom rule of Wix Automations: "
                    "it cannot be created again here"
                )
        return found


def plan(
    current: Sequence[EarningRule],
    desired: Sequence[EarningRule],
    prune: Callable[[EarningRule], bool] = lambda _: False,
) -> Plan:
    """Return the plan that turns the `current` rules into the `desired` rules.

    Current rules without a match are removed if `prune` returns True for them.
    """
    pairs, ambiguous, rest = _pair_rules(current, desired)
    changes = [
        _planned_change(rule, pairs.get(number), number, ambiguous=number in ambiguous)
        for number, rule in enumerate(desired)
    ]
    # One of the candidates is the desired rule: none of them may be deleted.
    candidates = {Key.of(desired[number]) for number in ambiguous}
    changes += [
        _unmatched_change(rule, remove=prune(rule) and Key.of(rule) not in candidates) for rule in rest
    ]
    return Plan(tuple(sorted(changes, key=_execution_rank)))


def _pair_rules(
    current: Sequence[EarningRule], desired: Sequence[EarningRule]
) -> tuple[dict[int, EarningRule], set[int], list[EarningRule]]:
    """Pair the desired rules of a plan with current rules.

    Return three values: the current rule of each desired rule, by the index of the desired rule; the indexes
    of the desired rules that match several current rules; and the current rules without a match.
    """
    left = dict(enumerate(current))
    by_id = {rule.id.lower(): number for number, rule in left.items() if rule.id}
    pairs: dict[int, EarningRule] = {}
    for number, rule in enumerate(desired):
        found = by_id.pop(rule.id.lower(), None) if rule.id else None
        if found is not None:
            pairs[number] = left.pop(found)
    groups: defaultdict[Key, list[int]] = defaultdict(list)
    for number, rule in left.items():
        groups[Key.of(rule)].append(number)
    unmatched = [number for number in range(len(desired)) if number not in pairs]
    # Of several rules with one key, those that need no change are matched first.
    for is_same in (has_same_content, _already_as_desired):
        for number in [number for number in unmatched if number not in pairs]:
            group = groups[Key.of(desired[number])]
            found = next((i for i in group if is_same(left[i], desired[number])), None)
            if found is not None:
                group.remove(found)
                pairs[number] = left.pop(found)
    ambiguous = set()
    for number in unmatched:
        group = groups[Key.of(desired[number])]
        if number in pairs or not group:
            continue
        if len(group) > 1:
            ambiguous.add(number)
        else:
            pairs[number] = left.pop(group.pop())
    return pairs, ambiguous, [*left.values()]


def _already_as_desired(current: EarningRule, desired: EarningRule) -> bool:
    """Return whether a plan need not change a current rule: all values of the desired rule are the same."""
    return not comparison.differences(current, desired)


def _removed_tiers_in_warning(configs: Sequence[TierConfig]) -> str:
    """Describe tiers that a planned update removes, for a warning of the plan: `1 tier (ID: 150 points)`."""
    named = ", ".join(f"{config.tier_id or 'the base tier'}: {config.in_words()}" for config in configs)
    return f"{len(configs)} {'tier' if len(configs) == 1 else 'tiers'} ({named})"


def _planned_change(
    desired: EarningRule, current: EarningRule | None, number: int, *, ambiguous: bool
) -> Change:
    """Return the planned change for a desired rule; `current` is the rule on the site that matches it.

    `current` is None if no rule matches, or if several do. If several match, `ambiguous` is True, and the
    change has a problem.
    """
    if current is None and desired.kind is not Kind.NON_AUTOMATED:
        problem = "it is created in Wix Automations, or comes with an app, and cannot be created here"
        return Change(Action.CREATE, None, desired.writable(), number, problem)
    if current is None:
        validation = _validate_creation(json.dumps(_planned_document(desired)))
        document = validation.draft.document if validation.draft else desired.document
        problem = "several rules have this trigger and title: give the id of one of them"
        problem = problem if ambiguous else _first_problem(validation)
        return Change(Action.CREATE, None, document, number, problem)
    changes = comparison.changes(current, desired)
    unmanaged = desired_rules.unmanaged_tiers(desired, current)
    if not changes:
        return Change(Action.UNCHANGED, current, {}, number, unmanaged_tiers=unmanaged)
    if lost := desired_rules.lost_tiers(desired, current):
        return Change(Action.UPDATE, current, changes, number, lost)
    problem = _first_problem(draft_validation.validate_changes(changes, current))
    return Change(Action.UPDATE, current, changes, number, problem, unmanaged)


@lru_cache(maxsize=4096)
def _validate_creation(document: str) -> Validation:
    """Validate a rule that a plan creates; cached, since a rollout creates the same rules on many sites."""
    return draft_validation.validate_draft(json.loads(document))


def _planned_document(desired: EarningRule) -> JsonObject:
    """Return the JSON that a planned creation sends: the writable fields of the desired rule."""
    document = desired.writable()
    # UNKNOWN stands for any status that this version does not know: it is not a status to send.
    if desired.status is Status.UNKNOWN:
        document.pop("status", None)
    return document


def _unmatched_change(rule: EarningRule, *, remove: bool) -> Change:
    """Return the planned change for a rule that is only on the site: deleted, paused, or kept."""
    if remove and rule.deletable:
        return Change(Action.DELETE, rule, {})
    # Pre-installed rules of Wix apps cannot be deleted: pausing them has the same effect on points.
    if remove and rule.status is not Status.PAUSED:
        return Change(Action.PAUSE, rule, {"status": Status.PAUSED.value})
    return Change(Action.UNMANAGED, rule, {})


def _first_problem(validation: Validation) -> str:
    """Return the first problem that validation finds in a planned change; empty if there is none."""
    return next((": ".join(filter(None, (one.field, one.message))) for one in validation.problems), "")


def _execution_rank(change: Change) -> int:
    """Return the rank of a change, by which `plan` sorts the changes of its plan; 0 is first."""
    switched = change.document.get("status") if change.action is Action.UPDATE else None
    order = (
        change.action is Action.CREATE,
        switched == Status.ACTIVE,
        change.action is Action.UPDATE and switched is None,
        switched == Status.PAUSED,
        *(change.action is action for action in (Action.PAUSE, Action.DELETE, Action.UNCHANGED)),
    )
    return order.index(True) if any(order) else len(order)


def _leaves_active_rule(change: Change) -> bool:
    """Return whether a plan keeps the rule of `change` ACTIVE, although no desired rule matches it."""
    return change.action is Action.UNMANAGED and change.rule.status is Status.ACTIVE
