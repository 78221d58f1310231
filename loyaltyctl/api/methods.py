"""Table of the API methods: HTTP verb, path, effect and expected response of each.

    method          verb, path              effect → retry policy    content of a usable response
    CREATE_RULE     POST /earning-rules     CREATE                   the rule, with an id

The clients (rules.py, orders.py), the check of responses (exchange.py), dry runs and the retry policy read
these rows.
To add a resource, define an ApiResource, a row for each of its methods, and a client class such as Rules.

Paths of earning rules have the prefix `/_api`, which works in live calls. Without it, as in the cURL examples
of the vendor's reference, live calls get a 404. The path of orders has no such prefix in the vendor's SDK.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

MAX_ITEMS = 100_000
"""Maximum length of a list in a response; longer lists are rejected as malformed."""
_OPTIONAL_PREFIX = "/_api"


class Effect(Enum):
    """Effect of an API method on the site; the retry policy depends on it."""

    READ = "read"
    DELETE = "delete"
    UPDATE = "update"
    CREATE = "create"


EFFECTS = {
    "GET": Effect.READ,
    "POST": Effect.CREATE,
    "PUT": Effect.UPDATE,
    "PATCH": Effect.UPDATE,
    "DELETE": Effect.DELETE,
}
"""Effect that a request of `loyaltyctl api` is assumed to have, by HTTP verb: a POST may create something."""


class Content(Enum):
    """Content that an API method's response must have; any other response is rejected."""

    OBJECT = "JSON object"
    ONE = "one entity with an id"
    MANY = "list of entities"
    RESULTS = "results"
    ANYTHING = "JSON"
    """Any JSON, or no body at all."""


class Revision(Enum):
    """Place of an entity's revision in the request of an API method."""

    NONE = "none"
    BODY = "member of the entity"
    QUERY = "query parameter"


class ApiResource(NamedTuple):
    """Resource to which methods in the table of API methods belong, such as the earning rules.

    `service` is the part of the paths that names the resource, such as `/loyalty-earning-rules/`. `noun` is
    the word for an entity in messages. `one` is the JSON member with a single entity, `many` the one with a
    list. `permission` is the permission that a key or an app needs. `root` is the beginning of the paths
    before `service`. `is_personal` is true if entities contain personal data, such as e-mail addresses.
    """

    service: str
    noun: str
    one: str
    many: str
    permission: str
    root: str = ""
    is_personal: bool = False

    @property
    def prefix(self) -> str:
        """The beginning of the paths in the table of API methods: `/_api/loyalty-earning-rules/v1`."""
        return f"{self.root}{self.service}v1"

    def has_path(self, path: str) -> bool:
        """Return whether `path` has the beginning that all API methods of the resource share.

        A leading `/_api` is ignored.
        """
        return path.removeprefix(_OPTIONAL_PREFIX).startswith(self.service)

    def entities(self, body: Json) -> list[JsonObject]:
        """Return the entities in the response of a method: one of this resource in the table of API methods.

        The response contains an entity, a list of entities, or the results of a bulk method.
        """
        if not isinstance(body, dict):
            return []
        if isinstance(one := body.get(self.one), dict):
            return [one]
        many = body.get(self.many)
        if isinstance(results := body.get("results"), list):
            many = [result.get("item") for result in results if isinstance(result, dict)]
        return [entity for entity in many if isinstance(entity, dict)] if isinstance(many, list) else []

    def entity_id(self, body: Json) -> str:
        """Return the id of the single entity in the response of an API method; empty if there is none."""
        one = body.get(self.one) if isinstance(body, dict) else None
        return EarningRule.read(one).id if isinstance(one, dict) else ""


class Method(NamedTuple):
    """A row of the table of API methods. `{id}` in the path stands for an entity's id."""

    verb: str
    path: str
    effect: Effect
    content: Content = Content.OBJECT
    resource: ApiResource | None = None
    revision: Revision = Revision.NONE

    @property
    def expected(self) -> str:
        """The content that the API method's response must have, in words for messages."""
        noun = self.resource.noun if self.resource else "entity"
        return {Content.ONE: f"{noun} with an id", Content.MANY: f"list of {noun}s"}.get(
            self.content, self.content.value
        )

    def accepts(self, body: Json) -> bool:
        """Return whether a response body has the content that the API method promises.

        For a method that lists entities, `{}` is an empty list.
        """
        match self.content:
            case Content.ANYTHING:
                return True
            case Content.OBJECT:
                return isinstance(body, dict)
            case Content.RESULTS:
                return isinstance(body, dict) and isinstance(body.get("results"), list)
            case Content.ONE:
                return bool(self.resource and self.resource.entity_id(body))
            case Content.MANY:
                if not isinstance(body, dict) or self.resource is None:
                    return False
                many = body.get(self.resource.many, None if body else [])
                return (
                    isinstance(many, list)
                    and len(many) <= MAX_ITEMS
                    and all(isinstance(entity, dict) for entity in many)
                )


MANAGE_LOYALTY = "Manage Loyalty"
"""Permission for earning rules, by its name in the vendor's dashboard."""
EARNING_RULES = ApiResource(
    "/loyalty-earning-rules/", "rule", "earningRule", "earningRules", MANAGE_LOYALTY, _OPTIONAL_PREFIX
)
ORDERS = ApiResource("/ecom/", "order", "order", "orders", "Read Orders (ECOM.READ_ORDERS)", is_personal=True)


def _rule_method(
    verb: str, path: str, effect: Effect, content: Content, revision: Revision = Revision.NONE
) -> Method:
    """Return a row of the table of API methods, for a method on earning rules."""
    return Method(verb, EARNING_RULES.prefix + path, effect, content, EARNING_RULES, revision)


LIST_RULES = _rule_method("GET", "/earning-rules/rules", Effect.READ, Content.MANY)
GET_RULE = _rule_method("GET", "/earning-rules/{id}", Effect.READ, Content.ONE)
CREATE_RULE = _rule_method("POST", "/earning-rules", Effect.CREATE, Content.ONE)
CREATE_CUSTOM_RULE = _rule_method("POST", "/earning-rules/custom", Effect.CREATE, Content.ONE)
BULK_CREATE_RULES = _rule_method("POST", "/bulk/earning-rules/create", Effect.CREATE, Content.RESULTS)
UPDATE_RULE = _rule_method("PUT", "/earning-rules/{id}", Effect.UPDATE, Content.ONE, Revision.BODY)
DELETE_RULE = _rule_method("DELETE", "/earning-rules/{id}", Effect.DELETE, Content.OBJECT, Revision.QUERY)
DELETE_AUTOMATION_RULE = _rule_method(
    "DELETE", "/automation-earning-rules/{id}", Effect.DELETE, Content.OBJECT
)

MAX_BULK = 100
"""Maximum number of rules in one call of BULK_CREATE_RULES."""

SEARCH_ORDERS = Method("POST", f"{ORDERS.prefix}/orders/search", Effect.READ, Content.MANY, ORDERS)
"""Search Orders: a POST that changes nothing, since its filter is in the body."""

MAX_PAGE = 100
"""Maximum number of orders in one response to SEARCH_ORDERS."""

GET_TOKEN = Method("POST", "/oauth2/token", Effect.READ)
