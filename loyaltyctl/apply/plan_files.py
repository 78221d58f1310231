"""A plan on disk: what was shown and agreed to, and the state of the site that it holds for.

    {"plan": 1, "made", "profile", "origin", "site",
     "source", "sourcePath"?, "sourceFromPlan"?, "sourceHash",
     "changes": [{"action", "id", "title", "revision", "fields", "rule", "send", "problem",
                  "unmanagedTiers"?}], "checksum"}

`rule` is the rule as it was, `send` what is sent. Version 0.1.0 wrote neither paths nor
unmanaged tiers, and ignores them. The checksum finds what was edited or
damaged; it is no signature.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.apply.plan import Action, Change, Plan
from loyaltyctl.apply.targets import Source, Target
from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import strict_json
from loyaltyctl.model.rules import EarningRule, tier_of

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

VERSION = 1
_PATHS = ("sourcePath", "sourceFromPlan")
_AGAIN = "Make it anew: loyaltyctl rules apply -f FILE --out PLAN"


class SavedPlan(NamedTuple):
    """A plan with all that decides whether it still holds."""

    plan: Plan
    target: Target
    source: Source
    made: str

    def text(self) -> str:
        """The plan as a file."""
        changes: list[Json] = [_written(change) for change in self.plan.changes]
        document: JsonObject = {
            "plan": VERSION,
            "made": self.made,
            "profile": self.target.profile,
            "origin": self.target.origin,
            "site": self.target.site,
            "source": self.source.name,
            **{name: path for name, path in _paths(self.source).items() if path},
            "sourceHash": self.source.hash,
            "changes": changes,
        }
        return json.dumps(document | {"checksum": _checksum(document)}, indent=2) + "\n"

    @classmethod
    def read(cls, text: str, name: str) -> SavedPlan:
        """The plan that `text` spells. Raises InvalidData for one that is cut off, edited or none."""
        document = _document(text, name)
        stated = document.pop("checksum", None)
        if document.get("plan") != VERSION:
            raise InvalidData(
                f"{name} is a plan of version {document.get('plan')}, this program reads version {VERSION}",
                code="PLAN_VERSION",
                hint=_AGAIN,
            )
        if stated != _checksum(document):
            raise InvalidData(
                f"{name} was edited after it was made: its checksum does not fit",
                code="PLAN_EDITED",
                hint=f"A plan is applied as it was shown. {_AGAIN}",
            )
        try:
            changes = document["changes"]
            said = {
                name: str(document[name])
                for name in ("profile", "origin", "site", "source", "sourceHash", "made")
            }
            return cls(
                Plan(tuple(map(_change, changes if isinstance(changes, list) else [None]))),
                Target(said["profile"], said["origin"], said["site"]),
                Source(said["source"], said["sourceHash"], *(str(document.get(one, "")) for one in _PATHS)),
                said["made"],
            )
        except (KeyError, TypeError, ValueError, InvalidData):
            raise InvalidData(f"{name} is not a plan", code="NOT_A_PLAN", hint=_AGAIN) from None


def _paths(source: Source) -> dict[str, str]:
    return dict(zip(_PATHS, (source.path, source.from_plan), strict=True))


def hash_of(data: bytes) -> str:
    """The hash of a file of rules."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _document(text: str, name: str) -> JsonObject:
    try:
        document = strict_json.loads(text, name)
    except InvalidData as error:
        begins, ends = text.lstrip().startswith("{"), text.endswith("}\n")
        if begins and not (ends and error.at and error.at.line < text.count("\n")):
            raise InvalidData(
                f"{name} is cut off: the end of the plan is missing", code="PLAN_TRUNCATED", hint=_AGAIN
            ) from None
        raise InvalidData(
            f"{name} is not a plan: {error.problem}",
            code="NOT_A_PLAN",
            hint="Give a file of rules with -f FILE.",
        ) from None
    if not isinstance(document, dict) or "plan" not in document:
        raise InvalidData(
            f"{name} is not a plan", code="NOT_A_PLAN", hint="Give a file of rules with -f FILE."
        )
    return document


def _checksum(document: JsonObject) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hash_of(text.encode())


def _written(change: Change) -> JsonObject:
    fields: list[Json] = [field.document() for field in change.fields]
    tiers: list[Json] = [config.document() for config in change.unmanaged_tiers]
    return {
        "action": change.action.value,
        "id": change.id,
        "title": change.rule.title,
        "revision": change.revision,
        "fields": fields,
        "rule": change.current.document if change.current else None,
        "send": change.document,
        "problem": change.problem,
        **({"unmanagedTiers": tiers} if tiers else {}),
    }


def _change(written: Json) -> Change:
    if not isinstance(written, dict):
        raise TypeError
    rule = written["rule"]
    send = written["send"]
    if not isinstance(send, dict):
        raise TypeError
    current = None if rule is None else EarningRule.read(rule)
    tiers = {tier_of(one) for one in _list(written.get("unmanagedTiers", []))}
    return Change(
        Action(str(written["action"])),
        current,
        send,
        problem=str(written["problem"]),
        unmanaged_tiers=tuple(
            one for one in (current.configs if current else ()) if (one.tier_id or "") in tiers
        ),
    )


def _list(value: Json) -> list[JsonObject]:
    if not isinstance(value, list):
        raise TypeError
    return [one if isinstance(one, dict) else {} for one in value]
