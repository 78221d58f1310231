"""What the commands print that make sites what is wanted: diff, apply, copy, rollback, history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, NamedTuple

from loyaltyctl.contract.json_values import OMITTED, InlineEnum, Omitted
from loyaltyctl.contract.outputs.errors import Failure
from loyaltyctl.contract.outputs.rules import FieldChange
from loyaltyctl.model import comparison
from loyaltyctl.model.rules import TierConfig


class Action(InlineEnum):
    """Kind of change to a rule."""

    CREATE = "create"
    UPDATE = "update"
    PAUSE = "pause"
    """Replaces the deletion of a rule that cannot be deleted."""
    DELETE = "delete"
    UNCHANGED = "unchanged"
    UNMANAGED = "unmanaged"
    """The rule is on the site alone, and stays."""


class Result(InlineEnum):
    """Result of a change."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    """Not tried: it cannot be done, or the run ended before its turn."""
    NOTHING = ""
    """Nothing to do."""


class StepState(InlineEnum):
    """Progress of a step; the ledger tells what each means."""

    PLANNED = "planned"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Key(NamedTuple):
    """What makes two rules the same one, on whatever site."""

    trigger_app_id: Annotated[str, "The app of the trigger; where an app has two ids, one of them."]
    trigger_activity_type: Annotated[str, "The activity that sets it off."]
    title: Annotated[str, "Its name."]


class UnmanagedTier(NamedTuple):
    """What a tier earns by a rule on the site, where the file states another part of what the rule earns."""

    tier_id: Annotated[str | None, "The tier; null for the base tier."]
    points: Annotated[int | float, "Points awarded."]
    money_amount: Annotated[
        int | float | Omitted, "The spend that earns the points once, where the rule has a rate."
    ] = OMITTED


class Change(NamedTuple):
    """One rule, and what is to be done with it, or was."""

    action: Annotated[
        Action, "unmanaged: it is there and not wanted, and stays. pause: it cannot be deleted."
    ]
    id: Annotated[str | None, "Its id; null for one that is not created yet."]
    key: Annotated[Key, "What it is known by."]
    title: Annotated[str, "Its name, as it is; of a new one as it is to be."]
    revision: Annotated[str | None, "The revision that the change is made against."]
    fields: Annotated[list[FieldChange], "What differs."]
    unmanaged_tiers: Annotated[
        list[UnmanagedTier] | Omitted, "Tiers of the rule on the site alone; they stay."
    ] = OMITTED
    result: Annotated[
        Result | Omitted, "What became of it, where something was tried. skipped: it was not tried."
    ] = OMITTED
    error: Annotated[Failure | Omitted, "Why it was not done, or cannot be."] = OMITTED


class Summary(NamedTuple):
    """How many rules there are for each action and, where something was tried, for each result."""

    create: Annotated[int, "To be created."]
    update: Annotated[int, "To be changed."]
    pause: Annotated[int, "To be paused instead of deleted."]
    delete: Annotated[int, "To be deleted."]
    unchanged: Annotated[int, "As they are wanted."]
    unmanaged: Annotated[int, "There and not wanted; they stay."]
    unmanaged_tiers: Annotated[int, "Tiers of the rules above that the file does not state; they stay."]
    done: Annotated[int | Omitted, "Changes that were made."] = OMITTED
    failed: Annotated[int | Omitted, "Changes that were refused."] = OMITTED
    unknown: Annotated[int | Omitted, "Changes of which nobody knows whether they were made."] = OMITTED
    skipped: Annotated[int | Omitted, "Changes that were not tried."] = OMITTED


class Changes(NamedTuple):
    """Every rule on either side, and what is to be done with it, or was."""

    changes: Annotated[list[Change], "In the order in which they are made."]
    summary: Annotated[Summary, "How many there are of each."]


class Site(NamedTuple):
    """One of several sites."""

    profile: Annotated[str, "The profile that leads there."]
    origin: Annotated[str, "The server; empty where it could not be reached."]
    site: Annotated[str, "The site, or the account; empty where it could not be reached."]
    changes: Annotated[list[Change], "In the order in which they are made."]
    summary: Annotated[Summary, "How many there are of each."]
    error: Annotated[Failure | Omitted, "Why the site could not be read, or not be changed."] = OMITTED


class Sites(NamedTuple):
    """Several sites."""

    sites: Annotated[list[Site], "One for each profile, in the order in which they were named."]
    summary: Annotated[Summary, "How many there are of each on all sites."]


ChangesOrSites = Changes | Sites


class Step(NamedTuple):
    """One change of a run."""

    action: Annotated[str, "What was done: create, update, pause or delete."]
    id: Annotated[str | None, "The id of the rule; null where that is not known."]
    title: Annotated[str, "The name of the rule."]
    state: Annotated[StepState, "sending: the run ended before the answer came. planned: not tried."]
    fields: Annotated[list[FieldChange], "What differed."]
    request_ids: Annotated[list[str], "The ids of its requests, for the vendor's support."]
    problem: Annotated[str | Omitted, "Why it was not done."] = OMITTED


class Run(NamedTuple):
    """One command that changed a site from this machine."""

    run: Annotated[str, "Its id."]
    command: Annotated[str, "The command, such as rules apply."]
    source: Annotated[str, "The file, profile or run that it took its rules from; may be empty."]
    began: Annotated[str, "When it began: RFC 3339, UTC."]
    ended: Annotated[str | None, "When it ended; null where it did not, or is not over."]
    profile: Annotated[str | None, "The profile that it was for."]
    origin: Annotated[str, "The server."]
    site: Annotated[str, "The site, or the account."]
    changes: Annotated[list[Step], "In the order in which they are made."]


RunsOrSteps = list[Run] | list[Step]


def field_changes(changes: Iterable[comparison.FieldChange]) -> list[FieldChange]:
    """Return the published form of the fields that a change sets."""
    return [FieldChange(*change) for change in changes]


def unmanaged_tiers(configs: Iterable[TierConfig]) -> list[UnmanagedTier] | Omitted:
    """Return the published form of tiers that a change keeps, OMITTED if there are none."""
    tiers = [
        UnmanagedTier(one.tier_id, one.points, OMITTED if one.money_amount is None else one.money_amount)
        for one in configs
    ]
    return tiers or OMITTED
