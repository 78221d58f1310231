"""Rollout: show the plans for one or more sites, confirm, apply them, and report the results.

plan_sites (reads) ─► Rollout: preview, confirm, apply (writes), report ─► exit code
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from loyaltyctl.apply.execute import ChangeResult, apply
from loyaltyctl.apply.parallel import in_parallel
from loyaltyctl.cli.commands.rules.open_site import open_site
from loyaltyctl.cli.commands.rules.options import OnError
from loyaltyctl.cli.commands.rules.plan_views import CHANGES, SITES, SiteOutcome, counted, outcomes
from loyaltyctl.cli.commands.rules.planning import blocked
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
    """Validate --fields and --query before a rollout, of one site or of `several`."""
    if several:
        ctx.output.check(SITES)
    else:
        ctx.output.check(CHANGES)


class Rollout(NamedTuple):
    """Plans for one or more sites, and the source of the desired rules."""

    ctx: Context
    plans: Sequence[SitePlan]
    several: bool
    """True if --to was given: results are then shown by site, even if there is only one."""
    source: Source
    question: str = ""
    """Question of the prompt, if it is not whether to apply the plans."""
    warns_unmanaged: bool = True
    """True to warn about tiers that the source does not state."""

    def show(self) -> None:
        """Show the plans without applying them."""
        if self.several:
            self.ctx.output.show_all(
                [SiteOutcome(one.target, outcomes(one.plan)) for one in self.plans], SITES
            )
        else:
            self.ctx.output.show_all(self._shown(outcomes(self.plans[0].plan)), CHANGES)
        self._summarize(self.plans)

    def run(self, on_error: OnError) -> None:
        """Confirm, apply the plans, and show the result of each change.

        Raises Incomplete for changes that were not made, or the error of the only one.
        """
        stop = on_error is OnError.STOP
        unable = [one for one in self.plans if one.plan.problems]
        if stop and unable:
            raise blocked(unable[0])
        busy = [one for one in self.plans if one.plan.writes or one.plan.problems]
        if busy:
            self._confirm(busy)
        else:
            self.ctx.messages.note("nothing to change")
            self._warn()
        self.ctx.interrupt_hint = "Run it again to finish it."
        applied = {one.target: one for one in self._apply(busy, stop=stop)}
        idle = {one.target: SiteOutcome(one.target, outcomes(one.plan), one.error) for one in self.plans}
        self._report([(idle | applied)[one.target] for one in self.plans])

    def _shown(self, results: Sequence[ChangeResult]) -> list[ChangeResult]:
        """Return the results to show: rules without a change are for programs only."""
        return [one for one in results if one.change.is_write or self.ctx.output.writer.is_for_programs]

    def _summarize(self, plans: Sequence[SitePlan]) -> None:
        """Write the number of changes of all sites together, and the warnings."""
        prefix = f"{len(plans)} sites: " if self.several and len(plans) > 1 else ""
        self.ctx.messages.note(prefix + counted(one.plan for one in plans))
        self._warn()

    def _warn(self) -> None:
        """Write each warning once, with the sites that it is about."""
        profiles: dict[str, list[str]] = {}
        for one in self.plans:
            problems = (
                f"cannot {change.action} {quoted(change.rule.title)}: {change.problem}"
                for change in one.plan.problems
            )
            kept = _kept_tiers(one.plan) if self.warns_unmanaged else []
            for warning in (*one.plan.warnings(), *kept, *problems):
                profiles.setdefault(warning, []).append(one.target.profile)
        for warning, [first, *others] in profiles.items():
            more = f" and {len(others)} more" if others else ""
            self.ctx.messages.warn(f"{first}{more}: {warning}" if self.several else warning)

    def _confirm(self, busy: Sequence[SitePlan]) -> None:
        """Preview the changes and ask; sites with equal changes are previewed together."""
        if self.ctx.console.can_prompt and not self.ctx.flags.yes:
            equal: dict[str, list[SitePlan]] = {}
            for one in busy:
                equal.setdefault(one.plan.fingerprint(), []).append(one)
            for plans in equal.values():
                if self.several:
                    self.ctx.messages.write(f"{', '.join(one.target.profile for one in plans)}:")
                writes = [one for one in outcomes(plans[0].plan) if one.change.is_write]
                self.ctx.output.preview(writes, CHANGES)
        self._summarize(busy)
        target = busy[0].target.name if len(busy) == 1 else f"{len(busy)} sites"
        self.ctx.prompts.confirm(self.question or f"Apply this to {target}?")

    def _apply(self, plans: Sequence[SitePlan], *, stop: bool) -> list[SiteOutcome]:
        """Apply plans in parallel. With `stop`, no site is begun after a change on any site has failed."""
        failed: set[int] = set()

        def work(number: int) -> Iterator[ChangeResult]:
            one = plans[number]
            if not (stop and failed):
                with open_site(self.ctx, one.settings) as site:
                    yield from apply(site, one.plan, self.ctx.command, self.source.name, stop=stop)

        sites = [SiteOutcome(one.target, []) for one in plans]
        for number, result in in_parallel(range(len(plans)), work):
            if isinstance(result, ChangeResult):
                sites[number].outcomes.append(result)
                if result.result not in (Result.DONE, Result.NOTHING):
                    failed.add(number)
            elif result.error:
                failed.add(number)
                sites[number] = sites[number]._replace(error=cast("LoyaltyError", result.error))
            elif not sites[number].outcomes:
                sites[number].outcomes.extend(_skipped(plans[number]))
        return sites

    def _report(self, sites: Sequence[SiteOutcome]) -> None:
        """Show the results; raise Incomplete for changes that were not made, or the only error."""
        if self.several:
            self.ctx.output.show_all(sites, SITES)
        elif error := sites[0].error:
            raise error
        else:
            self.ctx.output.show_all(self._shown(sites[0].outcomes), CHANGES)
        writes = [one for site in sites for one in site.outcomes if one.change.is_write]
        failed = [one for one in writes if one.result is not Result.DONE]
        errors = [Detail(site.error.message, where=site.target.profile) for site in sites if site.error]
        if not failed and not errors:
            if writes:
                self.ctx.messages.success(f"done: {len(writes)} of {len(writes)}")
            return
        first = next((one.error for one in failed if one.error), None)
        if not self.several and len(failed) == len(writes) and first:
            raise first
        unknown = any(one.result is Result.UNKNOWN for one in failed)
        message = f"{len(failed)} of {len(writes)} changes were not made" + (
            ", or their outcome is unknown" if unknown else ""
        )
        raise Incomplete(
            message if failed else f"{len(errors)} of {len(sites)} sites could not be changed",
            details=[*errors, *(Detail(_reason(one), where=quoted(one.change.rule.title)) for one in failed)],
            hint="Run it again: it reads the site anew, and makes the changes that are missing.",
        )


def _kept_tiers(plan: Plan) -> list[str]:
    """Return a warning for each rule with tiers that the source does not state."""
    found = []
    for change in plan.with_unmanaged_tiers:
        kept = change.unmanaged_tiers
        tiers = ", ".join(f"{one.tier_id or 'the base tier'} ({one.in_words()})" for one in kept)
        removal = "" if kept[0].tier_id is None else ", or remove the tiers with tiers: {}"
        found.append(
            f"{quoted(change.rule.title)}: on the site alone, and kept: {tiers}. "
            f"State it in the file{removal}"
        )
    return found


def _reason(result: ChangeResult) -> str:
    return result.error.message if result.error else "not tried"


def _skipped(one: SitePlan) -> list[ChangeResult]:
    """Return the results for a site that was not begun because another one failed."""
    return [
        result._replace(result=Result.SKIPPED) if result.change.is_write else result
        for result in outcomes(one.plan)
    ]
