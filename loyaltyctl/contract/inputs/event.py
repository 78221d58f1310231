"""The shapes of JSON in which events are read (model/events/shapes.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field

from loyaltyctl.contract.outputs.events import DomainEvent
from loyaltyctl.contract.outputs.shape import Open, optional

if TYPE_CHECKING:
    from pydantic.config import JsonDict

_TELLING = ("entityFqdn", "_id", "id")
_STATED: JsonDict = {"type": "string", "pattern": r"\S"}


def _one_of(names: tuple[str, ...]) -> Any:
    return {"anyOf": [{"required": [name], "properties": {name: {"type": "string"}}} for name in names]}


_Text = Annotated[str, Field(pattern=r"^\s*\{", json_schema_extra={"contentMediaType": "application/json"})]


class RestEvent(Open):
    """An event as REST sends it."""

    entity_fqdn: str = Field(description="The kind of entity, by its domain name.")
    slug: str = Field(description="What happened to it.")


class HandlerMetadata(Open):
    """What a handler is told about the event; it has at least one of entityFqdn, _id and id."""

    model_config = ConfigDict(json_schema_extra=_one_of(_TELLING))


class HandlerEvent(Open):
    """An event as a handler of the SDK or of Velo is called with it."""

    metadata: HandlerMetadata = Field(description="About the event.")
    entity: dict[str, Any] | None = optional("What was created or changed.")
    data: dict[str, Any] | None = optional("What an action says.")


class TokenData(Open):
    """The envelope in a token, with its type, or with an instance and the event."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["eventType"], "properties": {"eventType": _STATED}},
                {
                    "required": ["instanceId", "data"],
                    "properties": {"instanceId": _STATED, "data": {"type": "object"}},
                },
            ]
        },
    )


class TokenClaims(Open):
    """The claims of a token that somebody decoded."""

    data: TokenData | _Text = Field(description="The envelope: an object, or the JSON of one.")


class Envelope(Open):
    """The envelope in a token, as a handler gets it that parsed the payload's data."""

    event_type: str = Field(description="Its type.")
    data: dict[str, Any] | _Text | Any = Field(description="The event: an object, or the JSON of one.")
    instance_id: Any = optional("Your app on this one site.")
    identity: Any = optional("Who brought it about: an object, or the JSON of one.")


class DecodedEvent(Open):
    """An event as events decode prints it."""

    event_type: Any = Field(description="Its type.")
    event: DomainEvent | Any = Field(description="The event.")


class SavedEvent(Open):
    """A line that events listen saved."""

    token: str = Field(description="The token as it was received.")


AnyEvent = RestEvent | HandlerEvent | TokenClaims | Envelope | DecodedEvent | SavedEvent
EventFile = AnyEvent | list[AnyEvent | str]
