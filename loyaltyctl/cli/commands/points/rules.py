"""Read the rules whose points are calculated: from a file, a folder or the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.errors import Detail
    from loyaltyctl.intake.documents import Document
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.desired_rules import DesiredRule
    from loyaltyctl.model.rule_files import Entry
    from loyaltyctl.model.rules import EarningRule
    from loyaltyctl.points.awards import Schedule

NOT_STORABLE = "this rule can be calculated, but not created"


def in_file(ctx: Context, name: str) -> list[DesiredRule]:
    """Return the rules in a file, or in the files of a folder; warn of what the API would refuse in them."""
    from loyaltyctl.cli.runtime import rules_files
    from loyaltyctl.intake import documents
    from loyaltyctl.model import awards, rule_files
    from loyaltyctl.model.desired_rules import DesiredRule
    from loyaltyctl.model.rule_sets import LocatedRule, duplicates

    entries = [entry for one in rules_files.read(ctx, name).documents for entry in _entries(ctx, one)]
    if not entries:
        raise InvalidData(f"{name} holds no rules")
    found = [(entry, entry.validate(awards.check)) for entry in entries]
    if problems := [one for entry, checked in found for one in entry.details(checked.problems)]:
        raise rule_files.invalid(documents.display_name(name), tuple(problems), "calculated")
    notes = dict.fromkeys(note for _, checked in found for note in checked.warnings)
    ctx.messages.warn_each([*notes], "warnings like these")
    for check, prefix in ((awards.not_counted, ""), (awards.not_storable, f"{NOT_STORABLE}: ")):
        _warn(ctx, [one for entry in entries for one in entry.details(check(entry.value))], prefix)
    stated = [
        LocatedRule(DesiredRule.of(_with_id(checked.draft.document, entry), entry.value), entry)
        for entry, checked in found
        if checked.draft is not None
    ]
    again = duplicates(one for one in stated if one.rule.id or one.rule.title)
    ctx.messages.warn_each(
        [f"{one}; its points are counted again" for one in again],
        "rules are in the file again; their points are counted again",
    )
    return [one.rule for one in stated]


def _with_id(document: JsonObject, entry: Entry) -> JsonObject:
    """Return a rule with the id by which a file knows it, whatever its title is on the site."""
    rule_id = entry.value.get("id") if isinstance(entry.value, dict) else None
    return document | {"id": rule_id} if isinstance(rule_id, str) else document


def _entries(ctx: Context, document: Document) -> list[Entry]:
    """Return the rules of a document, with the tiers of the site in use if it has those of several."""
    from loyaltyctl.cli.runtime.rules_files import site_names
    from loyaltyctl.model import rule_files

    sites = [ids for ids in rule_files.TierNames.read(document).ids.values() if not isinstance(ids, str)]
    if not sites:
        return rule_files.entries(document)
    site = site_names(ctx.settings)
    if any(one in ids for ids in sites for one in site):
        return rule_files.entries(document, site)
    first = next(iter(sites[0]), "")
    ctx.messages.warn(
        f"{document.name} has tiers for several sites, and none for the profile in use; "
        f"those of {quoted(first)} count: choose others with -p NAME"
    )
    return rule_files.entries(document)


def _warn(ctx: Context, details: Sequence[Detail], prefix: str) -> None:
    """Warn of what is wrong in rules that are calculated all the same."""
    from loyaltyctl.model.awards import NOT_WHOLE

    more = "values are refused by the API" if prefix else "fields are not known here and are left out"
    ctx.messages.warn_each(
        [
            f"{prefix}{detail}{'; the API takes whole numbers only' if detail.rule in NOT_WHOLE else ''}"
            for detail in details
        ],
        more,
    )


def on_site(ctx: Context) -> list[EarningRule]:
    """Return the rules of the site, with a warning for each condition that orders cannot be tested for."""
    rules = ctx.rules.list()
    ctx.messages.warn_each(
        [
            f"{rule.title}: has filters, which orders do not tell; it is taken to be for all"
            for rule in rules
            if rule.has_filters
        ],
        "rules have filters; they are taken to be for all",
    )
    return rules


def applied(
    ctx: Context, name: str, rules: Iterable[EarningRule], baseline: Sequence[EarningRule]
) -> list[Schedule]:
    """Return what the rules of a candidate earn once they are applied where the baseline is in force.

    The part of an award that a file does not state stays as it is, here as in `rules apply`.
    """
    from loyaltyctl.model import awards, desired_rules

    schedules: list[Schedule] = []
    refused: list[str] = []
    no_base: list[str] = []
    for rule in rules:
        found = [one for one in baseline if _is_same(one, rule)]
        before = found[0] if len(found) == 1 else None
        kept = desired_rules.unmanaged_tiers(rule, before) if before is not None else ()
        title = quoted(rule.title or rule.id)
        if before is not None and kept and (lost := desired_rules.lost_tiers(rule, before)):
            refused.append(f"{name}: {title} cannot be applied: {lost}")
        elif before is not None and kept:
            rule = desired_rules.complete(rule, before)  # noqa: PLW2901 - the same rule, with all of its award
            tiers = ", ".join(config.tier_id or "the base tier" for config in kept)
            ctx.messages.note(f"{name}: {title} does not state {tiers}; what the baseline says of it stays")
        schedule = awards.schedule(rule)
        unstated = isinstance(rule, desired_rules.DesiredRule) and not rule.states_base
        if unstated and None not in schedule.tiers and not schedule.paused:
            no_base.append(f"{name}: {title} says nothing about the base tier, which earns nothing by it")
        schedules.append(schedule)
    ctx.messages.warn_each(refused, f"rules of {name} cannot be applied")
    ctx.messages.warn_each(no_base, f"rules of {name} say nothing about the base tier")
    return schedules


def _is_same(one: EarningRule, other: EarningRule) -> bool:
    """Whether two rules are the same one: by their ids, or else by trigger and title."""
    if one.id and other.id:
        return one.id.lower() == other.id.lower()
    return bool(other.title) and (one.trigger_activity_type, one.title) == (
        other.trigger_activity_type,
        other.title,
    )
