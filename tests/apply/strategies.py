"""Hypothesis strategies for the rules of a site and desired rules, and a model of how a server applies changes."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from loyaltyctl.contract.outputs.plans import Action
from loyaltyctl.model import desired_rules, rule_forms
from loyaltyctl.model.rule_table import ARMS
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.triggers import AUTOMATIONS_APP, BY_ACTIVITY, LOYALTY_APP, TRIGGERS, Kind, Method
from tests.conftest import GOLD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loyaltyctl.apply.plan import Change, Plan
    from loyaltyctl.intake.values import Json, JsonObject

SILVER = "9d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a"
STORES = ("1380b703-ce81-ff05-f115-39571d94dfcd", "215238eb-22a5-4c36-9e7b-e7c08025e04e")
CUSTOM = "birthday"

_titles = st.sampled_from(["A", "B", "Ä", "👩‍👩‍👧"]) | st.text(
    st.characters(codec="utf-8"), min_size=1, max_size=50
)
_tier_ids = st.lists(
    st.sampled_from([GOLD, GOLD.upper(), SILVER]), max_size=2, unique_by=lambda tier: tier.lower()
)
_points = st.integers(0, 3) | st.just(2**53 - 1)


@st.composite
def awards(draw: st.DrawFn, methods: Sequence[Method], *, automated: bool) -> JsonObject:
    """Any award that a trigger permits, in one of the spellings of a response."""
    method = draw(st.sampled_from(methods))
    configs: list[Json] = []
    bases: list[list[str | None]] = [[None], [""], ["-"], []]
    for tier in [*draw(st.sampled_from(bases)), *draw(_tier_ids)]:
        config: JsonObject = {} if tier == "-" else {"tierId": tier}
        config["points"] = draw(_points)
        if method is Method.RATE:
            config["moneyAmount"] = draw(st.integers(1, 3))
        configs.append(config)
    if not configs:
        only: JsonObject = {"points": 1}
        configs.append(only | ({"moneyAmount": 1} if method is Method.RATE else {}))
    arm: JsonObject = {"configs": draw(st.permutations(configs))}
    if method is Method.RATE and automated and draw(st.booleans()):
        arm["field"] = draw(st.sampled_from(["price.amount", "order.subtotal"]))
    return {ARMS[method]: arm}


@st.composite
def rules(draw: st.DrawFn) -> EarningRule:
    """Any rule that a site may return."""
    trigger = draw(st.sampled_from([*TRIGGERS, None]))
    automated = trigger is None or trigger.kind is not Kind.NON_AUTOMATED
    app = trigger.app_id if trigger else AUTOMATIONS_APP
    if app in STORES:
        app = draw(st.sampled_from([*STORES, STORES[0].upper()]))
    revisions = st.integers(1, 9).map(str)
    return EarningRule({
        "id": str(draw(st.uuids(version=4))),
        "sourceAppId": AUTOMATIONS_APP if automated else LOYALTY_APP,
        "triggerAppId": app,
        "triggerActivityType": trigger.activity_type if trigger else CUSTOM,
        "title": draw(_titles),
        "status": draw(st.sampled_from(["ACTIVE", "ACTIVE", "PAUSED", "UNKNOWN"])),
        "revision": draw(st.none() | revisions if automated else revisions),
        "metadata": {"canBeDeleted": trigger is None or not automated},
        "newerField": 1,
        **draw(awards(trigger.methods if trigger else tuple(Method), automated=automated)),
    })  # fmt: skip


def _distinct(found: list[EarningRule]) -> bool:
    return len({rule.id for rule in found}) == len(found)


sites = st.lists(rules(), max_size=5).filter(_distinct)


@st.composite
def similar(draw: st.DrawFn, rule: EarningRule) -> EarningRule:
    """A rule that shares something with `rule`: its key, its id, its award, or all of them."""
    other = draw(rules())
    document = dict(rule.document)
    if draw(st.booleans()):
        document["id"] = other.id
    if draw(st.booleans()):
        document["status"] = other.document["status"]
    if draw(st.booleans()):
        trigger = BY_ACTIVITY.get(rule.trigger_activity_type)
        methods = trigger.methods if trigger else tuple(Method)
        automated = trigger is None or trigger.kind is not Kind.NON_AUTOMATED
        document = {name: item for name, item in document.items() if name not in ARMS.values()}
        document |= draw(awards(methods, automated=automated))
    if draw(st.integers(0, 3)) == 0:
        document["title"] = other.title
    return EarningRule(document)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[EarningRule], list[EarningRule]]:
    """Current and desired rules: the latter with ids or without, from a file or from another site."""
    current = draw(sites)
    if draw(st.booleans()) and current:
        copy = draw(similar(draw(st.sampled_from(current))))
        current = [*current, EarningRule(copy.document | {"id": str(draw(st.uuids(version=4)))})]
    like = st.sampled_from(current).flatmap(similar) if current else rules()
    desired = draw(st.lists(like | rules(), max_size=5).filter(_distinct))
    return current, [_desired(rule, draw(st.integers(0, 3))) for rule in desired]


def _desired(rule: EarningRule, form: int) -> EarningRule:
    """Return a desired rule: `rule` itself, or as read from a file in one of three forms."""
    if form == 0:
        return rule
    document: Json = (
        rule_forms.to_long_form(rule, with_id=False)
        if form == 1
        else rule_forms.to_short_form(rule, {}, with_id=form == 2)
    )
    validation = desired_rules.validate_desired(json.loads(json.dumps(document)))
    assert validation.draft is not None, validation.problems
    return EarningRule(validation.draft.document)


def applied(current: Iterable[EarningRule], changes: Iterable[Change]) -> list[EarningRule]:
    """Apply changes as a server does: fields are replaced by name, and one award replaces another."""
    documents = {rule.id: rule.document for rule in current}
    for change in changes:
        match change.action:
            case Action.CREATE:
                new_id = str(uuid.uuid4())
                documents[new_id] = change.document | {
                    "id": new_id, "revision": "1", "metadata": {"canBeDeleted": True},
                }  # fmt: skip
            case Action.UPDATE | Action.PAUSE:
                before = documents[change.id]
                dropped = ARMS.values() if {*ARMS.values()} & change.document.keys() else ()
                kept = {name: item for name, item in before.items() if name not in dropped}
                documents[change.id] = kept | change.document
            case Action.DELETE:
                del documents[change.id]
            case Action.UNCHANGED | Action.UNMANAGED:
                assert not change.document
    return [*map(EarningRule, documents.values())]


def everything(_: EarningRule) -> bool:
    return True


def rule(title: str, points: int = 1, activity: str = "events/Rsvp", **more: Any) -> EarningRule:
    """Return a rule with a fixed amount: a current rule with an id, or a desired rule without."""
    trigger = BY_ACTIVITY.get(activity)
    return EarningRule({
        "title": title,
        "triggerActivityType": activity,
        "triggerAppId": trigger.app_id if trigger else AUTOMATIONS_APP,
        "status": "ACTIVE",
        "fixedAmount": {"configs": [{"points": points}]},
        **({"sourceAppId": LOYALTY_APP} if not trigger or trigger.kind is Kind.NON_AUTOMATED else {"sourceAppId": AUTOMATIONS_APP, "metadata": {"canBeDeleted": False}}),
        **more,
    })  # fmt: skip


def actions(made: Plan) -> list[tuple[str, str]]:
    return [(change.action.value, change.id) for change in made.changes]
