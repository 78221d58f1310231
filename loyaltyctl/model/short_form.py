"""The short form of a rule: in a file of rules, in a CSV row, in the flags of `rules create`.

title, trigger, earn                "50 points" each time, or "2 per 1" spent
title, trigger, points              50 points each time
title, trigger, points, per         2 points per 1 spent
… tiers                             "TIER=3 OTHER=4/2": 3 points, and 4 points per 2, in those tiers
… tiers                             {TIER: "3 points", OTHER: "4 points"}
… field                             where an automation's trigger states the amount spent
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake.values import Json, JsonObject, JsonPath, is_guid, quoted, whole_number
from loyaltyctl.model import earnings
from loyaltyctl.model.earnings import Earns
from loyaltyctl.model.problems import Problem
from loyaltyctl.model.rules import ARMS, EarningRule, tier_of, without_legacy
from loyaltyctl.model.triggers import Method

if TYPE_CHECKING:
    from collections.abc import Iterator

AWARD = "AWARD"
"""Stands for the award of a rule where only the site knows which one it is."""
AWARD_NAMES = ("earn", "points", "per", "moneyAmount", "tiers", "field")
FLAT_NAMES = ("trigger", *AWARD_NAMES)
MONEY = ("per", "moneyAmount")
"""Two names of one field; the second one is the wire's."""

CSV_COLUMNS = (
    "id",
    "title",
    "triggerActivityType",
    "triggerAppId",
    "status",
    "points",
    "per",
    "tiers",
    "revision",
    "sourceAppId",
    "createdDate",
    "updatedDate",
)


class ShortForm:
    """One rule in the short form, and the way back from the wire's places to the names it uses.

    What an update leaves unsaid is taken from the `current` rule: its way of
    awarding, the other number of the pair, the other tiers.
    """

    def __init__(self, document: JsonObject, current: EarningRule | None = None) -> None:
        self._said = {name: document[name] for name in FLAT_NAMES if document.get(name) is not None}
        self._rest = {name: value for name, value in document.items() if name not in FLAT_NAMES}
        self._current = current
        self.problems: list[Problem] = []
        self.names: dict[JsonPath, JsonPath] = {}
        self._earned = self._read_earn()
        self._tiers = [*self._read_tiers()]

    def wired(self) -> JsonObject:
        """The same rule in the long form, as far as it can be read."""
        wired = dict(self._rest)
        for name, other in (("trigger", "triggerActivityType"), MONEY):
            if name in self._said and (other in self._said or wired.get(other)):
                self._clash(name, other)
        if "trigger" in self._said:
            wired.setdefault("triggerActivityType", self._said["trigger"])
            self.names["triggerActivityType",] = ("trigger",)
        short = [name for name in self._said if name != "trigger"]
        beside = [name for name in ARMS.values() if wired.get(name) is not None]
        if short and beside:
            self._clash("earn" if self._earned else short[0], beside[0])
        elif short:
            money = next((name for name in MONEY if name in self._said), None)
            rated = money or (self._current and self._current.method is Method.RATE)
            if "points" not in self._said and self._current is None:
                rated = rated or any(one.per for one in self._tiers)
            wired |= self._award(Method.RATE if rated else Method.FIXED, money or "per")
        return wired

    def _clash(self, name: str, other: str) -> None:
        self.problems.append(Problem((name,), f"stands beside {other}; give one of the two"))

    def _read_earn(self) -> bool:
        """Put the numbers of `earn` in its place; whether it was there."""
        if "earn" not in self._said:
            return False
        if beside := next((name for name in ("points", *MONEY) if name in self._said), None):
            self._clash("earn", beside)
        text = self._said.pop("earn")
        earns = earnings.read(text)
        if earns is None:
            self.problems.append(Problem(("earn",), f"must be {earnings.FORMS}, got {quoted(text)}"))
            # Any numbers do: the rule goes nowhere, and that it awards nothing need not be said too.
            earns = Earns("0", "1" if "per" in str(text) else None)
        self._said |= {"points": earns.points} | ({"per": earns.per} if earns.per else {})
        return True

    def _award(self, method: Method, money: str) -> JsonObject:
        arm = ARMS[method]
        kept = without_legacy(_object(self._current.document.get(arm))) if self._current else {}
        listed = kept.get("configs")
        configs: dict[str, JsonObject] = {
            tier_of(config): config for config in map(_object, listed if isinstance(listed, list) else [])
        }
        said = {"points": self._said.get("points"), "moneyAmount": self._said.get(money)}
        base = configs.get("", {}) | {
            name: _number(value) for name, value in said.items() if value is not None
        }
        if base:
            configs = {**configs, "": base} if "" in configs else {"": base, **configs}
        self._check_tiers([one.tier for one in self._tiers], method)
        if self._earned:
            self.names |= dict.fromkeys([(arm,), (arm, "configs")], ("earn",))
        places = {"": ()} | {one.tier.lower(): one.place for one in self._tiers}
        for tier, points, spend, place in self._tiers:
            if wrong := self._not_fitting(tier, points, spend, method):
                self.problems.append(Problem(place, wrong))
                continue
            before = configs.get(tier.lower(), {"tierId": tier, "moneyAmount": base.get("moneyAmount")})
            earns = before | {"points": _number(points)} | ({"moneyAmount": _number(spend)} if spend else {})
            configs[tier.lower()] = {name: value for name, value in earns.items() if value is not None}
        for i, key in enumerate(configs):
            here = (arm, "configs", i)
            self.names |= (
                {here: places.get(key, ("tiers",))}
                if key
                else {
                    (*here, "points"): ("earn" if self._earned else "points",),
                    (*here, "moneyAmount"): ("earn" if self._earned else money,),
                }
            )
        return {arm: kept | {"configs": [*configs.values()]} | self._field(method)}

    def _field(self, method: Method) -> JsonObject:
        """Where an automation states the amount, which only a rate needs to know."""
        if "field" not in self._said:
            return {}
        if method is Method.FIXED:
            self.problems.append(
                Problem(("field",), "says where the amount spent is, and a fixed award takes none")
            )
        self.names[ARMS[method], "field"] = ("field",)
        return {"field": self._said["field"]}

    def _not_fitting(self, tier: str, points: str, spend: str | None, method: Method) -> str:
        """Why a tier's award cannot stand beside the others; empty where it can."""
        by_name = isinstance(self._said["tiers"], dict)
        if spend and method is Method.FIXED:
            if by_name:
                return f"earns {points} per {spend}, and the base tier a fixed amount"
            return f"a fixed award takes no money, leave out /{spend} or give per: {tier}={points}/{spend}"
        if by_name and not spend and method is Method.RATE:
            return f"earns {points} points whatever is spent, and others an amount per money spent"
        return ""

    def _check_tiers(self, tiers: list[str], method: Method) -> None:
        """Each tier once; and none of the current ones may get lost with the other way of awarding."""
        for tier, times in Counter(tier.lower() for tier in tiers).items():
            if times > 1:
                self.problems.append(
                    Problem(("tiers",), f"the tier {tier} stands {times} times", "DUPLICATE_TIER")
                )
        current = self._current
        if current and current.method not in (None, method):
            said = {tier.lower() for tier in tiers}
            lost = [
                config.tier_id for config in current.configs if config.tier_id and config.tier_id not in said
            ]
            if lost:
                message = (
                    f"say what these tiers earn now, which have a {current.method} award: {', '.join(lost)}"
                )
                self.problems.append(Problem(("tiers",), message))

    def _read_tiers(self) -> Iterator[_Tier]:
        said = self._said.get("tiers", [])
        if isinstance(said, dict):
            yield from self._named_tiers(said)
            return
        for text in said.split() if isinstance(said, str) else said if isinstance(said, list) else [said]:
            tier, equals, earns = text.partition("=") if isinstance(text, str) else ("", "", "")
            points, _, money = earns.partition("/")
            if tier and equals and points:
                yield _Tier(tier, points, money, ("tiers",))
            else:
                message = f"must be TIER=POINTS or TIER=POINTS/MONEY, got {quoted(text)}"
                self.problems.append(Problem(("tiers",), message))

    def _named_tiers(self, said: JsonObject) -> Iterator[_Tier]:
        for i, (tier, text) in enumerate(said.items()):
            place = ("tiers", tier)
            earns = earnings.read(text)
            if earns is None:
                self.problems.append(Problem(place, f"must be {earnings.FORMS}, got {quoted(text)}"))
            elif not is_guid(tier):
                message = f"is not the id of a tier; to call one so, give the file tiers: {{{tier}: ID}}"
                self.problems.append(Problem(place, message, "UNKNOWN_TIER"))
                yield _Tier(f"00000000-0000-4000-8000-{i:012}", *earns, place)  # so that this is said once
            else:
                yield _Tier(tier, *earns, place)


class _Tier(NamedTuple):
    """What a tier earns, as it is written, and where."""

    tier: str
    points: str
    per: str | None
    place: JsonPath


def row(rule: EarningRule) -> JsonObject:
    """`rule` as a CSV row that reads back as the same rule."""
    base = next((config for config in rule.configs if config.tier_id is None), None)
    tiers = (
        f"{config.tier_id}={config.points}"
        + (f"/{config.money_amount}" if config.money_amount is not None else "")
        for config in rule.configs
        if config.tier_id is not None
    )
    short: JsonObject = {
        "points": base.points if base else None,
        "per": base.money_amount if base else None,
        "tiers": " ".join(tiers) or None,
    }
    return {column: short.get(column, rule.document.get(column)) for column in CSV_COLUMNS}


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _number(value: Json) -> Json:
    """The number that a cell spells; whatever else it holds stays as it is, to be refused by name."""
    number = whole_number(value) if isinstance(value, str) else None
    return value if number is None else number
