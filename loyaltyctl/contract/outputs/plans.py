"""Outputs of plans and runs that change sites: rules diff, apply, copy, rollback and history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, NamedTuple

from loyaltyctl.contract.json_values import OMITTED, InlineEnum, Omitted
from loyaltyctl.contract.outputs.errors import Failure
from loyaltyctl.contract.outputs.rules import FieldChange
from loyaltyctl.model import comparison
from loyaltyctl.model.rules import TierConfig


class Action(InlineEnum):
    """Kind of change to a rule in a plan."""

    CREATE = "create"
    UPDATE = "update"
    PAUSE = "pause"
    """Replaces the deletion of a rule that cannot be deleted."""
    DELETE = "delete"
    UNCHANGED = "unchanged"
    UNMANAGED = "unmanaged"
    """The rule is only on the site, and is kept."""


class Result(InlineEnum):
    """Result of a change in a plan."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    """Not tried: the change is impossible, or the run ended before it."""
    NOTHING = ""
    """No change was necessary."""


class StepState(InlineEnum):
    """State of a run's step; the ledger in loyaltyctl.apply defines each of them."""

    PLANNED = "planned"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Key(NamedTuple):
    """Key of a rule in a plan, which identifies it on any site."""

    trigger_app_id: Annotated[str, "The id of the trigger's app; if the app has two ids, always the same."]
    trigger_activity_type: Annotated[str, "The activity that triggers the rule."]
    title: Annotated[str, "Its name."]


class UnmanagedTier(NamedTuple):
    """Award of a tier that a rule has only on the site: the rules file does not list the tier."""

    tier_id: Annotated[str | None, "The id of the tier; null is the base tier."]
    points: Annotated[int | float, "The points awarded."]
    money_amount: Annotated[
        int | float | Omitted, "The amount that earns the points, if the rule has a rate."
    ] = OMITTED


class Change(NamedTuple):
    """Planned or executed change of one rule, in a plan."""

    action: Annotated[
        Action, "The kind of change. unmanaged: only on the site, and kept. pause: it cannot be deleted."
    ]
    id: Annotated[str | None, "The id of the rule; null if it does not exist yet."]
    key: Annotated[Key, "The identity of the rule."]
    title: Annotated[str, "Its current title; of a new rule, the planned one."]
    revision: Annotated[str | None, "The revision that the change is based on."]
    fields: Annotated[list[FieldChange], "The fields that differ."]
    unmanaged_tiers: Annotated[
        list[UnmanagedTier] | Omitted, "Tiers of the rule that are only on the site, and kept."
    ] = OMITTED
    result: Annotated[Result | Omitted, "The result, if the plan was executed. skipped: not tried."] = OMITTED
    error: Annotated[Failure | Omitted, "The reason that the change failed, or is impossible."] = OMITTED


class Summary(NamedTuple):
    """Summary of a plan: the number of rules by action and, if it was executed, by result."""

    create: Annotated[int, "Rules to create."]
    update: Annotated[int, "Rules to update."]
    pause: Annotated[int, "Rules to pause, which cannot be deleted."]
    delete: Annotated[int, "Rules to delete."]
    unchanged: Annotated[int, "Rules without differences."]
    unmanaged: Annotated[int, "Rules that are only on the site, and kept."]
    unmanaged_tiers: Annotated[int, "Tiers that are only on the site, and kept."]
    done: Annotated[int | Omitted, "Changes made."] = OMITTED
    failed: Annotated[int | Omitted, "Changes that failed."] = OMITTED
    unknown: Annotated[int | Omitted, "Changes whose result is unknown."] = OMITTED
    skipped: Annotated[int | Omitted, "Changes not tried."] = OMITTED


class Changes(NamedTuple):
    """Changes of a plan for one site, with a summary."""

    changes: Annotated[list[Change], "The changes, in order of execution."]
    summary: Annotated[Summary, "The number of rules by action and result."]


class Site(NamedTuple):
    """Changes of a plan for one of several sites."""

    profile: Annotated[str, "The profile of the site."]
    origin: Annotated[str, "The server; empty if it could not be reached."]
    site: Annotated[str, "The id of the site or account; empty if it could not be reached."]
    changes: Annotated[list[Change], "The changes, in order of execution."]
    summary: Annotated[Summary, "The number of rules by action and result."]
    error: Annotated[Failure | Omitted, "The reason that the site could not be read or changed."] = OMITTED


class Sites(NamedTuple):
    """Changes of the plans for several sites."""

    sites: Annotated[list[Site], "One site for each profile, in the order of the command line."]
    summary: Annotated[Summary, "The number of rules by action and result on all sites."]


ChangesOrSites = Changes | Sites


class Step(NamedTuple):
    """Step of a run in the history: one change of a rule."""

    action: Annotated[str, "The kind of change: create, update, pause or delete."]
    id: Annotated[str | None, "The id of the rule; null if unknown."]
    title: Annotated[str, "The title of the rule."]
    state: Annotated[
        StepState, "The state. sending: the run ended before the response arrived. planned: not tried."
    ]
    fields: Annotated[list[FieldChange], "The fields that differed."]
    request_ids: Annotated[list[str], "The ids of its requests, for Wix support."]
    problem: Annotated[str | Omitted, "The reason that it failed."] = OMITTED


class Run(NamedTuple):
    """Run in the history: a command that changed a site from this machine."""

    run: Annotated[str, "The id of the run."]
    command: Annotated[str, "The command, such as rules apply."]
    source: Annotated[str, "The file, profile or run that the rules came from; may be empty."]
    began: Annotated[str, "The start of the run, in RFC 3339, UTC."]
    ended: Annotated[str | None, "The end of the run; null if it was interrupted, or is still running."]
    profile: Annotated[str | None, "The profile, if one was in use."]
    origin: Annotated[str, "The server."]
    site: Annotated[str, "The id of the site or account."]
    changes: Annotated[list[Step], "The changes, in order of execution."]


RunsOrSteps = list[Run] | list[Step]


def field_changes(changes: Iterable[comparison.FieldChange]) -> list[FieldChange]:
    """Convert field changes to their type in the outputs of plans."""
    return [FieldChange(*change) for change in changes]


def unmanaged_tiers(configs: Iterable[TierConfig]) -> list[UnmanagedTier] | Omitted:
    """Convert awards of unmanaged tiers to their type in the outputs of plans; OMITTED if there are none."""
    tiers = [
        UnmanagedTier(
            config.tier_id, config.points, OMITTED if config.money_amount is None else config.money_amount
        )
        for config in configs
    ]
    return tiers or OMITTED
