"""The earning rule as the API returns it, and operations on its document.

    EarningRule ── title, trigger, status, revision, kind
        └── fixedAmount | conversionRate        one of the two
                └── configs                     one TierConfig a tier, up to 21

The fields are listed in `rule_table`. Where the vendor's examples, SDK types and live
responses differ, all of them are read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.json_paths import value_at
from loyaltyctl.intake.values import quoted
from loyaltyctl.model import earnings
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.triggers import BY_ACTIVITY, LOYALTY_APP, Kind, Method, same_app

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loyaltyctl.intake.values import Json, JsonObject


class Status(StrEnum):
    """Whether a rule awards points at present."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    UNKNOWN = "UNKNOWN"


class TierConfig(NamedTuple):
    """The award of one tier: `points`, for every `money_amount` spent if the rule has a rate.

    The base tier has no id.
    """

    tier_id: str | None
    points: int | float
    money_amount: int | float | None

    def in_words(self) -> str:
        """Return the award as a phrase: `50 points`, `2 per 1`."""
        return earnings.format_award(self.points, self.money_amount)


@dataclass(frozen=True, slots=True)
class EarningRule:
    """An earning rule: its complete document in the wire's spelling, with typed access to it."""

    document: JsonObject

    @classmethod
    def read(cls, value: Json) -> EarningRule:
        """Parse a rule in any of the vendor's spellings.

        Raises InvalidData if `value` is not an object.
        """
        spelled = RULE.respell(value)
        if not isinstance(spelled, dict):
            raise InvalidData(f"an earning rule must be an object, got {quoted(value)}")
        revision = spelled.get("revision")
        if isinstance(revision, int) and not isinstance(revision, bool):
            spelled["revision"] = str(revision)
        return cls(spelled)

    @property
    def id(self) -> str:
        return self._text("id")

    @property
    def title(self) -> str:
        return self._text("title")

    @property
    def source_app_id(self) -> str:
        return self._text("sourceAppId")

    @property
    def trigger_app_id(self) -> str:
        return self._text("triggerAppId")

    @property
    def trigger_activity_type(self) -> str:
        return self._text("triggerActivityType")

    @property
    def created_date(self) -> str:
        return self._text("createdDate")

    @property
    def revision(self) -> str | None:
        """An unsigned 64-bit number as text; automated rules may have none."""
        return self._text("revision") or None

    @property
    def status(self) -> Status:
        text = self._text("status")
        return Status(text) if text in Status.__members__ else Status.UNKNOWN

    @property
    def kind(self) -> Kind:
        """The kind of rule, by the app that manages it; for automated ones, by `deletable` too."""
        if self.source_app_id.lower() in (LOYALTY_APP, ""):
            return Kind.NON_AUTOMATED
        return Kind.CUSTOM if self.deletable else Kind.PRE_INSTALLED

    @property
    def deletable(self) -> bool:
        """The value of `metadata.canBeDeleted`; if it is missing, false for pre-installed triggers."""
        metadata = self.document.get("metadata")
        stated = metadata.get("canBeDeleted") if isinstance(metadata, dict) else None
        if isinstance(stated, bool):
            return stated
        trigger = BY_ACTIVITY.get(self.trigger_activity_type)
        return (
            self.source_app_id.lower() == LOYALTY_APP
            or trigger is None
            or trigger.kind is not Kind.PRE_INSTALLED
        )

    @property
    def method(self) -> Method | None:
        return next((method for method in Method if isinstance(self._arm(method), dict)), None)

    @property
    def configs(self) -> tuple[TierConfig, ...]:
        """The award of each tier: `configs`, or the legacy pair beside it if that is empty."""
        method = self.method
        return () if method is None else tuple(_configs(self._arm(method)))

    @property
    def has_filters(self) -> bool:
        """Whether the rule is limited to some products, services or events."""
        return bool(self.document.get("triggerFilters"))

    def inconsistencies(self) -> tuple[str, ...]:
        """Return sentences about parts of the document that contradict each other."""
        legacy = legacy_config(self._arm(self.method)) if self.method else None
        if legacy is None or not self.configs:
            return ()
        stated = next((config for config in self.configs if config.tier_id is None), None)
        if stated is None or (stated.points, stated.money_amount) == (
            legacy.get("points"),
            legacy.get("moneyAmount"),
        ):
            return ()
        return ("the points beside configs differ from those in configs, which are used",)

    def writable(self) -> JsonObject:
        """Return the part of the document that Create and Update take, unknown fields included."""
        # Unknown fields are sent back: an update must not drop what a newer API has added.
        part: JsonObject = {
            name: value
            for name, value in self.document.items()
            if name not in RULE.read_only and value is not None
        }
        for name in ARMS.values():
            if isinstance(arm := part.get(name), dict):
                part[name] = without_legacy(arm)
        return part

    def _text(self, name: str) -> str:
        value = self.document.get(name)
        return value if isinstance(value, str) else ""

    def _arm(self, method: Method) -> Json:
        return self.document.get(ARMS[method])


def any_active(rules: Iterable[EarningRule], changed: Mapping[str, Status | None]) -> bool:
    """Return whether a rule is ACTIVE after the status changes in `changed` (None: deleted).

    A program without an active rule pauses itself. Source: the vendor's support pages.
    """
    return any(changed.get(rule.id, rule.status) is Status.ACTIVE for rule in rules)


def legacy_config(arm: Json) -> JsonObject | None:
    """Return the `points` (and `moneyAmount`) that older responses have beside `configs`, if any."""
    if not isinstance(arm, dict) or arm.get("points") is None:
        return None
    return {name: arm[name] for name in ("points", "moneyAmount") if arm.get(name) is not None}


def without_legacy(arm: JsonObject) -> JsonObject:
    """Return an award with the legacy pair moved into `configs`, or dropped if those are there."""
    rest = {name: value for name, value in arm.items() if name not in ("points", "moneyAmount")}
    legacy = legacy_config(arm)
    if legacy is not None and not rest.get("configs"):
        rest["configs"] = [legacy]
    return rest


def patch(document: JsonObject, changes: JsonObject) -> JsonObject:
    """Return `document` with `changes` applied; an award in them replaces the other kind of award."""
    replaced = set(ARMS.values()) if any(name in changes for name in ARMS.values()) else set()
    return {name: value for name, value in document.items() if name not in replaced} | changes


def tier_of(config: JsonObject) -> str:
    """Return the tier id of a config in lower case; empty for the base tier."""
    return str(config.get("tierId") or "").lower()


def replace_tiers(document: JsonObject, tiers: Mapping[str, str]) -> JsonObject:
    """Return `document` with tier ids replaced by `tiers`, which maps names or ids to ids."""
    changed = dict(document)
    for name in ARMS.values():
        arm = document.get(name)
        if isinstance(arm, dict) and isinstance(listed := arm.get("configs"), list):
            changed[name] = arm | {"configs": [_replace_tier(config, tiers) for config in listed]}
    return changed


def _replace_tier(config: Json, tiers: Mapping[str, str]) -> Json:
    tier = config.get("tierId") if isinstance(config, dict) else None
    if not isinstance(config, dict) or not isinstance(tier, str):
        return config
    return config | {"tierId": tiers.get(tier, tiers.get(tier.lower(), tier))}


def fingerprint(document: JsonObject) -> str:
    """Return a text that is equal for documents with the same content, however they are spelled.

    It finds a rule whose id is not known, because its creation was sent but never acknowledged.
    Ledgers store fingerprints: a change of their format would lose such rules.
    """
    rule = EarningRule(document)
    app = min(same_app(rule.trigger_app_id)).lower()
    configs = sorted(f"{config.tier_id} {config.points} {config.money_amount}" for config in rule.configs)
    arm = document.get(ARMS[rule.method]) if rule.method else None
    field = arm.get("field") if isinstance(arm, dict) else None
    parts: list[Json] = [app, rule.trigger_activity_type, rule.title, rule.status]
    parts += [rule.method, [*configs], field or ""]
    for one in RULE.desired:
        if one.path not in _IN_FINGERPRINTS and (value := value_at(document, one.path)) is not None:
            parts.append([one.path, value])
    return json.dumps(parts)


_IN_FINGERPRINTS = ("triggerAppId", "triggerActivityType", "title", "status")
"""The fields of 0.1.0, by position. Newer ones follow by path, and only if a rule has them, so that the
fingerprints in older ledgers stay valid."""


def plain_number(number: float | None) -> float | None:
    """Return a whole number as an int: 1 for 1.0."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _configs(arm: Json) -> list[TierConfig]:
    if not isinstance(arm, dict):
        return []
    listed = without_legacy(arm).get("configs")
    return [
        TierConfig(
            tier_id=tier_of(config) or None,
            points=plain_number(_number(config.get("points"))) or 0,
            money_amount=plain_number(_number(config.get("moneyAmount"))),
        )
        for config in (listed if isinstance(listed, list) else [])
        if isinstance(config, dict)
    ]


def _number(value: Json) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
