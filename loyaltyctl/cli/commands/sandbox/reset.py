"""`loyaltyctl sandbox reset`: restore the sandbox's initial rules."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.config import SANDBOX, rule_cache
from loyaltyctl.contract.outputs.settings import SandboxReset

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOWN_SITES = 5
"""Maximum number of sites that the messages of a reset list."""


def reset(ctx: Context) -> None:
    """Restore the sandbox's initial rules.

    Deletes the rules of all sites in its database, also those of a running sandbox serve
    that uses the same database. Asks for confirmation, unless -y is given.

    Examples:
      loyaltyctl sandbox reset --yes
      loyaltyctl sandbox reset -y -q
    """
    from loyaltyctl.sandbox.store import Store

    ctx.output.check_object(SandboxReset)
    database = str(ctx.paths.sandbox)
    with closing(Store(ctx.paths.sandbox)) as store:
        if found := store.counts():
            shared = "A running `sandbox serve` that uses this database loses them too."
            ctx.prompts.confirm(f"Delete {_describe_deletion(found)} from {database}? {shared}")
        deleted = store.reset()
    # Otherwise, completion would offer the ids of deleted rules.
    rule_cache.delete_cached_rules(ctx.paths.rule_cache, SANDBOX)
    done = f"deleted {_describe_deletion(deleted)}" if deleted else "nothing to delete"
    rules = sum(deleted.values())
    ctx.output.show_done(f"sandbox reset: {done}", SandboxReset(database, len(deleted), rules))


def _describe_deletion(sites: Mapping[str, int]) -> str:
    """Describe the rules that `sandbox reset` deletes, from the number of rules by site.

    Example: `3 rules of 2 sites (a: 1, b: 2)`.
    """
    total = sum(sites.values())
    named = [f"{site}: {count}" for site, count in [*sites.items()][:SHOWN_SITES]]
    if len(sites) > SHOWN_SITES:
        named.append(f"{len(sites) - SHOWN_SITES} more")
    rules = f"{total} {'rule' if total == 1 else 'rules'}"
    return f"{rules} of {len(sites)} {'site' if len(sites) == 1 else 'sites'} ({', '.join(named)})"
