"""Forms of a rule in rules files: convert between the short form and the long form, which is the API's.

title, trigger, earn                "50 points" each time, or "2 per 1" spent
title, trigger, points              50 points each time
title, trigger, points, per         2 points per 1 spent
… tiers                             "TIER=3 OTHER=4/2": 3 points, and 4 points per 2, in those tiers
… tiers                             {TIER: "3 points", OTHER: "4 points"}
… field                             path of the amount in an automation's trigger: "priceSummary.totalAmount"

`…` stands for the names of one of the first three lines. CSV rows and the options of `rules create` use the
short form too. The forms differ in the award alone: other fields have the names of `rule_table`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake.json_paths import value_at
from loyaltyctl.intake.values import (
    Json,
    JsonObject,
    JsonPath,
    is_guid,
    object_or_empty,
    quoted,
    whole_number,
)
from loyaltyctl.model import award_phrases
from loyaltyctl.model.award_phrases import AwardTexts
from loyaltyctl.model.fields import FieldKind
from loyaltyctl.model.resource_validation import has_type
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.rules import (
    EarningRule,
    Status,
    listed_configs,
    replace_tiers,
    tier_of,
    whole_as_int,
    without_legacy,
)
from loyaltyctl.model.triggers import BY_ACTIVITY, Method
from loyaltyctl.model.validation_results import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from loyaltyctl.model.fields import Field

AWARD = "AWARD"
"""Member of a dry run's request, in place of an award that depends on the rule on the site."""
AWARD_NAMES = ("earn", "points", "per", "moneyAmount", "tiers", "field")
MONEY = ("per", "moneyAmount")
"""Names of the amount of a rate in the short form: our own and the API's."""

ALIASES = {field.file: field.path for field in RULE.desired if field.file}
"""Path of a field by its name in the short form, if they differ."""
SHORT_NAMES = (*ALIASES, *AWARD_NAMES)
"""Names that the short form has and the long form has not."""

_COPIED_TO_SHORT_FORM = {field.path.partition(".")[0] for field in RULE.desired} - {*ARMS.values(), "status"}


class ShortForm:
    """Rule in the short form, to be converted to the long form.

    An update may leave out parts of an award: the method, a number of a rate, some tiers. These parts are
    taken from the `current` rule.
    """

    def __init__(self, document: JsonObject, current: EarningRule | None = None) -> None:
        """Parse the short form of a rule; a document without short names is in the long form already."""
        self._given = {name: document[name] for name in SHORT_NAMES if document.get(name) is not None}
        self._rest = {name: value for name, value in document.items() if name not in SHORT_NAMES}
        self._current = current
        self.problems: list[Problem] = []
        self.names: dict[JsonPath, JsonPath] = {}
        """JSON paths in the long form, with the JSON path in the short form that problems are reported at."""
        self._has_earn = self._parse_earn()
        self._tiers = [*self._parse_tiers()]

    def long_form(self) -> JsonObject:
        """Return the long form of the rule, without the parts of the short form that have `problems`."""
        document = dict(self._rest)
        for name, other in (*ALIASES.items(), MONEY):
            if name in self._given and (other in self._given or document.get(other)):
                self._add_conflict(name, other)
        for name, path in ALIASES.items():
            if name in self._given:
                document.setdefault(path, self._given[name])
                self.names[path,] = (name,)
        document = _parse_short_values(document)
        award = [name for name in self._given if name not in ALIASES]
        arms = [name for name in ARMS.values() if document.get(name) is not None]
        if award and arms:
            self._add_conflict("earn" if self._has_earn else award[0], arms[0])
        elif award:
            document |= self._long_award()
        return document

    def _add_conflict(self, name: str, other: str) -> None:
        """Add the problem that the short form has two names that exclude each other."""
        self.problems.append(Problem((name,), f"is mutually exclusive with {other}"))

    def _parse_earn(self) -> bool:
        """Replace `earn` in the short form by `points` and `per`; return whether `earn` was given."""
        if "earn" not in self._given:
            return False
        if other := next((name for name in ("points", *MONEY) if name in self._given), None):
            self._add_conflict("earn", other)
        text = self._given.pop("earn")
        earns = award_phrases.parse_phrase(text)
        if earns is None:
            self.problems.append(Problem(("earn",), f"must be {award_phrases.FORMS}, got {quoted(text)}"))
            # The rule is rejected already. Without placeholder numbers, a missing award would be a second
            # problem.
            earns = AwardTexts("0", "1" if "per" in str(text) else None)
        self._given |= {"points": earns.points} | ({"per": earns.per} if earns.per else {})
        return True

    def _long_award(self) -> JsonObject:
        """Return the award of the short form as the long form's `fixedAmount` or `conversionRate`."""
        money = next((name for name in MONEY if name in self._given), None)
        is_rate = money or (self._current and self._current.method is Method.RATE)
        if "points" not in self._given and self._current is None:
            is_rate = is_rate or any(one.per for one in self._tiers)
        method, money = (Method.RATE if is_rate else Method.FIXED), money or "per"
        arm = ARMS[method]
        existing = without_legacy(object_or_empty(self._current.document.get(arm))) if self._current else {}
        configs = self._merged_configs(existing, method, money)
        if self._has_earn:
            self.names |= dict.fromkeys([(arm,), (arm, "configs")], ("earn",))
        tier_paths = {one.tier.lower(): one.path for one in self._tiers}
        for i, key in enumerate(configs):
            here = (arm, "configs", i)
            if key:
                self.names[here] = tier_paths.get(key, ("tiers",))
            else:
                self.names[*here, "points"] = ("earn" if self._has_earn else "points",)
                self.names[*here, "moneyAmount"] = ("earn" if self._has_earn else money,)
        return {arm: existing | {"configs": [*configs.values()]} | self._money_field(method)}

    def _merged_configs(self, existing: JsonObject, method: Method, money: str) -> dict[str, JsonObject]:
        """Return the long form's config of each tier: the `existing` configs, updated by the short form."""
        configs = {tier_of(config): config for config in listed_configs(existing)}
        base_numbers = {"points": self._given.get("points"), "moneyAmount": self._given.get(money)}
        base = configs.get("", {}) | {
            name: _parse_short_number(value) for name, value in base_numbers.items() if value is not None
        }
        if base:
            configs = {**configs, "": base} if "" in configs else {"": base, **configs}
        self._check_tiers([one.tier for one in self._tiers], method)
        for tier, points, spend, path in self._tiers:
            if mismatch := self._tier_mismatch(tier, points, spend, method):
                self.problems.append(Problem(path, mismatch))
                continue
            before = configs.get(tier.lower(), {"tierId": tier, "moneyAmount": base.get("moneyAmount")})
            config = (
                before
                | {"points": _parse_short_number(points)}
                | ({"moneyAmount": _parse_short_number(spend)} if spend else {})
            )
            configs[tier.lower()] = {name: value for name, value in config.items() if value is not None}
        return configs

    def _money_field(self, method: Method) -> JsonObject:
        """Convert `field` of the short form, which names the trigger's field with the amount spent."""
        if "field" not in self._given:
            return {}
        if method is Method.FIXED:
            message = "names the field with the amount spent, which a fixed award does not take"
            self.problems.append(Problem(("field",), message))
        self.names[ARMS[method], "field"] = ("field",)
        return {"field": self._given["field"]}

    def _tier_mismatch(self, tier: str, points: str, spend: str | None, method: Method) -> str:
        """Return why a tier's award in the short form does not fit the rule's method; empty if it fits."""
        by_name = isinstance(self._given["tiers"], dict)
        if spend and method is Method.FIXED:
            if by_name:
                return f"earns {points} per {spend}, but the base tier earns a fixed amount"
            return f"a fixed award takes no money, leave out /{spend} or give per: {tier}={points}/{spend}"
        if by_name and not spend and method is Method.RATE:
            return f"earns {points} points for any amount, but other tiers earn by the money spent"
        return ""

    def _check_tiers(self, tiers: list[str], method: Method) -> None:
        """Add problems for tiers that the short form lists twice, and for tiers that it must list.

        If the short form changes the award method, it must list every tier with an award in the current rule.
        """
        for tier, count in Counter(tier.lower() for tier in tiers).items():
            if count > 1:
                message = f"the tier {tier} is listed {count} times"
                self.problems.append(Problem(("tiers",), message, "DUPLICATE_TIER"))
        current = self._current
        if current and current.method not in (None, method):
            listed = {tier.lower() for tier in tiers}
            lost = [
                config.tier_id
                for config in current.configs
                if config.tier_id and config.tier_id not in listed
            ]
            if lost:
                now = f"which have a {current.method} award"
                message = f"give the new awards of these tiers, {now}: {', '.join(lost)}"
                self.problems.append(Problem(("tiers",), message))

    def _parse_tiers(self) -> Iterator[_TierText]:
        """Yield the awards in the short form's `tiers`, which is an object, a list, or a text as in CSV."""
        given = self._given.get("tiers", [])
        if isinstance(given, dict):
            yield from self._parse_tiers_by_name(given)
            return
        for text in (
            given.split() if isinstance(given, str) else given if isinstance(given, list) else [given]
        ):
            tier, equals, earns = text.partition("=") if isinstance(text, str) else ("", "", "")
            points, slash, money = earns.partition("/")
            if tier and equals and points and (money or not slash):
                yield _TierText(tier, points, money or None, ("tiers",))
            else:
                message = f"must be TIER=POINTS or TIER=POINTS/MONEY, got {quoted(text)}"
                self.problems.append(Problem(("tiers",), message))

    def _parse_tiers_by_name(self, given: JsonObject) -> Iterator[_TierText]:
        """Yield the awards in `tiers` of the short form, given as an object such as {TIER-ID: "3 points"}."""
        for i, (tier, text) in enumerate(given.items()):
            path = ("tiers", tier)
            earns = award_phrases.parse_phrase(text)
            if earns is None:
                self.problems.append(Problem(path, f"must be {award_phrases.FORMS}, got {quoted(text)}"))
            elif not is_guid(tier):
                message = f"is not a tier id; to use it as a name, add to the file tiers: {{{tier}: ID}}"
                self.problems.append(Problem(path, message, "UNKNOWN_TIER"))
                # A placeholder id, so that the validation of ids does not report the name a second time.
                yield _TierText(f"00000000-0000-4000-8000-{i:012}", *earns, path)
            else:
                yield _TierText(tier, *earns, path)


class _TierText(NamedTuple):
    """Award of a tier in the short form, as texts, with its JSON path."""

    tier: str
    points: str
    per: str | None
    path: JsonPath


def to_short_form(rule: EarningRule, tier_names: Mapping[str, str], *, with_id: bool) -> JsonObject:
    """Convert `rule` to the short form of rules files; `tier_names` maps tier ids to names.

    An award that the short form cannot express stays in the long form.
    """
    entry: JsonObject = {"id": rule.id} if with_id else {}
    for member in RULE.members():
        value = rule.document.get(member.name)
        if member.name in _COPIED_TO_SHORT_FORM and value and has_type(member, value):
            entry[member.file or member.name] = value
    trigger = BY_ACTIVITY.get(rule.trigger_activity_type)
    if trigger and rule.trigger_app in trigger.apps():
        entry.pop("triggerAppId", None)
    entry |= award_in_short_form(rule, tier_names)
    if rule.status is not Status.ACTIVE:
        entry["status"] = rule.status.value
    return entry


def award_in_short_form(rule: EarningRule, tier_names: Mapping[str, str]) -> JsonObject:
    """Return the award of `rule` in the short form of rules files, if possible, else in the long form."""
    award = award_in_long_form(rule)
    if rule.method is None or not award:
        return award
    arm = award[ARMS[rule.method]]
    if not isinstance(arm, dict) or not _fits_short_form(arm, rule.method):
        return award
    earn = {config.tier_id: config.in_words() for config in rule.configs}
    tiers: JsonObject = {
        tier_names.get(tier, tier): phrase for tier, phrase in earn.items() if tier is not None
    }
    entry: JsonObject = {"earn": earn[None]} if None in earn else {}
    entry |= {"tiers": tiers} if tiers else {}
    return entry | ({"field": arm["field"]} if arm.get("field") else {})


def award_in_long_form(rule: EarningRule) -> JsonObject:
    """Return the award of `rule` in the long form, that of the API, without legacy numbers."""
    arm = rule.document.get(ARMS[rule.method]) if rule.method else None
    return {ARMS[rule.method]: without_legacy(arm)} if rule.method and isinstance(arm, dict) else {}


def _fits_short_form(arm: JsonObject, method: Method) -> bool:
    """Return whether the short form can express an award: whole numbers, no tier twice, no unknown fields."""
    configs, field = arm.get("configs"), arm.get("field")
    if field is not None and (method is Method.FIXED or not isinstance(field, str)):
        return False
    if not {"configs"} <= arm.keys() <= {"configs", "field"} or not isinstance(configs, list) or not configs:
        return False
    known = {member.name for member in RULE.members(f"{ARMS[method]}.configs")}
    tiers: Counter[str] = Counter()
    for config in configs:
        if not isinstance(config, dict) or not config.keys() <= known:
            return False
        numbers = [config.get(name, 0) for name in known - {"tierId"}]
        if method is Method.RATE and "moneyAmount" not in config:
            return False
        if not all(isinstance(one, int | float) and type(whole_as_int(one)) is int for one in numbers):
            return False
        tiers[tier_of(config)] += 1
    return max(tiers.values()) == 1


def to_long_form(rule: EarningRule, *, with_id: bool) -> JsonObject:
    """Convert `rule` to the long form of rules files: that of the API, without the server's fields."""
    names = (*(["id"] if with_id else []), *RULE.writable)
    fields = {
        name: rule.document[name] for name in names if name not in ARMS.values() and rule.document.get(name)
    }
    return fields | award_in_long_form(rule)


def for_other_site(rule: EarningRule, tiers: Mapping[str, str]) -> JsonObject:
    """Convert `rule` to the long form of rules files; `tiers` maps its tier ids to those of another site."""
    return replace_tiers(to_long_form(rule, with_id=False), tiers)


def csv_row(rule: EarningRule) -> JsonObject:
    """Convert `rule` to the short form that CSV rows have. Converting the row back gives the same rule."""
    row: JsonObject = {}
    for member in RULE.members():
        if member.path in ARMS.values():
            row |= _short_award(rule)
        else:
            row |= {
                field.path: value_at(rule.document, field.path)
                for field in RULE.csv_fields
                if field.path == member.path or field.path.startswith(f"{member.path}.")
            }
    return row


def _short_award(rule: EarningRule) -> JsonObject:
    """Return the award of `rule` in the short form: `points`, `per` and `tiers`, as in a CSV row."""
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


def _parse_short_values(document: JsonObject) -> JsonObject:
    """Return the short form `document` with the texts of CSV cells and options converted to JSON values.

    Names may be dotted paths: `{"caps.daily": "5"} -> {"caps": {"daily": 5}}`.
    """
    parsed = dict(document)
    for field in RULE.desired:
        if field.path in parsed and (value := _parse_short_value(field, parsed.pop(field.path))) is not None:
            parsed = _with_long_value(parsed, field.path.split("."), value)
    return parsed


def _parse_short_value(field: Field, value: Json) -> Json:
    """Convert a text of the short form to the type of its field; return any other value unchanged."""
    if field.kind is FieldKind.WHOLE:
        return _parse_short_number(value)
    if field.kind is FieldKind.FLAG and value in ("true", "false"):
        return value == "true"
    return value


def _with_long_value(document: JsonObject, steps: Sequence[str], value: Json) -> JsonObject:
    """Return `document` with `value` at a path of the long form: `steps` are names in nested objects."""
    name, *more = steps
    return document | {
        name: _with_long_value(object_or_empty(document.get(name)), more, value) if more else value
    }


def _parse_short_number(value: Json) -> Json:
    """Convert a text of the short form to a number; return any other value unchanged, for validation."""
    number = whole_number(value) if isinstance(value, str) else None
    return value if number is None else number
