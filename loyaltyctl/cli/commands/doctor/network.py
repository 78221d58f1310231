"""The way to the server, and what it answers to one harmless call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.api.hooks import ResponseReceived, parse_http_date
from loyaltyctl.cli.commands.doctor.checks import SET, Step, doubtful, fine, hinted
from loyaltyctl.errors import LoyaltyError, NotFound, TryLater
from loyaltyctl.transport.environment import check_certificates, proxy_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.api.hooks import Notification
    from loyaltyctl.cli.commands.doctor.checks import Check, Exam

CLOCKS_DIFFER = 60
"""Seconds by which the clock may be wrong; tokens are judged by it."""
_UNITS = (("day", 86400), ("h", 3600), ("min", 60), ("s", 1))
UNAUTHORIZED, FORBIDDEN = 401, 403
_NO_ANSWER = "Check the network. For one that is slow, give more time: loyaltyctl doctor --timeout 120"
_NOT_TAKEN = (
    "The server does not take the call as it is. Check the site id and the base URL: "
    "loyaltyctl config list --show-origin\n"
    "See what is sent, and what is answered: loyaltyctl doctor --debug"
)
_LATER = "Try again in a minute: loyaltyctl doctor"


def _server(exam: Exam) -> Iterator[Check]:
    if exam.in_sandbox:
        yield fine("server", "the sandbox, in this process; nothing leaves this machine")
    else:
        url, source = exam.ctx.settings["base-url"]
        yield fine("server", f"{url} ({source})")


def _proxy(exam: Exam) -> Iterator[Check]:
    if exam.in_sandbox:
        return
    proxy = proxy_for(_origin(exam), exam.ctx.console.environ)
    if proxy is None:
        yield fine("proxy", "none for this server")
    else:
        login = ", with a name and a password" if proxy.has_login else ""
        yield fine("proxy", f"{proxy.address} ({proxy.variable}){login}")


def _certificates(exam: Exam) -> Iterator[Check]:
    if exam.in_sandbox or _origin(exam).startswith("http://"):
        return
    named = check_certificates(exam.ctx.console.environ)
    usual = "the authorities that come with the program are trusted"
    yield fine("certificates", f"those of {named[1]} are trusted ({named[0]})" if named else usual)


def _answer(exam: Exam) -> Iterator[Check]:
    """One call, and what it tells of the network, the key, the permission and the clock."""
    ctx = exam.ctx
    answers: list[tuple[ResponseReceived, float]] = []

    def hear(fact: Notification) -> None:
        if isinstance(fact, ResponseReceived):
            answers.append((fact, ctx.console.clock.time()))

    count, error = 0, None
    connection = ctx.connect(hooks=[hear])
    try:
        count = len(connection.client.rules.list())
    except LoyaltyError as raised:
        error = raised
    finally:
        connection.close()
    if not answers:
        away = error or LoyaltyError("there was no answer")
        yield exam.failed("reachable", hinted(away, away.hint or _NO_ANSWER))
        return
    received, now = answers[-1]
    over = f" over {received.tls.replace('v', ' ')}" if received.tls else ""
    yield fine("reachable", f"answered after {received.seconds * 1000:.0f} ms{over}")
    yield from _accepted(exam, error, f"the site has {count} {'rule' if count == 1 else 'rules'}")
    if not exam.in_sandbox:
        yield from _clock(received.date, now)


def _accepted(exam: Exam, error: LoyaltyError | None, told: str) -> Iterator[Check]:
    """Whether the caller was let in, and to this site."""
    status = error.http_status if error is not None else None
    if error is not None and status == UNAUTHORIZED:
        yield exam.failed("key accepted", error)
        return
    if not exam.in_sandbox and (error is None or status == FORBIDDEN):
        yield fine("key accepted", "the server knows it")
    if error is None:
        yield fine("permission", f"rules may be read: {told}")
    elif status == FORBIDDEN:
        yield exam.failed("permission", hinted(error, _forbidden(exam)))
    elif isinstance(error, NotFound):
        wrong = "Check the base URL: loyaltyctl config get base-url --show-origin\n"
        missing = "If it is right: is the Wix Loyalty Program app installed on the site?"
        yield exam.failed("answer", hinted(error, wrong + missing))
    else:
        following = _LATER if isinstance(error, TryLater) else _NOT_TAKEN
        yield exam.failed("answer", hinted(error, error.hint or following))


def _forbidden(exam: Exam) -> str:
    """The causes that are left for what was sent, one a line."""
    if instance := exam.ctx.settings.instance():
        return (
            "In the app's dashboard, give the app the permission Manage Loyalty.\n"
            f"Or it is no longer installed on the site of the instance {instance}."
        )
    site, account = exam.ctx.settings.target()
    if account.value:
        return (
            f"The call named the account {account.value}, and earning rules belong to a site: "
            "loyaltyctl config set site-id ID"
        )
    return (
        "Give the key the permission Manage Loyalty, where API keys are managed.\n"
        f"Or the site id is another one: compare {site.value} ({site.source}) with what follows "
        "/dashboard/ in the dashboard's address.\n"
        "Or the key belongs to another account than the site: make one as the site's owner."
    )


def _clock(date: str | None, now: float) -> Iterator[Check]:
    server = parse_http_date(date)
    if server is None:
        yield fine("clock", "the server does not tell the time")
        return
    ahead = now - server
    figure = f"{_span(round(abs(ahead)))} {'ahead of' if ahead > 0 else 'behind'} the server's"
    if abs(ahead) > CLOCKS_DIFFER:
        yield doubtful(
            "clock",
            f"this machine's clock is {figure} clock; tokens are judged by it",
            "Let the system keep the time: sudo timedatectl set-ntp true",
        )
    else:
        yield fine("clock", f"{figure} clock")


def _span(seconds: int) -> str:
    """A time in the two largest of its units, such as `23 h 59 min`."""
    parts: list[str] = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count:,} {unit}{'s' if unit == 'day' and count > 1 else ''}")
    return " ".join(parts[:2]) or "0 s"


def _origin(exam: Exam) -> str:
    return exam.ctx.settings["base-url"].value or ""


STEPS = (
    Step("server", _server, (*SET, "profile")),
    Step("proxy", _proxy, (*SET, "profile")),
    Step("certificates", _certificates, (*SET, "profile")),
    Step(
        "answer",
        _answer,
        needs=(*SET, "profile", "credentials", "target", "proxy", "certificates"),
        calls=True,
    ),
)
