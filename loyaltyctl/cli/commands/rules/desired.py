"""Rules as somebody wants them: from a file, a folder of files, or another profile's site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from typer import Option

from loyaltyctl.apply.targets import Source
from loyaltyctl.cli.runtime import rules_files
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import guid
from loyaltyctl.model import desired_rules
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.cli.runtime.rules_files import RulesFiles
    from loyaltyctl.config.settings import Settings

    Wants: TypeAlias = Callable[[Settings], list[EarningRule]]
    """What is wanted on the site of these settings."""


From = Annotated[
    str | None, Option("--from", metavar="PROFILE", help="What is wanted: the rules of this profile's site.")
]
Tiers = Annotated[
    list[str] | None,
    Option(
        "--tier",
        metavar="FROM=TO",
        help="A tier of the one site, and the same one of the other; repeatable.",
        show_default=False,
    ),
]


SAME_SITE = (
    "The option --site-id counts for all profiles, and a variable such as LOYALTYCTL_SITE_ID for those "
    "that store no site."
)


def tier_ids(texts_: Sequence[str]) -> dict[str, str]:
    """The tiers of one site for those of another, from `FROM=TO`."""
    pairs: dict[str, str] = {}
    for text in texts_:
        old, equals, new = text.partition("=")
        if not equals:
            raise UsageError(f"--tier takes ID=ID, got {text}")
        pairs[guid(old, "a tier id")] = guid(new, "a tier id")
    return pairs


def said(
    ctx: Context, file: str | None, profile: str | None, tiers: Mapping[str, str]
) -> tuple[Wants, Source]:
    """What is wanted on each site: what a file says, or what is on the site of a profile."""
    if (file is None) == (profile is None):
        what = "nothing says" if file is None else "both -f and --from say"
        hint = "Give a file of rules with -f FILE, or a profile with --from NAME."
        raise UsageError(f"{what} which rules are wanted", hint=hint)
    return (
        from_profile(ctx, profile or "", tiers)
        if file is None
        else _from_files(ctx, rules_files.read(ctx, file))
    )


def from_profile(ctx: Context, profile: str, tiers: Mapping[str, str]) -> tuple[Wants, Source]:
    """What is on the site of a profile, for other sites."""
    name = ctx.settings.require_profile(profile)
    rules = _elsewhere(ctx, _on_the_site_of(ctx, name), tiers)
    site = _site_of(ctx.settings.of(name))

    def wants(settings: Settings) -> list[EarningRule]:
        if settings.profile == name or (len(site) > 1 and _site_of(settings) == site):
            raise UsageError(
                f"what is wanted and what is there are the same site: that of {name}",
                hint=f"With --to, name other profiles than {name}."
                if settings.profile == name
                else SAME_SITE,
            )
        return rules

    return wants, Source(f"profile {name}")


def _site_of(settings: Settings) -> tuple[str | None, ...]:
    """The server and the site that settings lead to, as far as they say."""
    return (settings["base-url"].value, *rules_files.site_names(settings)[1:])


def _from_files(ctx: Context, read: RulesFiles) -> tuple[Wants, Source]:
    """What files say; sites with the same tiers want the same."""
    known: dict[tuple[tuple[str, str], ...], list[EarningRule]] = {}

    def wants(settings: Settings) -> list[EarningRule]:
        site = rules_files.site_names(settings)
        tiers = read.tiers(site)
        if tiers not in known:
            known[tiers] = read.rules(ctx, site)
        return known[tiers]

    return wants, read.source


def _on_the_site_of(ctx: Context, profile: str) -> list[EarningRule]:
    connection = ctx.connect(ctx.settings.of(profile))
    try:
        return connection.client.rules.list()
    finally:
        connection.close()


def _elsewhere(ctx: Context, rules: Sequence[EarningRule], tiers: Mapping[str, str]) -> list[EarningRule]:
    """Rules as they are wanted on another site: without their ids, and with that site's tiers."""
    used = {config.tier_id for rule in rules for config in rule.configs if config.tier_id}
    if left := sorted(used - tiers.keys()):
        ctx.messages.warn(
            f"tiers differ from site to site, and these are taken as they are: {', '.join(left)}; "
            "say what they are there with --tier FROM=TO"
        )
    return [EarningRule(desired_rules.for_other_site(rule, tiers)) for rule in rules]
