"""Load the desired rules for diff, apply and copy: from rules files, or from another profile's site."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from loyaltyctl.apply.targets import Source
from loyaltyctl.cli.runtime import rules_loader
from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake.documents import display_name
from loyaltyctl.intake.values import guid, quoted
from loyaltyctl.model import rule_forms
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.config.settings import Settings

    DesiredRules: TypeAlias = Callable[[Settings], list[EarningRule]]
    """Function that returns the desired rules for a site, given its settings."""

SAME_SITE_HINT = (
    "The option --site-id applies to all profiles, and a variable such as LOYALTYCTL_SITE_ID to those "
    "that store no site."
)


def from_options(
    ctx: Context, file: str | None, profile: str | None, tiers: Mapping[str, str]
) -> tuple[DesiredRules, Source]:
    """Return the desired rules given by -f or --from, and their source.

    `tiers` maps tier ids of the site of --from to tier ids of the destination. Raises UsageError if both
    options are given, or neither, or if -f is given with `tiers`.
    """
    hint = "Give a rules file with -f FILE, or a profile with --from NAME."
    if file is not None and profile is not None:
        raise UsageError("-f and --from are mutually exclusive", hint=hint)
    if file is not None:
        if tiers:
            raise UsageError(
                "--tier requires --from", hint="A rules file gives the ids of its tiers itself, by site."
            )
        return from_file(ctx, file)
    if profile is None:
        raise UsageError("no desired rules are given", hint=hint)
    return from_profile(ctx, profile, tiers)


def from_file(ctx: Context, path: str) -> tuple[DesiredRules, Source]:
    """Return the desired rules in a rules file or folder.

    Rules files may name tiers. The names stand for different ids on each site, so the rules are
    validated again for each different set of ids.
    """
    files = rules_loader.load(ctx.inputs, path)
    rules_by_tiers: dict[tuple[tuple[str, str], ...], list[EarningRule]] = {}

    def rules_for(settings: Settings) -> list[EarningRule]:
        site = rules_loader.site_names(settings)
        tiers = files.tiers(site)
        if tiers not in rules_by_tiers:  # validating thousands of rules for each of many sites would be slow
            rules_by_tiers[tiers] = files.rules(ctx.messages, site)
        return rules_by_tiers[tiers]

    return rules_for, files.source


def from_profile(ctx: Context, profile: str, tiers: Mapping[str, str]) -> tuple[DesiredRules, Source]:
    """Return the rules of a profile's site as desired rules for another site, and the profile as the source.

    `tiers` maps tier ids of the profile's site to tier ids of the other site.
    """
    name = ctx.settings.require_profile(profile)
    settings_from = ctx.settings.with_profile(name)
    rules = _desired_for_other_site(ctx, _list_rules_of(ctx, settings_from), tiers)
    site = _site_key(settings_from)

    def rules_for(settings: Settings) -> list[EarningRule]:
        if settings.profile == name or (len(site) > 1 and _site_key(settings) == site):
            raise UsageError(
                f"source and destination are the same site: that of {name}",
                hint=f"With --to, name other profiles than {name}."
                if settings.profile == name
                else SAME_SITE_HINT,
            )
        return rules

    return rules_for, Source(f"profile {name}")


def refuse_empty(rules_for: DesiredRules, source: Source) -> DesiredRules:
    """Wrap the desired rules for --prune: loading them for a site raises InvalidData if there are none.

    --prune would delete all rules of the site. An empty file may be a mistake, such as a failed export.
    """

    def checked(settings: Settings) -> list[EarningRule]:
        rules = rules_for(settings)
        if not rules:
            name = display_name(source.name)
            raise InvalidData(f"{name} has no rules: --prune would delete all rules of the site")
        return rules

    return checked


def parse_tiers(pairs: Sequence[str]) -> dict[str, str]:
    """Parse --tier FROM=TO: a tier id in the desired rules, and the id that replaces it."""
    tiers: dict[str, str] = {}
    for pair in pairs:
        old, equals, new = pair.partition("=")
        if not equals:
            raise UsageError(f"--tier takes FROM=TO, got {quoted(pair)}")
        tiers[guid(old, "a tier id")] = guid(new, "a tier id")
    return tiers


def _site_key(settings: Settings) -> tuple[str | None, ...]:
    """Return the server and the ids of a site: they are equal if two profiles are for the same site.

    Such a pair is an error: the desired rules would come from the site that they are for.
    """
    return (settings["base-url"].value, *rules_loader.site_ids(settings))


def _list_rules_of(ctx: Context, settings: Settings) -> list[EarningRule]:
    """Return the rules on the site of another profile, to make them desired rules."""
    connection = ctx.connect(settings)
    try:
        return connection.client.rules.list()
    finally:
        connection.close()


def _desired_for_other_site(
    ctx: Context, rules: Sequence[EarningRule], tiers: Mapping[str, str]
) -> list[EarningRule]:
    """Convert rules, loaded from another profile's site for diff, apply or copy, to desired rules.

    Rule ids are removed, and tier ids are replaced by `tiers`.
    """
    used = {config.tier_id for rule in rules for config in rule.configs if config.tier_id}
    if unmapped := sorted(used - tiers.keys()):
        ctx.messages.warn(
            f"tiers have another id on each site, and these are copied unchanged: {', '.join(unmapped)}; "
            "map them with --tier FROM=TO"
        )
    return [EarningRule(rule_forms.for_other_site(rule, tiers)) for rule in rules]
