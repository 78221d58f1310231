"""`loyaltyctl rules update`: change parts of a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Argument, Option

from loyaltyctl.cli.commands.rules import rule_input
from loyaltyctl.cli.commands.rules.checks import check_revision, warn_if_none_active
from loyaltyctl.cli.commands.rules.field_options import FieldOptions
from loyaltyctl.cli.commands.rules.options import Per, Points, TierAwards
from loyaltyctl.cli.commands.rules.results import rule_not_found
from loyaltyctl.cli.runtime import flags, views
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import InvalidData, NotFound, UsageError
from loyaltyctl.intake.values import JsonObject, guid, quoted
from loyaltyctl.model.rule_table import RULE
from loyaltyctl.model.rules import EarningRule, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.model.rule_files import Entry

RuleId = Annotated[str, Argument(metavar="ID", help="Id of the rule.", show_default=False)]
NoTiers = Annotated[
    list[str] | None,
    Option(
        "--no-tier",
        metavar="TIER",
        help="A tier that earns as the base tier again; repeatable.",
        show_default=False,
    ),
]


def update(  # noqa: PLR0913, PLR0917 - an option for each part of a rule
    ctx: Context,
    rule_id: RuleId,
    fields: Annotated[JsonObject, FieldOptions("update")],
    points: Points = None,
    per: Per = None,
    tier: TierAwards = None,
    no_tier: NoTiers = None,
    file: flags.File = None,
    revision: flags.Revision = None,
) -> None:
    """Change parts of a rule; the other parts stay as they are.

    The rule is read first and only what differs is sent, against the revision that was
    read: if somebody else changes it in between, nothing is overwritten. A file from
    `rules get` contains the revision that was read. --revision N names another; a change
    of the title or of other plain fields is then sent without reading the rule.
    --no-tier removes the award of a tier, so that it earns as the base tier.

    Examples:
      loyaltyctl -p sandbox rules update b690f925-8527-4d5e-b358-4b0adcb275b5 --points 25
      loyaltyctl -p sandbox rules update b690f925-8527-4d5e-b358-4b0adcb275b5 --title Shop --revision latest
    """
    ctx.output.check_view(views.RULE)
    removed = _removed_tiers(tier or (), no_tier or ())
    options = {**fields, "points": points, "per": per, "tiers": tier or None, "noTiers": removed or None}
    entry = _without_removed_tiers(rule_input.read_entry(ctx, options, file))
    number = flags.revision_number(revision)
    if number is None or removed or _needs_current_rule(entry):
        request = _UpdateRequest(entry, removed, number, latest=revision == flags.LATEST)
        rule = _read_and_update(ctx, rule_id, request)
    else:
        rule = _send_update(ctx, rule_id, rule_input.changes(ctx, entry, None), number)
    ctx.output.show(rule, views.RULE)


class _UpdateRequest(NamedTuple):
    """Options of `rules update`: the fields to set, the tiers to remove, the revision that is expected."""

    entry: Entry
    removed_tiers: Sequence[str]
    revision: str | None
    latest: bool


def _removed_tiers(tiers: Sequence[str], no_tiers: Sequence[str]) -> list[str]:
    """Return the tier ids of `rules update --no-tier`. Raises UsageError for a tier that --tier sets."""
    removed = [*dict.fromkeys(guid(tier, "a tier id").lower() for tier in no_tiers)]
    both = {tier.partition("=")[0].lower() for tier in tiers} & {*removed}
    if both:
        raise UsageError(f"--tier and --no-tier both name the tier {', '.join(sorted(both))}")
    return removed


def _without_removed_tiers(entry: Entry) -> Entry:
    """Return the entry for `rules update` without the value of --no-tier, which is not a field of a rule."""
    value = entry.value
    if not isinstance(value, dict) or entry.document.name != rule_input.COMMAND_LINE:
        return entry
    return entry._replace(value={name: item for name, item in value.items() if name != "noTiers"})


def _needs_current_rule(entry: Entry) -> bool:
    """Return whether `rules update` must read the rules of the site before it sends the update.

    An award is sent as a whole, so the tiers that stay must be known. Before a pause, the command warns if
    no other rule is active.
    """
    value = entry.value if isinstance(entry.value, dict) else {}
    plain = {name for field in RULE.desired for name in (field.path, field.file)}
    return not value.keys() <= plain or value.get("status") == Status.PAUSED


def _read_and_update(ctx: Context, rule_id: str, request: _UpdateRequest) -> EarningRule:
    """Read a rule, and send an update of the fields that differ.

    The update names the revision from the options or from the file, or else the revision that was read.
    """
    entry = request.entry
    rules, chosen = ctx.rules.pick([rule_id])
    current = chosen.get(rule_id)
    if current is None:
        raise rule_not_found(rule_id)
    desired = EarningRule.read(entry.value) if isinstance(entry.value, dict) else current
    if desired.id and desired.id.lower() != current.id.lower():
        raise InvalidData(
            f"{entry.document.name} has the rule {desired.id}, not {rule_id}; nothing was sent",
            hint="Give the id in the file, or remove it from the file to make this rule like it.",
        )
    if not ctx.dry_run:
        _check_removed_tiers(current, request.removed_tiers)
    changes = rule_input.changes(ctx, entry, current, request.removed_tiers)
    revision = current.revision
    if not request.latest and (expected := request.revision or desired.revision):
        if not ctx.dry_run:
            check_revision(current, expected)
        revision = expected
    if not changes:
        ctx.messages.note("nothing to change")
        return current
    if changes.get("status") == Status.PAUSED:
        warn_if_none_active(ctx, rules, {current.id: Status.PAUSED})
    return _send_update(ctx, rule_id, changes, revision)


def _check_removed_tiers(current: EarningRule, removed: Sequence[str]) -> None:
    """Raise NotFound if the rule to update does not have a tier of --no-tier."""
    tiers = [config.tier_id for config in current.configs if config.tier_id]
    missing = [tier for tier in removed if tier not in tiers]
    if missing:
        existing = f"its tiers are {', '.join(tiers)}" if tiers else "it has no tiers"
        raise NotFound(f"{quoted(current.title)} has no tier {', '.join(missing)}; {existing}")


def _send_update(ctx: Context, rule_id: str, changes: JsonObject, revision: str | None) -> EarningRule:
    """Send an update with the changed fields of a rule, and return the updated rule."""
    rule = ctx.rules.update(rule_id, changes, revision)
    ctx.messages.success(f"updated {quoted(rule.title)}, now at revision {rule.revision}")
    return rule
