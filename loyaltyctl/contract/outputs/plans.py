"""What the commands print that make sites what is wanted: diff, apply, copy, rollback, history."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from loyaltyctl.contract.outputs.rules import Failure, FieldChange
from loyaltyctl.contract.outputs.shape import Shape, optional

Action = Literal["create", "update", "pause", "delete", "unchanged", "unmanaged"]
Result = Literal["done", "failed", "unknown", "skipped"]
State = Literal["planned", "sending", "done", "failed", "unknown"]


class Key(Shape):
    """What makes two rules the same one, on whatever site."""

    trigger_app_id: str = Field(description="The app of the trigger; where an app has two ids, one of them.")
    trigger_activity_type: str = Field(description="The activity that sets it off.")
    title: str = Field(description="Its name.")


class UnmanagedTier(Shape):
    """What a tier earns by a rule on the site, where the file states another part of what the rule earns."""

    tier_id: str | None = Field(description="The tier; null for the base tier.")
    points: int | float = Field(description="Points awarded.")
    money_amount: int | float = optional("The spend that earns the points once, where the rule has a rate.")


class Change(Shape):
    """One rule, and what is to be done with it, or was."""

    action: Action = Field(
        description="unmanaged: it is there and not wanted, and stays. pause: it cannot be deleted."
    )
    id: str | None = Field(description="Its id; null for one that is not created yet.")
    key: Key = Field(description="What it is known by.")
    title: str = Field(description="Its name, as it is; of a new one as it is to be.")
    revision: str | None = Field(description="The revision that the change is made against.")
    fields: list[FieldChange] = Field(description="What differs.")
    unmanaged_tiers: list[UnmanagedTier] = optional("Tiers of the rule on the site alone; they stay.")
    result: Result = optional("What became of it, where something was tried. skipped: it was not tried.")
    error: Failure = optional("Why it was not done, or cannot be.")


class Summary(Shape):
    """How many rules there are for each action and, where something was tried, for each result."""

    create: int = Field(description="To be created.")
    update: int = Field(description="To be changed.")
    pause: int = Field(description="To be paused instead of deleted.")
    delete: int = Field(description="To be deleted.")
    unchanged: int = Field(description="As they are wanted.")
    unmanaged: int = Field(description="There and not wanted; they stay.")
    unmanaged_tiers: int = Field(
        description="Tiers of the rules above that the file does not state; they stay."
    )
    done: int = optional("Changes that were made.")
    failed: int = optional("Changes that were refused.")
    unknown: int = optional("Changes of which nobody knows whether they were made.")
    skipped: int = optional("Changes that were not tried.")


class Changes(Shape):
    """Every rule on either side, and what is to be done with it, or was."""

    changes: list[Change] = Field(description="In the order in which they are made.")
    summary: Summary = Field(description="How many there are of each.")


class Site(Shape):
    """One of several sites."""

    profile: str = Field(description="The profile that leads there.")
    origin: str = Field(description="The server; empty where it could not be reached.")
    site: str = Field(description="The site, or the account; empty where it could not be reached.")
    changes: list[Change] = Field(description="In the order in which they are made.")
    summary: Summary = Field(description="How many there are of each.")
    error: Failure = optional("Why the site could not be read, or not be changed.")


class Sites(Shape):
    """Several sites."""

    sites: list[Site] = Field(description="One for each profile, in the order in which they were named.")
    summary: Summary = Field(description="How many there are of each on all sites.")


ChangesOrSites = Changes | Sites


class Step(Shape):
    """One change of a run."""

    action: str = Field(description="What was done: create, update, pause or delete.")
    id: str | None = Field(description="The id of the rule; null where that is not known.")
    title: str = Field(description="The name of the rule.")
    state: State = Field(description="sending: the run ended before the answer came. planned: not tried.")
    fields: list[FieldChange] = Field(description="What differed.")
    request_ids: list[str] = Field(description="The ids of its requests, for the vendor's support.")
    problem: str = optional("Why it was not done.")


class Run(Shape):
    """One command that changed a site from this machine."""

    run: str = Field(description="Its id.")
    command: str = Field(description="The command, such as rules apply.")
    source: str = Field(description="The file, profile or run that it took its rules from; may be empty.")
    began: str = Field(description="When it began: RFC 3339, UTC.")
    ended: str | None = Field(description="When it ended; null where it did not, or is not over.")
    profile: str | None = Field(description="The profile that it was for.")
    origin: str = Field(description="The server.")
    site: str = Field(description="The site, or the account.")
    changes: list[Step] = Field(description="In the order in which they are made.")


RunsOrSteps = list[Run] | list[Step]
