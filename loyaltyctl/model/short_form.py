"""The short form of a rule: in rules files, in CSV rows, and in the options of `rules create`.

title, trigger, earn                "50 points" each time, or "2 per 1" spent
title, trigger, points              50 points each time
title, trigger, points, per         2 points per 1 spent
… tiers                             "TIER=3 OTHER=4/2": 3 points, and 4 points per 2, in those tiers
… tiers                             {TIER: "3 points", OTHER: "4 points"}
… field                             where an automation's trigger states the amount spent

Only the award is special. Other fields have the names of `rule_table`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake.json_paths import value_at
from loyaltyctl.intake.values import Json, JsonObject, JsonPath, is_guid, quoted, whole_number
from loyaltyctl.model import earnings
from loyaltyctl.model.earnings import AwardTexts
from loyaltyctl.model.fields import FieldKind
from loyaltyctl.model.problems import Problem
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.rules import EarningRule, tier_of, without_legacy
from loyaltyctl.model.triggers import Method

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.model.fields import Field

AWARD = "AWARD"
"""Placeholder for an award in a dry run, where it depends on a rule that is not read."""
AWARD_NAMES = ("earn", "points", "per", "moneyAmount", "tiers", "field")
MONEY = ("per", "moneyAmount")
"""Two names of one field; the second one is the wire's."""

ALIASES = {field.file: field.path for field in RULE.desired if field.file}
"""Paths by the names that rules files have for them instead."""
SHORT_NAMES = (*ALIASES, *AWARD_NAMES)
"""All names of the short form that differ from those of the API."""


class ShortForm:
    """A rule in the short form, and the translation of places in it to those of the long form.

    An update takes what it leaves out from the `current` rule: the method of its award,
    the other number of a rate, the other tiers.
    """

    def __init__(self, document: JsonObject, current: EarningRule | None = None) -> None:
        self._stated = {name: document[name] for name in SHORT_NAMES if document.get(name) is not None}
        self._rest = {name: value for name, value in document.items() if name not in SHORT_NAMES}
        self._current = current
        self.problems: list[Problem] = []
        self.names: dict[JsonPath, JsonPath] = {}
        """Places in the short form, by those in the long form."""
        self._has_earn = self._read_earn()
        self._tiers = [*self._read_tiers()]

    def long_form(self) -> JsonObject:
        """Return the rule in the long form, as far as it can be read."""
        document = dict(self._rest)
        for name, other in (*ALIASES.items(), MONEY):
            if name in self._stated and (other in self._stated or document.get(other)):
                self._add_conflict(name, other)
        for name, path in ALIASES.items():
            if name in self._stated:
                document.setdefault(path, self._stated[name])
                self.names[path,] = (name,)
        document = _parse_cells(document)
        award = [name for name in self._stated if name not in ALIASES]
        arms = [name for name in ARMS.values() if document.get(name) is not None]
        if award and arms:
            self._add_conflict("earn" if self._has_earn else award[0], arms[0])
        elif award:
            document |= self._award()
        return document

    def _add_conflict(self, name: str, other: str) -> None:
        self.problems.append(Problem((name,), f"is mutually exclusive with {other}"))

    def _read_earn(self) -> bool:
        """Replace `earn` by the numbers in it, and return whether it was there."""
        if "earn" not in self._stated:
            return False
        if beside := next((name for name in ("points", *MONEY) if name in self._stated), None):
            self._add_conflict("earn", beside)
        text = self._stated.pop("earn")
        earns = earnings.parse(text)
        if earns is None:
            self.problems.append(Problem(("earn",), f"must be {earnings.FORMS}, got {quoted(text)}"))
            # Any numbers do: the rule is refused, and a second problem about the award is of no use.
            earns = AwardTexts("0", "1" if "per" in str(text) else None)
        self._stated |= {"points": earns.points} | ({"per": earns.per} if earns.per else {})
        return True

    def _award(self) -> JsonObject:
        """Return the award in the long form."""
        money = next((name for name in MONEY if name in self._stated), None)
        is_rate = money or (self._current and self._current.method is Method.RATE)
        if "points" not in self._stated and self._current is None:
            is_rate = is_rate or any(one.per for one in self._tiers)
        method, money = (Method.RATE if is_rate else Method.FIXED), money or "per"
        arm = ARMS[method]
        kept = without_legacy(_object(self._current.document.get(arm))) if self._current else {}
        configs = self._configs(kept, method, money)
        if self._has_earn:
            self.names |= dict.fromkeys([(arm,), (arm, "configs")], ("earn",))
        tier_places = {one.tier.lower(): one.place for one in self._tiers}
        for i, key in enumerate(configs):
            here = (arm, "configs", i)
            if key:
                self.names[here] = tier_places.get(key, ("tiers",))
            else:
                self.names[*here, "points"] = ("earn" if self._has_earn else "points",)
                self.names[*here, "moneyAmount"] = ("earn" if self._has_earn else money,)
        return {arm: kept | {"configs": [*configs.values()]} | self._field(method)}

    def _configs(self, kept: JsonObject, method: Method, money: str) -> dict[str, JsonObject]:
        """Return the config of each tier, with those of the current award under the stated ones."""
        listed = kept.get("configs")
        configs: dict[str, JsonObject] = {
            tier_of(config): config for config in map(_object, listed if isinstance(listed, list) else [])
        }
        stated = {"points": self._stated.get("points"), "moneyAmount": self._stated.get(money)}
        base = configs.get("", {}) | {
            name: _number(value) for name, value in stated.items() if value is not None
        }
        if base:
            configs = {**configs, "": base} if "" in configs else {"": base, **configs}
        self._check_tiers([one.tier for one in self._tiers], method)
        for tier, points, spend, place in self._tiers:
            if mismatch := self._mismatch(tier, points, spend, method):
                self.problems.append(Problem(place, mismatch))
                continue
            before = configs.get(tier.lower(), {"tierId": tier, "moneyAmount": base.get("moneyAmount")})
            config = before | {"points": _number(points)} | ({"moneyAmount": _number(spend)} if spend else {})
            configs[tier.lower()] = {name: value for name, value in config.items() if value is not None}
        return configs

    def _field(self, method: Method) -> JsonObject:
        """Return where an automation states the amount, which only a rate needs."""
        if "field" not in self._stated:
            return {}
        if method is Method.FIXED:
            message = "names the field with the amount spent, which a fixed award does not take"
            self.problems.append(Problem(("field",), message))
        self.names[ARMS[method], "field"] = ("field",)
        return {"field": self._stated["field"]}

    def _mismatch(self, tier: str, points: str, spend: str | None, method: Method) -> str:
        """Return why a tier's award cannot be combined with the others; empty if it can."""
        by_name = isinstance(self._stated["tiers"], dict)
        if spend and method is Method.FIXED:
            if by_name:
                return f"earns {points} per {spend}, but the base tier earns a fixed amount"
            return f"a fixed award takes no money, leave out /{spend} or give per: {tier}={points}/{spend}"
        if by_name and not spend and method is Method.RATE:
            return f"earns {points} points for any amount, but other tiers earn by the money spent"
        return ""

    def _check_tiers(self, tiers: list[str], method: Method) -> None:
        """Add problems for tiers that are stated twice, or lost by a change of the method."""
        for tier, count in Counter(tier.lower() for tier in tiers).items():
            if count > 1:
                message = f"the tier {tier} is listed {count} times"
                self.problems.append(Problem(("tiers",), message, "DUPLICATE_TIER"))
        current = self._current
        if current and current.method not in (None, method):
            stated = {tier.lower() for tier in tiers}
            lost = [
                config.tier_id
                for config in current.configs
                if config.tier_id and config.tier_id not in stated
            ]
            if lost:
                message = (
                    f"state what these tiers earn now, which have a {current.method} award: {', '.join(lost)}"
                )
                self.problems.append(Problem(("tiers",), message))

    def _read_tiers(self) -> Iterator[_Tier]:
        stated = self._stated.get("tiers", [])
        if isinstance(stated, dict):
            yield from self._read_tiers_by_name(stated)
            return
        for text in (
            stated.split() if isinstance(stated, str) else stated if isinstance(stated, list) else [stated]
        ):
            tier, equals, earns = text.partition("=") if isinstance(text, str) else ("", "", "")
            points, _, money = earns.partition("/")
            if tier and equals and points:
                yield _Tier(tier, points, money, ("tiers",))
            else:
                message = f"must be TIER=POINTS or TIER=POINTS/MONEY, got {quoted(text)}"
                self.problems.append(Problem(("tiers",), message))

    def _read_tiers_by_name(self, stated: JsonObject) -> Iterator[_Tier]:
        for i, (tier, text) in enumerate(stated.items()):
            place = ("tiers", tier)
            earns = earnings.parse(text)
            if earns is None:
                self.problems.append(Problem(place, f"must be {earnings.FORMS}, got {quoted(text)}"))
            elif not is_guid(tier):
                message = f"is not a tier id; to use it as a name, add to the file tiers: {{{tier}: ID}}"
                self.problems.append(Problem(place, message, "UNKNOWN_TIER"))
                # A made-up id instead, so that the limits do not report the name a second time.
                yield _Tier(f"00000000-0000-4000-8000-{i:012}", *earns, place)
            else:
                yield _Tier(tier, *earns, place)


class _Tier(NamedTuple):
    """The award of a tier as it is written, and its place."""

    tier: str
    points: str
    per: str | None
    place: JsonPath


def csv_row(rule: EarningRule) -> JsonObject:
    """Return `rule` as a CSV row that reads back as the same rule."""
    row: JsonObject = {}
    for member in RULE.members():
        if member.path in ARMS.values():
            row |= _award_cells(rule)
        else:
            row |= {
                field.path: value_at(rule.document, field.path)
                for field in RULE.csv_fields
                if field.path == member.path or field.path.startswith(f"{member.path}.")
            }
    return row


def _award_cells(rule: EarningRule) -> JsonObject:
    base = next((config for config in rule.configs if config.tier_id is None), None)
    tiers = (
        f"{config.tier_id}={config.points}"
        + (f"/{config.money_amount}" if config.money_amount is not None else "")
        for config in rule.configs
        if config.tier_id is not None
    )
    return {
        "points": base.points if base else None,
        "per": base.money_amount if base else None,
        "tiers": " ".join(tiers) or None,
    }


def _parse_cells(document: JsonObject) -> JsonObject:
    """Return `document` with the cells of CSV rows, and values of options, as the wire has them.

    Their names may be dotted paths, and their texts may spell numbers and flags.
    """
    parsed = dict(document)
    for field in RULE.desired:
        if field.path in parsed and (value := _parse_cell(field, parsed.pop(field.path))) is not None:
            parsed = _with_value(parsed, field.path.split("."), value)
    return parsed


def _parse_cell(field: Field, value: Json) -> Json:
    if field.kind is FieldKind.WHOLE:
        return _number(value)
    if field.kind is FieldKind.FLAG and value in ("true", "false"):
        return value == "true"
    return value


def _with_value(document: JsonObject, steps: Sequence[str], value: Json) -> JsonObject:
    name, *more = steps
    return document | {name: _with_value(_object(document.get(name)), more, value) if more else value}


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _number(value: Json) -> Json:
    """Return the number that a cell spells, or the cell itself, which validation then refuses."""
    number = whole_number(value) if isinstance(value, str) else None
    return value if number is None else number
