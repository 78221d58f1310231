"""Choose the sites for a rollout (--to), read their rules, and make a plan for each site."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple, cast

from loyaltyctl.apply.parallel import in_parallel
from loyaltyctl.apply.plan import Plan, plan
from loyaltyctl.apply.targets import Target
from loyaltyctl.cli.commands.rules.desired import SAME_SITE_HINT
from loyaltyctl.cli.commands.rules.options import OnError
from loyaltyctl.cli.runtime.messages import add_profile
from loyaltyctl.config import SANDBOX
from loyaltyctl.errors import Detail, InvalidData, UsageError
from loyaltyctl.intake.redaction import masked_if_secret
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from loyaltyctl.cli.commands.rules.desired import DesiredRules
    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.config.settings import Settings
    from loyaltyctl.errors import LoyaltyError
    from loyaltyctl.model.rules import EarningRule


class SitePlan(NamedTuple):
    """Plan for one site, or the error that occurred while its rules were read."""

    settings: Settings
    target: Target
    plan: Plan
    error: LoyaltyError | None = None


def destinations(ctx: Context, to: Sequence[str] | None) -> list[Settings]:
    """Choose the sites to plan for: return the settings of each site of --to, else of the current site.

    A pattern with * never matches the sandbox: `--to "*"` means all real sites.
    """
    if not to:
        return [ctx.settings]
    known = ctx.settings.profiles()
    chosen: dict[str, Settings] = {}
    for pattern in to:
        # fnmatchcase, since fnmatch ignores case on Windows.
        names = [name for name in known if fnmatchcase(name, pattern)] if "*" in pattern else [pattern]
        names = [name for name in names if name != SANDBOX or pattern == SANDBOX]
        if not names:
            raise UsageError(
                f"no profile matches {quoted(masked_if_secret(pattern))}; known are {', '.join(known)}"
            )
        for name in names:
            chosen[ctx.settings.require_profile(name)] = ctx.settings.with_profile(name)
    return [*chosen.values()]


def preview_requests(ctx: Context, sites: Iterable[Settings]) -> None:
    """In a dry run, preview the requests that planning makes: those that read the rules of each site.

    Adds a note that the other requests depend on the responses.
    """
    for settings in sites:
        ctx.connect(settings).client.rules.list()
    ctx.messages.note(
        "the other requests depend on the responses; to see the changes, use rules diff, which only reads"
    )


def plan_sites(
    ctx: Context,
    sites: Sequence[Settings],
    rules_for: DesiredRules,
    prunes: Callable[[EarningRule], bool],
    on_error: OnError = OnError.STOP,
) -> list[SitePlan]:
    """Read the rules of all sites in parallel, and return a plan for each site; nothing is changed.

    A rule that is not desired stays, unless `prunes` returns True for it: then it is deleted or paused.
    Raises the error of the first site that cannot be read, unless `on_error` is CONTINUE and there are other
    sites.
    """
    # Before any request: an invalid rules file must not cost calls, and its warnings come in a fixed order.
    desired = [rules_for(settings) for settings in sites]

    def work(number: int) -> Iterator[Target | Plan]:
        connection = ctx.connect(sites[number])
        try:
            yield Target(sites[number].profile or "", connection.origin, connection.site)
            yield plan(connection.client.rules.list(), desired[number], prunes)
        finally:
            connection.close()

    plans = [SitePlan(settings, Target(settings.profile or "", "", ""), Plan(())) for settings in sites]
    for number, result in in_parallel(range(len(sites)), work):
        if isinstance(result, Target):
            plans[number] = plans[number]._replace(target=result)
        elif isinstance(result, Plan):
            plans[number] = plans[number]._replace(plan=result)
        elif result.error:
            plans[number] = plans[number]._replace(error=cast("LoyaltyError", result.error))
    failed = next((one for one in plans if one.error), None)
    if failed and (on_error is OnError.STOP or len(plans) == 1):
        raise _error_of_site(failed, several=len(plans) > 1)
    _check_distinct_sites(plans)
    return plans


def cannot_be_done_error(one: SitePlan) -> InvalidData:
    """Return the error for a site's plan with changes that cannot be made."""
    return InvalidData(
        f"the plan for {one.target.profile or one.target.site} has changes that cannot be made; "
        "nothing was sent",
        code="CANNOT_BE_DONE",
        details=[Detail(change.problem, where=quoted(change.rule.title)) for change in one.plan.problems],
        hint="Make the other changes with --on-error continue.",
    )


def _error_of_site(one: SitePlan, *, several: bool) -> LoyaltyError:
    """Return the error that prevented a site's plan; if there are several sites, it names the profile."""
    error = cast("LoyaltyError", one.error)
    if several:
        error.problem = f"{one.target.profile}: {error.problem}; nothing was changed on any site"
        error.hint = add_profile(error.hint, one.target.profile)
    return error


def _check_distinct_sites(plans: Iterable[SitePlan]) -> None:
    """Check that the sites chosen for a rollout with --to are distinct, once their plans are made.

    Raises UsageError for two plans for the same site: two threads would change it at once.
    """
    seen: dict[tuple[str, str], Target] = {}
    for target in (one.target for one in plans if one.target.origin):
        first = seen.setdefault(target[1:], target)
        if first is not target:
            raise UsageError(
                f"the profiles {first.profile} and {target.profile} are both for the site {target.site}",
                hint=SAME_SITE_HINT,
            )
