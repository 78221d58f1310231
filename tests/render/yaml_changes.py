"""Random changes of rules files, with the parts that must stay, computed without the editor."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.render.yaml_files import Comment, File, rule

if TYPE_CHECKING:
    import random

    from loyaltyctl.intake.values import JsonObject, JsonPath


class Op(NamedTuple):
    """A change: set, add or remove, with the value or items."""

    kind: str
    path: JsonPath
    value: Any = None


def random_ops(rng: random.Random, value: Any) -> list[Op]:
    """Return one to three changes, none inside a value that another one removes or replaces."""
    rules_at: JsonPath = ("rules",) if isinstance(value, dict) else ()
    rules = value["rules"] if isinstance(value, dict) else value
    ops: list[Op] = []
    if rules and rng.random() < 0.1:
        ops += [Op("remove", (*rules_at, i)) for i in range(len(rules))]
        if rng.random() < 0.3:
            ops.append(Op("add", rules_at, [rule(rng, 90)]))
        return ops
    for _ in range(rng.randrange(1, 4)):
        i = rng.randrange(len(rules)) if rules else 0
        path: JsonPath = (*rules_at, i)
        acts = (
            ["add"]
            if not rules
            else ["field", "field", "field", "new", "new", "remove field", "add", "remove", "move"]
        )
        act = rng.choice(acts)
        found: list[Op] = []
        if act == "add":
            found = [Op("add", rules_at, [rule(rng, 90 + len(ops)) for _ in range(rng.randrange(1, 3))])]
        elif act == "remove":
            found = [Op("remove", path)]
        elif act == "move":
            found = [Op("remove", path), Op("add", rules_at, [rules[i]])]
        else:
            found = _field(rng, rules[i], path, act)
        if all(_free(op, ops) for op in found):
            ops += found
    return ops


def _field(rng: random.Random, value: JsonObject, path: JsonPath, act: str) -> list[Op]:
    names = [name for name in value if name not in ("title", "trigger")]
    if act == "new":
        name = rng.choice(["status", "tiers", "field", "fixedAmount", "conversionRate"])
        new: Any = {"tiers": {"Gold": "7 points", "N: 😀": "8 points"}, "fixedAmount": {"configs": [{"points": 3}]}}.get(name, "PAUSED 😀")  # fmt: skip
        return [] if name in value else [Op("set", (*path, name), new)]
    name = rng.choice([*names, "title", "trigger"])
    here = (*path, name)
    if act == "remove field":
        return [Op("remove", here)] if len(value) > 1 else []
    old = value[name]
    if isinstance(old, dict) and rng.random() < 0.8:
        inner = rng.choice([*old])
        if isinstance(old[inner], list):
            configs: Any = old[inner]
            k = rng.randrange(len(configs))
            return rng.choice([
                [Op("set", (*here, inner, k, "points"), 99)],
                [Op("add", (*here, inner), [{"tierId": "Ünï 😀", "points": 5}])],
                [Op("remove", (*here, inner, k))] if len(configs) > 1 else [],
            ])  # fmt: skip
        return rng.choice([
            [Op("set", (*here, inner), "77 points")],
            [Op("set", (*here, "New"), "66 points")],
            [Op("remove", (*here, inner))] if len(old) > 1 else [],
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
    return [Op("set", here, rng.choice(choices))]


def _free(op: Op, ops: list[Op]) -> bool:
    def under(a: JsonPath, b: JsonPath) -> bool:
        return a[: len(b)] == b

    for other in ops:
        if op.kind == other.kind == "add" and op.path == other.path:
            continue
        if other.kind != "add" and under(op.path, other.path):
            return False
        if op.kind != "add" and under(other.path, op.path):
            return False
    return True


def after(value: Any, ops: list[Op]) -> Any:
    """Return the value after all changes."""
    new = deepcopy(value)

    def at(path: JsonPath) -> Any:
        found = new
        for step in path:
            found = found[step]
        return found

    for op in ops:
        if op.kind == "set":
            at(op.path[:-1])[op.path[-1]] = op.value
    for op in ops:
        if op.kind == "add":
            at(op.path).extend(op.value)
    cuts = [op.path for op in ops if op.kind == "remove"]
    for path in sorted(cuts, key=lambda path: [str(step).zfill(9) for step in path], reverse=True):
        del at(path[:-1])[path[-1]]
    return new


def to_be_kept(file: File, ops: list[Op]) -> list[str]:
    """Return the comments that must stay: all but those of removed members and inside replaced values.

    A comment above an item of a list may be removed with it.
    """
    old = file.value

    def at(path: JsonPath) -> Any:
        found = old
        for step in path:
            found = found[step]
        return found

    def all_go(path: JsonPath) -> bool:
        return len(at(path)) == sum(op.kind == "remove" and op.path[:-1] == path for op in ops)

    def may_go(comment: Comment) -> bool:
        for op in ops:
            if (
                comment.below
                and op.kind == "remove"
                and op.path == (*comment.path, 0)
                and not all_go(comment.path)
            ):
                return True
            inside = comment.path[: len(op.path)] == op.path
            if op.kind == "remove" and inside:
                is_key = isinstance(op.path[-1], str)
                if not (comment.above and comment.path == op.path and is_key):
                    return True
            if op.kind == "set" and inside and len(comment.path) > len(op.path):
                return True
        return False

    return [comment.text for comment in file.comments if not may_go(comment)]


def to_be_untouched(file: File, ops: list[Op]) -> list[str]:
    """Return the text of each unchanged member."""
    return [
        text
        for path, text in file.chunks.items()
        if not any(
            op.path[: len(path)] == path or path[: len(op.path)] == op.path for op in ops if op.kind != "add"
        )
        and not any(op.path[: len(path)] == path for op in ops)
    ]
