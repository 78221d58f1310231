"""The earning rule as the API states it.

    EarningRule ── title, trigger, status, revision, kind
        └── fixedAmount | conversionRate        one of the two
                └── configs                     one TierConfig a tier, up to 21

Source: the object page of the reference; where examples, SDK types and live answers
differ from it, all of them are read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.values import quoted
from loyaltyctl.model import earnings
from loyaltyctl.model.fields import Field, FieldKind
from loyaltyctl.model.spelling import on_the_wire
from loyaltyctl.model.triggers import BY_ACTIVITY, LOYALTY_APP, Kind, Method, same_app

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loyaltyctl.intake.values import Json, JsonObject

ARMS = {Method.FIXED: "fixedAmount", Method.RATE: "conversionRate"}
FIELDS = (
    Field("id", FieldKind.ID, "Its id."),
    Field("title", FieldKind.TEXT, "Its name, 1 to 50 characters."),
    Field("status", FieldKind.TEXT, "Whether it awards points at present.", ("UNKNOWN", "ACTIVE", "PAUSED")),
    Field("triggerActivityType", FieldKind.TEXT, "The activity that it rewards, 1 to 80 characters."),
    Field("triggerAppId", FieldKind.ID, "The app that reports the activity, 1 to 80 characters."),
    Field("sourceAppId", FieldKind.ID, "The app that manages it: Wix Loyalty, or Wix Automations."),
    Field("fixedAmount.configs.tierId", FieldKind.ID, "The tier that earns them; none is the base tier."),
    Field("fixedAmount.configs.points", FieldKind.WHOLE, "How many points an activity earns in that tier."),
    Field(
        "conversionRate.configs.tierId", FieldKind.ID, "The tier that has this rate; none is the base tier."
    ),
    Field(
        "conversionRate.configs.moneyAmount",
        FieldKind.WHOLE,
        "The amount that earns the points, in the site's currency.",
    ),
    Field("conversionRate.configs.points", FieldKind.WHOLE, "How many points each moneyAmount spent earns."),
    Field(
        "conversionRate.field",
        FieldKind.TEXT,
        "Where the automation's trigger states the amount spent, such as priceSummary.totalAmount.",
    ),
    Field("revision", FieldKind.COUNT, "Goes up by one with each change; automated rules may have none."),
    Field("createdDate", FieldKind.DATE, "When it was created."),
    Field("updatedDate", FieldKind.DATE, "When it was last changed."),
    Field("metadata.canBeDeleted", FieldKind.FLAG, "Whether it can be deleted, or no more than paused."),
    Field(
        "triggerFilters.fieldKey",
        FieldKind.TEXT,
        "The field of the trigger that is filtered, such as service_id; up to 100 filters.",
    ),
    Field("triggerFilters.values", FieldKind.LIST, "The ids that the filter lets through."),
)
"""Every field of a rule that is known here."""
PATHS = tuple(field.path for field in FIELDS)
READ_ONLY = ("id", "revision", "createdDate", "updatedDate", "metadata", "triggerFilters", "ruleTypeTag")
WRITABLE = ("title", "status", "triggerActivityType", "triggerAppId", "sourceAppId", *ARMS.values())


class Status(StrEnum):
    """Whether a rule awards points at present."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    UNKNOWN = "UNKNOWN"


class TierConfig(NamedTuple):
    """What one tier earns: `points`, for every `money_amount` spent where the rule has a rate.

    The base tier has no id.
    """

    tier_id: str | None
    points: int | float
    money_amount: int | float | None

    def in_words(self) -> str:
        """`50 points`, `2 per 1`."""
        return earnings.written(self.points, self.money_amount)

    def document(self) -> JsonObject:
        """The config in the spelling of the API."""
        money: JsonObject = {} if self.money_amount is None else {"moneyAmount": self.money_amount}
        return {"tierId": self.tier_id, "points": self.points, **money}


@dataclass(frozen=True, slots=True)
class EarningRule:
    """One earning rule: its document in the wire's spelling, with nothing left out, and what it means."""

    document: JsonObject

    @classmethod
    def read(cls, value: Json) -> EarningRule:
        """The rule that `value` states, in any of the vendor's spellings.

        Raises InvalidData where it is not an object at all.
        """
        spelled = on_the_wire(value)
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
    def updated_date(self) -> str:
        return self._text("updatedDate")

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
        """Told by the app that manages the rule, and for automated ones by whether it can be deleted."""
        if self.source_app_id.lower() in (LOYALTY_APP, ""):
            return Kind.NON_AUTOMATED
        return Kind.CUSTOM if self.deletable else Kind.PRE_INSTALLED

    @property
    def deletable(self) -> bool:
        """What `metadata.canBeDeleted` says; without it, whether the trigger is a pre-installed one."""
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
        """What each tier earns, from `configs`, or from the older pair beside it where that is empty."""
        method = self.method
        return () if method is None else tuple(_configs(self._arm(method)))

    @property
    def has_filters(self) -> bool:
        """Whether it is for some products, services or events alone."""
        return bool(self.document.get("triggerFilters"))

    def inconsistencies(self) -> tuple[str, ...]:
        """What in the document contradicts itself, in sentences."""
        legacy = legacy_config(self._arm(self.method)) if self.method else None
        if legacy is None or not self.configs:
            return ()
        stated = next((config for config in self.configs if config.tier_id is None), None)
        if stated is None or (stated.points, stated.money_amount) == (
            legacy.get("points"),
            legacy.get("moneyAmount"),
        ):
            return ()
        return ("the points beside configs differ from those in it; the ones in configs count",)

    def writable(self) -> JsonObject:
        """The part of the document that Create and Update take, unknown fields included."""
        part: JsonObject = {
            key: value for key, value in self.document.items() if key not in READ_ONLY and value is not None
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
    """Whether a rule stays ACTIVE once those in `changed` have their new status (None: deleted).

    Without any, the program pauses itself. Source: the vendor's support pages.
    """
    return any(changed.get(rule.id, rule.status) is Status.ACTIVE for rule in rules)


def legacy_config(arm: Json) -> JsonObject | None:
    """The `points` (and `moneyAmount`) that older answers write beside `configs`."""
    if not isinstance(arm, dict) or arm.get("points") is None:
        return None
    return {name: arm[name] for name in ("points", "moneyAmount") if arm.get(name) is not None}


def without_legacy(arm: JsonObject) -> JsonObject:
    """`arm` with everything that it awards in `configs`, as the API itself writes it."""
    rest = {name: value for name, value in arm.items() if name not in ("points", "moneyAmount")}
    legacy = legacy_config(arm)
    if legacy is not None and not rest.get("configs"):
        rest["configs"] = [legacy]
    return rest


def patch(document: JsonObject, changes: JsonObject) -> JsonObject:
    """`document` with `changes` over it; an award that is set takes the place of the other one."""
    replaced = set(ARMS.values()) if any(name in changes for name in ARMS.values()) else set()
    return {name: value for name, value in document.items() if name not in replaced} | changes


def tier_of(config: JsonObject) -> str:
    """The tier that a config is for, in one spelling; empty for the base tier."""
    return str(config.get("tierId") or "").lower()


def replace_tiers(document: JsonObject, tiers: Mapping[str, str]) -> JsonObject:
    """`document` with the tiers that `tiers` gives for its own, by their names or their ids."""
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
    """What two documents of the same rule have in common, however they are spelled.

    Used to find a rule again whose id is not known: one that was sent and never
    acknowledged.
    """
    rule = EarningRule(document)
    app = min(same_app(rule.trigger_app_id)).lower()
    configs = sorted(f"{config.tier_id} {config.points} {config.money_amount}" for config in rule.configs)
    arm = document.get(ARMS[rule.method]) if rule.method else None
    field = arm.get("field") if isinstance(arm, dict) else None
    parts = [app, rule.trigger_activity_type, rule.title, rule.status, rule.method, configs, field or ""]
    return json.dumps(parts)


def plain_number(number: float | None) -> float | None:
    """A number in one spelling: 1.0 is 1."""
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
