"""Random changes of files of rules, and what each change must keep: decided without the editor."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.render.yaml_files import Comment, File, rule

if TYPE_CHECKING:
    import random

    from loyaltyctl.intake.values import JsonObject, JsonPath


class Op(NamedTuple):
    """One change: set, add or cut, with the value or the items."""

    kind: str
    place: JsonPath
    value: Any = None


def random_ops(chance: random.Random, value: Any) -> list[Op]:
    """One to three changes, none of them in what another one takes out or replaces."""
    rules_at: JsonPath = ("rules",) if isinstance(value, dict) else ()
    rules = value["rules"] if isinstance(value, dict) else value
    ops: list[Op] = []
    if rules and chance.random() < 0.1:
        ops += [Op("cut", (*rules_at, i)) for i in range(len(rules))]
        if chance.random() < 0.3:
            ops.append(Op("add", rules_at, [rule(chance, 90)]))
        return ops
    for _ in range(chance.randrange(1, 4)):
        i = chance.randrange(len(rules)) if rules else 0
        place: JsonPath = (*rules_at, i)
        acts = (
            ["add"]
            if not rules
            else ["field", "field", "field", "new", "new", "cut field", "add", "cut", "move"]
        )
        act = chance.choice(acts)
        found: list[Op] = []
        if act == "add":
            found = [
                Op("add", rules_at, [rule(chance, 90 + len(ops)) for _ in range(chance.randrange(1, 3))])
            ]
        elif act == "cut":
            found = [Op("cut", place)]
        elif act == "move":
            found = [Op("cut", place), Op("add", rules_at, [rules[i]])]
        else:
            found = _field(chance, rules[i], place, act)
        if all(_free(op, ops) for op in found):
            ops += found
    return ops


def _field(chance: random.Random, value: JsonObject, place: JsonPath, act: str) -> list[Op]:
    names = [name for name in value if name not in ("title", "trigger")]
    if act == "new":
        name = chance.choice(["status", "tiers", "field", "fixedAmount", "conversionRate"])
        new: Any = {"tiers": {"Gold": "7 points", "N: 😀": "8 points"}, "fixedAmount": {"configs": [{"points": 3}]}}.get(name, "PAUSED 😀")  # fmt: skip
        return [] if name in value else [Op("set", (*place, name), new)]
    name = chance.choice([*names, "title", "trigger"])
    here = (*place, name)
    if act == "cut field":
        return [Op("cut", here)] if len(value) > 1 else []
    old = value[name]
    if isinstance(old, dict) and chance.random() < 0.8:
        inner = chance.choice([*old])
        if isinstance(old[inner], list):
            configs: Any = old[inner]
            k = chance.randrange(len(configs))
            return chance.choice([
                [Op("set", (*here, inner, k, "points"), 99)],
                [Op("add", (*here, inner), [{"tierId": "Ünï 😀", "points": 5}])],
                [Op("cut", (*here, inner, k))] if len(configs) > 1 else [],
            ])  # fmt: skip
        return chance.choice([
            [Op("set", (*here, inner), "77 points")],
            [Op("set", (*here, "New"), "66 points")],
            [Op("cut", (*here, inner))] if len(old) > 1 else [],
        ])  # fmt: skip
    choices: list[Any] = [
        "5 points",
        5,
        None,
        "it's: #1 😀",
        "true",
        {"Gold": "1 point"},
        {},
        "",
        [],
        [1, "x"],
    ]
    return [Op("set", here, chance.choice(choices))]


def _free(op: Op, ops: list[Op]) -> bool:
    def under(a: JsonPath, b: JsonPath) -> bool:
        return a[: len(b)] == b

    for other in ops:
        if op.kind == other.kind == "add" and op.place == other.place:
            continue
        if other.kind != "add" and under(op.place, other.place):
            return False
        if op.kind != "add" and under(other.place, op.place):
            return False
    return True


def after(value: Any, ops: list[Op]) -> Any:
    """The value once all changes are made."""
    new = deepcopy(value)

    def at(place: JsonPath) -> Any:
        found = new
        for step in place:
            found = found[step]
        return found

    for op in ops:
        if op.kind == "set":
            at(op.place[:-1])[op.place[-1]] = op.value
    for op in ops:
        if op.kind == "add":
            at(op.place).extend(op.value)
    cuts = [op.place for op in ops if op.kind == "cut"]
    for place in sorted(cuts, key=lambda place: [str(step).zfill(9) for step in place], reverse=True):
        del at(place[:-1])[place[-1]]
    return new


def to_be_kept(file: File, ops: list[Op]) -> list[str]:
    """The comments that must still be there: all but those of what goes, and in values that are replaced.

    A comment above an item of a list may go with it.
    """
    old = file.value

    def at(place: JsonPath) -> Any:
        found = old
        for step in place:
            found = found[step]
        return found

    def all_go(place: JsonPath) -> bool:
        return len(at(place)) == sum(op.kind == "cut" and op.place[:-1] == place for op in ops)

    def may_go(comment: Comment) -> bool:
        for op in ops:
            if (
                comment.below
                and op.kind == "cut"
                and op.place == (*comment.place, 0)
                and not all_go(comment.place)
            ):
                return True
            inside = comment.place[: len(op.place)] == op.place
            if op.kind == "cut" and inside:
                is_key = isinstance(op.place[-1], str)
                if not (comment.above and comment.place == op.place and is_key):
                    return True
            if op.kind == "set" and inside and len(comment.place) > len(op.place):
                return True
        return False

    return [comment.text for comment in file.comments if not may_go(comment)]


def to_be_untouched(file: File, ops: list[Op]) -> list[str]:
    """The text of each member that no change concerns."""
    return [
        text
        for place, text in file.chunks.items()
        if not any(
            op.place[: len(place)] == place or place[: len(op.place)] == op.place
            for op in ops
            if op.kind != "add"
        )
        and not any(op.place[: len(place)] == place for op in ops)
    ]
