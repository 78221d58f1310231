"""From the rules that are there and those that are wanted to the changes between them.

plan is a function of two lists: it asks nobody, and the same lists give the same plan.
Rules are the same by id where one is given that is there, else by key: app and activity of
the trigger, and title. Where a key does not tell which of several rules is meant, nothing is
guessed.

The order is a safe one: the program is never without a rule that awards points while
changes are made, unless it is to have none at the end.

    create ─► update: resumes ─► update ─► update: pauses ─► pause ─► delete
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake.values import quoted
from loyaltyctl.model import comparison, desired_rules, drafts
from loyaltyctl.model.comparison import FieldChange
from loyaltyctl.model.desired_rules import Key
from loyaltyctl.model.rules import EarningRule, Status, any_active, patch
from loyaltyctl.model.triggers import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.problems import Validation
    from loyaltyctl.model.rules import TierConfig


class Action(StrEnum):
    """What is done with one rule."""

    CREATE = "create"
    UPDATE = "update"
    PAUSE = "pause"
    """Instead of a delete, of a rule that cannot be deleted."""
    DELETE = "delete"
    UNCHANGED = "unchanged"
    UNMANAGED = "unmanaged"
    """It is there, nobody wants it, and nobody wants it gone."""


WRITES = (Action.CREATE, Action.UPDATE, Action.PAUSE, Action.DELETE)


class Change(NamedTuple):
    """One rule: as it is (`current`), what is wanted of it, and what is sent for that.

    `wanted` is its place in the list of those that are wanted. With a `problem` it cannot
    be done. `unmanaged_tiers` are tiers of the rule that the file does not state; they stay.
    """

    action: Action
    current: EarningRule | None
    document: JsonObject
    wanted: int | None = None
    problem: str = ""
    unmanaged_tiers: tuple[TierConfig, ...] = ()

    @property
    def id(self) -> str:
        return self.current.id if self.current else ""

    @property
    def revision(self) -> str | None:
        return self.current.revision if self.current else None

    @property
    def after(self) -> EarningRule | None:
        """The rule once this is done."""
        match self.action:
            case Action.DELETE:
                return None
            case Action.CREATE:
                return EarningRule(self.document)
            case _:
                return self.current and EarningRule(patch(self.current.document, self.document))

    @property
    def rule(self) -> EarningRule:
        """The rule that it is about, as it is, or as it is to be created."""
        return self.current or EarningRule(self.document)

    @property
    def is_write(self) -> bool:
        """Whether something is sent."""
        return self.action in WRITES

    @property
    def removed_tiers(self) -> list[TierConfig]:
        """The tiers that an update takes away: they earn as the base tier afterwards."""
        if self.action is not Action.UPDATE or self.current is None or self.after is None:
            return []
        kept = {config.tier_id for config in self.after.configs}
        return [config for config in self.current.configs if config.tier_id not in kept]

    @property
    def fields(self) -> list[FieldChange]:
        """What differs, by the paths of the API."""
        nothing = EarningRule({})
        if not self.is_write:
            return []
        if self.action is Action.DELETE:
            return [FieldChange(path, old, None) for path, old in comparison.comparable(self.rule).items()]
        return comparison.differences(self.current or nothing, self.after or nothing)


class Plan(NamedTuple):
    """Every rule on either side, in the order in which changes are made."""

    changes: tuple[Change, ...]

    @property
    def writes(self) -> list[Change]:
        """The changes that can be done."""
        return [change for change in self.changes if change.is_write and not change.problem]

    @property
    def problems(self) -> list[Change]:
        """The changes that cannot be done."""
        return [change for change in self.changes if change.problem]

    @property
    def unmanaged(self) -> list[Change]:
        """The rules that are on the site alone."""
        return [change for change in self.changes if change.action is Action.UNMANAGED]

    @property
    def with_unmanaged_tiers(self) -> list[Change]:
        """The rules that have tiers on the site alone."""
        return [change for change in self.changes if change.unmanaged_tiers]

    def in_short(self) -> str:
        """What is done, without the ids of one site: the same text for the same changes."""
        told = ((change.action.value, Key.of(change.rule), change.document) for change in self.writes)
        return json.dumps([*told], sort_keys=True)

    def summary(self) -> dict[str, int]:
        """How many rules there are for each action."""
        counts = Counter(change.action for change in self.changes)
        return {action.value: counts[action] for action in Action}

    def warnings(self) -> list[str]:
        """What may not be wanted, in sentences."""
        found = []
        after = [change.current if change.problem else change.after for change in self.changes]
        rules = [rule for rule in after if rule]
        if self.writes and not any_active(rules, {}):
            found.append("no rule stays ACTIVE after this; a program without one pauses itself")
        found += [
            f"{quoted(change.rule.title)}: removes {_tiers(change.removed_tiers)}"
            for change in self.writes
            if change.removed_tiers
        ]
        staying = {Key.of(one.rule)[:2]: one for one in self.changes if _stays_active(one)}
        for change in self.writes:
            old = staying.get(Key.of(change.rule)[:2])
            if old and change.action is Action.CREATE and change.rule.status is Status.ACTIVE:
                found.append(
                    f"{quoted(change.rule.title)} is created beside {quoted(old.rule.title)}, which has the "
                    f"same trigger: activities earn points by both. If it is to take its place, give it its "
                    f"id: {old.id}"
                )
            if change.action is Action.DELETE and change.rule.kind is Kind.CUSTOM:
                found.append(
                    f"{quoted(change.rule.title)} is a custom rule of Wix Automations: "
                    "it cannot be made again here"
                )
        return found


def plan(
    current: Sequence[EarningRule],
    wanted: Sequence[EarningRule],
    prunes: Callable[[EarningRule], bool] = lambda _: False,
) -> Plan:
    """What makes `wanted` of `current`; of the rules that nobody wants, those go that `prunes` says."""
    pairs, unclear, rest = _matched(current, wanted)
    changes = [
        _change(rule, pairs.get(number), number, unclear=number in unclear)
        for number, rule in enumerate(wanted)
    ]
    spared = {Key.of(wanted[number]) for number in unclear}
    changes += [_unwanted(rule, gone=prunes(rule) and Key.of(rule) not in spared) for rule in rest]
    return Plan(tuple(sorted(changes, key=_turn)))


def _matched(
    current: Sequence[EarningRule], wanted: Sequence[EarningRule]
) -> tuple[dict[int, EarningRule], set[int], list[EarningRule]]:
    """The current rule for each wanted one; those for which it is unclear; the current ones that are left."""
    left = dict(enumerate(current))
    by_id = {rule.id.lower(): number for number, rule in left.items() if rule.id}
    pairs: dict[int, EarningRule] = {}
    for number, rule in enumerate(wanted):
        found = by_id.pop(rule.id.lower(), None) if rule.id else None
        if found is not None:
            pairs[number] = left.pop(found)
    groups: defaultdict[Key, list[int]] = defaultdict(list)
    for number, rule in left.items():
        groups[Key.of(rule)].append(number)
    open_ = [number for number in range(len(wanted)) if number not in pairs]
    for same in (_says_the_same, _is_as_wanted):
        for number in [number for number in open_ if number not in pairs]:
            group = groups[Key.of(wanted[number])]
            twin = next((i for i in group if same(left[i], wanted[number])), None)
            if twin is not None:
                group.remove(twin)
                pairs[number] = left.pop(twin)
    unclear = set()
    for number in open_:
        group = groups[Key.of(wanted[number])]
        if number in pairs or not group:
            continue
        if len(group) > 1:
            unclear.add(number)
        else:
            pairs[number] = left.pop(group.pop())
    return pairs, unclear, [*left.values()]


def _says_the_same(current: EarningRule, wanted: EarningRule) -> bool:
    return comparison.comparable(current) == comparison.comparable(wanted)


def _is_as_wanted(current: EarningRule, wanted: EarningRule) -> bool:
    return not comparison.differences(current, wanted)


def _tiers(configs: Sequence[TierConfig]) -> str:
    """`1 tier (ID: 150 points)`."""
    named = ", ".join(f"{config.tier_id or 'the base tier'}: {config.in_words()}" for config in configs)
    return f"{len(configs)} {'tier' if len(configs) == 1 else 'tiers'} ({named})"


def _change(wanted: EarningRule, current: EarningRule | None, number: int, *, unclear: bool) -> Change:
    if current is None and wanted.kind is not Kind.NON_AUTOMATED:
        problem = "it is made in Wix Automations, or comes with an app, and cannot be created here"
        return Change(Action.CREATE, None, wanted.writable(), number, problem)
    if current is None:
        checked = _drafted(json.dumps(_for_creation(wanted)))
        document = checked.draft.document if checked.draft else wanted.document
        problem = "several rules have this trigger and title: give the id of the one that is meant"
        return Change(Action.CREATE, None, document, number, problem if unclear else _first(checked))
    changes = comparison.changes(current, wanted)
    unmanaged = desired_rules.unmanaged_tiers(wanted, current)
    if not changes:
        return Change(Action.UNCHANGED, current, {}, number, unmanaged_tiers=unmanaged)
    if lost := desired_rules.lost_tiers(wanted, current):
        return Change(Action.UPDATE, current, changes, number, lost)
    problem = _first(drafts.validate_changes(changes, current))
    return Change(Action.UPDATE, current, changes, number, problem, unmanaged)


@lru_cache(maxsize=4096)
def _drafted(document: str) -> Validation:
    """What the checks say of a rule that is created, here and perhaps on many more sites."""
    return drafts.validate(json.loads(document))


def _for_creation(wanted: EarningRule) -> JsonObject:
    """What is sent to create a rule: also one that has been read from a site, where it is one of these."""
    document = wanted.writable()
    if wanted.status is Status.UNKNOWN:
        document.pop("status", None)
    return document


def _unwanted(rule: EarningRule, *, gone: bool) -> Change:
    if gone and rule.deletable:
        return Change(Action.DELETE, rule, {})
    if gone and rule.status is not Status.PAUSED:
        return Change(Action.PAUSE, rule, {"status": Status.PAUSED.value})
    return Change(Action.UNMANAGED, rule, {})


def _first(checked: Validation) -> str:
    """The first thing that is wrong."""
    return next((": ".join(filter(None, (one.field, one.message))) for one in checked.problems), "")


def _turn(change: Change) -> int:
    """Where in the order of changes this one comes."""
    switched = change.document.get("status") if change.action is Action.UPDATE else None
    order = (
        change.action is Action.CREATE,
        switched == Status.ACTIVE,
        change.action is Action.UPDATE and switched is None,
        switched == Status.PAUSED,
        *(change.action is action for action in (Action.PAUSE, Action.DELETE, Action.UNCHANGED)),
    )
    return order.index(True) if any(order) else len(order)


def _stays_active(change: Change) -> bool:
    """Whether it is a rule that nobody wants, and that awards points all the same."""
    return change.action is Action.UNMANAGED and change.rule.status is Status.ACTIVE
