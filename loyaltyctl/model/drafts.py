"""What may be written: every limit, choice and combination of the reference, checked before anything is sent.

a value in any spelling, long form or short
    ─► one spelling, read-only fields dropped, app ids and status filled in
    ─► limits.broken: types, lengths, numbers
    ─► across fields: one of two awards, supported triggers and methods, each tier once
    ─► RuleDraft, or all Problems at once
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from loyaltyctl.intake.values import Json, JsonObject, Place, is_guid, is_revision, is_unicode, quoted
from loyaltyctl.model import limits
from loyaltyctl.model.flat import AWARD, AWARD_NAMES, FLAT_NAMES, Flat
from loyaltyctl.model.problems import Checked, Problem, RuleDraft
from loyaltyctl.model.rules import ARMS, READ_ONLY, WRITABLE, EarningRule, Status, patched, without_legacy
from loyaltyctl.model.spelling import WIRE_NAMES, on_the_wire
from loyaltyctl.model.triggers import BY_ACTIVITY, LOYALTY_APP, Kind, Method

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELDS: dict[str, tuple[str, ...]] = {
    "a rule": (*WRITABLE, *FLAT_NAMES),
    "fixedAmount": ("configs",),
    "conversionRate": ("configs", "field"),
    "a tier of fixedAmount": ("tierId", "points"),
    "a tier of conversionRate": ("tierId", "points", "moneyAmount"),
}
"""The fields that have a meaning, by where they stand."""


@dataclass(slots=True)
class Written:
    """A value in the wire's spelling and long form, with what is odd about it."""

    document: JsonObject
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    names: dict[Place, Place] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Json, current: EarningRule | None = None) -> Written:
        """`value` read; in its short form, what it leaves unsaid is taken from `current`."""
        spelled = on_the_wire(value)
        if not isinstance(spelled, dict):
            return cls({}, [Problem((), f"must be an object, got {quoted(value)}")])
        flat = Flat({name: item for name, item in spelled.items() if name not in READ_ONLY}, current)
        long = flat.wired()
        wired = {name: _folded(item) for name, item in long.items() if item is not None}
        written = cls(wired, flat.problems, [*EarningRule(long).doubts()], flat.names)
        revision = spelled.get("revision")
        if isinstance(revision, bool) or not is_revision(str(revision or 0)):
            written.problems.append(Problem(("revision",), f"must be a whole number, got {quoted(revision)}"))
        for place, message in _strays(wired):
            if message:
                written.problems.append(Problem(place, message))
            else:
                written.notes.append(f"{'.'.join(map(str, place))} is not known here and is sent as it is")
        return written

    def checked(self, document: JsonObject, broken: list[Problem]) -> Checked:
        """The draft of `document` where nothing is broken; problems bear the names that the writer used."""
        problems = tuple(
            Problem(_renamed(problem.place, self.names), problem.message, problem.rule)
            for problem in (*self.problems, *broken)
        )
        return Checked(None if problems else RuleDraft(document), problems, tuple(self.notes))


def check(value: Json) -> Checked:
    """`value` as a non-automated rule to be created."""
    written = Written.of(value)
    if not isinstance(value, dict):
        return written.checked({}, [])
    document = _completed(written.document)
    return written.checked(document, list(broken_rule(document)))


def check_custom(value: Json) -> Checked:
    """`value` as the rule part of CreateCustom: a title and an award, both optional."""
    written = Written.of(value)
    extra = [
        Problem((name,), "is not taken by a custom rule, which has only a title and an award")
        for name in written.document
        if name in WRITABLE and name not in ("title", *ARMS.values())
    ]
    document = written.document
    return written.checked(
        document, [*extra, *limits.broken(document, limits.CustomRule), *broken_award(document)]
    )


def check_changes(value: Json, current: EarningRule | None) -> Checked:
    """`value` as changes to `current` (None where it was not read); the draft holds what differs."""
    written = Written.of(value, current)
    beneath = current.writable() if current else {}
    changed = {
        name: item for name, item in written.document.items() if _text(beneath.get(name)) != _text(item)
    }
    whole = patched(beneath, changed)
    broken = [*limits.broken(whole, limits.Rule), *broken_award(whole)]
    if current is None or current.kind is Kind.NON_AUTOMATED:
        broken += _broken_trigger(whole)
    written.notes.clear()  # what is unknown here came from the API, and goes back to it
    return written.checked(changed, [problem for problem in broken if {*problem.place[:1]} & changed.keys()])


def check_unseen_changes(value: Json, current: EarningRule) -> Checked:
    """`value` as changes to `current`, whose award is not known: what is built on that stands under AWARD."""
    said = {name: value[name] for name in AWARD_NAMES if name in value} if isinstance(value, dict) else {}
    if not said:
        return check_changes(value, current)
    # Any award does to check the numbers against.
    some: JsonObject = {ARMS[Method.RATE]: {"configs": [{"points": 0, "moneyAmount": 1}]}}
    checked = check_changes(value, EarningRule(current.document | some))
    if checked.draft is None:
        return checked
    rest = {name: item for name, item in checked.draft.document.items() if name not in ARMS.values()}
    return replace(checked, draft=RuleDraft(rest | {AWARD: said}))


def broken_rule(document: JsonObject) -> Iterator[Problem]:
    """What keeps `document`, in the wire's spelling and long form, from being created."""
    yield from limits.broken(document, limits.Rule)
    yield from broken_award(document, needed=True)
    yield from _broken_trigger(document)


def broken_award(document: JsonObject, *, needed: bool = False) -> Iterator[Problem]:
    """What is wrong with the award as a whole: its number, its tiers, and whether the trigger permits it."""
    arms = [name for name in ARMS.values() if name in document]
    if len(arms) > 1:
        yield Problem((arms[1],), f"stands beside {arms[0]}; give one of the two", "ONE_OF")
    if not arms and needed:
        yield Problem((), "awards nothing: give fixedAmount or conversionRate", "ONE_OF")
    for name in arms:
        yield from _repeated_tiers(document, name)
    trigger = BY_ACTIVITY.get(str(document.get("triggerActivityType")))
    for method, name in ARMS.items():
        if name in arms and trigger and method not in trigger.methods:
            allowed = "a fixed amount" if method is Method.RATE else "a conversion rate"
            message = f"{trigger.title} ({trigger.activity_type}) can only award {allowed}"
            yield Problem((name,), message, "METHOD_NOT_SUPPORTED")


def _completed(document: JsonObject) -> JsonObject:
    """`document` with the app ids that follow from its trigger, and active unless it says otherwise."""
    trigger = BY_ACTIVITY.get(str(document.get("triggerActivityType")))
    filled: JsonObject = {
        "sourceAppId": LOYALTY_APP,
        "status": Status.ACTIVE.value,
        # Of an unknown trigger it is said that it is unknown, not that its app is missing.
        "triggerAppId": trigger.app_id if trigger else LOYALTY_APP,
    }
    filled |= document
    return {name: filled[name] for name in WRITABLE if name in filled} | filled


def _broken_trigger(document: JsonObject) -> Iterator[Problem]:
    """What keeps a rule with this trigger and these apps from being created."""
    source = document.get("sourceAppId")
    if isinstance(source, str) and is_guid(source) and source.lower() != LOYALTY_APP:
        message = "only non-automated rules can be created here, those of the Loyalty app"
        yield Problem(("sourceAppId",), f"{message} ({LOYALTY_APP})", "SOURCE_APP")
        return
    activity, app = document.get("triggerActivityType"), document.get("triggerAppId")
    if not isinstance(activity, str) or not 0 < len(activity) <= limits.MAX_TRIGGER:
        return  # the limits have said so
    trigger = BY_ACTIVITY.get(activity)
    if trigger is None or trigger.kind is not Kind.NON_AUTOMATED:
        known = [name for name, one in BY_ACTIVITY.items() if one.kind is Kind.NON_AUTOMATED]
        near = get_close_matches(activity, known, n=1)
        advice = f"did you mean {near[0]}?" if near else f"rules can be created for {', '.join(known)}"
        if trigger:
            advice = "its rule is pre-installed and can be updated and paused, not created"
        yield Problem(("triggerActivityType",), f"{quoted(activity)}: {advice}", "TRIGGER_NOT_SUPPORTED")
    elif isinstance(app, str) and app and app.lower() not in trigger.apps():
        message = f"does not belong to {activity}, whose app is {trigger.app_id}; got {quoted(app)}"
        yield Problem(("triggerAppId",), message, "TRIGGER_APP")


def _repeated_tiers(document: JsonObject, arm: str) -> Iterator[Problem]:
    tiers = [config.tier_id for config in EarningRule({arm: document[arm]}).configs]
    for tier, times in Counter(tiers).items():
        if times > 1:
            what = f"the tier {tier}" if tier else "the base tier (no tierId)"
            yield Problem((arm, "configs"), f"{what} stands {times} times", "DUPLICATE_TIER")


def _strays(document: JsonObject, part: str = "a rule", place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Fields without a meaning where they stand: a sentence for a slip, none for what is simply unknown."""
    for name, item in document.items():
        here = (*place, name)
        if name not in _FIELDS[part] and not is_unicode({name: item}):
            yield here, "has characters that are not Unicode text"
        elif name not in _FIELDS[part]:
            near = get_close_matches(name, _FIELDS[part], n=1, cutoff=0.75)
            advice = f"; did you mean {near[0]}?" if near else ""
            yield here, f"is not a field of {part}{advice}" if near or name in WIRE_NAMES else ""
        elif name in ARMS.values() and isinstance(item, dict):
            yield from _strays(item, name, here)
        elif name == "configs" and isinstance(item, list):
            for i, config in enumerate(item):
                if isinstance(config, dict):
                    yield from _strays(config, f"a tier of {part}", (*here, i))


def _text(item: Json) -> str:
    """`item` as text, so that 1 and true differ."""
    return json.dumps(item, sort_keys=True)


def _folded(item: Json) -> Json:
    return without_legacy(item) if isinstance(item, dict) else item


def _renamed(place: Place, names: dict[Place, Place]) -> Place:
    """`place` under the name by which the writer knows it, which the longest known prefix tells."""
    for length in range(len(place), 0, -1):
        if (known := names.get(place[:length])) is not None:
            return known
    return place
