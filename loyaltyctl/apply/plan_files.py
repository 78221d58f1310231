"""Plan files: saved plans, with the reviewed changes and the state of the rules that they were planned for.

The format is defined in contract/inputs/plan_file.py. Version 0.1.0 writes plan files without the paths of
the source and without unmanaged tiers, and ignores these members in other plan files. The checksum detects
edits and damage; it is not a signature.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final, NamedTuple

from loyaltyctl.apply.plan import Change, Plan
from loyaltyctl.apply.targets import Source, Target
from loyaltyctl.contract.inputs import plan_file
from loyaltyctl.contract.json_values import OMITTED, json_object
from loyaltyctl.contract.outputs import plans
from loyaltyctl.contract.outputs.plans import Action
from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import strict_json
from loyaltyctl.intake.values import object_or_empty
from loyaltyctl.model.rules import EarningRule, tier_of

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

VERSION: Final = 1
_CREATE_AGAIN = "Create it again: loyaltyctl rules apply -f FILE --out PLAN"


class SavedPlan(NamedTuple):
    """Content of a plan file: a plan, its target and source, and the time when it was `made`."""

    plan: Plan
    target: Target
    source: Source
    made: str

    def text(self) -> str:
        """Return the saved plan as text in the format of plan files, with its checksum."""
        file = plan_file.PlanFile(
            plan=VERSION,
            made=self.made,
            profile=self.target.profile,
            origin=self.target.origin,
            site=self.target.site,
            source=self.source.name,
            source_path=self.source.path or OMITTED,
            source_from_plan=self.source.from_plan or OMITTED,
            source_hash=self.source.hash,
            changes=[*map(_change_to_json, self.plan.changes)],
            checksum="",
        )
        document = json_object(file)
        del document["checksum"]
        return json.dumps(document | {"checksum": _checksum(document)}, indent=2) + "\n"

    @classmethod
    def read(cls, text: str, name: str) -> SavedPlan:
        """Parse the text of the plan file `name`. Raises InvalidData if it is not a valid plan file."""
        document = _parse_plan_json(text, name)
        checksum = document.pop("checksum", None)
        if document.get("plan") != VERSION:
            raise InvalidData(
                f"{name} is a plan of version {document.get('plan')}, this program reads version {VERSION}",
                code="PLAN_VERSION",
                hint=_CREATE_AGAIN,
            )
        if checksum != _checksum(document):
            raise InvalidData(
                f"{name} was edited after it was created: its checksum does not match",
                code="PLAN_EDITED",
                hint=f"A plan is applied as it was reviewed. {_CREATE_AGAIN}",
            )
        try:
            texts = {
                member: str(document[member])
                for member in ("profile", "origin", "site", "source", "sourceHash", "made")
            }
            return cls(
                Plan(tuple(map(_parse_change, _checked_list(document["changes"])))),
                Target(texts["profile"], texts["origin"], texts["site"]),
                Source(
                    texts["source"],
                    texts["sourceHash"],
                    str(document.get("sourcePath", "")),
                    str(document.get("sourceFromPlan", "")),
                ),
                texts["made"],
            )
        except (KeyError, TypeError, ValueError, InvalidData):
            raise InvalidData(f"{name} is not a plan", code="NOT_A_PLAN", hint=_CREATE_AGAIN) from None


def hash_of(data: bytes) -> str:
    """Return the hash of a rules file's bytes that a plan file contains, such as `sha256:9f86…`."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _parse_plan_json(text: str, name: str) -> JsonObject:
    """Parse the JSON of a plan file. Raises InvalidData; a truncated file has an error code of its own."""
    try:
        document = strict_json.loads(text, name)
    except InvalidData as error:
        # Truncated (a full disk, an interrupted copy) if the error is at the end, or the end is missing.
        begins, ends = text.lstrip().startswith("{"), text.endswith("}\n")
        if begins and not (ends and error.at and error.at.line < text.count("\n")):
            raise InvalidData(
                f"{name} is truncated: the end of the plan is missing",
                code="PLAN_TRUNCATED",
                hint=_CREATE_AGAIN,
            ) from None
        raise InvalidData(
            f"{name} is not a plan: {error.problem}",
            code="NOT_A_PLAN",
            hint="Give a rules file with -f FILE.",
        ) from None
    if not isinstance(document, dict) or "plan" not in document:
        raise InvalidData(f"{name} is not a plan", code="NOT_A_PLAN", hint="Give a rules file with -f FILE.")
    return document


def _checksum(document: JsonObject) -> str:
    """Return the checksum of a plan file; `document` is its content without the checksum."""
    # Of the values, not the bytes: reformatting the file, or CRLF from a Git checkout, is no edit.
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hash_of(text.encode())


def _change_to_json(change: Change) -> plan_file.PlannedChange:
    """Convert a planned change to its form in a plan file."""
    return plan_file.PlannedChange(
        action=change.action,
        id=change.id,
        title=change.rule.title,
        revision=change.revision,
        fields=plans.field_changes(change.fields),
        rule=change.current.document if change.current else None,
        send=change.document,
        problem=change.problem,
        unmanaged_tiers=plans.unmanaged_tiers(change.unmanaged_tiers),
    )


def _parse_change(value: Json) -> Change:
    """Parse a planned change in a plan file. Raises KeyError, TypeError, ValueError or InvalidData."""
    if not isinstance(value, dict):
        raise TypeError
    rule = value["rule"]
    send = value["send"]
    if not isinstance(send, dict):
        raise TypeError
    current = None if rule is None else EarningRule.read(rule)
    tiers = {tier_of(object_or_empty(one)) for one in _checked_list(value.get("unmanagedTiers", []))}
    return Change(
        Action(str(value["action"])),
        current,
        send,
        problem=str(value["problem"]),
        unmanaged_tiers=tuple(
            one for one in (current.configs if current else ()) if (one.tier_id or "") in tiers
        ),
    )


def _checked_list(value: Json) -> list[Json]:
    """Check that a value in a plan file is a list, and return the list. Raises TypeError otherwise."""
    if not isinstance(value, list):
        raise TypeError
    return value
