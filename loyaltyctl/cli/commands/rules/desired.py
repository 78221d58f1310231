"""Desired rules: from a rules file, a folder of them, or the site of another profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from loyaltyctl.apply.targets import Source
from loyaltyctl.cli.runtime import rules_files
from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake.documents import display_name
from loyaltyctl.intake.values import guid
from loyaltyctl.model import desired_rules
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.config.settings import Settings

    DesiredRules: TypeAlias = Callable[[Settings], list[EarningRule]]
    """Returns the rules that are desired on the site of these settings."""

SAME_SITE_HINT = (
    "The option --site-id applies to all profiles, and a variable such as LOYALTYCTL_SITE_ID to those "
    "that store no site."
)


def from_options(
    ctx: Context, file: str | None, profile: str | None, tiers: Mapping[str, str]
) -> tuple[DesiredRules, Source]:
    """Return the desired rules of -f or of --from, which are mutually exclusive."""
    hint = "Give a rules file with -f FILE, or a profile with --from NAME."
    if file is not None and profile is not None:
        raise UsageError("-f and --from are mutually exclusive", hint=hint)
    if file is not None:
        return from_file(ctx, file)
    if profile is None:
        raise UsageError("no desired rules are given", hint=hint)
    return from_profile(ctx, profile, tiers)


def from_file(ctx: Context, path: str) -> tuple[DesiredRules, Source]:
    """Return the rules in a file or folder; sites whose tiers have the same ids get the same ones."""
    files = rules_files.read(ctx.inputs, path)
    known: dict[tuple[tuple[str, str], ...], list[EarningRule]] = {}

    def rules_for(settings: Settings) -> list[EarningRule]:
        site = rules_files.site_names(settings)
        tiers = files.tiers(site)
        if tiers not in known:
            known[tiers] = files.rules(ctx.messages, site)
        return known[tiers]

    return rules_for, files.source


def from_profile(ctx: Context, profile: str, tiers: Mapping[str, str]) -> tuple[DesiredRules, Source]:
    """Return the rules on the site of a profile, with the tiers of the other site."""
    name = ctx.settings.require_profile(profile)
    settings_from = ctx.settings.with_profile(name)
    rules = _for_other_site(ctx, _read_rules(ctx, settings_from), tiers)
    site = _site_of(settings_from)

    def rules_for(settings: Settings) -> list[EarningRule]:
        if settings.profile == name or (len(site) > 1 and _site_of(settings) == site):
            raise UsageError(
                f"source and destination are the same site: that of {name}",
                hint=f"With --to, name other profiles than {name}."
                if settings.profile == name
                else SAME_SITE_HINT,
            )
        return rules

    return rules_for, Source(f"profile {name}")


def refuse_empty(rules_for: DesiredRules, source: Source) -> DesiredRules:
    """Return the same rules, but raise InvalidData if there are none: --prune would delete all rules."""

    def checked(settings: Settings) -> list[EarningRule]:
        rules = rules_for(settings)
        if not rules:
            name = display_name(source.name)
            raise InvalidData(f"{name} has no rules: --prune would delete all rules of the site")
        return rules

    return checked


def parse_tiers(pairs: Sequence[str]) -> dict[str, str]:
    """Parse the `FROM=TO` pairs of --tier."""
    tiers: dict[str, str] = {}
    for pair in pairs:
        old, equals, new = pair.partition("=")
        if not equals:
            raise UsageError(f"--tier takes ID=ID, got {pair}")
        tiers[guid(old, "a tier id")] = guid(new, "a tier id")
    return tiers


def _site_of(settings: Settings) -> tuple[str | None, ...]:
    """Return the server and the names of the site of these settings, without the profile."""
    return (settings["base-url"].value, *rules_files.site_names(settings)[1:])


def _read_rules(ctx: Context, settings: Settings) -> list[EarningRule]:
    connection = ctx.connect(settings)
    try:
        return connection.client.rules.list()
    finally:
        connection.close()


def _for_other_site(
    ctx: Context, rules: Sequence[EarningRule], tiers: Mapping[str, str]
) -> list[EarningRule]:
    """Return rules without what only one site knows: their ids, and the ids of its tiers."""
    used = {config.tier_id for rule in rules for config in rule.configs if config.tier_id}
    if unmapped := sorted(used - tiers.keys()):
        ctx.messages.warn(
            f"tiers have another id on each site, and these are copied unchanged: {', '.join(unmapped)}; "
            "map them with --tier FROM=TO"
        )
    return [EarningRule(desired_rules.for_other_site(rule, tiers)) for rule in rules]
