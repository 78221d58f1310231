"""`loyaltyctl rules apply`: make one or more sites match a rules file."""

from __future__ import annotations

from typing import Annotated

from typer import Argument

from loyaltyctl.cli.commands.rules import desired
from loyaltyctl.cli.commands.rules.options import ContinueOnError, OnError, PlanOut, Prune, To
from loyaltyctl.cli.commands.rules.planning import destinations, plan_sites, preview_requests
from loyaltyctl.cli.commands.rules.rollout import Rollout, check_output
from loyaltyctl.cli.commands.rules.saved_plan import apply_saved, save_plan_or_run
from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import UsageError

PlanFile = Annotated[
    str | None, Argument(metavar="[PLAN]", help="A plan that --out has written.", show_default=False)
]


def apply(  # noqa: PLR0913, PLR0917 - what, where, and how far
    ctx: Context,
    plan: PlanFile = None,
    file: flags.File = None,
    to: To = None,
    prune: Prune = False,
    out: PlanOut = None,
    on_error: ContinueOnError = OnError.STOP,
) -> None:
    """Make one or more sites match a rules file.

    Shows the changes and asks, unless -y is given. Rules are created before others are
    paused or deleted; rules that are not in the file stay, unless --prune is given. Each
    change is recorded, and sent against the revision that was read. To finish a run that
    was killed, run it again; `rules rollback` undoes a run.

    With --out the plan is written to a file, to be reviewed and applied later. A plan is
    refused if the site or the rules file has changed since.

    Examples:
      loyaltyctl -p sandbox rules apply -f rules.yaml --yes
      loyaltyctl -p sandbox rules apply -f rules.yaml --out plan.json
      loyaltyctl -p sandbox rules apply plan.json --yes
      loyaltyctl -p sandbox rules apply -f rules.yaml --prune --dry-run
    """
    if plan is None and file is None:
        raise UsageError("no rules to apply are given", hint="Give a rules file with -f FILE, or a plan.")
    if plan is not None:
        if file or to or prune or out:
            raise UsageError("a plan and -f, --to, --prune or --out are mutually exclusive")
        apply_saved(ctx, plan, on_error)
    elif ctx.dry_run:
        preview_requests(ctx, destinations(ctx, to))
    else:
        # Before any site is read: invalid --fields must not be found after the prompt.
        check_output(ctx, several=to is not None)
        rules_for, source = desired.from_file(ctx, file or "")
        if prune:
            rules_for = desired.refuse_empty(rules_for, source)
        plans = plan_sites(ctx, destinations(ctx, to), rules_for, lambda _: prune, on_error)
        save_plan_or_run(Rollout(ctx, plans, to is not None, source), out, on_error)
