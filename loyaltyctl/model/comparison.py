"""Whether a rule is as it is wanted, and what differs: values in one spelling, never texts.

    comparable(rule)      {"title": "Tickets", "conversionRate.configs[base].points": 2, …}
    differences      a file states a part of a rule and is compared by that part; any other rule is
                     compared with all of its award
    changes          what an update has to send

Left out is what the server owns. 1 and 1.0 are the same, and so are the two ids of one app,
an empty tier and none, and tiers in another order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.model.desired_rules import DesiredRule, app_of, complete
from loyaltyctl.model.rules import ARMS, EarningRule, Status, tier_of, without_legacy
from loyaltyctl.model.triggers import Method

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

BASE = "base"
_FIELD = f"{ARMS[Method.RATE]}.field"
_WORDS = {"triggerActivityType": "trigger", _FIELD: "field"}
"""What a file calls otherwise than the API."""


class FieldChange(NamedTuple):
    """One value that differs: its path, and what it is and was; None where there is none."""

    path: str
    old: Json
    new: Json

    def document(self) -> JsonObject:
        """The promised JSON."""
        return {"path": self.path, "old": self.old, "new": self.new}


def comparable(rule: EarningRule) -> dict[str, Json]:
    """What `rule` says, by path, without what the server owns."""
    found: dict[str, Json] = {}
    for name in ("title", "triggerActivityType"):
        if isinstance(rule.document.get(name), str):
            found[name] = rule.document[name]
    if rule.trigger_app_id:
        found["triggerAppId"] = app_of(rule)
    if rule.status is not Status.UNKNOWN:
        found["status"] = rule.status.value
    if rule.method is None:
        return found
    arm = ARMS[rule.method]
    for config in rule.configs:
        place = f"{arm}.configs[{config.tier_id or BASE}]"
        found[f"{place}.points"] = config.points
        if rule.method is Method.RATE:
            found[f"{place}.moneyAmount"] = config.money_amount
    stated = rule.document[arm]
    if isinstance(stated, dict) and stated.get("field"):
        found[_FIELD] = stated["field"]
    return found


def readable(rule: EarningRule) -> dict[str, Json]:
    """The same in the words of a file of rules."""
    said = {
        _WORDS.get(path, path): value
        for path, value in comparable(rule).items()
        if not _is_award(path) and path != "triggerAppId"
    }
    for config in rule.configs:
        said[f"tiers.{config.tier_id}" if config.tier_id else "earn"] = config.in_words()
    return said


def differences(current: EarningRule, wanted: EarningRule) -> list[FieldChange]:
    """What `wanted` states otherwise than `current`."""
    return _differing(current, complete(wanted, current))


def readable_differences(current: EarningRule | None, after: EarningRule | None) -> list[FieldChange]:
    """All that differs between a rule before and after a change, in the words of a file."""
    old, new = (readable(rule) if rule else {} for rule in (current, after))
    return [
        FieldChange(name, old.get(name), new.get(name))
        for name in dict.fromkeys([*new, *old])
        if old.get(name) != new.get(name)
    ]


def changes(current: EarningRule, wanted: EarningRule) -> JsonObject:
    """What an update of `current` sends, so that it is as `wanted` states; what is unknown here is kept."""
    wanted = complete(wanted, current)
    paths = [change.path.split(".")[0] for change in _differing(current, wanted)]
    whole = not isinstance(wanted, DesiredRule)
    sent: JsonObject = {}
    for name in dict.fromkeys(paths):
        if name not in ARMS.values():
            sent[name] = wanted.document[name]
        elif wanted.document.get(name) is not None:
            sent[name] = _merged(current.document.get(name), wanted.document[name], whole=whole)
    return sent


def _differing(current: EarningRule, wanted: EarningRule) -> list[FieldChange]:
    """The differences in the fields that `wanted` states; in an award, those of both sides."""
    old, new = comparable(current), comparable(wanted)
    paths = dict.fromkeys(new)
    if wanted.method is not None:
        paths |= dict.fromkeys(path for path in old if _is_award(path))
        if not isinstance(wanted, DesiredRule) and _FIELD in old:
            paths[_FIELD] = None
    return [
        FieldChange(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)
    ]


def _is_award(path: str) -> bool:
    return ".configs[" in path


def _merged(current: Json, stated: Json, *, whole: bool) -> Json:
    """The award that is stated, with what the current one has beside it and in its tiers.

    A `whole` rule that has no field has none afterwards.
    """
    if not isinstance(current, dict) or not isinstance(stated, dict):
        return stated
    before, after = without_legacy(current), without_legacy(stated)
    if whole:
        before.pop("field", None)
    listed = {tier_of(config): config for config in _configs(before)}
    configs: list[Json] = [
        listed.get(tier_of(config), {}) | {name: value for name, value in config.items() if value is not None}
        for config in _configs(after)
    ]
    return before | after | {"configs": configs}


def _configs(arm: JsonObject) -> list[JsonObject]:
    listed = arm.get("configs")
    return [config for config in (listed if isinstance(listed, list) else []) if isinstance(config, dict)]
