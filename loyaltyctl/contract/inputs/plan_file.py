"""The shape of a plan on disk, as `rules apply --out` writes it (apply/plan_files.py)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from loyaltyctl.contract.outputs.plans import Action, UnmanagedTier
from loyaltyctl.contract.outputs.rules import EarningRule, FieldChange
from loyaltyctl.contract.outputs.shape import Shape, optional


class PlannedChange(Shape):
    """One rule, and what is to be done with it."""

    action: Action = Field(description="What is to be done; unchanged and unmanaged ones stay as they are.")
    id: str = Field(description="Its id; empty for one that is not created yet.")
    title: str = Field(description="Its name.")
    revision: str | None = Field(description="The revision that the change is made against.")
    fields: list[FieldChange] = Field(description="What differs.")
    rule: EarningRule | None = Field(description="The rule as it was; null for one that is not created yet.")
    send: dict[str, Any] = Field(description="What is sent; empty where nothing is, or the rule is deleted.")
    problem: str = Field(description="Why it cannot be done; empty where it can.")
    unmanaged_tiers: list[UnmanagedTier] = optional("Tiers of the rule on the site alone; they stay.")


class PlanFile(Shape):
    """A plan for one site. It is applied as it was written: the checksum finds what was edited."""

    plan: Literal[1] = Field(description="The version of this format.")
    made: str = Field(description="When it was made: RFC 3339, UTC.")
    profile: str = Field(description="The profile that it was made with; may be empty.")
    origin: str = Field(description="The server.")
    site: str = Field(description="The site, or the account.")
    source: str = Field(description="Where the rules are from that are wanted: a file, a profile or a run.")
    source_path: str = optional("The absolute path of that file or folder.")
    source_from_plan: str = optional("Its path from the folder of the plan, by which it is found elsewhere.")
    source_hash: str = Field(description="The hash of that file; empty where it is no file.")
    changes: list[PlannedChange] = Field(description="In the order in which they are made.")
    checksum: str = Field(description="Of all above.", pattern="^sha256:[0-9a-f]{64}$")
