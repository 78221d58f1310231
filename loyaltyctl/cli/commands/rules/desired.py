"""Rules as somebody wants them: from a file, a folder of files, or another profile's site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeAlias

from typer import Option

from loyaltyctl.apply.plan_files import hash_of
from loyaltyctl.apply.targets import Source
from loyaltyctl.errors import UsageError
from loyaltyctl.intake import documents
from loyaltyctl.intake.values import guid
from loyaltyctl.model import desired_rules, rule_files
from loyaltyctl.model.rule_sets import RuleSet, rule_set
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.config.settings import Settings
    from loyaltyctl.intake.documents import Document
    from loyaltyctl.intake.values import Json
    from loyaltyctl.model.problems import Validation

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


class RuleFiles(NamedTuple):
    """A file of rules, or all files of a folder: their text is read once, and read anew for each site."""

    name: str
    documents: tuple[Document, ...]
    source: Source

    def rule_set(self, check: Callable[[Json], Validation], site: Sequence[str] = ()) -> RuleSet:
        """The rules of all files. Raises InvalidData for a file without a list of them."""
        found = [entry for one in self.documents for entry in rule_files.entries(one, site)]
        return rule_set(found, check)

    def tiers(self, site: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """What the files call the tiers of a site, with their ids there."""
        read = (rule_files.TierNames.read(one).on(site) for one in self.documents)
        return tuple(pair for ids in read for pair in ids.items())

    def rules(self, ctx: Context, site: Sequence[str] = ()) -> list[EarningRule]:
        """What is stated for a site; all that is wrong is one error, and what is odd is told."""
        stated = self.rule_set(desired_rules.validate, site)
        if stated.problems:
            raise rule_files.invalid(self.name, tuple(stated.problems))
        for note in dict.fromkeys(map(str, stated.warnings)):
            ctx.say.warn(note)
        return stated.rules


def texts(ctx: Context, path: str) -> dict[str, bytes]:
    """The bytes of the file at `path`, or of all files of rules in the folder there, by their names."""
    folder = Path(path)
    if path == documents.STDIN or not documents.is_folder(folder):
        return {path: ctx.data(path)}
    found = documents.files_in(folder)
    if not found:
        raise UsageError(f"there is no YAML or JSON file in the folder {path}")
    return {str(file): ctx.data(str(file)) for file in found}


def files(ctx: Context, path: str) -> RuleFiles:
    """The file at `path`, or the folder there. Raises InvalidData for what cannot be read."""
    read = texts(ctx, path)
    parsed = tuple(documents.parse(data, documents.name_of(name)) for name, data in read.items())
    absolute = "" if path == documents.STDIN else str(Path(path).absolute())
    return RuleFiles(documents.name_of(path), parsed, Source(path, _hash(read), absolute))


def hash_now(ctx: Context, source: Source, plan: Path) -> str | None:
    """Hash of the source of the file `plan` as it is now; None where there is nothing to compare.

    The source is looked for at its absolute path, then at its path from the plan: a
    repository may have been moved, or checked out on another machine. A plan of version
    0.1.0 has neither path, and its source is looked for by its name.
    """
    if not source.hash or source.name == documents.STDIN:
        return None
    names = (
        [source.path, source.from_plan] if source.path else [str(Path(source.name).absolute()), source.name]
    )
    places = [plan.parent / name for name in names if name]
    place = next((one for one in places if one.is_dir() or one.is_file()), None)
    if place is None:
        return None
    if not place.is_dir():
        return _hash({source.name: ctx.data(str(place))})
    found = [one for one in documents.files_in(place) if one.resolve() != plan]
    return _hash({str(Path(source.name) / one.relative_to(place)): ctx.data(str(one)) for one in found})


def _hash(read: Mapping[str, bytes]) -> str:
    return hash_of(b"".join(name.encode() + b"\0" + data for name, data in read.items()))


def tier_ids(texts_: Sequence[str]) -> dict[str, str]:
    """The tiers of one site for those of another, from `FROM=TO`."""
    pairs: dict[str, str] = {}
    for text in texts_:
        old, equals, new = text.partition("=")
        if not equals:
            raise UsageError(f"--tier takes ID=ID, got {text}")
        pairs[guid(old, "a tier id")] = guid(new, "a tier id")
    return pairs


def names_of(settings: Settings) -> tuple[str, ...]:
    """The names by which a file may know a site: its profile, its id."""
    site, account = settings.target()
    return tuple(filter(None, (settings.profile, site.value, account.value, settings.instance())))


def said(
    ctx: Context, file: str | None, profile: str | None, tiers: Mapping[str, str]
) -> tuple[Wants, Source]:
    """What is wanted on each site: what a file says, or what is on the site of a profile."""
    if (file is None) == (profile is None):
        what = "nothing says" if file is None else "both -f and --from say"
        hint = "Give a file of rules with -f FILE, or a profile with --from NAME."
        raise UsageError(f"{what} which rules are wanted", hint=hint)
    return from_profile(ctx, profile or "", tiers) if file is None else _from_files(ctx, files(ctx, file))


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
    return (settings["base-url"].value, *names_of(settings)[1:])


def _from_files(ctx: Context, read: RuleFiles) -> tuple[Wants, Source]:
    """What files say; sites with the same tiers want the same."""
    known: dict[tuple[tuple[str, str], ...], list[EarningRule]] = {}

    def wants(settings: Settings) -> list[EarningRule]:
        site = names_of(settings)
        tiers = read.tiers(site)
        if tiers not in known:
            known[tiers] = read.rules(ctx, site)
        return known[tiers]

    return wants, read.source


def _on_the_site_of(ctx: Context, profile: str) -> list[EarningRule]:
    from loyaltyctl.cli.runtime.connection import connect

    connection = connect(ctx, ctx.settings.of(profile))
    try:
        return connection.client.rules.list()
    finally:
        connection.close()


def _elsewhere(ctx: Context, rules: Sequence[EarningRule], tiers: Mapping[str, str]) -> list[EarningRule]:
    """Rules as they are wanted on another site: without their ids, and with that site's tiers."""
    used = {config.tier_id for rule in rules for config in rule.configs if config.tier_id}
    if left := sorted(used - tiers.keys()):
        ctx.say.warn(
            f"tiers differ from site to site, and these are taken as they are: {', '.join(left)}; "
            "say what they are there with --tier FROM=TO"
        )
    return [EarningRule(desired_rules.for_other_site(rule, tiers)) for rule in rules]
