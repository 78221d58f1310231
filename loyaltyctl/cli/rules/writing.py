"""Commands that write one rule: create, create-custom, update."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Context, Option

from loyaltyctl.cli import flags, views
from loyaltyctl.cli.desk import Desk
from loyaltyctl.cli.rules import input as written
from loyaltyctl.cli.rules.switching import warn_if_none_active
from loyaltyctl.errors import Conflict, UsageError
from loyaltyctl.intake.values import is_revision, quoted
from loyaltyctl.model.rules import Status

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.rules import EarningRule

Title = Annotated[
    str | None, Option("--title", metavar="TEXT", help="Name of the rule, up to 50 characters.")
]
Trigger = Annotated[str | None, Option("--trigger", metavar="TYPE", help="See: loyaltyctl rules triggers.")]
Points = Annotated[str | None, Option("--points", metavar="N", help="Points each time, or for each --per.")]
Per = Annotated[str | None, Option("--per", metavar="MONEY", help="The spend that earns --points once.")]
Tiers = Annotated[
    list[str] | None,
    Option(
        "--tier",
        metavar="ID=POINTS[/MONEY]",
        help="What a tier earns instead; repeatable.",
        show_default=False,
    ),
]
Paused = Annotated[bool | None, Option("--paused", help="Do not award points yet.")]
StatusOption = Annotated[
    Status | None, Option("--status", case_sensitive=False, metavar="STATUS", help="ACTIVE or PAUSED.")
]
RuleId = Annotated[str, Argument(metavar="ID", help="Id of the rule.", show_default=False)]


class CustomType(StrEnum):
    """Custom automated rules that the API can make."""

    SOCIAL_MEDIA = "SOCIAL_MEDIA"
    BIRTHDAY = "BIRTHDAY"


Type = Annotated[
    CustomType, Option("--type", case_sensitive=False, metavar="TYPE", help="SOCIAL_MEDIA or BIRTHDAY.")
]


def create(  # noqa: PLR0913, PLR0917 - an option for each part of a rule
    ctx: Context,
    title: Title = None,
    trigger: Trigger = None,
    points: Points = None,
    per: Per = None,
    tier: Tiers = None,
    paused: Paused = None,
    file: flags.File = None,
) -> None:
    """Create an earning rule, from options or from a file.

    Give --points alone for a fixed amount, with --per for points in proportion to the
    money spent. The ids of the apps are filled in from the trigger.

    Examples:
      loyaltyctl -p sandbox rules create --title Tickets --trigger events/OrderConfirmed --per 1 --points 2
      loyaltyctl -p sandbox rules create --title RSVP --trigger events/Rsvp --points 10 --paused
      loyaltyctl -p sandbox rules create -f rule.json --dry-run
    """
    desk = Desk.of(ctx)
    said: JsonObject = {"title": title, "trigger": trigger, "points": points, "per": per}
    said |= {"tiers": [*tier] if tier else None, "status": Status.PAUSED.value if paused else None}
    draft = written.draft(desk, said, file)
    rule = desk.rules.create(draft)
    desk.say.succeed(f"created {quoted(rule.title)}")
    desk.show(rule, views.RULE)


def create_custom(
    ctx: Context, custom_type: Type, title: Title = None, points: Points = None, per: Per = None
) -> None:
    """Create a custom automated rule.

    The API's method for it is a preview: the vendor may change it.

    Examples:
      loyaltyctl -p sandbox rules create-custom --type SOCIAL_MEDIA --points 20
      loyaltyctl -p sandbox rules create-custom --type BIRTHDAY --title "Happy birthday" --points 100
    """
    desk = Desk.of(ctx)
    if custom_type is CustomType.BIRTHDAY:
        desk.say.warn("the vendor documents SOCIAL_MEDIA alone; BIRTHDAY is known from its SDK")
    draft = written.custom_draft(desk, {"title": title, "points": points, "per": per})
    rule = desk.rules.create_custom(custom_type, draft)
    desk.say.succeed(f"created {quoted(rule.title)}")
    desk.show(rule, views.RULE)


def update(  # noqa: PLR0913, PLR0917 - an option for each part of a rule
    ctx: Context,
    rule_id: RuleId,
    title: Title = None,
    points: Points = None,
    per: Per = None,
    tier: Tiers = None,
    status: StatusOption = None,
    file: flags.File = None,
    revision: flags.Revision = None,
) -> None:
    """Change parts of a rule; what is not given stays as it is.

    The rule is read first and only what differs is sent, against the revision that was
    read: if somebody else changes it in between, nothing is overwritten. A file from
    `rules get` brings the revision that it was read at.

    Examples:
      loyaltyctl -p sandbox rules update b690f925-8527-4d5e-b358-4b0adcb275b5 --points 25
      loyaltyctl -p sandbox rules update b690f925-8527-4d5e-b358-4b0adcb275b5 --title Shop --revision 1
    """
    desk = Desk.of(ctx)
    said: JsonObject = {"title": title, "points": points, "per": per, "status": status and status.value}
    entry = written.value(desk, said | {"tiers": [*tier] if tier else None}, file)
    rules, chosen = desk.rules.pick([rule_id])
    current = chosen.get(rule_id) or desk.rules.find(rule_id)
    at = _revision(current, revision, entry.value)
    changes = written.changes(desk, entry, current)
    if not changes:
        desk.say.note("nothing to change")
        desk.show(current, views.RULE)
        return
    if changes.get("status") == Status.PAUSED:
        warn_if_none_active(desk, rules, {current.id: Status.PAUSED})
    rule = desk.rules.update(rule_id, changes, at)
    desk.say.succeed(f"updated {quoted(rule.title)}, now at revision {rule.revision}")
    desk.show(rule, views.RULE)


def _revision(current: EarningRule, given: str | None, value: Json) -> str | None:
    """The revision that the change is meant for: the one given, that of the file, or the current one."""
    if given == flags.LATEST:
        return current.revision
    if given is not None and not is_revision(given):
        raise UsageError(f"--revision takes a number or latest, got {quoted(given)}")
    stated = value.get("revision") if isinstance(value, dict) else None
    meant = given or (None if stated is None else str(stated))
    if meant is not None and meant != current.revision:
        raise Conflict(
            f"the rule {current.id} is at revision {current.revision}, not {meant}: somebody else changed it",
            code="INVALID_REVISION",
            hint=f"See what it says: loyaltyctl rules get {current.id}\nOr overwrite it: --revision latest",
        )
    return current.revision
