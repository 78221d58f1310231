"""From what is wanted to what is done, on one site or on many: plan, show, ask, apply, tell.

destinations ─► planned (reads) ─► Rollout: shown, asked, carried out (writes) ─► exit code
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, NamedTuple, cast

from typer import Option

from loyaltyctl.apply.execute import ChangeResult, apply
from loyaltyctl.apply.parallel import Ended, in_parallel
from loyaltyctl.apply.plan import Plan, plan
from loyaltyctl.apply.targets import Target
from loyaltyctl.cli.commands.rules.bulk_create import OnError
from loyaltyctl.cli.commands.rules.desired import SAME_SITE
from loyaltyctl.cli.commands.rules.open_site import open_site
from loyaltyctl.cli.commands.rules.plan_views import CHANGES, SITES, SiteOutcome, counted, outcomes
from loyaltyctl.config.settings import SANDBOX
from loyaltyctl.contract.outputs.plans import Result
from loyaltyctl.errors import Detail, Incomplete, InvalidData, UsageError
from loyaltyctl.intake.redaction import masked
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from loyaltyctl.apply.targets import Source
    from loyaltyctl.cli.commands.rules.desired import Wants
    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.config.settings import Settings
    from loyaltyctl.errors import LoyaltyError
    from loyaltyctl.model.rules import EarningRule

To = Annotated[
    list[str] | None,
    Option("--to", metavar="PROFILE", help="Where to; repeatable, may have * in it.", show_default=False),
]
Prune = Annotated[
    bool, Option("--prune", help="Delete rules of the site that are not wanted; pause those that stay.")
]
Continue = Annotated[
    OnError,
    Option("--on-error", metavar="WHAT", help="stop: try nothing after an error; continue: try the rest."),
]


class SitePlan(NamedTuple):
    """A plan for one site, and the settings that lead there; or why there is none."""

    settings: Settings
    target: Target
    plan: Plan
    error: LoyaltyError | None = None


def destinations(ctx: Context, to: Sequence[str] | None) -> list[Settings]:
    """The settings of each profile that --to names, or of the one in use."""
    if not to:
        return [ctx.settings]
    known = ctx.settings.profiles()
    chosen: dict[str, Settings] = {}
    for pattern in to:
        names = [name for name in known if fnmatchcase(name, pattern)] if "*" in pattern else [pattern]
        names = [name for name in names if name != SANDBOX or pattern == SANDBOX]
        if not names:
            raise UsageError(f"no profile is like {quoted(masked(pattern))}; known are {', '.join(known)}")
        for name in names:
            chosen[ctx.settings.require_profile(name)] = ctx.settings.of(name)
    return [*chosen.values()]


def rehearse_reading(ctx: Context, where: Iterable[Settings]) -> None:
    """Show the requests with which plans begin: what comes after them depends on the answers."""
    for settings in where:
        ctx.connect(settings).client.rules.list()
    ctx.messages.note("what is sent after it depends on the answer; rules diff reads, and changes nothing")


def planned(
    ctx: Context,
    where: Sequence[Settings],
    wants: Wants,
    prunes: Callable[[EarningRule], bool] = lambda _: False,
    on_error: OnError = OnError.STOP,
) -> list[SitePlan]:
    """A plan for each site, from what it has now; nothing is changed yet.

    Raises the error of the first site that cannot be read, unless the rest is to be tried.
    """
    wanted = [wants(settings) for settings in where]

    def work(number: int) -> Iterator[Target | Plan]:
        connection = ctx.connect(where[number])
        try:
            yield Target(where[number].profile or "", connection.origin, connection.site)
            yield plan(connection.client.rules.list(), wanted[number], prunes)
        finally:
            connection.close()

    plans = [SitePlan(settings, Target(settings.profile or "", "", ""), Plan(())) for settings in where]
    for number, told in in_parallel(range(len(where)), work):
        if isinstance(told, Target):
            plans[number] = plans[number]._replace(target=told)
        elif isinstance(told, Plan):
            plans[number] = plans[number]._replace(plan=told)
        elif told.error:
            plans[number] = plans[number]._replace(error=cast("LoyaltyError", told.error))
    failed = [one for one in plans if one.error]
    if failed and failed[0].error and (on_error is OnError.STOP or len(plans) == 1):
        raise _named(failed[0], several=len(plans) > 1)
    _check_distinct(plans)
    return plans


def _named(one: SitePlan, *, several: bool) -> LoyaltyError:
    """The error of a site, with its profile where there are several."""
    error = cast("LoyaltyError", one.error)
    if several:
        error.problem = f"{one.target.profile}: {error.problem}; nothing was changed on any site"
        error.hint = error.hint.replace("loyaltyctl ", f"loyaltyctl -p {one.target.profile} ")
    return error


def _check_distinct(plans: Iterable[SitePlan]) -> None:
    """Refuse two profiles for one site: it would be changed twice at once."""
    seen: dict[tuple[str, str], Target] = {}
    for target in (one.target for one in plans if one.target.origin):
        before = seen.setdefault(target[1:], target)
        if before is not target:
            raise UsageError(
                f"the profiles {before.profile} and {target.profile} are both for the site {target.site}",
                hint=SAME_SITE,
            )


class Rollout(NamedTuple):
    """Plans for one site or for several, and what is wanted there."""

    ctx: Context
    plans: Sequence[SitePlan]
    several: bool
    """Whether sites were named, so that each is told of by name, even if it is only one."""
    source: Source
    question: str = ""
    """Asked instead of whether to apply the plans."""
    warns_unmanaged: bool = True
    """Whether there is a warning about tiers on the site alone."""

    def show(self) -> None:
        """Show the plans as data."""
        if self.several:
            self.ctx.output.show_all(
                [SiteOutcome(one.target, outcomes(one.plan)) for one in self.plans], SITES
            )
        else:
            self.ctx.output.show_all(self._listed(outcomes(self.plans[0].plan)), CHANGES)
        self.tell(self.plans)

    def tell(self, plans: Sequence[SitePlan]) -> None:
        """Say once for all sites how much there is to do on those of `plans`, and warn."""
        where = f"{len(plans)} sites: " if self.several and len(plans) > 1 else ""
        self.ctx.messages.note(where + counted(one.plan for one in plans))
        self._warn()

    def _warn(self) -> None:
        """Warn once for all sites of what may not be wanted and what cannot be done."""
        found: dict[str, list[str]] = {}
        for one in self.plans:
            cannot = (
                f"cannot {the.action} {quoted(the.rule.title)}: {the.problem}" for the in one.plan.problems
            )
            kept = _kept_tiers(one.plan) if self.warns_unmanaged else []
            for text in (*one.plan.warnings(), *kept, *cannot):
                found.setdefault(text, []).append(one.target.profile)
        for text, profiles in found.items():
            others = f" and {len(profiles) - 1} more" if len(profiles) > 1 else ""
            self.ctx.messages.warn(f"{profiles[0]}{others}: {text}" if self.several else text)

    def carry_out(self, on_error: OnError) -> None:
        """Ask, apply the plans, show what became of each change, and end as that demands."""
        stop = on_error is OnError.STOP
        unable = [one for one in self.plans if one.plan.problems]
        if stop and unable:
            raise blocked(unable[0])
        busy = [one for one in self.plans if one.plan.writes or one.plan.problems]
        if busy:
            self._ask(busy)
        else:
            self.ctx.messages.note("nothing to change")
            self._warn()
        self.ctx.interrupt_hint = "Run it again to finish it."
        done = {one.target: one for one in _applied(self, busy, stop=stop)}
        idle = {one.target: SiteOutcome(one.target, outcomes(one.plan), one.error) for one in self.plans}
        self._conclude([(idle | done)[one.target] for one in self.plans])

    def _listed(self, all_: Sequence[ChangeResult]) -> list[ChangeResult]:
        """What is shown of a site: what changes nothing is for programs alone."""
        return [one for one in all_ if one.change.is_write or self.ctx.output.writer.is_for_programs]

    def _ask(self, busy: Sequence[SitePlan]) -> None:
        """Show what is going to happen to whoever can say no, and ask; sites with equal changes together."""
        if self.ctx.console.can_prompt and not self.ctx.flags.yes:
            alike: dict[str, list[SitePlan]] = {}
            for one in busy:
                alike.setdefault(one.plan.fingerprint(), []).append(one)
            for group in alike.values():
                if self.several:
                    self.ctx.messages.write(f"{', '.join(one.target.profile for one in group)}:")
                self.ctx.output.preview(
                    [one for one in outcomes(group[0].plan) if one.change.is_write], CHANGES
                )
        self.tell(busy)
        [first, *others] = busy
        where = f"{len(busy)} sites" if others else first.target.name
        self.ctx.prompts.confirm(self.question or f"Apply this to {where}?")

    def _conclude(self, sites: Sequence[SiteOutcome]) -> None:
        """Show how it went; what is not done makes the command end as Incomplete, or as its only error."""
        if self.several:
            self.ctx.output.show_all(sites, SITES)
        elif error := sites[0].error:
            raise error
        else:
            self.ctx.output.show_all(self._listed(sites[0].outcomes), CHANGES)
        made = [one for site in sites for one in site.outcomes if one.change.is_write]
        wrong = [one for one in made if one.result is not Result.DONE]
        errors = [Detail(site.error.message, where=site.target.profile) for site in sites if site.error]
        if not wrong and not errors:
            if made:
                self.ctx.messages.success(f"done: {len(made)} of {len(made)}")
            return
        first = next((one.error for one in wrong if one.error), None)
        if not self.several and len(wrong) == len(made) and first:
            raise first
        unknown = any(one.result is Result.UNKNOWN for one in wrong)
        what = f"{len(wrong)} of {len(made)} changes were not made" + (", or may not be" if unknown else "")
        raise Incomplete(
            what if wrong else f"{len(errors)} of {len(sites)} sites could not be changed",
            details=[*errors, *(Detail(_why(one), where=quoted(one.change.rule.title)) for one in wrong)],
            hint="Run it again: it starts from what is there now, and does what is missing and can be done.",
        )


def _kept_tiers(plan: Plan) -> list[str]:
    """Warnings about tiers that the file does not state."""
    found = []
    for change in plan.with_unmanaged_tiers:
        name, kept = quoted(change.rule.title), change.unmanaged_tiers
        told = ", ".join(f"{one.tier_id or 'the base tier'} ({one.in_words()})" for one in kept)
        advice = "" if kept[0].tier_id is None else ", or remove the tiers with tiers: {}"
        found.append(f"{name}: on the site alone, and kept: {told}. State it in the file{advice}")
    return found


def blocked(one: SitePlan) -> InvalidData:
    """The error for a plan of which a part cannot be done."""
    return InvalidData(
        f"the plan for {one.target.profile or one.target.site} cannot be carried out; nothing was sent",
        code="CANNOT_BE_DONE",
        details=[Detail(change.problem, where=quoted(change.rule.title)) for change in one.plan.problems],
        hint="Do the rest with --on-error continue.",
    )


def _why(outcome: ChangeResult) -> str:
    return outcome.error.message if outcome.error else "not tried"


def _applied(rollout: Rollout, plans: Sequence[SitePlan], *, stop: bool) -> list[SiteOutcome]:
    """Apply plans side by side. With `stop`, no site is begun after a change somewhere has failed."""
    failed: set[int] = set()

    def work(number: int) -> Iterator[ChangeResult]:
        if not (stop and failed):
            yield from _apply(rollout, plans[number], stop=stop)

    known = [SiteOutcome(one.target, []) for one in plans]
    for number, told in in_parallel(range(len(plans)), work):
        if isinstance(told, Ended):
            if told.error:
                failed.add(number)
                known[number] = known[number]._replace(error=cast("LoyaltyError", told.error))
            elif not known[number].outcomes:
                known[number].outcomes.extend(_untried(plans[number]))
        else:
            known[number].outcomes.append(told)
            if told.result not in (Result.DONE, Result.NOTHING):
                failed.add(number)
    return known


def _untried(one: SitePlan) -> list[ChangeResult]:
    """The outcomes on a site that was left out since another one failed."""
    return [
        outcome._replace(result=Result.SKIPPED) if outcome.change.is_write else outcome
        for outcome in outcomes(one.plan)
    ]


def _apply(rollout: Rollout, one: SitePlan, *, stop: bool) -> Iterator[ChangeResult]:
    ctx = rollout.ctx
    with open_site(ctx, one.settings) as site:
        yield from apply(site, one.plan, ctx.command, rollout.source.name, stop=stop)
