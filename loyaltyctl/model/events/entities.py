"""What events are about: the entities of the loyalty APIs, field by field.

Sources: the vendor's webhook pages, and the types of its JavaScript SDK where those
pages are silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.model.fields import Field, FieldKind
from loyaltyctl.model.rule_table import RULE

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject

ID = Field("id", FieldKind.ID, "Its id.")
REVISION = Field("revision", FieldKind.COUNT, "Goes up by one with each change.")
CREATED = Field("createdDate", FieldKind.DATE, "When it was created.")
UPDATED = Field("updatedDate", FieldKind.DATE, "When it was last changed.")


class Entity(NamedTuple):
    """One kind of thing: its name in a sentence, its domain name, its fields, and one as it may look.

    `title` is the path of the text that names one; `told` are paths worth telling beside it.
    `lifted` is the object whose members Velo writes at the top level, beside it, where there is one.
    """

    name: str
    fqdn: str
    fields: tuple[Field, ...]
    sample: JsonObject
    title: str = ""
    told: tuple[str, ...] = ("revision",)
    lifted: str = ""


def _image(path: str, about: str) -> tuple[Field, ...]:
    return (
        Field(path, FieldKind.OBJECT, f"{about}: an image object in REST, a text in the SDK and in Velo."),
        Field(f"{path}.id", FieldKind.ID, "The image's id in Wix Media."),
        Field(f"{path}.url", FieldKind.TEXT, "Where the image is."),
        Field(f"{path}.width", FieldKind.WHOLE, "Its width as uploaded, in pixels."),
        Field(f"{path}.height", FieldKind.WHOLE, "Its height as uploaded, in pixels."),
        Field(f"{path}.altText", FieldKind.TEXT, "The text in place of the image."),
        Field(f"{path}.filename", FieldKind.TEXT, "The name of its file."),
    )


EARNING_RULE = Entity(
    "earning rule",
    "wix.loyalty.v1.loyalty_earning_rule",
    RULE.leaves,
    {
        "id": "b690f925-8527-4d5e-b358-4b0adcb275b5",
        "sourceAppId": "553c79f3-5625-4f38-b14b-ef7c0d1e87df",
        "triggerAppId": "1380b703-ce81-ff05-f115-39571d94dfcd",
        "triggerActivityType": "stores/OrderPaid",
        "title": "Purchase a product",
        "conversionRate": {"configs": [{"moneyAmount": 1, "points": 20}]},
        "status": "ACTIVE",
        "revision": "2",
        "createdDate": "2024-09-16T12:06:39.294Z",
        "updatedDate": "2024-09-16T14:02:59.364Z",
        "metadata": {"canBeDeleted": True},
    },
    title="title",
)

PROGRAM = Entity(
    "loyalty program",
    "wix.loyalty.v1.program",
    (
        Field("name", FieldKind.TEXT, "Its name, 2 to 50 characters."),
        Field("pointDefinition.customName", FieldKind.TEXT, "What points are called, up to 20 characters."),
        *_image("pointDefinition.icon", "The icon of a point"),
        Field(
            "status",
            FieldKind.TEXT,
            "Whether members can earn and redeem.",
            ("UNKNOWN", "DRAFT", "ACTIVE", "PAUSED"),
        ),
        CREATED,
        UPDATED,
        Field(
            "pointsExpiration.status",
            FieldKind.TEXT,
            "Whether points expire; UNKNOWN_STATUS is in the SDK alone.",
            ("UNKNOWN_STATUS", "DISABLED", "ENABLED"),
        ),
        Field(
            "pointsExpiration.monthsOfInactivity",
            FieldKind.WHOLE,
            "After how many idle months points expire, 1 to 12.",
        ),
        Field(
            "pointsExpiration.expiringPointsPercentage",
            FieldKind.WHOLE,
            "Which part of the points expires then, 1 to 100 percent.",
        ),
        Field(
            "premiumFeatures.loyaltyProgram",
            FieldKind.FLAG,
            "Whether the site has premium features of loyalty.",
        ),
        Field("premiumFeatures.tiers", FieldKind.FLAG, "Whether tiers are among them."),
        Field(
            "premiumFeatures.pointsExpiration", FieldKind.FLAG, "Whether the expiry of points is among them."
        ),
    ),
    {
        "name": "Frequent Flower Program",
        "pointDefinition": {
            "customName": "Petals",
            "icon": {
                "id": "shapes/8de38e8fe76f4e9f937ae23e9ba1eb04.svg",
                "url": "https://static.wixstatic.com/shapes/8de38e8fe76f4e9f937ae23e9ba1eb04.svg",
                "width": 200,
                "height": 200,
            },
        },
        "status": "ACTIVE",
        "createdDate": "2022-11-07T15:26:12.798Z",
        "updatedDate": "2022-11-09T07:58:42.936Z",
        "pointsExpiration": {"status": "ENABLED", "monthsOfInactivity": 6, "expiringPointsPercentage": 50},
        "premiumFeatures": {"loyaltyProgram": True, "tiers": True, "pointsExpiration": True},
    },
    title="name",
    told=("status",),
)

ACCOUNT = Entity(
    "loyalty account",
    "wix.loyalty.v1.account",
    (
        ID,
        Field("contactId", FieldKind.ID, "The contact whose account it is."),
        Field(
            "memberId",
            FieldKind.ID,
            "The site member whose account it is; none where the contact is no member.",
        ),
        Field("points.balance", FieldKind.WHOLE, "The points to spend: earned and adjusted, less redeemed."),
        Field("points.earned", FieldKind.WHOLE, "All points ever earned."),
        Field(
            "points.adjusted", FieldKind.WHOLE, "All points given by hand, less those taken; may be negative."
        ),
        Field("points.redeemed", FieldKind.WHOLE, "All points ever redeemed."),
        Field(
            "points.expired", FieldKind.WHOLE, "All points that ever expired; older examples leave it out."
        ),
        Field("rewardAvailable", FieldKind.FLAG, "Whether the balance is enough for a reward."),
        CREATED,
        UPDATED,
        Field("lastActivityDate", FieldKind.DATE, "When something last happened in it."),
        Field("revision", FieldKind.COUNT, "Goes up by one with each change, recalculations included."),
        Field("tier.id", FieldKind.ID, "Its tier; none in the base tier."),
        Field("tier.updatedDate", FieldKind.DATE, "When its tier was last worked out."),
        Field(
            "tier.points",
            FieldKind.WHOLE,
            "The points that count towards its tier: earned and adjusted lately.",
        ),
        Field("contact.id", FieldKind.ID, "The contact whose account it is."),
        Field("contact.name", FieldKind.TEXT, "The contact's first and last name."),
        *_image("contact.picture", "The contact's picture, or null"),
        Field("contact.email", FieldKind.TEXT, "The contact's address for e-mail."),
        Field(
            "contact.displayName", FieldKind.TEXT, "The contact's name, or the address where there is none."
        ),
        Field("pointsExpiration.expirationDate", FieldKind.DATE, "When points expire next."),
        Field("pointsExpiration.expiringPointsAmount", FieldKind.WHOLE, "How many points expire then."),
    ),
    {
        "id": "1ab8f49c-a329-4ddc-a31d-814afbb3b565",
        "contactId": "3128dc64-74fc-442f-aa32-e8e871dad141",
        "memberId": "3128dc64-74fc-442f-aa32-e8e871dad141",
        "points": {"balance": 95, "earned": 45, "adjusted": 50, "redeemed": 0, "expired": 0},
        "rewardAvailable": True,
        "createdDate": "2022-11-28T11:57:30.722Z",
        "updatedDate": "2023-01-18T13:16:52.982Z",
        "lastActivityDate": "2023-01-18T13:16:52.980Z",
        "revision": "13",
        "tier": {
            "id": "a8a2bc2b-6957-40a6-9f20-a1bfe52d14de",
            "updatedDate": "2023-01-18T13:16:52.980Z",
            "points": 95,
        },
        "contact": {
            "id": "3128dc64-74fc-442f-aa32-e8e871dad141",
            "name": "Ada Fern",
            "picture": None,
            "email": "ada.fern@example.com",
            "displayName": "Ada Fern",
        },
        "pointsExpiration": {"expirationDate": "2023-07-18T13:16:52.980Z", "expiringPointsAmount": 47},
    },
    title="contact.displayName",
    told=("points.balance",),
)

TIER = Entity(
    "tier",
    "wix.loyalty.v1.tier",
    (
        ID,
        Field("tierDefinition.name", FieldKind.TEXT, "Its name, 1 to 50 characters; no two tiers share one."),
        Field("tierDefinition.description", FieldKind.TEXT, "What it is about, up to 70 characters."),
        *_image("tierDefinition.icon", "Its icon"),
        Field("requiredPoints", FieldKind.WHOLE, "The points that it takes to be in it, up to 9999999."),
        REVISION,
        CREATED,
        UPDATED,
    ),
    {
        "id": "a8a2bc2b-6957-40a6-9f20-a1bfe52d14de",
        "tierDefinition": {
            "name": "Silver",
            "description": "Rewards cost a fifth less",
            "icon": {
                "id": "shapes/4f1d2c7a9b3e4856a0c1d2e3f4a5b6c7.svg",
                "url": "https://static.wixstatic.com/shapes/4f1d2c7a9b3e4856a0c1d2e3f4a5b6c7.svg",
                "width": 200,
                "height": 200,
            },
        },
        "requiredPoints": 80,
        "revision": "2",
        "createdDate": "2022-11-10T08:20:14.903Z",
        "updatedDate": "2022-11-24T13:05:37.511Z",
    },
    title="tierDefinition.name",
    told=("requiredPoints",),
)

IMPORT = Entity(
    "points import",
    "wix.loyalty.imports.v1.loyalty_import",
    (
        ID,
        Field("asyncImportJobId", FieldKind.ID, "The background job that does the import."),
        REVISION,
        CREATED,
        UPDATED,
        Field(
            "status",
            FieldKind.TEXT,
            "How far it is; IMPORTED does not mean that every row was.",
            ("UNKNOWN", "INITIATED", "PARSING", "PARSED", "IMPORTING", "IMPORTED", "FAILED"),
        ),
        Field(
            "fileMetadata.size",
            FieldKind.WHOLE,
            "The file's size in bytes: up to 10 MB, by the types 104857600.",
        ),
        Field("fileMetadata.name", FieldKind.TEXT, "The file's name, by the types a GUID."),
        Field("fileMetadata.url", FieldKind.TEXT, "Where the file is, 3 to 10000 characters."),
        Field("fileMetadata.header.values", FieldKind.LIST, "The headings of the file's columns, up to 100."),
        Field(
            "fileMetadata.headerMappingInfo.headerMappings.columnName",
            FieldKind.TEXT,
            "What a column holds; each of the two occurs once.",
            ("EMAIL", "POINTS"),
        ),
        Field(
            "fileMetadata.headerMappingInfo.headerMappings.columnIndex",
            FieldKind.WHOLE,
            "Which column that is, counted from 0.",
        ),
        Field(
            "fileMetadata.sampleDataRows.values",
            FieldKind.LIST,
            "The cells of one of the first rows, up to 20; there are up to 5 rows.",
        ),
        Field("parseResult.parsedRowCount", FieldKind.WHOLE, "How many rows were read."),
        Field("parseResult.parseErrorReason", FieldKind.TEXT, "Why the file could not be read, if so."),
        Field(
            "importResult.errorFileExists", FieldKind.FLAG, "Whether there is a file of errors, row by row."
        ),
        Field("importResult.successCount", FieldKind.WHOLE, "How many rows were imported."),
        Field("importResult.failureCount", FieldKind.WHOLE, "How many rows were not."),
    ),
    {
        "id": "7c3a1e5f-8d24-4b69-9f07-2e6b4c8d0a13",
        "asyncImportJobId": "e4b8d2f6-1a35-4c97-8e0d-5f7a9b1c3d28",
        "revision": "1",
        "createdDate": "2024-03-12T14:02:45.310Z",
        "updatedDate": "2024-03-12T14:02:45.310Z",
        "status": "INITIATED",
        "fileMetadata": {
            "size": 18432,
            "name": "0d6f4b2a-5c81-4e37-9a2b-8f1c3e5d7094",
            "url": "https://files.example.com/loyalty/0d6f4b2a-5c81-4e37-9a2b-8f1c3e5d7094.csv",
            "header": {"values": ["Name", "E-mail", "Points"]},
            "headerMappingInfo": {
                "headerMappings": [
                    {"columnName": "EMAIL", "columnIndex": 1},
                    {"columnName": "POINTS", "columnIndex": 2},
                ]
            },
            "sampleDataRows": [
                {"values": ["Ada Fern", "ada.fern@example.com", "95"]},
                {"values": ["Ivo Reed", "ivo.reed@example.com", "50"]},
            ],
        },
    },
    told=("status",),
)

FOLLOWED_CHANNEL = Entity(
    "followed channel",
    "wix.loyalty.socialmedia.v1.followed_channel",
    (
        ID,
        Field("accountId", FieldKind.ID, "The loyalty account that follows the channel."),
        Field(
            "channel",
            FieldKind.TEXT,
            "The social network.",
            ("UNKNOWN_CHANNEL", "FACEBOOK", "INSTAGRAM", "LINKEDIN", "X", "TIKTOK"),
        ),
        CREATED,
    ),
    {
        "id": "9e1b7d35-4c62-4fa8-b0d9-3a5c7e9f1b46",
        "accountId": "f0411f1a-ad5a-4b80-94c2-34350cbf1af7",
        "channel": "INSTAGRAM",
        "createdDate": "2024-05-21T18:27:09.554Z",
    },
    title="channel",
    told=("accountId",),
)
