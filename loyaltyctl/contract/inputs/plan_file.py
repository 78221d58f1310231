"""The shape of a plan on disk, as `rules apply --out` writes it (apply/plan_files.py)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from loyaltyctl.contract.json_schema import Keywords
from loyaltyctl.contract.json_values import OMITTED, Omitted
from loyaltyctl.contract.outputs.plans import Action, UnmanagedTier
from loyaltyctl.contract.outputs.rules import EarningRule, FieldChange


class PlannedChange(NamedTuple):
    """One rule, and what is to be done with it."""

    action: Annotated[Action, "What is to be done; unchanged and unmanaged ones stay as they are."]
    id: Annotated[str, "Its id; empty for one that is not created yet."]
    title: Annotated[str, "Its name."]
    revision: Annotated[str | None, "The revision that the change is made against."]
    fields: Annotated[list[FieldChange], "What differs."]
    rule: Annotated[EarningRule | None, "The rule as it was; null for one that is not created yet."]
    send: Annotated[dict[str, Any], "What is sent; empty where nothing is, or the rule is deleted."]
    problem: Annotated[str, "Why it cannot be done; empty where it can."]
    unmanaged_tiers: Annotated[
        list[UnmanagedTier] | Omitted, "Tiers of the rule on the site alone; they stay."
    ] = OMITTED


class PlanFile(NamedTuple):
    """A plan for one site. It is applied as it was written: the checksum finds what was edited."""

    plan: Annotated[Literal[1], "The version of this format."]
    made: Annotated[str, "When it was made: RFC 3339, UTC."]
    profile: Annotated[str, "The profile that it was made with; may be empty."]
    origin: Annotated[str, "The server."]
    site: Annotated[str, "The site, or the account."]
    source: Annotated[str, "Where the rules are from that are wanted: a file, a profile or a run."]
    source_path: Annotated[str | Omitted, "The absolute path of that file or folder."]
    source_from_plan: Annotated[
        str | Omitted, "Its path from the folder of the plan, by which it is found elsewhere."
    ]
    source_hash: Annotated[str, "The hash of that file; empty where it is no file."]
    changes: Annotated[list[PlannedChange], "In the order in which they are made."]
    checksum: Annotated[str, "Checksum of everything above.", Keywords(pattern="^sha256:[0-9a-f]{64}$")]
