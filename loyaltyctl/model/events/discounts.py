"""Rewards, and the coupons that are made of them: what a discount is, in one spelling and in others.

Sources: as in `entities`.
"""

from __future__ import annotations

from loyaltyctl.model.events.entities import CREATED, ID, REVISION, UPDATED, Entity
from loyaltyctl.model.fields import Field, FieldKind


def _below(path: str, *fields: Field) -> tuple[Field, ...]:
    return tuple(field._replace(path=f"{path}.{field.path}") for field in fields)


def _by_tier(path: str, *more: Field) -> tuple[Field, ...]:
    """What a reward costs in each tier, in up to 21 configs, and what else these state."""
    configs = f"{path}.configsByTier"
    return (
        Field(f"{configs}.tierId", FieldKind.ID, "The tier that this price is for; none is the base tier."),
        Field(f"{configs}.costInPoints", FieldKind.WHOLE, "What it costs in that tier, 1 to 9999999 points."),
        *_below(configs, *more),
    )


def _discount(path: str) -> tuple[Field, ...]:
    """What a coupon takes off, and for what; the two kinds of coupon say it in the same words."""
    return (
        *_below(
            path,
            Field("moneyOffAmount", FieldKind.NUMBER, "The amount off, in the site's currency, from 0.01."),
            Field("percentOffRate", FieldKind.NUMBER, "The discount in percent."),
            Field("freeShipping", FieldKind.FLAG, "Whether shipping is free."),
            Field("fixedPriceAmount", FieldKind.NUMBER, "The price to pay instead, in the site's currency."),
            Field("buyXGetY.x", FieldKind.WHOLE, "How many items are bought."),
            Field("buyXGetY.y", FieldKind.WHOLE, "How many more are then free."),
        ),
        *_conditions(path),
    )


def _conditions(path: str) -> tuple[Field, ...]:
    """For what a discount is, of a coupon or of a reward."""
    return _below(
        path,
        Field("minimumSubtotal", FieldKind.NUMBER, "The subtotal from which any order gets it."),
        Field(
            "scope.namespace",
            FieldKind.TEXT,
            "The app whose items it is for: stores, bookings, events or pricingPlans.",
        ),
        Field("limitedToOneItem", FieldKind.FLAG, "Whether only the cheapest of the items gets it."),
        Field("appliesToSubscriptions", FieldKind.FLAG, "Whether it holds for subscriptions too."),
        Field(
            "discountedCycleCount",
            FieldKind.WHOLE,
            "For how many billing cycles of a subscription it holds, 1 to 999; none is all of them.",
        ),
    )


LOYALTY_COUPON = Entity(
    "loyalty coupon",
    "wix.loyalty.v1.coupon",
    (
        ID,
        Field("accountId", FieldKind.ID, "The loyalty account that redeemed points for it."),
        Field("memberId", FieldKind.ID, "The site member who redeemed points for it."),
        Field("memberIdDeprecated", FieldKind.ID, "An older spelling of memberId, which still occurs."),
        Field("transactionId", FieldKind.ID, "The loyalty transaction that took the points."),
        Field("couponReference.couponId", FieldKind.ID, "The marketing coupon that was made for it."),
        Field(
            "couponReference.code", FieldKind.TEXT, "What a customer enters to use it, up to 20 characters."
        ),
        Field("couponReference.name", FieldKind.TEXT, "The marketing coupon's name, up to 80 characters."),
        Field(
            "couponReference.specification.type",
            FieldKind.TEXT,
            "Which discount it gives.",
            (
                "UNKNOWN",
                "MONEY_OFF_AMOUNT",
                "PERCENT_OFF_RATE",
                "FREE_SHIPPING",
                "FIXED_PRICE_AMOUNT",
                "BUY_X_GET_Y",
            ),
        ),
        Field(
            "couponReference.specification.name", FieldKind.TEXT, "The name that the coupon was made with."
        ),
        *_discount("couponReference.specification"),
        Field(
            "couponReference.specification.scope.name",
            FieldKind.TEXT,
            "The group of items in that app that it is for; none is all of them.",
        ),
        Field(
            "couponReference.specification.scope.entityId",
            FieldKind.ID,
            "The one item of the group that it is for; none is all of them.",
        ),
        Field("couponReference.deleted", FieldKind.FLAG, "Whether the marketing coupon is gone."),
        Field(
            "status",
            FieldKind.TEXT,
            "What became of it: PENDING before the points are taken, ARCHIVED once it is deleted.",
            ("UNKNOWN", "PENDING", "ACTIVE", "APPLIED", "FAILED", "ARCHIVED"),
        ),
        Field("rewardName", FieldKind.TEXT, "The name of the reward that was redeemed, 1 to 50 characters."),
        REVISION,
        CREATED,
        UPDATED,
        Field(
            "refundable",
            FieldKind.FLAG,
            "Whether the checkout made it, hidden from customers, and may delete it.",
        ),
    ),
    {
        "id": "5d0f3b9e-2c0a-4f0e-9a0b-6f6b8f1d7c21",
        "accountId": "1ab8f49c-a329-4ddc-a31d-814afbb3b565",
        "memberIdDeprecated": "3128dc64-74fc-442f-aa32-e8e871dad141",
        "memberId": "3128dc64-74fc-442f-aa32-e8e871dad141",
        "transactionId": "8b7e2f04-91d3-4a56-8c1f-0e5d6a7b3c92",
        "couponReference": {
            "couponId": "c1e5a7d4-3f68-4b2a-9d0e-7a1b2c3d4e5f",
            "code": "FERN-9K2M4Q",
            "name": "Ten percent off",
            "specification": {
                "name": "Ten percent off",
                "type": "PERCENT_OFF_RATE",
                "percentOffRate": 10,
                "scope": {"namespace": "stores"},
                "limitedToOneItem": False,
                "appliesToSubscriptions": False,
            },
            "deleted": False,
        },
        "status": "ACTIVE",
        "rewardName": "Ten percent off",
        "revision": "2",
        "createdDate": "2023-02-03T09:41:07.118Z",
        "updatedDate": "2023-02-03T09:41:08.402Z",
        "refundable": False,
    },
    title="rewardName",
    told=("couponReference.code", "status"),
)

REWARD = Entity(
    "reward",
    "wix.loyalty.v1.reward",
    (
        ID,
        Field("name", FieldKind.TEXT, "Its name, 1 to 50 characters."),
        Field("active", FieldKind.FLAG, "Whether members can redeem points for it; not so at first."),
        Field(
            "type",
            FieldKind.TEXT,
            "Which of the two it has: discountAmount, for the checkout, or couponReward.",
            ("UNDEFINED", "DISCOUNT_AMOUNT", "COUPON_REWARD"),
        ),
        *_by_tier(
            "discountAmount",
            Field(
                "amount",
                FieldKind.TEXT,
                "The discount, in the site's currency: a decimal above 0, two places.",
            ),
        ),
        *_by_tier(
            "couponReward.fixedAmount",
            Field("amount", FieldKind.NUMBER, "The amount off, in the site's currency, from 0.01."),
        ),
        *_by_tier(
            "couponReward.percentage", Field("percentage", FieldKind.NUMBER, "The discount in percent.")
        ),
        *_by_tier("couponReward.freeShipping"),
        *_conditions("couponReward"),
        Field(
            "couponReward.scope.group.name", FieldKind.TEXT, "The group of items in that app that it is for."
        ),
        Field("couponReward.scope.group.entityId", FieldKind.ID, "The one item of the group that it is for."),
        REVISION,
        CREATED,
        UPDATED,
    ),
    {
        "id": "2f9c6d18-7b45-4e93-a1c8-5d3e0f7a9b64",
        "name": "Ten percent off",
        "active": True,
        "type": "COUPON_REWARD",
        "couponReward": {
            "percentage": {
                "configsByTier": [
                    {"costInPoints": 100, "percentage": 10},
                    {
                        "tierId": "a8a2bc2b-6957-40a6-9f20-a1bfe52d14de",
                        "costInPoints": 80,
                        "percentage": 10,
                    },
                ]
            },
            "scope": {"namespace": "stores"},
            "limitedToOneItem": False,
            "appliesToSubscriptions": False,
        },
        "revision": "3",
        "createdDate": "2022-12-01T10:15:22.640Z",
        "updatedDate": "2023-01-09T16:30:51.275Z",
    },
    title="name",
    told=("type", "active"),
)

MARKETING_COUPON = Entity(
    "marketing coupon",
    "wix.ecommerce.coupons.v2.coupon",
    (
        ID,
        Field("specification.name", FieldKind.TEXT, "Its name."),
        Field("specification.code", FieldKind.TEXT, "What a customer enters to use it, up to 20 characters."),
        Field("specification.type", FieldKind.TEXT, "Which discount it gives, such as PercentOff."),
        Field("specification.active", FieldKind.FLAG, "Whether it can be used; so at first."),
        Field("specification.startTime", FieldKind.DATE, "From when it holds."),
        Field(
            "specification.expirationTime",
            FieldKind.DATE,
            "Until when it holds; none is for ever.",
        ),
        *_discount("specification"),
        Field(
            "specification.scope.group.name",
            FieldKind.TEXT,
            "The group of items in that app that it is for, such as product; none is all of them.",
        ),
        Field(
            "specification.scope.group.entityId",
            FieldKind.ID,
            "The one item of the group that it is for; none is all of them.",
        ),
        Field("specification.usageLimit", FieldKind.WHOLE, "How often it can be used in all."),
        Field("specification.limitPerCustomer", FieldKind.WHOLE, "How often one customer can use it."),
        Field("dateCreated", FieldKind.DATE, "When it was created."),
        Field("expired", FieldKind.FLAG, "Whether its time is over."),
        Field(
            "numberOfUsages",
            FieldKind.WHOLE,
            "How often it was used; not there before the first time in Velo.",
        ),
        Field(
            "displayData.name",
            FieldKind.TEXT,
            "The name of the item that it is for; displayData may be null.",
        ),
        Field("displayData.formattedPrice", FieldKind.TEXT, "The price of that item, with its currency."),
        Field(
            "displayData.mediaItem",
            FieldKind.OBJECT,
            "The picture of that item: in Velo the text of its URL.",
        ),
        Field("displayData.mediaItem.url", FieldKind.TEXT, "Where the picture is."),
        Field("displayData.mediaItem.width", FieldKind.WHOLE, "Its width, in pixels."),
        Field("displayData.mediaItem.height", FieldKind.WHOLE, "Its height, in pixels."),
        Field("appId", FieldKind.ID, "The app that created it; none where the site's owner did."),
    ),
    {
        "id": "03a35393-7835-44b0-af53-6019a484b48b",
        "specification": {
            "name": "Spring days",
            "code": "SPRING15",
            "type": "PercentOff",
            "percentOffRate": 15,
            "scope": {
                "namespace": "stores",
                "group": {"name": "product", "entityId": "5376f9ec-b92e-efa9-e4a1-f4f480aa0d3a"},
            },
            "startTime": "1709251200000",
            "expirationTime": "1717199999000",
            "usageLimit": 200,
            "limitPerCustomer": 1,
            "limitedToOneItem": False,
            "appliesToSubscriptions": False,
            "active": True,
        },
        "dateCreated": "1708421400000",
        "expired": False,
        "numberOfUsages": 1,
        "displayData": {
            "name": "Indonesian Blend",
            "formattedPrice": "$35.00",
            "mediaItem": {
                "url": "https://static.wixstatic.com/media/nsplsh_316b6449475f3235386255~mv2_d_2977_3951_s_4_2.jpg",
                "width": 2977,
                "height": 3951,
            },
        },
    },
    title="specification.name",
    told=("specification.code",),
    lifted="specification",
)
