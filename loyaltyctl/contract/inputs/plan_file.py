"""Input of plan files, which `rules apply --out` writes (apply/plan_files.py)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from loyaltyctl.contract.json_values import OMITTED, Omitted
from loyaltyctl.contract.outputs.plans import Action, UnmanagedTier
from loyaltyctl.contract.outputs.rules import EarningRule, FieldChange
from loyaltyctl.contract.types import Keywords


class PlannedChange(NamedTuple):
    """Planned change of one rule, in a plan file."""

    action: Annotated[Action, "The kind of change; unchanged and unmanaged rules are kept."]
    id: Annotated[str, "The id of the rule; empty if it is not created yet."]
    title: Annotated[str, "Its title."]
    revision: Annotated[str | None, "The revision that the change is based on."]
    fields: Annotated[list[FieldChange], "The fields that differ."]
    rule: Annotated[EarningRule | None, "The rule before the change; null if it does not exist yet."]
    send: Annotated[dict[str, Any], "The fields to send; empty if nothing is sent, or the rule is deleted."]
    problem: Annotated[str, "The reason that the change is impossible; empty if it is possible."]
    unmanaged_tiers: Annotated[
        list[UnmanagedTier] | Omitted, "Tiers of the rule that are only on the site, and kept."
    ] = OMITTED


class PlanFile(NamedTuple):
    """Plan file: the planned changes of one site. The checksum detects edits of the file."""

    plan: Annotated[Literal[1], "The version of this format."]
    made: Annotated[str, "The time at which the plan was created, in RFC 3339, UTC."]
    profile: Annotated[str, "The profile; may be empty."]
    origin: Annotated[str, "The server."]
    site: Annotated[str, "The id of the site or account."]
    source: Annotated[str, "The source of the rules: a file, a profile or a run."]
    source_path: Annotated[str | Omitted, "The absolute path of the source."]
    source_from_plan: Annotated[
        str | Omitted, "The path of the source relative to the plan, to find it on another machine."
    ]
    source_hash: Annotated[str, "The hash of the source; empty if it is not a file."]
    changes: Annotated[list[PlannedChange], "The changes, in order of execution."]
    checksum: Annotated[str, "Checksum of everything above.", Keywords(pattern="^sha256:[0-9a-f]{64}$")]
