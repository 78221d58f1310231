"""`events verify`: verify tokens, with one output line per check."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.cli.commands.events import options
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.json_values import OMITTED
from loyaltyctl.contract.outputs.events import Check, Verdict
from loyaltyctl.errors import InvalidData, InvalidToken, UsageError
from loyaltyctl.render.views import GREEN, RED, Column, View
from loyaltyctl.tokens import verification
from loyaltyctl.tokens.reasons import Reason
from loyaltyctl.webhooks.reader import explain_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.webhooks.event_files import InputItem
    from loyaltyctl.webhooks.reader import EventReader


class CheckLine(NamedTuple):
    """Output line of `events verify` for one check of one token; a failed check has a reason and a hint."""

    token: int
    where: str
    check: Check
    reason: str | None = None
    hint: str = ""


def _verify_view(*, one: bool) -> View[CheckLine]:
    """Return the View with which `events verify` writes its output: a line per check.

    Unless there is only `one` token, each line has the location of its token.
    """
    location = () if one else (Column[CheckLine]("TOKEN", lambda line: line.where),)
    return View[CheckLine](
        columns=(
            *location,
            Column("CHECK", lambda line: line.check.name),
            Column(
                "RESULT",
                lambda line: "ok" if line.check.ok else f"FAILED {line.reason}",
                lambda line: GREEN if line.check.ok else RED,
            ),
            Column("DETAIL", lambda line: line.check.detail),
        ),
        output=lambda line: line.check,
        id=lambda line: line.check.name,
        output_type=Check,
        whole=lambda lines, checks: _verdicts(lines, checks)[0] if one else _verdicts(lines, checks),
    )


def _verdicts(lines: Sequence[CheckLine], checks: list[Check]) -> list[Verdict]:
    """Return the JSON of `events verify`: a verdict on each token, with its checks, in input order."""
    verdicts: dict[int, Verdict] = {}
    for line, check in zip(lines, checks, strict=True):
        before = verdicts.get(line.token, Verdict(valid=True, reason=OMITTED, checks=[]))
        valid = before.valid and not line.reason
        verdicts[line.token] = Verdict(valid, line.reason or OMITTED, [*before.checks, check])
    return [*verdicts.values()]


def verify(ctx: Context, inputs: options.Inputs, trust: options.TrustOptions, at: options.At = None) -> None:
    """Verify tokens; the exit code is 9 unless all are valid.

    Verification stops at the first check that fails: size, form, header, signature, payload,
    expiry, start, issuer, audience, age. Wix sends neither issuer nor audience, so these are
    checked only if required. Nothing in a token is trusted before its signature is verified.
    A wrapped token, such as one in a log line, is rejected; the error describes the wrapper.

    Examples:
      loyaltyctl events verify token.jwt --public-key test.pub.pem
      loyaltyctl events verify token.jwt --public-key test.pub.pem --max-age 2d --json
    """
    reader = trust.reader(ctx, at)
    if reader.key is None:
        raise UsageError(
            "no public key to verify signatures with",
            hint="Give --public-key FILE, or set one: loyaltyctl config set public-key-file FILE",
        )
    summary = _VerifySummary()
    tokens = (
        summary.add([*_verify_item(number, item, reader)])
        for number, item in enumerate(options.read_file_arguments(ctx, inputs))
    )
    # Two tokens are verified first: the output for a single token is an object, not a list.
    first = [*islice(tokens, 2)]
    lines = chain.from_iterable(chain(first, tokens))
    ctx.output.show_stream(lines, _verify_view(one=len(first) == 1))
    if not summary.count:
        raise InvalidData("no token to verify")
    if summary.failed:
        several = f"{summary.failed:,} of {summary.count:,} tokens are not trusted; the first one"
        subject = "the token is not trusted" if summary.count == 1 else several
        raise InvalidToken(f"{subject}: {summary.detail}", code=summary.reason, hint=summary.hint)


class _VerifySummary:
    """Summary of `events verify`: the number of tokens, of failed tokens, and the first failure."""

    def __init__(self) -> None:
        """Create a summary of no verified tokens."""
        self.count = self.failed = 0
        self.detail = self.reason = self.hint = ""

    def add(self, lines: list[CheckLine]) -> list[CheckLine]:
        """Count a verified token: it failed if its last check did. Return its lines unchanged."""
        last = lines[-1]
        self.count += 1
        if last.reason:
            self.failed += 1
            if self.failed == 1:
                self.detail, self.reason, self.hint = last.check.detail, last.reason, last.hint
        return lines


def _verify_item(number: int, item: InputItem, reader: EventReader) -> Iterator[CheckLine]:
    """Verify an input item, with a line per check; an item that is not a token fails the check `form`."""
    if item.token is None or reader.key is None:
        problem = item.problem or InvalidData("this is JSON, not a token: it has no signature")
        error = explain_error(item, problem)
        check = Check("form", ok=False, detail=error.message)
        yield CheckLine(number, item.where, check, Reason.MALFORMED, error.hint)
        return
    checks, refusal = verification.verify(item.token, reader.key, reader.policy, reader.now)
    failure = None if refusal is None else explain_error(item, refusal)
    if failure is not None:
        checks[-1] = checks[-1]._replace(detail=failure.message)
    for check in checks:
        failed = None if check.ok else failure
        reason, hint = (failed.reason, failed.hint) if failed else (None, "")
        yield CheckLine(number, item.where, check, reason, hint)
