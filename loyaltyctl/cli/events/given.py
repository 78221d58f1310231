"""What the person gave: keys, what claims must say, moments, types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake import moments
from loyaltyctl.intake.documents import STDIN, name_of
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.cli.desk import Desk
    from loyaltyctl.events.arrivals import Arrival
    from loyaltyctl.events.checks import Policy
    from loyaltyctl.events.keys import PrivateKey, PublicKey
    from loyaltyctl.events.readings import Reader
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.events.catalogue import EventType
    from loyaltyctl.model.events.event import Event

Inputs = Annotated[
    list[str],
    Argument(
        metavar="FILE|-...", help="Files of tokens or events; - reads standard input.", show_default=False
    ),
]
PublicKeyFile = Annotated[
    str | None,
    Option(
        "--public-key", metavar="FILE", help="Check signatures with this key. (Else the one that is set.)"
    ),
]
PrivateKeyFile = Annotated[
    str, Option("--key", metavar="FILE", help="The private key to sign with.", show_default=False)
]
Issuer = Annotated[str | None, Option("--issuer", metavar="TEXT", help="The iss that tokens must have.")]
Audience = Annotated[str | None, Option("--audience", metavar="TEXT", help="The aud that tokens must have.")]
RequireExp = Annotated[bool, Option("--require-exp", help="Refuse tokens without an exp.")]
MaxAge = Annotated[
    str | None, Option("--max-age", metavar="TIME", help="Refuse tokens issued longer ago, such as 2h.")
]
Leeway = Annotated[
    str, Option("--leeway", metavar="TIME", help="By how much clocks may differ, such as 30s.")
]
At = Annotated[str | None, Option("--at", metavar="TIME", help="Check times as of then, not now.")]
Type = Annotated[str | None, Option("--type", metavar="TYPE", help="A sample of this type of event.")]
Set = Annotated[
    list[str] | None,
    Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a field, such as entity.title=Gift.",
        show_default=False,
    ),
]
FromRule = Annotated[
    str | None, Option("--from-rule", metavar="ID", help="About this rule of the site, as it is now.")
]
To = Annotated[str, Option("--to", metavar="URL", help="The endpoint.", show_default=False)]

RULE_UPDATED = "loyalty_earning_rule_updated"
"""What is sampled where a rule alone is given."""
NO_LEEWAY = "0s"
_SPAN = re.compile(r"(\d{1,9})(s|m|h|d)", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_EPOCH = re.compile(r"\d{1,11}", re.ASCII)


def span(text: str, option: str) -> float:
    """The seconds that an option spells as 90s, 5m, 2h or 7d."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise UsageError(f"{option} takes a time such as 90s, 5m, 2h or 7d, got {quoted(text)}")
    return int(found[1]) * _SECONDS[found[2]]


def moment(text: str, option: str, now: float) -> float:
    """The moment that an option spells, in seconds since 1970.

    RFC 3339, or such a number of seconds, or 2h for two hours ago.
    """
    if _SPAN.fullmatch(text):
        return now - span(text, option)
    if _EPOCH.fullmatch(text):
        return float(text)
    found = moments.read(text)
    if found is not None:
        return found.timestamp()
    raise UsageError(
        f"{option} takes a moment, got {quoted(text)}",
        hint="Such as 2026-11-21T08:00:00Z, or 2h for two hours ago.",
    )


def policy(
    issuer: str | None, audience: str | None, max_age: str | None, leeway: str, *, require_exp: bool
) -> Policy:
    """What claims must say."""
    from loyaltyctl.events.checks import Policy

    return Policy(
        issuer,
        audience,
        require_exp,
        None if max_age is None else span(max_age, "--max-age"),
        span(leeway, "--leeway"),
    )


def reader(desk: Desk, file: str | None, rules: Policy, at: str | None) -> Reader:
    """Reads events with the key that is given or set, if any is."""
    from loyaltyctl.events.readings import Reader

    now = desk.clock.time()
    return Reader(public_key(desk, file), now if at is None else moment(at, "--at", now), rules)


def public_key(desk: Desk, file: str | None) -> PublicKey | None:
    """The key in the file that an option names, or the one that is set; None where there is none."""
    text, file_set = (None, None) if file is not None else (one.value for one in desk.settings.public_key())
    path = file if file is not None else file_set
    if path is None and text is None:
        return None
    from loyaltyctl.events.keys import PublicKey

    return (
        PublicKey.read(text or "", "the public key")
        if path is None
        else PublicKey.read(desk.text(path), path)
    )


def private_key(desk: Desk, path: str) -> PrivateKey:
    """The key in a file."""
    from loyaltyctl.events.keys import PrivateKey

    return PrivateKey.read(desk.text(path), name_of(path))


def arrivals(desk: Desk, paths: list[str]) -> Iterator[Arrival]:
    """What the files bring, one after the other."""
    from loyaltyctl.events.arrivals import arrivals

    if paths.count(STDIN) > 1:
        raise UsageError("- stands for standard input, which can be read once")
    for path in paths:
        with desk.opened(path) as file:
            yield from arrivals(file, name_of(path))


def event(
    desk: Desk, type_: str | None, file: str | None, rule: str | None, changes: Sequence[str]
) -> JsonObject:
    """An event to be signed: a sample, one about a rule, or the one in a file, with changes."""
    from loyaltyctl.model.events import making
    from loyaltyctl.model.events.entities import EARNING_RULE
    from loyaltyctl.model.events.names import find

    if (type_ is None and rule is None) == (file is None):
        raise UsageError("an event is a sample of a --type, or comes from a file (-f): give one of the two")
    now = desk.clock.time()
    kind: EventType | None
    if file is not None:
        found = one_event(desk, file)
        kind, document = found.kind, making.of_event(found, now)
    else:
        kind = find(type_ or RULE_UPDATED)
        if rule is not None and kind.entity is not EARNING_RULE:
            raise UsageError(f"--from-rule makes events about earning rules, and {kind.name} is none")
        document = making.sample(kind, now, None if rule is None else desk.rules.find(rule).document)
    for change in changes:
        path, equals, text = change.partition("=")
        if not equals:
            raise UsageError(f"--set takes PATH=VALUE, got {quoted(change)}")
        making.set_field(document, kind, path, text)
    return document


def one_event(desk: Desk, file: str) -> Event:
    """The one event in a file."""
    from loyaltyctl.events.readings import Reader

    found = [*arrivals(desk, [file])]
    if len(found) != 1:
        raise InvalidData(f"{name_of(file)} has {len(found):,} events, and one can be signed")
    return Reader(None, desk.clock.time()).read(found[0]).event
