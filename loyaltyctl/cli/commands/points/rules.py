"""Read the rules that points commands calculate with: from a file, a folder or the site."""

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


def read_file(ctx: Context, name: str) -> list[DesiredRule]:
    """Read the rules in a file, or in a folder of files, to calculate points with.

    A rule that the API would reject, such as `per: 2.5`, is accepted with a warning. Raises InvalidData
    if there are no rules, or if the points of a rule cannot be calculated.
    """
    from loyaltyctl.cli.runtime import rules_loader
    from loyaltyctl.intake import documents
    from loyaltyctl.model import award_validation, rule_files
    from loyaltyctl.model.desired_rules import DesiredRule
    from loyaltyctl.model.rule_sets import LocatedRule, duplicates

    entries = [
        entry
        for one in rules_loader.load(ctx.inputs, name).documents
        for entry in _entries_to_calculate(ctx, one)
    ]
    if not entries:
        raise InvalidData(f"{name} has no rules")
    validated = [(entry, entry.validate(award_validation.validate_award)) for entry in entries]
    if problems := [one for entry, checked in validated for one in entry.details(checked.problems)]:
        raise rule_files.invalid_file(documents.display_name(name), tuple(problems), "calculated")
    warnings = dict.fromkeys(warning for _, checked in validated for warning in checked.warnings)
    ctx.messages.warn_each([*warnings], "warnings like these")
    unknown = [
        one for entry in entries for one in entry.details(award_validation.unknown_fields(entry.value))
    ]
    refused = [
        one for entry in entries for one in entry.details(award_validation.storage_problems(entry.value))
    ]
    ctx.messages.warn_each([str(one) for one in unknown], "fields are unknown and are left out")
    ctx.messages.warn_each([_storage_warning(one) for one in refused], "values are rejected by the API")
    rules = [
        LocatedRule(DesiredRule.of(_with_id(checked.draft.document, entry), entry.value), entry)
        for entry, checked in validated
        if checked.draft is not None
    ]
    repeated = duplicates(one for one in rules if one.rule.id or one.rule.title)
    ctx.messages.warn_each(
        [f"{one}; its points are counted again" for one in repeated],
        "rules are in the file again; their points are counted again",
    )
    return [one.rule for one in rules]


def read_schedules(ctx: Context, rule_id: str | None, file: str | None) -> list[Schedule]:
    """Read rules to calculate points with, and return the schedule of each.

    The rules are those in `file`. If it is None, the only one is the rule of the site with the id `rule_id`.
    """
    from loyaltyctl.model import award_validation

    found = [ctx.rules.find(rule_id or "")] if file is None else read_file(ctx, file)
    return [award_validation.schedule(one) for one in found]


def _storage_warning(problem: Detail) -> str:
    """Return the warning that the API would reject a value of a rule; points are calculated nevertheless."""
    from loyaltyctl.model.award_validation import NOT_WHOLE

    limit = "; the API accepts whole numbers only" if problem.rule == NOT_WHOLE else ""
    return f"{NOT_STORABLE}: {problem}{limit}"


def _with_id(document: JsonObject, entry: Entry) -> JsonObject:
    """Return a rule that was read from a file, with its id in the file if it has one.

    By the id, a calculation finds the rule in the baseline even if its title has changed.
    """
    rule_id = entry.value.get("id") if isinstance(entry.value, dict) else None
    return document | {"id": rule_id} if isinstance(rule_id, str) else document


def _entries_to_calculate(ctx: Context, document: Document) -> list[Entry]:
    """Return the rules in a document to calculate points with, with the tier ids of one site.

    A document may give different tier ids for each site. Then those for the site of the profile in use are
    taken. If there are none, those for the first site are taken, with a warning.
    """
    from loyaltyctl.cli.runtime.rules_loader import site_names
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
        f"those of {quoted(first)} are used: choose others with -p NAME"
    )
    return rule_files.entries(document)


def read_site(ctx: Context) -> list[EarningRule]:
    """Read the rules of the site for a calculation of points. Warn about rules whose filters are ignored."""
    rules = ctx.rules.list()
    ctx.messages.warn_each(
        [
            f"{rule.title}: has filters, which cannot be applied to order files; all orders are counted"
            for rule in rules
            if rule.has_filters
        ],
        "rules have filters; all orders are counted",
    )
    return rules


def schedules_in_force(
    ctx: Context, name: str, rules: Iterable[EarningRule], baseline: Sequence[EarningRule]
) -> list[Schedule]:
    """Return the award schedules that the rules of a set would have after `rules apply` to the baseline.

    If a rule leaves out parts of its award, such as a tier, they are taken from the same rule of the
    baseline: `rules apply` would keep them.
    """
    from loyaltyctl.model import award_validation, desired_rules

    schedules: list[Schedule] = []
    refused: list[str] = []
    without_base: list[str] = []
    for rule in rules:
        matching = [one for one in baseline if _is_rule_of_baseline(one, rule)]
        # If several rules match by trigger and title, it is unknown which of them `rules apply` would change.
        before = matching[0] if len(matching) == 1 else None
        kept = desired_rules.unmanaged_tiers(rule, before) if before is not None else ()
        title = quoted(rule.title or rule.id)
        if before is not None and kept and (lost := desired_rules.lost_tiers(rule, before)):
            refused.append(f"{name}: {title} cannot be applied: {lost}")
        elif before is not None and kept:
            rule = desired_rules.complete_award(rule, before)  # noqa: PLW2901 - the same rule, with all of its award
            tiers = ", ".join(config.tier_id or "the base tier" for config in kept)
            ctx.messages.note(f"{name}: {title} leaves out {tiers}; the award of the baseline is kept")
        schedule = award_validation.schedule(rule)
        unstated = isinstance(rule, desired_rules.DesiredRule) and not rule.gives_base_award
        if unstated and None not in schedule.tiers and not schedule.paused:
            without_base.append(
                f"{name}: {title} has no award for the base tier, which earns nothing under it"
            )
        schedules.append(schedule)
    ctx.messages.warn_each(refused, f"rules of {name} cannot be applied")
    ctx.messages.warn_each(without_base, f"rules of {name} have no award for the base tier")
    return schedules


def _is_rule_of_baseline(baseline_rule: EarningRule, rule: EarningRule) -> bool:
    """Return whether `baseline_rule` is the version of `rule` in the baseline.

    Rules are compared by id or, if one of the two has no id, by trigger and title.
    """
    if baseline_rule.id and rule.id:
        return baseline_rule.id.lower() == rule.id.lower()
    return bool(rule.title) and (baseline_rule.trigger_activity_type, baseline_rule.title) == (
        rule.trigger_activity_type,
        rule.title,
    )
