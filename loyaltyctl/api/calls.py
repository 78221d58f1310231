"""Requests to the API and their answers, as values."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loyaltyctl.intake.secret import Secret
    from loyaltyctl.intake.values import Json, JsonObject


class Effect(Enum):
    """Effect of a call on the site, by which the retry policy decides."""

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
"""Effect of a call of which only the HTTP method is known."""


RULES_API = "/loyalty-earning-rules/"
"""Beginning of the paths of the Earning Rules API, perhaps behind a prefix."""
_OWN_PREFIX = "/_api"
LOOK = "Look at the site with: loyaltyctl rules list"
MAX_RULES = 100_000
"""Limit of a list of rules; longer lists are rejected as malformed."""


class Gives(Enum):
    """Content without which the answer to a call is rejected as malformed."""

    ANYTHING = "JSON object"
    RULE = "rule with an id"
    RULES = "list of rules"
    RESULTS = "results"
    JSON = "JSON"
    """Whatever it is, and nothing at all."""

    def within(self, body: Json) -> bool:
        """Whether `body` has it. A list that is left out is an empty one."""
        match self, body:
            case (Gives.ANYTHING, dict()) | (Gives.RESULTS, {"results": list()}):
                return True
            case Gives.JSON, _:
                return True
            case Gives.RULE, {"earningRule": dict(rule)}:
                return bool(EarningRule.read(rule).id)
            case Gives.RULES, dict():
                rules = body.get("earningRules", None if body else [])
                return (
                    isinstance(rules, list)
                    and len(rules) <= MAX_RULES
                    and all(isinstance(rule, dict) for rule in rules)
                )
            case _:
                return False


class Call(NamedTuple):
    """One request.

    `what` says it in words, for messages: "create the rule …". `gives` is what a usable
    answer has in it. `about` names the rules that the caller looks for in it. The bodies
    of a call with `secrets` in them, there and back, are told to nobody. `look` says how to
    find out what became of it.
    """

    what: str
    effect: Effect
    method: str
    path: str
    query: Mapping[str, str] = MappingProxyType({})
    body: JsonObject | None = None
    gives: Gives = Gives.ANYTHING
    about: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    look: str = LOOK

    @property
    def shows_rules(self) -> bool:
        """Whether rules in the answer are those of the site; a caller's own call is judged by its path."""
        if self.gives is Gives.JSON:
            return is_of_rules(self.path)
        return self.gives is not Gives.ANYTHING


def is_of_rules(path: str) -> bool:
    """Whether a path is one of the Earning Rules API."""
    return path.removeprefix(_OWN_PREFIX).startswith(RULES_API)


class Response(NamedTuple):
    """A success: the JSON body, the server's clock if it told, and its id for the request."""

    body: Json
    server_time: float | None = None
    request_id: str | None = None

    @property
    def rule_id(self) -> str:
        """The id of the rule in the answer; empty where there is none."""
        rule = self.body.get("earningRule") if isinstance(self.body, dict) else None
        return EarningRule.read(rule).id if isinstance(rule, dict) else ""

    def rules(self) -> list[JsonObject]:
        """The documents of rules in the answer: the one, the listed ones, or those that were made."""
        match self.body:
            case {"earningRule": dict(rule)}:
                found: list[Json] = [rule]
            case {"earningRules": list(found)}:
                pass
            case {"results": list(results)}:
                found = [one.get("item") for one in results if isinstance(one, dict)]
            case _:
                found = []
        return [rule for rule in found if isinstance(rule, dict)]


Headers: TypeAlias = "Mapping[str, str | Secret]"
