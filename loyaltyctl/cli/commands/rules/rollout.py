"""Rollout: preview the plans for one or more sites, ask for confirmation, apply them, report the results.

plan_sites (reads) ─► Rollout: preview, confirm, apply (writes), report ─► exit code
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from loyaltyctl.apply.execute import ChangeResult, apply
from loyaltyctl.apply.parallel import in_parallel
from loyaltyctl.cli.commands.rules.open_site import open_site
from loyaltyctl.cli.commands.rules.options import OnError
from loyaltyctl.cli.commands.rules.plan_views import (
    CHANGES,
    SITES,
    SiteResult,
    count_changes,
    untried_results,
)
from loyaltyctl.cli.commands.rules.planning import cannot_be_done_error
from loyaltyctl.contract.outputs.plans import Result
from loyaltyctl.errors import Detail, Incomplete
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.apply.plan import Plan
    from loyaltyctl.apply.targets import Source
    from loyaltyctl.cli.commands.rules.planning import SitePlan
    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.errors import LoyaltyError


def check_output(ctx: Context, *, several: bool) -> None:
    """Validate --fields and --query before a rollout, for the view of one site or of `several`."""
    if several:
        ctx.output.check_view(SITES)
    else:
        ctx.output.check_view(CHANGES)


class Rollout(NamedTuple):
    """Rollout of plans to one or more sites, with the source of the desired rules."""

    ctx: Context
    plans: Sequence[SitePlan]
    several: bool
    """True if --to was given: results are then shown by site, even for a single site.

    So the shape of the JSON does not depend on the number of sites that a pattern of --to matches.
    """
    source: Source
    question: str = ""
    """Question of the confirmation prompt; empty for the default one, whether to apply the plans."""
    warns_unmanaged: bool = True
    """True to warn about tiers that are on the site but not in the source."""

    def show(self) -> None:
        """Show the plans of the rollout without applying them."""
        if self.several:
            self.ctx.output.show_all(
                [SiteResult(one.target, untried_results(one.plan)) for one in self.plans], SITES
            )
        else:
            self.ctx.output.show_all(self._results_to_show(untried_results(self.plans[0].plan)), CHANGES)
        self._write_summary(self.plans)

    def run(self, on_error: OnError) -> None:
        """Ask for confirmation, apply the plans, and show the result of each change.

        Raises Incomplete if changes were not made. If there is one site, and no change was made, raises the
        first error instead.
        """
        stop = on_error is OnError.STOP
        unable = [one for one in self.plans if one.plan.problems]
        if stop and unable:
            raise cannot_be_done_error(unable[0])
        busy = [one for one in self.plans if one.plan.writes or one.plan.problems]
        if busy:
            self._preview_and_confirm(busy)
        else:
            self.ctx.messages.note("nothing to change")
            self._write_warnings()
        self.ctx.interrupt_hint = "Run it again to finish it."
        applied = {one.target: one for one in self._apply_plans(busy, stop=stop)}
        idle = {
            one.target: SiteResult(one.target, untried_results(one.plan), one.error) for one in self.plans
        }
        self._report_results([(idle | applied)[one.target] for one in self.plans])

    def _results_to_show(self, results: Sequence[ChangeResult]) -> list[ChangeResult]:
        """Return the results of the rollout to show: in tables without unchanged rules, in JSON with them."""
        return [one for one in results if one.change.is_write or self.ctx.output.writer.is_for_programs]

    def _write_summary(self, plans: Sequence[SitePlan]) -> None:
        """Write the number of changes in the rollout, over all sites, then the warnings of the plans."""
        prefix = f"{len(plans)} sites: " if self.several and len(plans) > 1 else ""
        self.ctx.messages.note(prefix + count_changes(one.plan for one in plans))
        self._write_warnings()

    def _write_warnings(self) -> None:
        """Write each warning about the rollout's plans once.

        If there are several sites, the warning names the first profile and counts the others.
        """
        profiles: dict[str, list[str]] = {}
        for one in self.plans:
            problems = (
                f"cannot {change.action} {quoted(change.rule.title)}: {change.problem}"
                for change in one.plan.problems
            )
            kept = _kept_tiers_warnings(one.plan) if self.warns_unmanaged else []
            for warning in (*one.plan.warnings(), *kept, *problems):
                profiles.setdefault(warning, []).append(one.target.profile)
        for warning, [first, *others] in profiles.items():
            more = f" and {len(others)} more" if others else ""
            self.ctx.messages.warn(f"{first}{more}: {warning}" if self.several else warning)

    def _preview_and_confirm(self, busy: Sequence[SitePlan]) -> None:
        """Preview the planned changes and ask for confirmation; sites with equal changes share a preview."""
        if self.ctx.console.can_prompt and not self.ctx.flags.yes:
            equal: dict[str, list[SitePlan]] = {}
            for one in busy:
                equal.setdefault(one.plan.preview_key(), []).append(one)
            for plans in equal.values():
                if self.several:
                    self.ctx.messages.write(f"{', '.join(one.target.profile for one in plans)}:")
                writes = [one for one in untried_results(plans[0].plan) if one.change.is_write]
                self.ctx.output.preview(writes, CHANGES)
        self._write_summary(busy)
        if any(one.plan.writes for one in busy):  # else all changes are impossible: nothing would be sent
            target = busy[0].target.name if len(busy) == 1 else f"{len(busy)} sites"
            self.ctx.prompts.confirm(self.question or f"Apply this to {target}?")

    def _apply_plans(self, plans: Sequence[SitePlan], *, stop: bool) -> list[SiteResult]:
        """Apply plans to their sites in parallel.

        With `stop`, no further site is started once a change on any site has failed.
        """
        failed: set[int] = set()  # written by this thread, read by the workers before they start a site

        def work(number: int) -> Iterator[ChangeResult]:
            one = plans[number]
            if not (stop and failed):
                with open_site(self.ctx, one.settings) as site:
                    yield from apply(site, one.plan, self.ctx.command, self.source.name, stop=stop)

        sites = [SiteResult(one.target, []) for one in plans]
        for number, result in in_parallel(range(len(plans)), work):
            if isinstance(result, ChangeResult):
                sites[number].results.append(result)
                if result.result not in (Result.DONE, Result.NOTHING):
                    failed.add(number)
            elif result.error:
                failed.add(number)
                sites[number] = sites[number]._replace(error=cast("LoyaltyError", result.error))
            elif not sites[number].results:
                sites[number].results.extend(_skipped_results(plans[number]))
        return sites

    def _report_results(self, sites: Sequence[SiteResult]) -> None:
        """Show the results of a rollout. Raises Incomplete if changes were not made.

        If there is one site, and no change was made, raises the first error instead.
        """
        if self.several:
            self.ctx.output.show_all(sites, SITES)
        elif error := sites[0].error:
            raise error
        else:
            self.ctx.output.show_all(self._results_to_show(sites[0].results), CHANGES)
        writes = [one for site in sites for one in site.results if one.change.is_write]
        failed = [one for one in writes if one.result is not Result.DONE]
        errors = [Detail(site.error.message, where=site.target.profile) for site in sites if site.error]
        if not failed and not errors:
            if writes:
                self.ctx.messages.success(f"done: {len(writes)} of {len(writes)}")
            return
        # If no change was made on the only site, the error itself says more than Incomplete, and its exit
        # code tells a script whether to retry.
        first = next((one.error for one in failed if one.error), None)
        if not self.several and len(failed) == len(writes) and first:
            raise first
        unknown = any(one.result is Result.UNKNOWN for one in failed)
        message = f"{len(failed)} of {len(writes)} changes were not made" + (
            ", or their outcome is unknown" if unknown else ""
        )
        raise Incomplete(
            message if failed else f"{len(errors)} of {len(sites)} sites could not be changed",
            details=[
                *errors,
                *(Detail(_failure_reason(one), where=quoted(one.change.rule.title)) for one in failed),
            ],
            hint="Run it again: it reads the site anew, and makes the changes that are missing.",
        )


def _kept_tiers_warnings(plan: Plan) -> list[str]:
    """Return a warning for each rule with tier awards that its file does not give: the rollout keeps them."""
    found = []
    for change in plan.with_unmanaged_tiers:
        kept = change.unmanaged_tiers
        tiers = ", ".join(f"{one.tier_id or 'the base tier'} ({one.in_words()})" for one in kept)
        removal = "" if kept[0].tier_id is None else ", or remove the tiers with tiers: {}"
        found.append(
            f"{quoted(change.rule.title)}: on the site alone, and kept: {tiers}. Add it to the file{removal}"
        )
    return found


def _failure_reason(result: ChangeResult) -> str:
    """Return the reason why a rollout did not make a change: the error, or `not tried`."""
    return result.error.message if result.error else "not tried"


def _skipped_results(one: SitePlan) -> list[ChangeResult]:
    """Return the results for a site that a rollout skipped because a change on another site failed."""
    return [
        result._replace(result=Result.SKIPPED) if result.change.is_write else result
        for result in untried_results(one.plan)
    ]
