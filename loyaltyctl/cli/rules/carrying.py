"""From what is wanted to what is done, on one site or on many: plan, show, ask, apply, tell.

destinations ─► planned (reads) ─► shown, asked ─► carry_out (writes) ─► outcomes, exit code
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeAlias, cast

from typer import Option

from loyaltyctl.apply.abreast import Ended, abreast
from loyaltyctl.apply.applying import Outcome, Requests, Result, Site, apply
from loyaltyctl.apply.plan_files import Target
from loyaltyctl.apply.planning import Plan, plan
from loyaltyctl.cli.connection import connect
from loyaltyctl.cli.rules.bulk import OnError
from loyaltyctl.cli.rules.plan_views import CHANGES, SITES, SiteOutcome, counted, outcomes
from loyaltyctl.errors import Detail, Incomplete, InvalidData, UsageError
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from loyaltyctl.api.facts import Fact
    from loyaltyctl.apply.plan_files import Source
    from loyaltyctl.cli.desk import Desk
    from loyaltyctl.cli.rules.wanted import Wants
    from loyaltyctl.config.settings import Settings
    from loyaltyctl.errors import LoyaltyError
    from loyaltyctl.model.rules import EarningRule

    Told: TypeAlias = Plan | Outcome | Target | Fact

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
    """A plan for one site, and the settings that lead there."""

    settings: Settings
    target: Target
    plan: Plan


def destinations(desk: Desk, to: Sequence[str] | None) -> list[Settings]:
    """The settings of each profile that --to names, or of the one in use."""
    if not to:
        return [desk.settings]
    known = desk.settings.profiles()
    chosen: dict[str, Settings] = {}
    for pattern in to:
        names = [name for name in known if fnmatchcase(name, pattern)] if "*" in pattern else [pattern]
        if not names:
            raise UsageError(f"no profile is like {quoted(pattern)}; known are {', '.join(known)}")
        for name in names:
            chosen[desk.settings.require_profile(name)] = desk.settings.of(name)
    return [*chosen.values()]


def rehearse_reading(desk: Desk, where: Iterable[Settings]) -> None:
    """Show the requests with which plans begin: what comes after them depends on the answers."""
    for settings in where:
        connect(desk, settings).client.rules.list()
    desk.say.note("what is sent after it depends on the answer; rules diff reads, and changes nothing")


def planned(
    desk: Desk,
    where: Sequence[Settings],
    wants: Wants,
    prunes: Callable[[EarningRule], bool] = lambda _: False,
) -> list[SitePlan]:
    """A plan for each site, from what it has now. Raises the first error: nothing is changed yet."""
    wanted = [wants(settings) for settings in where]

    def work(number: int, tell: Callable[[Told], None]) -> Iterator[Told]:
        connection = connect(desk, where[number], tell)
        try:
            yield Target(where[number].profile or "", connection.origin, connection.site)
            yield plan(connection.client.rules.list(), wanted[number], prunes)
        finally:
            connection.close()

    targets: dict[int, Target] = {}
    plans: dict[int, Plan] = {}
    for number, told in abreast(range(len(where)), work):
        if isinstance(told, Ended):
            if told.error:
                raise _of(desk, where, number, cast("LoyaltyError", told.error))
        elif isinstance(told, Target):
            targets[number] = told
        elif isinstance(told, Plan):
            plans[number] = told
        else:
            hear(desk, told)
    _check_distinct(targets)
    return [SitePlan(where[number], targets[number], plans[number]) for number in sorted(plans)]


def hear(desk: Desk, told: object) -> None:
    """What the client tells while it works."""
    desk.say.hear(cast("Fact", told))


def _of(desk: Desk, where: Sequence[Settings], number: int, error: LoyaltyError) -> LoyaltyError:
    """`error`, with the profile that it is about where there are several."""
    if len(where) > 1:
        desk.say.tell(f"profile {where[number].profile}:")
    return error


def _check_distinct(targets: Mapping[int, Target]) -> None:
    """Refuse two profiles for one site: it would be changed twice at once."""
    seen: dict[tuple[str, str], Target] = {}
    for target in targets.values():
        before = seen.setdefault(target[1:], target)
        if before is not target:
            raise UsageError(
                f"the profiles {before.profile} and {target.profile} are both for the site {target.site}",
                hint="A flag or a variable of the environment, such as LOYALTYCTL_SITE_ID, "
                "counts for all profiles.",
            )


class Rollout(NamedTuple):
    """Plans for one site or for several, and what is wanted there."""

    desk: Desk
    plans: Sequence[SitePlan]
    several: bool
    """Whether sites were named, so that each is told of by name, even if it is only one."""
    command: str
    source: Source

    def show(self) -> None:
        """Show the plans as data."""
        if self.several:
            self.desk.show_all([SiteOutcome(one.target, outcomes(one.plan)) for one in self.plans], SITES)
        else:
            self.desk.show_all(self._listed(outcomes(self.plans[0].plan)), CHANGES)
        self.tell(self.plans)

    def tell(self, plans: Iterable[SitePlan]) -> None:
        """Say how much there is to do, what may not be wanted, and what cannot be done."""
        for one in plans:
            name = f"{one.target.profile}: " if self.several else ""
            self.desk.say.note(f"{name}{counted(one.plan)}")
            for text in one.plan.warnings():
                self.desk.say.warn(f"{name}{text}")
            for change in one.plan.problems:
                self.desk.say.warn(
                    f"{name}cannot {change.action} {quoted(change.rule.title)}: {change.problem}"
                )

    def carry_out(self, on_error: OnError) -> None:
        """Ask, apply the plans, show what became of each change, and end as that demands."""
        if self.several:
            self.desk.will_show(SITES)
        else:
            self.desk.will_show(CHANGES)
        stop = on_error is OnError.STOP
        blocked = [one for one in self.plans if one.plan.problems]
        if stop and blocked:
            raise _blocked(blocked[0])
        busy = [one for one in self.plans if one.plan.writes or one.plan.problems]
        if busy:
            self._ask(busy)
        self.desk.if_interrupted = "Run it again to finish it."
        idle = [SiteOutcome(one.target, outcomes(one.plan)) for one in self.plans if one not in busy]
        self._conclude([*_applied(self, busy, stop=stop), *idle])

    def _listed(self, all_: Sequence[Outcome]) -> list[Outcome]:
        """What is shown of a site: what changes nothing is for programs alone."""
        return [one for one in all_ if one.change.is_write or self.desk.writer.is_for_programs]

    def _ask(self, busy: Sequence[SitePlan]) -> None:
        """Show what is going to happen to whoever can say no, and ask."""
        if self.desk.can_ask and not self.desk.flags.yes:
            if self.several:
                self.desk.preview([SiteOutcome(one.target, outcomes(one.plan)) for one in busy], SITES)
            else:
                self.desk.preview([one for one in outcomes(busy[0].plan) if one.change.is_write], CHANGES)
        self.tell(busy)
        where = f"{len(busy)} sites" if self.several else busy[0].target.site
        self.desk.confirm(f"Apply this to {where}?")

    def _conclude(self, sites: Sequence[SiteOutcome]) -> None:
        """Show how it went; what is not done makes the command end as Incomplete, or as its only error."""
        if self.several:
            self.desk.show_all(sites, SITES)
        elif error := sites[0].error:
            raise error
        else:
            self.desk.show_all(self._listed(sites[0].outcomes), CHANGES)
        made = [one for site in sites for one in site.outcomes if one.change.is_write]
        wrong = [one for one in made if one.result is not Result.DONE]
        errors = [Detail(site.error.message, where=site.target.profile) for site in sites if site.error]
        if not wrong and not errors:
            self.desk.say.succeed(f"{len(made)} changes made" if made else "nothing to change")
            return
        first = next((one.error for one in wrong if one.error), None)
        if not self.several and len(wrong) == len(made) and first:
            raise first
        raise Incomplete(
            f"{len(wrong)} of {len(made)} changes were not made"
            if wrong
            else "not all sites could be changed",
            details=[*errors, *(Detail(_why(one), where=quoted(one.change.rule.title)) for one in wrong)],
            hint="Run it again: it starts from what is there now, and does what is missing.",
        )


def _blocked(one: SitePlan) -> InvalidData:
    """The error for a plan of which a part cannot be done."""
    return InvalidData(
        f"the plan for {one.target.profile or one.target.site} cannot be carried out; nothing was sent",
        code="CANNOT_BE_DONE",
        details=[Detail(change.problem, where=quoted(change.rule.title)) for change in one.plan.problems],
        hint="Correct the file, or do the rest with --on-error continue.",
    )


def _why(outcome: Outcome) -> str:
    return outcome.error.message if outcome.error else "not tried"


def _applied(rollout: Rollout, plans: Sequence[SitePlan], *, stop: bool) -> list[SiteOutcome]:
    """Apply plans side by side. With `stop`, no site is begun after a change somewhere has failed."""
    failed: set[int] = set()

    def work(number: int, tell: Callable[[Told], None]) -> Iterator[Told]:
        if not (stop and failed):
            yield from _apply(rollout, plans[number], tell, stop=stop)

    known = [SiteOutcome(one.target, []) for one in plans]
    for number, told in abreast(range(len(plans)), work):
        if isinstance(told, Ended):
            if told.error:
                failed.add(number)
                known[number] = known[number]._replace(error=cast("LoyaltyError", told.error))
            elif not known[number].outcomes:
                known[number].outcomes.extend(_untried(plans[number]))
        elif isinstance(told, Outcome):
            known[number].outcomes.append(told)
            if told.result not in (Result.DONE, Result.NOTHING):
                failed.add(number)
        else:
            hear(rollout.desk, told)
    return known


def _untried(one: SitePlan) -> list[Outcome]:
    """The outcomes on a site that was left out since another one failed."""
    return [
        outcome._replace(result=Result.SKIPPED) if outcome.change.is_write else outcome
        for outcome in outcomes(one.plan)
    ]


def _apply(rollout: Rollout, one: SitePlan, tell: Callable[[Told], None], *, stop: bool) -> Iterator[Outcome]:
    from loyaltyctl.apply.ledger import Ledger, path_for

    desk, requests = rollout.desk, Requests(tell)
    connection = connect(desk, one.settings, requests.hear)
    try:
        with Ledger(path_for(desk.paths.journals, connection.origin, connection.site)) as ledger:
            site = Site(connection.client.rules, one.target, ledger, requests, desk.clock, connection.local)
            yield from apply(site, one.plan, rollout.command, rollout.source.name, stop=stop)
    finally:
        connection.close()
