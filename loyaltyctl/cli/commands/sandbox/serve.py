"""`loyaltyctl sandbox serve`: serve the sandbox over HTTP on this machine."""

from __future__ import annotations

import shlex
from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated

from typer import Option

from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.config.base_url import server_origin
from loyaltyctl.errors import UsageError

DEFAULT_PORT = 8787
EXAMPLE_SITE = "3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10"
"""Site id in the suggested login command. Any id works: the sandbox creates a site's rules on first use."""

Db = Annotated[str | None, Option("--db", metavar="FILE", help="Database; default: that of -p sandbox.")]
Key = Annotated[
    str | None, Option("--api-key", metavar="KEY", help="Made-up API key that callers must send.")
]
FaultSpecs = Annotated[
    list[str] | None,
    Option(
        "--fault",
        metavar="SPEC",
        help="Inject a fault: KIND[=ARG][@OPERATION][*TIMES][%PERCENT].",
        show_default=False,
    ),
]
AllowHost = Annotated[
    list[str] | None,
    Option(
        "--allow-host",
        metavar="HOST",
        help="Accept requests for this host name too; repeatable.",
        show_default=False,
    ),
]
RateLimit = Annotated[
    int | None, Option("--rate-limit", min=1, metavar="N", help="Calls per minute and site.")
]


def serve(  # noqa: PLR0913, PLR0917 - one parameter for each option
    ctx: Context,
    host: flags.Host = "127.0.0.1",
    port: flags.Port = DEFAULT_PORT,
    db: Db = None,
    api_key: Key = None,
    fault: FaultSpecs = None,
    rate_limit: RateLimit = None,
    allow_host: AllowHost = None,
) -> None:
    """Serve the sandbox over HTTP until Ctrl-C.

    Each site id in a request has rules of its own. --fault simulates failures:
    lost@create*1 performs the first create and drops its response, 429=5 rejects every
    call with a Retry-After of five seconds, delay=2@list%20 delays one list in five. An
    unknown KIND lists all kinds.

    Web pages of other sites cannot call it: a request is accepted only if its Host header
    (and its Origin header, if it has one) names this machine, the address of --host, or a
    name given with --allow-host.

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
        # Without the check, a web page could call the sandbox by a host name that resolves to this machine.
        check = HostCheck(app_)
        for name in allow_host or ():
            check.allow(name)
        server = Server(check, host, port)
        for name in (host, server.address):
            with suppress(UsageError):  # an IPv6 address with a zone id is not valid in a Host header
                check.allow(name)
        ctx.messages.write(f"sandbox: listening on {server.url}")
        ctx.messages.note(_login_message(server.url_here, "the key of --api-key" if api_key else "any key"))
        server.run()


def _login_message(url: str, key: str) -> str:
    """Return the message of `sandbox serve` with the login command for its URL.

    If `auth login` would not accept the URL, the message says so. `key` describes the API keys that work.
    """
    try:
        server = shlex.quote(server_origin(url))
    except UsageError as error:
        return f"sandbox: loyaltyctl cannot sign in at this address: {error.message}"
    line = f"loyaltyctl -p local auth login --base-url {server} --site-id {EXAMPLE_SITE}"
    return f"sandbox: sign in from another terminal, with {key}:\n{line}"
