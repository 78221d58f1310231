"""The registry of event types: the entity, what happened to it, when it fires, and its quirks."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.model.events import discounts, entities
from loyaltyctl.model.fields import Field, FieldKind

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.events.entities import Entity


IN_TIME = 1.25
"""Seconds within which the vendor wants 200. Source: the page on how webhooks are resent."""


class Body(StrEnum):
    """Which of its four members the body of a DomainEvent has."""

    CREATED = "createdEvent"
    UPDATED = "updatedEvent"
    DELETED = "deletedEvent"
    ACTION = "actionEvent"


class EventType(NamedTuple):
    """One type of event.

    `happened` goes on with the sentence "Earning rule “…” …". `fires` says when. `velo` and
    `sdk` are the names of its handlers there, empty where no source names one. `fields` are
    those of an action's body, `sample` is one; other bodies hold the entity, or nothing.
    `holds` is the member of an action's body that is the entity, beside those fields, and
    `told` are paths in that body worth telling, beside what the entity tells.
    """

    entity: Entity
    slug: str
    body: Body
    happened: str
    fires: str
    quirks: tuple[str, ...] = ()
    velo: str = ""
    sdk: str = ""
    fields: tuple[Field, ...] = ()
    sample: JsonObject | None = None
    holds: str = ""
    told: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As it is written in `eventType`."""
        return f"{self.entity.fqdn}_{self.slug}"

    @property
    def title(self) -> str:
        """In a few words: `Loyalty account had its points changed`."""
        return f"{self.entity.name[0].upper()}{self.entity.name[1:]} {self.happened}"

    @property
    def short(self) -> str:
        """The name without its domain; loyalty and marketing coupons share theirs."""
        return self.name.rpartition(".")[2]

    @property
    def handler(self) -> str:
        """The name of its handler in the SDK without the package; Velo puts a prefix before it."""
        return self.sdk.rpartition(".")[2]


_NO_ENTITY = "The entity is not in it: entityId says which one it was."
_EXAMPLE_IDS = (
    "The published examples of all three events of rules have the same id and sequence; neither that id"
    " nor the entityId is a GUID, and the entityId is not the rule's id."
)
_EXAMPLE_TIME = "The published example has an eventTime before the rule was created."
_LEGACY = "Published examples repeat points and moneyAmount beside configs; the ones in configs count."
_ICON = "The icon is an object in REST, and a text in the SDK and in Velo."
_SAME_NAME = (
    "Loyalty coupons and marketing coupons have handlers of the same name: in Velo the prefix tells them"
    " apart, in the SDK the package, @wix/loyalty or @wix/marketing."
)
_VELO_READS_ENTITY = "The handler on the Velo page reads event.entity, which is not there."
_MILLISECONDS = (
    "The wire has its times as milliseconds since 1970, in text; Velo as the text of JavaScript Dates."
)
_FLAT = "In Velo the coupon is flat: the members of its specification are at its top level."

EVENT_TYPES = (
    EventType(
        entities.EARNING_RULE,
        "created",
        Body.CREATED,
        "was created",
        "An earning rule was created.",
        (_EXAMPLE_IDS, _EXAMPLE_TIME, _LEGACY),
        sdk="earningRules.onLoyaltyEarningRuleCreated",
    ),
    EventType(
        entities.EARNING_RULE,
        "updated",
        Body.UPDATED,
        "was updated",
        "An earning rule was changed: its title, its status, or what it awards.",
        (
            "The published example has revision 1 and equal dates, as if nothing had changed.",
            _EXAMPLE_IDS,
            _EXAMPLE_TIME,
            _LEGACY,
        ),
        sdk="earningRules.onLoyaltyEarningRuleUpdated",
    ),
    EventType(
        entities.EARNING_RULE,
        "deleted",
        Body.DELETED,
        "was deleted",
        "An earning rule was deleted.",
        (_NO_ENTITY, "In the published example deletedEvent is an empty object.", _EXAMPLE_IDS),
        sdk="earningRules.onLoyaltyEarningRuleDeleted",
    ),
    EventType(
        entities.PROGRAM,
        "updated",
        Body.UPDATED,
        "was updated",
        "The name of the program, or what its points are called, was changed.",
        (
            "It does not fire when the status changes (so the Velo page; the webhook page is silent).",
            "The entityId is the word settings; the program has neither id nor revision.",
            _ICON,
        ),
        velo="wixLoyalty_onProgramUpdated",
        sdk="programs.onProgramUpdated",
    ),
    EventType(
        entities.ACCOUNT,
        "created",
        Body.CREATED,
        "was created",
        "A contact got a loyalty account.",
        sdk="accounts.onAccountCreated",
    ),
    EventType(
        entities.ACCOUNT,
        "updated",
        Body.UPDATED,
        "was updated",
        "A loyalty account was changed: points moved, or were worked out anew.",
        (
            "It fires every 15 minutes too, when points are recalculated: revisions grow large.",
            "When points move, account_points_updated fires as well.",
            "An account in the base tier has no tier.id, and may have no tier.",
        ),
        velo="wixLoyalty_onAccountUpdated",
        sdk="accounts.onAccountUpdated",
    ),
    EventType(
        entities.ACCOUNT,
        "points_updated",
        Body.ACTION,
        "had its points changed",
        "Points of an account were earned, redeemed, or adjusted by hand.",
        (
            "The account is in data.account in Velo and the SDK, in actionEvent.body.account in REST.",
            "The account is as it was afterwards: how many points moved is not in it.",
            "When it fires, account_updated fires as well.",
            "No source says whether it fires when points expire.",
            "In the published REST example the entityId is not the account's id.",
        ),
        velo="wixLoyalty_onAccountPointsUpdated",
        sdk="accounts.onAccountPointsUpdated",
        sample={"account": entities.ACCOUNT.sample},
        holds="account",
    ),
    EventType(
        entities.ACCOUNT,
        "reward_availability_updated",
        Body.ACTION,
        "had its access to rewards changed",
        "The rewardAvailable of an account was changed.",
        ("The account is not in it: entityId says which one it is.",),
        sdk="accounts.onAccountRewardAvailabilityUpdated",
        fields=(
            Field("rewardAvailable", FieldKind.FLAG, "Whether the balance is enough for a reward now."),
            Field(
                "updateTrigger",
                FieldKind.TEXT,
                "What brought the change about.",
                ("UNDEFINED", "REWARD_UPDATED", "BALANCE_UPDATED", "TIERS_RECALCULATED"),
            ),
        ),
        sample={"rewardAvailable": True, "updateTrigger": "BALANCE_UPDATED"},
        told=("rewardAvailable", "updateTrigger"),
    ),
    EventType(
        discounts.LOYALTY_COUPON,
        "created",
        Body.CREATED,
        "was created",
        "A member redeemed points for a reward, and a coupon was made.",
        (
            "A marketing coupon is made with it: couponReference says which.",
            _SAME_NAME,
        ),
        velo="wixLoyalty_onCouponCreated",
        sdk="coupons.onCouponCreated",
    ),
    EventType(
        discounts.LOYALTY_COUPON,
        "deleted",
        Body.DELETED,
        "was deleted",
        "A loyalty coupon was deleted.",
        (
            _NO_ENTITY,
            _VELO_READS_ENTITY,
            "A refundable coupon may be deleted by the checkout, unseen by customers.",
            _SAME_NAME,
        ),
        velo="wixLoyalty_onCouponDeleted",
        sdk="coupons.onCouponDeleted",
    ),
    EventType(
        discounts.REWARD,
        "created",
        Body.CREATED,
        "was created",
        "A reward was created.",
        ("A new reward is not active unless it says so.",),
        velo="wixLoyalty_onRewardCreated",
        sdk="rewards.onRewardCreated",
    ),
    EventType(
        discounts.REWARD,
        "updated",
        Body.UPDATED,
        "was updated",
        "A reward was changed: its name, its price, or whether it is active.",
        velo="wixLoyalty_onRewardUpdated",
        sdk="rewards.onRewardUpdated",
    ),
    EventType(
        discounts.REWARD,
        "deleted",
        Body.DELETED,
        "was deleted",
        "A reward was deleted.",
        (_NO_ENTITY,),
        velo="wixLoyalty_onRewardDeleted",
        sdk="rewards.onRewardDeleted",
    ),
    EventType(
        entities.TIER,
        "created",
        Body.CREATED,
        "was created",
        "A tier was created.",
        (_ICON,),
        velo="wixLoyalty_onTierCreated",
        sdk="tiers.onTierCreated",
    ),
    EventType(
        entities.TIER,
        "updated",
        Body.UPDATED,
        "was updated",
        "A tier was changed: its name, its icon, or the points that it takes.",
        (
            "modifiedFields may stand beside the entity; no source says what it holds.",
            _ICON,
        ),
        velo="wixLoyalty_onTierUpdated",
        sdk="tiers.onTierUpdated",
    ),
    EventType(
        entities.TIER,
        "deleted",
        Body.DELETED,
        "was deleted",
        "A tier was deleted.",
        (
            _NO_ENTITY,
            _VELO_READS_ENTITY,
        ),
        velo="wixLoyalty_onTierDeleted",
        sdk="tiers.onTierDeleted",
    ),
    EventType(
        entities.IMPORT,
        "created",
        Body.CREATED,
        "was created",
        "An import of points from a file was set up.",
        (
            "It fires once, at the start: no event tells how the import goes on.",
            "The prefix of the Velo handler has a version in it.",
        ),
        velo="wixLoyaltyImportsV1_onLoyaltyImportCreated",
        sdk="imports.onLoyaltyImportCreated",
    ),
    EventType(
        entities.FOLLOWED_CHANNEL,
        "created",
        Body.CREATED,
        "was added",
        "A member followed a social channel of the site.",
        ("It has neither revision nor updatedDate: it never changes.",),
        sdk="socialMedia.onFollowedChannelCreated",
    ),
    EventType(
        discounts.MARKETING_COUPON,
        "created",
        Body.CREATED,
        "was created",
        "A coupon was created.",
        (_FLAT, _MILLISECONDS, _SAME_NAME),
        velo="wixMarketing_onCouponCreated",
        sdk="coupons.onCouponCreated",
    ),
    EventType(
        discounts.MARKETING_COUPON,
        "updated",
        Body.UPDATED,
        "was updated",
        "The specification of a coupon was changed.",
        (_FLAT, _MILLISECONDS),
        velo="wixMarketing_onCouponUpdated",
        sdk="coupons.onCouponUpdated",
    ),
    EventType(
        discounts.MARKETING_COUPON,
        "deleted",
        Body.DELETED,
        "was deleted",
        "A coupon was deleted.",
        (_NO_ENTITY, _SAME_NAME),
        velo="wixMarketing_onCouponDeleted",
        sdk="coupons.onCouponDeleted",
    ),
    EventType(
        discounts.MARKETING_COUPON,
        "applied",
        Body.ACTION,
        "was applied",
        "An order with the coupon was completed, or marked as paid by hand.",
        (
            "The coupon is in data.coupon in Velo and the SDK, in actionEvent.body.coupon in REST.",
            _FLAT,
            _MILLISECONDS,
        ),
        velo="wixMarketing_onCouponApplied",
        sdk="coupons.onCouponApplied",
        fields=(
            Field(
                "wixAppId",
                FieldKind.ID,
                "The app of the order: Wix Stores, Wix Bookings or Wix Events, in this order.",
                (
                    "1380b703-ce81-ff05-f115-39571d94dfcd",
                    "13d21c63-b5ec-5912-8397-c3a5ddb27a97",
                    "140603ad-af8d-84a5-2c80-a0f60cb47351",
                ),
            ),
            Field(
                "wixAppOrderId", FieldKind.ID, "The order, booking or other purchase that it was used for."
            ),
        ),
        sample={
            "coupon": discounts.MARKETING_COUPON.sample,
            "wixAppId": "1380b703-ce81-ff05-f115-39571d94dfcd",
            "wixAppOrderId": "6758b1bc-539f-430c-a0ea-889130ef3351",
        },
        holds="coupon",
        told=("wixAppOrderId",),
    ),
)
BY_NAME = {kind.name: kind for kind in EVENT_TYPES}
