"""`loyaltyctl sandbox`: the API on this machine."""

from __future__ import annotations

import shlex
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.runtime import command, flags
from loyaltyctl.cli.runtime.command import Command
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.option_groups import unbundled
from loyaltyctl.config import rule_cache
from loyaltyctl.config.base_url import server_origin
from loyaltyctl.config.settings import SANDBOX
from loyaltyctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

app = command.app("The sandbox: a local stand-in for the Earning Rules API.")

DEFAULT_PORT = 8787
SHOWN_SITES = 5
A_SITE = "3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10"
"""One of the sites that there may be: each has rules of its own."""

Db = Annotated[str | None, Option("--db", metavar="FILE", help="Database; without it, that of -p sandbox.")]
Key = Annotated[str | None, Option("--api-key", metavar="KEY", help="Made-up key that callers must send.")]
FaultSpecs = Annotated[
    list[str] | None,
    Option(
        "--fault",
        metavar="SPEC",
        help="Spoil answers: KIND[=ARG][@OPERATION][*TIMES][%PERCENT].",
        show_default=False,
    ),
]
AllowHost = Annotated[
    list[str] | None,
    Option(
        "--allow-host",
        metavar="HOST",
        help="Answer requests for this host name too; may be given more than once.",
        show_default=False,
    ),
]
RateLimit = Annotated[
    int | None, Option("--rate-limit", min=1, metavar="N", help="Calls a minute for a site.")
]


def serve(  # noqa: PLR0913, PLR0917 - an option for each thing that can be set
    ctx: Context,
    host: flags.Host = "127.0.0.1",
    port: flags.Port = DEFAULT_PORT,
    db: Db = None,
    api_key: Key = None,
    fault: FaultSpecs = None,
    rate_limit: RateLimit = None,
    allow_host: AllowHost = None,
) -> None:
    """Serve the sandbox to other programs, until Ctrl-C.

    Each site id that callers send has rules of its own. Faults rehearse what can go
    wrong: lost@create*1 does the first create and never answers it, 429=5 refuses every
    call and asks for five seconds, delay=2@list%20 makes one list in five slow. An
    unknown KIND lists all of them.

    Web pages of other sites cannot use it: a request is answered only if its Host header
    (and its Source header, where it has one) names this machine, the address of --host,
    or a name of --allow-host.

    Examples:
      loyaltyctl sandbox serve --port 8787
      loyaltyctl sandbox serve --api-key made-up --fault lost@create*1 --rate-limit 200
    """
    from loyaltyctl.sandbox.app import Application
    from loyaltyctl.sandbox.faults import Fault, Faults
    from loyaltyctl.sandbox.host_check import HostCheck
    from loyaltyctl.sandbox.store import Store
    from loyaltyctl.serving.server import Server

    faults = [Fault.parse(spec) for spec in fault or ()]
    with closing(Store(Path(db) if db else ctx.paths.sandbox)) as store:
        app_ = Faults(Application(store, api_key=api_key, rate_limit=rate_limit), faults)
        check = HostCheck(app_)
        for name in allow_host or ():
            check.allow(name)
        server = Server(check, host, port)
        for name in (host, server.address):
            with suppress(UsageError):  # an address with a zone cannot stand in a Host header
                check.allow(name)
        ctx.messages.write(f"sandbox: listening on {server.url}")
        ctx.messages.note(_sign_in(server.url_here, "the key that was given here" if api_key else "any key"))
        server.run()


def _sign_in(url: str, key: str) -> str:
    """How to sign in to the sandbox at `url`: a command on a line of its own, or why there is none."""
    try:
        server = shlex.quote(server_origin(url))
    except UsageError as error:
        return f"sandbox: loyaltyctl itself cannot sign in here: {error.message}"
    line = f"loyaltyctl -p local auth login --base-url {server} --site-id {A_SITE}"
    return f"sandbox: sign in from another terminal, with {key}:\n{line}"


def reset(ctx: Context) -> None:
    """Put the sandbox back to the rules that it begins with.

    Deletes the rules of every site in its database, those of a running sandbox serve that
    uses the same database included. Asks first, unless -y is given.

    Examples:
      loyaltyctl sandbox reset --yes
      loyaltyctl sandbox reset -y -q
    """
    from loyaltyctl.sandbox.store import Store

    ctx.output.check_object("database", "sites", "rules")
    database = str(ctx.paths.sandbox)
    with closing(Store(ctx.paths.sandbox)) as store:
        if found := store.counts():
            shared = "A running `sandbox serve` that uses this database loses them too."
            ctx.prompts.confirm(f"Delete {_counted(found)} from {database}? {shared}")
        deleted = store.reset()
    rule_cache.forget(ctx.paths.rule_cache, SANDBOX)
    what = f"deleted {_counted(deleted)}" if deleted else "there was nothing to delete"
    rules = sum(deleted.values())
    ctx.output.show_done(f"the sandbox is as new: {what}", database=database, sites=len(deleted), rules=rules)


def _counted(sites: Mapping[str, int]) -> str:
    """The number of rules and of sites, with the names of the sites."""
    total = sum(sites.values())
    named = [f"{site}: {count}" for site, count in [*sites.items()][:SHOWN_SITES]]
    if len(sites) > SHOWN_SITES:
        named.append(f"{len(sites) - SHOWN_SITES} more")
    rules = f"{total} {'rule' if total == 1 else 'rules'}"
    return f"{rules} of {len(sites)} {'site' if len(sites) == 1 else 'sites'} ({', '.join(named)})"


def path(ctx: Context) -> None:
    """Print where the sandbox keeps its rules.

    Examples:
      loyaltyctl sandbox path
      loyaltyctl sandbox path --json
    """
    files = {"database": str(ctx.paths.sandbox)}
    ctx.output.show_object(files)


app.command("serve", cls=Command)(unbundled(serve))
app.command("reset", cls=Command)(unbundled(reset))
app.command("path", cls=Command)(unbundled(path))
