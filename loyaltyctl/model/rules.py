"""The earning rule as the API returns it: typed access to its document, and changes of documents.

    EarningRule ── title, trigger, status, revision, kind
        └── fixedAmount | conversionRate        one of the two
                └── configs                     one TierConfig for each tier, up to 21

The fields are listed in `rule_table`. The vendor's examples, SDK types and live responses differ:
EarningRule reads each of their forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.values import list_or_empty, object_or_empty, quoted
from loyaltyctl.model import award_phrases
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.triggers import BY_ACTIVITY, LOYALTY_APP, Kind, Method, same_app

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loyaltyctl.intake.values import Json, JsonObject


class Status(StrEnum):
    """Status of an earning rule: only an ACTIVE one awards points."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    UNKNOWN = "UNKNOWN"


class TierConfig(NamedTuple):
    """Award of one tier of an earning rule: `points` each time, or for every `money_amount` spent.

    `money_amount` is None for a fixed amount. `tier_id` is None for the base tier, which has no id.
    """

    tier_id: str | None
    points: int | float
    money_amount: int | float | None

    def in_words(self) -> str:
        """Return the award of the tier as a phrase: `50 points`, or `2 per 1`."""
        return award_phrases.format_phrase(self.points, self.money_amount)


@dataclass(frozen=True, slots=True)
class EarningRule:
    """Earning rule: the complete document in the API's spelling, with typed access to its fields."""

    document: JsonObject

    @classmethod
    def read(cls, value: Json) -> EarningRule:
        """Parse an earning rule in any of the vendor's spellings.

        Raises InvalidData if `value` is not an object.
        """
        spelled = RULE.respell(value)
        if not isinstance(spelled, dict):
            raise InvalidData(f"an earning rule must be an object, got {quoted(value)}")
        # The revision is text in responses, but a number in the reference: in its table and its example of
        # Update.
        revision = spelled.get("revision")
        if isinstance(revision, int) and not isinstance(revision, bool):
            spelled["revision"] = str(revision)
        return cls(spelled)

    @property
    def id(self) -> str:
        """Id of the earning rule; empty if it has none yet."""
        return self._text("id")

    @property
    def title(self) -> str:
        """Title of the earning rule; empty if it has none."""
        return self._text("title")

    @property
    def source_app_id(self) -> str:
        """Id of the app that manages the earning rule; empty if it is not given."""
        return self._text("sourceAppId")

    @property
    def trigger_app_id(self) -> str:
        """Id of the app that reports the activity of the earning rule; empty if it is not given."""
        return self._text("triggerAppId")

    @property
    def trigger_app(self) -> str:
        """Id of the earning rule's trigger app, for comparisons. Both ids of Wix Stores give the same one."""
        return min(same_app(self.trigger_app_id.lower()))

    @property
    def trigger_activity_type(self) -> str:
        """Activity that the earning rule rewards; empty if it is not given."""
        return self._text("triggerActivityType")

    @property
    def created_date(self) -> str:
        """Creation date of the earning rule; empty if it is not given."""
        return self._text("createdDate")

    @property
    def revision(self) -> str | None:
        """Revision of the earning rule, a 64-bit number as text; None for some automated rules."""
        return self._text("revision") or None

    @property
    def status(self) -> Status:
        """Status of the earning rule; UNKNOWN if it is missing or not one of Status."""
        # The API may have a status that is newer than this program.
        text = self._text("status")
        return Status(text) if text in Status.__members__ else Status.UNKNOWN

    @property
    def kind(self) -> Kind:
        """Kind of the earning rule. It depends on the app that manages the rule.

        An automated rule is custom if it is `deletable`, else pre-installed.
        """
        if self.source_app_id.lower() in (LOYALTY_APP, ""):
            return Kind.NON_AUTOMATED
        return Kind.CUSTOM if self.deletable else Kind.PRE_INSTALLED

    @property
    def deletable(self) -> bool:
        """Whether the API can delete the earning rule: `canBeDeleted`, or else a guess by app and trigger."""
        metadata = self.document.get("metadata")
        # No other field tells for certain whether an automated rule is pre-installed.
        can_be_deleted = metadata.get("canBeDeleted") if isinstance(metadata, dict) else None
        if isinstance(can_be_deleted, bool):
            return can_be_deleted
        trigger = BY_ACTIVITY.get(self.trigger_activity_type)
        return (
            self.source_app_id.lower() == LOYALTY_APP
            or trigger is None
            or trigger.kind is not Kind.PRE_INSTALLED
        )

    @property
    def method(self) -> Method | None:
        """Award method of the earning rule; None if it has no award."""
        return next((method for method in Method if isinstance(self._arm(method), dict)), None)

    @property
    def configs(self) -> tuple[TierConfig, ...]:
        """Award of each tier of the earning rule, from its `configs`.

        If `configs` is empty, the legacy `points` and `moneyAmount` of the award are used as one config.
        """
        method = self.method
        if method is None:
            return ()
        return tuple(_parse_tier_config(config, method) for config in listed_configs(self._arm(method)))

    @property
    def has_filters(self) -> bool:
        """Whether the earning rule is limited to some products, services or events."""
        return bool(self.document.get("triggerFilters"))

    def inconsistencies(self) -> tuple[str, ...]:
        """Return a warning if numbers in the earning rule's document contradict each other."""
        # The reference's examples repeat the first config beside `configs`; live responses do not.
        legacy = legacy_config(self._arm(self.method)) if self.method else None
        if legacy is None or not self.configs:
            return ()
        base = next((config for config in self.configs if config.tier_id is None), None)
        if base is None or (base.points, base.money_amount) == (
            legacy.get("points"),
            legacy.get("moneyAmount"),
        ):
            return ()
        return ("the points beside configs differ from those in configs, which are used",)

    def writable(self) -> JsonObject:
        """Return the part of the earning rule that Create and Update accept, with unknown fields."""
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
        """Return a text field of the earning rule; empty if it is missing or not a text."""
        value = self.document.get(name)
        return value if isinstance(value, str) else ""

    def _arm(self, method: Method) -> Json:
        """Return the award of the earning rule for a method; None if it has no such award."""
        return self.document.get(ARMS[method])


def any_active(rules: Iterable[EarningRule], changed: Mapping[str, Status | None]) -> bool:
    """Return whether the status of any EarningRule is ACTIVE after the changes in `changed`.

    `changed` maps rule ids to new statuses; None for a deleted rule. Without an ACTIVE rule the loyalty
    program pauses itself. Source: the vendor's support pages.
    """
    return any(changed.get(rule.id, rule.status) is Status.ACTIVE for rule in rules)


def legacy_config(arm: Json) -> JsonObject | None:
    """Return the legacy `points` and `moneyAmount` that an earning rule may have beside its `configs`.

    `arm` is the award in the rule's document. Returns None if the award has no legacy `points`.
    """
    if not isinstance(arm, dict) or arm.get("points") is None:
        return None
    return {name: arm[name] for name in ("points", "moneyAmount") if arm.get(name) is not None}


def without_legacy(arm: JsonObject) -> JsonObject:
    """Return an award of an EarningRule's document, changed: without the legacy `points` and `moneyAmount`.

    An award without `configs` gets one config from these two numbers.
    """
    rest = {name: value for name, value in arm.items() if name not in ("points", "moneyAmount")}
    legacy = legacy_config(arm)
    if legacy is not None and not rest.get("configs"):
        rest["configs"] = [legacy]
    return rest


def patch(document: JsonObject, changes: JsonObject) -> JsonObject:
    """Return the document of an EarningRule with `changes` merged into it as the API's Update does."""
    # Update merges top-level fields. A rule has one award: a new rate also clears a fixed amount.
    replaced = set(ARMS.values()) if any(name in changes for name in ARMS.values()) else set()
    return {name: value for name, value in document.items() if name not in replaced} | changes


def tier_of(config: JsonObject) -> str:
    """Return the tier id of a config in an earning rule, in lower case; empty for the base tier."""
    return str(config.get("tierId") or "").lower()


def replace_tiers(document: JsonObject, tiers: Mapping[str, str]) -> JsonObject:
    """Return an earning rule's document with other tier ids; `tiers` maps names or old ids to the new ids."""
    changed = dict(document)
    for name in ARMS.values():
        arm = document.get(name)
        if isinstance(arm, dict) and isinstance(listed := arm.get("configs"), list):
            changed[name] = arm | {"configs": [_replace_tier(config, tiers) for config in listed]}
    return changed


def _replace_tier(config: Json, tiers: Mapping[str, str]) -> Json:
    """Return a config of an earning rule with another tier id, if `tiers` has a new one for it."""
    tier = config.get("tierId") if isinstance(config, dict) else None
    if not isinstance(config, dict) or not isinstance(tier, str):
        return config
    return config | {"tierId": tiers.get(tier, tiers.get(tier.lower(), tier))}


def whole_as_int(number: float | None) -> float | None:
    """Return the points or the amount of an EarningRule as an int if the number is whole: 1 for 1.0."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def with_whole_numbers(config: JsonObject) -> JsonObject:
    """Return a config in an earning rule's document with each whole float as an int: 2 for 2.0."""
    return {name: whole_as_int(item) if isinstance(item, float) else item for name, item in config.items()}


def listed_configs(arm: Json) -> list[JsonObject]:
    """Return the configs of an earning rule as the API returns it, one for each tier.

    `arm` is the rule's `fixedAmount` or `conversionRate`. If `configs` is empty, the legacy numbers are
    returned as one config. Malformed configs are skipped.
    """
    listed = list_or_empty(without_legacy(object_or_empty(arm)).get("configs"))
    return [config for config in listed if isinstance(config, dict)]


def _parse_tier_config(config: JsonObject, method: Method) -> TierConfig:
    """Parse a config of an earning rule. A fixed amount has no `moneyAmount`, even if the config has one."""
    money_amount = _rule_number(config.get("moneyAmount")) if method is Method.RATE else None
    return TierConfig(
        tier_id=tier_of(config) or None,
        points=whole_as_int(_rule_number(config.get("points"))) or 0,
        money_amount=whole_as_int(money_amount),
    )


def _rule_number(value: Json) -> int | float | None:
    """Return a number in the document of an earning rule; None if `value` is not a number."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
