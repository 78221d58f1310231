"""Checks of `doctor` for the network: server, proxy, certificates, and one call that changes nothing."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from loyaltyctl.api.hooks import ResponseReceived
from loyaltyctl.cli.commands.doctor.checks import SETTINGS, Check, failure, in_sandbox, ok, warning, with_hint
from loyaltyctl.errors import LoyaltyError, NotFound, TryLater
from loyaltyctl.intake import timestamps
from loyaltyctl.transport.environment import check_certificates, proxy_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.api.hooks import Notification
    from loyaltyctl.cli.commands.doctor.checks import Result
    from loyaltyctl.cli.runtime.context import Context

MAX_CLOCK_SKEW = 60
"""Maximum difference between the clocks without a warning, in seconds."""
_UNITS = (("day", 86400), ("h", 3600), ("min", 60), ("s", 1))

_NO_RESPONSE = "Check the network. If it is slow, allow more time: loyaltyctl doctor --timeout 120"
_REJECTED = (
    "The server rejects the call. Check the site id and the base URL: loyaltyctl config list --show-origin\n"
    "Show the request and the response: loyaltyctl doctor --debug"
)
_LATER = "Try again in a minute: loyaltyctl doctor"


def _check_server(ctx: Context) -> Iterator[Result]:
    """Show the network address of the server in use, and its source."""
    if in_sandbox(ctx):
        yield ok("server", "the sandbox, in this process; nothing is sent over the network")
    else:
        url, source = ctx.settings["base-url"]
        yield ok("server", f"{url} ({source})")


def _check_proxy(ctx: Context) -> Iterator[Result]:
    """Check the network proxy that environment variables, such as HTTPS_PROXY, set for the server in use."""
    if in_sandbox(ctx):
        return
    proxy = proxy_for(_server_origin(ctx), ctx.console.environ)
    if proxy is None:
        yield ok("proxy", "none for this server")
    else:
        login = ", with a name and a password" if proxy.has_login else ""
        yield ok("proxy", f"{proxy.address} ({proxy.variable}){login}")


def _check_certificates(ctx: Context) -> Iterator[Result]:
    """Check the certificate authorities that are trusted for network connections.

    They are the bundled ones, or those that an environment variable names. There is nothing to check for a
    local server.
    """
    if in_sandbox(ctx) or _server_origin(ctx).startswith("http://"):
        return
    named = check_certificates(ctx.console.environ)
    usual = "the bundled authorities are trusted"
    yield ok("certificates", f"those of {named[1]} are trusted ({named[0]})" if named else usual)


def _check_api_call(ctx: Context) -> Iterator[Result]:
    """Call the API once over the network, to list the rules.

    The call shows whether the server can be reached, accepts the key and lets it read rules, and whether
    this machine's clock is right.
    """
    # The client may repeat the call, so there may be several responses.
    responses: list[tuple[ResponseReceived, float]] = []

    def collect(notification: Notification) -> None:
        """Collect the responses over the network, each with the time of this machine's clock."""
        if isinstance(notification, ResponseReceived):
            responses.append((notification, ctx.console.clock.time()))

    count, error = 0, None
    connection = ctx.connect(hooks=[collect])
    try:
        count = len(connection.client.rules.list())
    except LoyaltyError as raised:
        error = raised
    finally:
        connection.close()
    if not responses:
        unreachable = error or LoyaltyError("no response")
        yield failure(ctx, "reachable", with_hint(unreachable, unreachable.hint or _NO_RESPONSE))
        return
    received, now = responses[-1]
    # Python names the protocol TLSv1.3; its standard name is TLS 1.3.
    over = f" over {received.tls.replace('v', ' ')}" if received.tls else ""
    yield ok("reachable", f"answered after {received.seconds * 1000:.0f} ms{over}")
    yield from _check_acceptance(ctx, error, f"the site has {count} {'rule' if count == 1 else 'rules'}")
    if not in_sandbox(ctx):
        yield from _check_clock(received.date, now)


def _check_acceptance(ctx: Context, error: LoyaltyError | None, found: str) -> Iterator[Result]:
    """Check whether the API accepted the key in the network call, and let it read the rules.

    `error` is the error of this call. If the call succeeded, `error` is None, and `found` says how many rules
    the site has.
    """
    # The vendor responds with 401 to a wrong key. It responds with 403 if the key lacks the permission,
    # and also if the site id is missing or wrong.
    status = error.http_status if error is not None else None
    if error is not None and status == HTTPStatus.UNAUTHORIZED:
        yield failure(ctx, "key accepted", error)
        return
    if not in_sandbox(ctx) and (error is None or status == HTTPStatus.FORBIDDEN):
        yield ok("key accepted", "the server accepts it")
    if error is None:
        yield ok("permission", f"rules can be read: {found}")
    elif status == HTTPStatus.FORBIDDEN:
        yield failure(ctx, "permission", with_hint(error, _forbidden_causes(ctx)))
    elif isinstance(error, NotFound):
        base_url = "Check the base URL: loyaltyctl config get base-url --show-origin\n"
        app = "If it is right: is the Wix Loyalty Program app installed on the site?"
        yield failure(ctx, "answer", with_hint(error, base_url + app))
    else:
        next_step = _LATER if isinstance(error, TryLater) else _REJECTED
        yield failure(ctx, "answer", with_hint(error, error.hint or next_step))


def _forbidden_causes(ctx: Context) -> str:
    """Return the next step after a 403 in the network check: the possible causes, one per line."""
    if instance := ctx.settings.instance():
        return (
            "In the app's dashboard, give the app the permission Manage Loyalty.\n"
            f"Or it is no longer installed on the site of the instance {instance}."
        )
    site, account = ctx.settings.target()
    if account.value:
        return (
            f"The call named the account {account.value}, and earning rules belong to a site: "
            "loyaltyctl config set site-id ID"
        )
    return (
        "Give the key the permission Manage Loyalty in the API Keys Manager.\n"
        f"Or the site id is wrong: compare {site.value} ({site.source}) with what follows "
        "/dashboard/ in the dashboard's address.\n"
        "Or the key belongs to another account than the site: create one as the site's owner."
    )


def _check_clock(date: str | None, now: float) -> Iterator[Result]:
    """Check this machine's clock: compare it with the Date header that the server sent over the network."""
    server = timestamps.parse_http_date(date)
    if server is None:
        yield ok("clock", "the server does not send the time")
        return
    ahead = now - server
    figure = f"{_difference_in_words(round(abs(ahead)))} {'ahead of' if ahead > 0 else 'behind'} the server's"
    if abs(ahead) > MAX_CLOCK_SKEW:
        yield warning(
            "clock",
            f"this machine's clock is {figure} clock; the expiry of tokens depends on it",
            "Synchronize the clock: sudo timedatectl set-ntp true",
        )
    else:
        yield ok("clock", f"{figure} clock")


def _difference_in_words(seconds: int) -> str:
    """Format the difference between the clocks of server and machine in two units: `23 h 59 min`."""
    parts: list[str] = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count:,} {unit}{'s' if unit == 'day' and count > 1 else ''}")
    return " ".join(parts[:2]) or "0 s"


def _server_origin(ctx: Context) -> str:
    """Return the origin of the server for the network checks of `doctor`."""
    return ctx.settings["base-url"].value or ""


CHECKS = (
    Check("server", _check_server, (*SETTINGS, "profile")),
    Check("proxy", _check_proxy, (*SETTINGS, "profile")),
    Check("certificates", _check_certificates, (*SETTINGS, "profile")),
    Check(
        "answer",
        _check_api_call,
        needs=(*SETTINGS, "profile", "credentials", "target", "proxy", "certificates"),
        calls_api=True,
    ),
)
