"""Outputs about changes of sites: rules diff, apply, copy, rollback and history."""

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
    """Identity of a rule on any site."""

    trigger_app_id: Annotated[str, "The app of the trigger; of an app with two ids, always the same one."]
    trigger_activity_type: Annotated[str, "The activity that triggers the rule."]
    title: Annotated[str, "Its name."]


class UnmanagedTier(NamedTuple):
    """Award of a tier that the rule on the site has and the file does not state."""

    tier_id: Annotated[str | None, "The id of the tier; null is the base tier."]
    points: Annotated[int | float, "The points awarded."]
    money_amount: Annotated[
        int | float | Omitted, "The amount that earns the points, if the rule has a rate."
    ] = OMITTED


class Change(NamedTuple):
    """Planned or executed change of one rule."""

    action: Annotated[
        Action, "The kind of change. unmanaged: on the site alone, and kept. pause: it cannot be deleted."
    ]
    id: Annotated[str | None, "The id of the rule; null if it is not created yet."]
    key: Annotated[Key, "The identity of the rule."]
    title: Annotated[str, "Its current title; of a new rule, the planned one."]
    revision: Annotated[str | None, "The revision that the change is based on."]
    fields: Annotated[list[FieldChange], "The fields that differ."]
    unmanaged_tiers: Annotated[
        list[UnmanagedTier] | Omitted, "Tiers of the rule that are on the site alone, and kept."
    ] = OMITTED
    result: Annotated[Result | Omitted, "The result, if the plan was executed. skipped: not tried."] = OMITTED
    error: Annotated[Failure | Omitted, "The reason that it was not done, or cannot be."] = OMITTED


class Summary(NamedTuple):
    """Number of rules by action, and by result if the plan was executed."""

    create: Annotated[int, "Rules to create."]
    update: Annotated[int, "Rules to update."]
    pause: Annotated[int, "Rules to pause, which cannot be deleted."]
    delete: Annotated[int, "Rules to delete."]
    unchanged: Annotated[int, "Rules without differences."]
    unmanaged: Annotated[int, "Rules on the site alone, which are kept."]
    unmanaged_tiers: Annotated[int, "Tiers on the site alone, which are kept."]
    done: Annotated[int | Omitted, "Changes made."] = OMITTED
    failed: Annotated[int | Omitted, "Changes refused."] = OMITTED
    unknown: Annotated[int | Omitted, "Changes of which it is unknown whether they were made."] = OMITTED
    skipped: Annotated[int | Omitted, "Changes not tried."] = OMITTED


class Changes(NamedTuple):
    """Changes of one site, with a summary."""

    changes: Annotated[list[Change], "The changes, in order of execution."]
    summary: Annotated[Summary, "The number of rules by action and result."]


class Site(NamedTuple):
    """Changes of one of several sites."""

    profile: Annotated[str, "The profile of the site."]
    origin: Annotated[str, "The server; empty if it could not be reached."]
    site: Annotated[str, "The id of the site or account; empty if it could not be reached."]
    changes: Annotated[list[Change], "The changes, in order of execution."]
    summary: Annotated[Summary, "The number of rules by action and result."]
    error: Annotated[Failure | Omitted, "The reason that the site could not be read or changed."] = OMITTED


class Sites(NamedTuple):
    """Changes of several sites."""

    sites: Annotated[list[Site], "One for each profile, in the order of the command line."]
    summary: Annotated[Summary, "The number of rules by action and result on all sites."]


ChangesOrSites = Changes | Sites


class Step(NamedTuple):
    """Change that is part of a run."""

    action: Annotated[str, "The kind of change: create, update, pause or delete."]
    id: Annotated[str | None, "The id of the rule; null if unknown."]
    title: Annotated[str, "The title of the rule."]
    state: Annotated[
        StepState, "The state. sending: the run ended before the response arrived. planned: not tried."
    ]
    fields: Annotated[list[FieldChange], "The fields that differed."]
    request_ids: Annotated[list[str], "The ids of its requests, for Wix support."]
    problem: Annotated[str | Omitted, "The reason that it was not done."] = OMITTED


class Run(NamedTuple):
    """Run of a command that changed a site from this machine."""

    run: Annotated[str, "The id of the run."]
    command: Annotated[str, "The command, such as rules apply."]
    source: Annotated[str, "The file, profile or run that the rules came from; may be empty."]
    began: Annotated[str, "The time it began, in RFC 3339, UTC."]
    ended: Annotated[str | None, "The time it ended; null if it was interrupted, or is still running."]
    profile: Annotated[str | None, "The profile, if one was in use."]
    origin: Annotated[str, "The server."]
    site: Annotated[str, "The id of the site or account."]
    changes: Annotated[list[Step], "The changes, in order of execution."]


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
