"""`rules update`: what differs, against the revision that it is meant for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Argument, Option

from loyaltyctl.cli.commands.rules import input as written
from loyaltyctl.cli.commands.rules.create import Per, Points, Tiers
from loyaltyctl.cli.commands.rules.field_options import FieldOptions
from loyaltyctl.cli.commands.rules.pause import check_revision, warn_if_none_active
from loyaltyctl.cli.commands.rules.results import no_such_rule
from loyaltyctl.cli.runtime import flags, views
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import InvalidData, NotFound, UsageError
from loyaltyctl.intake.values import JsonObject, guid, quoted
from loyaltyctl.model.rule_table import RULE
from loyaltyctl.model.rules import EarningRule, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.model.rule_files import Entry

NoTiers = Annotated[
    list[str] | None,
    Option(
        "--no-tier",
        metavar="TIER",
        help="A tier that earns as the base tier again; repeatable.",
        show_default=False,
    ),
]
RuleId = Annotated[str, Argument(metavar="ID", help="Id of the rule.", show_default=False)]


def update(  # noqa: PLR0913, PLR0917 - an option for each part of a rule
    ctx: Context,
    rule_id: RuleId,
    fields: Annotated[JsonObject, FieldOptions("update")],
    points: Points = None,
    per: Per = None,
    tier: Tiers = None,
    no_tier: NoTiers = None,
    file: flags.File = None,
    revision: flags.Revision = None,
) -> None:
    """Change parts of a rule; what is not given stays as it is.

    The rule is read first and only what differs is sent, against the revision that was
    read: if somebody else changes it in between, nothing is overwritten. A file from
    `rules get` brings the revision that it was read at; --revision N names it, and spares
    the reading where the change does not build on the rule. --no-tier removes what a tier
    earns instead, so that it earns as the base tier.

    Examples:
      loyaltyctl -p sandbox rules update b690f925-8527-4d5e-b358-4b0adcb275b5 --points 25
      loyaltyctl -p sandbox rules update b690f925-8527-4d5e-b358-4b0adcb275b5 --title Shop --revision latest
    """
    ctx.output.check(views.RULE)
    said: JsonObject = {**fields, "points": points, "per": per}
    without = [*dict.fromkeys(guid(one, "a tier id").lower() for one in no_tier or ())]
    both = {one.partition("=")[0].lower() for one in tier or ()} & {*without}
    if both:
        raise UsageError(f"--tier and --no-tier both name the tier {', '.join(sorted(both))}")
    said |= {"tiers": [*tier] if tier else None, "noTiers": [*without] if without else None}
    entry = _without_names(written.value(ctx, said, file))
    number = flags.revision_number(revision)
    if number is None or without or _builds_on_the_rule(entry):
        change = _Wanted(entry, without, number, latest=revision == flags.LATEST)
        rule = _read_and_updated(ctx, rule_id, change)
    else:
        rule = _updated(ctx, rule_id, written.changes(ctx, entry, None), number)
    ctx.output.show(rule, views.RULE)


class _Wanted(NamedTuple):
    """A requested update: the parts of a rule, the tiers to remove, the revision that it is for."""

    entry: Entry
    without: Sequence[str]
    revision: str | None
    latest: bool


def _without_names(entry: Entry) -> Entry:
    """`entry` without the tiers to remove, which no rule has as a field."""
    value = entry.value
    if not isinstance(value, dict) or entry.document.name != written.COMMAND_LINE:
        return entry
    return entry._replace(value={name: item for name, item in value.items() if name != "noTiers"})


def _builds_on_the_rule(entry: Entry) -> bool:
    """Whether what is sent depends on what the rule is now, or on what other rules are."""
    value = entry.value if isinstance(entry.value, dict) else {}
    plain = {name for field in RULE.desired for name in (field.path, field.file)}
    return not value.keys() <= plain or value.get("status") == Status.PAUSED


def _read_and_updated(ctx: Context, rule_id: str, change: _Wanted) -> EarningRule:
    entry = change.entry
    rules, chosen = ctx.rules.pick([rule_id])
    current = chosen.get(rule_id)
    if current is None:
        raise no_such_rule(rule_id)
    meant = EarningRule.read(entry.value) if isinstance(entry.value, dict) else current
    if meant.id and meant.id.lower() != current.id.lower():
        raise InvalidData(
            f"{entry.document.name} has the rule {meant.id}, not {rule_id}; nothing was sent",
            hint="Give the id that it has, or leave the id out to make this rule like it.",
        )
    if not ctx.dry_run:
        _check_tiers(current, change.without)
    changes = written.changes(ctx, entry, current, change.without)
    revision = current.revision
    if not change.latest and (stated := change.revision or meant.revision):
        if not ctx.dry_run:
            check_revision(current, stated)
        revision = stated
    if not changes:
        ctx.messages.note("nothing to change")
        return current
    if changes.get("status") == Status.PAUSED:
        warn_if_none_active(ctx, rules, {current.id: Status.PAUSED})
    return _updated(ctx, rule_id, changes, revision)


def _check_tiers(current: EarningRule, without: Sequence[str]) -> None:
    """Refuse to remove tiers that the rule does not have."""
    there = [config.tier_id for config in current.configs if config.tier_id]
    missing = [tier for tier in without if tier not in there]
    if missing:
        which = f"its tiers are {', '.join(there)}" if there else "it has no tiers"
        raise NotFound(f"{quoted(current.title)} has no tier {', '.join(missing)}; {which}")


def _updated(ctx: Context, rule_id: str, changes: JsonObject, revision: str | None) -> EarningRule:
    rule = ctx.rules.update(rule_id, changes, revision)
    ctx.messages.success(f"updated {quoted(rule.title)}, now at revision {rule.revision}")
    return rule
