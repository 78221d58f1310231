"""Calls of API methods and their responses, as values."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from urllib.parse import quote, urlencode

from loyaltyctl.api.methods import EARNING_RULES, Content, Revision
from loyaltyctl.intake.values import guid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loyaltyctl.api.methods import Effect, Method
    from loyaltyctl.intake.secret import Secret
    from loyaltyctl.intake.values import Json, JsonObject

CHECK = "Look at the site with: loyaltyctl rules list"
"""Usual hint on how to find out whether a write took effect."""

Headers: TypeAlias = "Mapping[str, str | Secret]"


class Call(NamedTuple):
    """One call of an API method.

    `what` describes the call in messages, such as "create the rule …". `ids` are the ids of the entities that
    the call is about. Notifications of a call with `secrets` leave out the bodies of request and response.
    `check` is a hint: how to find out whether a write took effect.
    """

    what: str
    method: Method
    path: str
    query: Mapping[str, str] = MappingProxyType({})
    body: JsonObject | None = None
    ids: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    check: str = CHECK

    @property
    def effect(self) -> Effect:
        """The effect of the called method on the site: it reads, creates, updates or deletes."""
        return self.method.effect

    @property
    def target(self) -> str:
        """The request target of an API call: its path, and its query if it has one."""
        return self.path + (f"?{urlencode(self.query)}" if self.query else "")

    @property
    def shows_rules(self) -> bool:
        """True if the response to the call may contain earning rules as the site has them.

        The session passes these rules to the hooks, such as the rule cache.
        """
        return self.method.resource is EARNING_RULES and self.method.content is not Content.OBJECT


class Response(NamedTuple):
    """Successful response to an API call.

    `server_time` is the response's Date header in seconds since 1970; None without the header.
    """

    body: Json
    server_time: float | None = None
    request_id: str | None = None


def call(  # noqa: PLR0913 - the parts of a call, most of them by name
    method: Method,
    what: str,
    entity_id: str | None = None,
    *,
    query: Mapping[str, str] = MappingProxyType({}),
    body: JsonObject | None = None,
    revision: str | None = None,
    ids: tuple[str, ...] = (),
) -> Call:
    """Return a call of an API method.

    The id of the entity is put into the path, the revision into the query or the body. Raises UsageError for
    an id that is not a GUID: in a path, it could name another resource.
    """
    path = method.path
    if entity_id is not None:
        noun = method.resource.noun if method.resource else "entity"
        path = path.replace("{id}", quote(guid(entity_id, f"a {noun} id"), safe=""))
        ids = (entity_id,)
    if revision is not None and method.revision is Revision.QUERY:
        query = {**query, "revision": revision}
    if revision is not None and method.revision is Revision.BODY and body and method.resource:
        entity = body.get(method.resource.one)
        body = {
            **body,
            method.resource.one: {**(entity if isinstance(entity, dict) else {}), "revision": revision},
        }
    return Call(what, method, path, query, body, ids)
