"""verify: every check of a token, and an exit code that says whether it may be trusted."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.cli.commands.events import options as given
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import InvalidData, InvalidToken, UsageError
from loyaltyctl.render.views import GREEN, RED, Column, View
from loyaltyctl.tokens import verification
from loyaltyctl.tokens.reasons import Reason
from loyaltyctl.tokens.verification import Check
from loyaltyctl.webhooks.reader import explained

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.webhooks.event_files import InputItem
    from loyaltyctl.webhooks.reader import EventReader


class CheckLine(NamedTuple):
    """One check of one token, and the reason where it is the one that failed."""

    token: int
    where: str
    check: Check
    reason: str | None = None
    hint: str = ""

    def document(self) -> JsonObject:
        """The check as JSON."""
        return {"name": self.check.name, "ok": self.check.ok, "detail": self.check.detail}


def check_view(*, one: bool) -> View[CheckLine]:
    """The view of checks, a line each; of several tokens, with the place of each."""
    place = () if one else (Column[CheckLine]("TOKEN", lambda line: line.where),)
    return View[CheckLine](
        columns=(
            *place,
            Column("CHECK", lambda line: line.check.name),
            Column(
                "RESULT",
                lambda line: "ok" if line.check.ok else f"FAILED {line.reason}",
                lambda line: GREEN if line.check.ok else RED,
            ),
            Column("DETAIL", lambda line: line.check.detail),
        ),
        output=CheckLine.document,
        id=lambda line: line.check.name,
        output_type=("name", "ok", "detail"),
        whole=lambda lines, plains: _verdicts(lines, plains)[0] if one else _verdicts(lines, plains),
    )


def _verdicts(lines: Sequence[CheckLine], plains: list[Json]) -> list[Json]:
    """The promised JSON of each token, in the order of the tokens."""
    tokens: dict[int, list[tuple[CheckLine, Json]]] = {}
    for line, plain in zip(lines, plains, strict=True):
        tokens.setdefault(line.token, []).append((line, plain))
    return [_verdict([line for line, _ in token], [plain for _, plain in token]) for token in tokens.values()]


def _verdict(lines: Sequence[CheckLine], checks: list[Json]) -> JsonObject:
    reason: JsonObject = {"reason": lines[-1].reason} if lines[-1].reason else {}
    return {"valid": not reason} | reason | {"checks": checks}


def verify(ctx: Context, inputs: given.Inputs, trust: given.Trust, at: given.At = None) -> None:
    """Check tokens, a line a check; ends with 9 unless all hold.

    The first check that fails ends it: size, form, header, signature, payload, expiry,
    start, issuer, audience, age. Events have neither issuer nor audience, so these count
    only when asked for. Nothing in a token is fetched or believed before its signature.
    A token must stand alone: in anything else it is refused, and the error says what that is.

    Examples:
      loyaltyctl events verify token.jwt --public-key test.pub.pem
      loyaltyctl events verify token.jwt --public-key test.pub.pem --max-age 2d --json
    """
    reader = trust.reader(ctx, at)
    if reader.key is None:
        raise UsageError(
            "there is no public key to check signatures with",
            hint="Give --public-key FILE, or set one: loyaltyctl config set public-key-file FILE",
        )
    tally = _Tally()
    tokens = (
        tally.noted([*_checked(number, arrival, reader)])
        for number, arrival in enumerate(given.read_items(ctx, inputs))
    )
    first = [*islice(tokens, 2)]
    lines = chain.from_iterable(chain(first, tokens))
    ctx.output.show_stream(lines, check_view(one=len(first) == 1))
    if not tally.count:
        raise InvalidData("there is no token to be checked")
    if tally.failed:
        which = f"{tally.failed:,} of {tally.count:,} tokens are not to be trusted; the first of them"
        what = "the token is not to be trusted" if tally.count == 1 else which
        raise InvalidToken(f"{what}: {tally.why}", code=tally.reason, hint=tally.hint)


class _Tally:
    """How many tokens there were, how many of them failed, and why the first of these did."""

    def __init__(self) -> None:
        self.count = self.failed = 0
        self.why = self.reason = self.hint = ""

    def noted(self, lines: list[CheckLine]) -> list[CheckLine]:
        """The checks of one token, counted."""
        last = lines[-1]
        self.count += 1
        if last.reason:
            self.failed += 1
            if self.failed == 1:
                self.why, self.reason, self.hint = last.check.detail, last.reason, last.hint
        return lines


def _checked(number: int, arrival: InputItem, reader: EventReader) -> Iterator[CheckLine]:
    """The checks of what came in, which is a token or nothing to be checked."""
    if arrival.token is None or reader.key is None:
        plain = arrival.problem or InvalidData("this is JSON, not a token: it has no signature")
        error = explained(arrival, plain)
        check = Check("form", ok=False, detail=error.message)
        yield CheckLine(number, arrival.where, check, Reason.MALFORMED, error.hint)
        return
    checks, refusal = verification.verify(arrival.token, reader.key, reader.policy, reader.now)
    failure = None if refusal is None else explained(arrival, refusal)
    if failure is not None:
        checks[-1] = checks[-1]._replace(detail=failure.message)
    for check in checks:
        failed = None if check.ok else failure
        reason, hint = (failed.reason, failed.hint) if failed else (None, "")
        yield CheckLine(number, arrival.where, check, reason, hint)
