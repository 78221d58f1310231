"""What is said on standard error: notes, warnings, traces and errors, all of it harmless to a terminal."""

from __future__ import annotations

import contextlib
import json
import re
from threading import Lock
from typing import TYPE_CHECKING

from loyaltyctl.api.hooks import (
    Changed,
    OutcomeUnknown,
    Reconciling,
    RequestStarted,
    ResponseReceived,
    RulesSeen,
    Waiting,
)
from loyaltyctl.cli.runtime.exit_codes import exit_code
from loyaltyctl.errors import LoyaltyError
from loyaltyctl.intake.redaction import redacted
from loyaltyctl.render.machine import to_json
from loyaltyctl.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loyaltyctl.api.hooks import Notification
    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.intake.values import Json, JsonObject

RED, YELLOW = "1;31", "33"
SHOWN_DETAILS = 50
SHOWN_WARNINGS = 20  # of one kind


class Messages:
    """Speaks to the person at a context."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._told: set[str] = set()
        self._listening = Lock()
        self._once = Lock()

    def note(self, text: str, label: str = "", tone: str = "") -> None:
        """A message, unless -q."""
        if not self._context.flags.quiet:
            self.tell(text, label, tone)

    def note_once(self, text: str) -> None:
        """A note that is worth hearing once in a run."""
        if self._is_new(text):
            self.note(text)

    def warn_once(self, text: str) -> None:
        """A warning that is worth hearing once in a run."""
        if self._is_new(text):
            self.warn(text)

    def _is_new(self, text: str) -> bool:
        with self._once:
            is_new = text not in self._told
            self._told.add(text)
        return is_new

    def warn(self, text: str) -> None:
        """A message about something that may not be wanted."""
        self.note(text, "warning: ", YELLOW)

    def warn_each(self, texts: Sequence[str], more: str) -> None:
        """Warn of each of many, up to `SHOWN_WARNINGS` of them; then of how many `more` there are."""
        for text in texts[:SHOWN_WARNINGS]:
            self.warn(text)
        if len(texts) > SHOWN_WARNINGS:
            self.warn(f"{len(texts) - SHOWN_WARNINGS} more {more}")

    def succeed(self, text: str) -> None:
        """A message that something is done: for people, not for logs."""
        if not self._context.rehearsing and (self._context.stderr.isatty() or self._context.flags.verbose):
            self.note(text)

    def explain(self, text: str) -> None:
        """A message about a decision, for those who ask with -v."""
        if self._context.flags.verbose or self.tracing:
            self.tell(text)

    def ask(self, question: str) -> None:
        """A question; the answer follows on the same line."""
        self._write(f"{visible(question)} ")

    def tell(self, text: str, label: str = "", tone: str = "") -> None:
        """Lines, whatever the flags say; only the label has a colour."""
        painted = (
            f"\x1b[{tone}m{label}\x1b[0m" if tone and self._context.paints(self._context.stderr) else label
        )
        self._write(painted + "".join(f"{visible(line)}\n" for line in text.split("\n")))

    def _write(self, text: str) -> None:
        """Write to standard error; that nobody can be told is no reason to stop."""
        with contextlib.suppress(OSError):
            self._context.stderr.write(redacted(text))
            self._context.stderr.flush()

    def error(self, error: LoyaltyError, *, as_json: bool) -> None:
        """How a run failed, for a person or for a program."""
        if as_json:
            self._write(to_json({"error": _document(error, self._hint(error))}, indented=False))
            return
        self.tell(visible(error.message), "error: ", RED)  # on one line: others' words are in it
        for detail in error.details[:SHOWN_DETAILS]:
            self.tell(f"  {visible(str(detail))}")
        if len(error.details) > SHOWN_DETAILS:
            self.tell(f"  and {len(error.details) - SHOWN_DETAILS} more")
        if error.request_id:
            self.tell(f"request id: {error.request_id}")
        if hint := self._hint(error):
            self.tell(f"hint: {hint}")

    def _hint(self, error: LoyaltyError) -> str | None:
        return self.for_profile(error.hint) or None

    def for_profile(self, text: str) -> str:
        """A text with its commands for the profile that this one was for."""
        profile = self._context.flags.profile
        command = f"loyaltyctl -p {profile} " if profile else "loyaltyctl "
        return re.sub(r"\bloyaltyctl (?!-)", lambda _: command, text)

    def defect(self, error: Exception) -> LoyaltyError:
        """A defect of ours as an error; its frames, where they are asked for."""
        if self.tracing:
            import traceback

            frames = traceback.extract_tb(error.__traceback__)
            self.tell("\n".join(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames))
        return LoyaltyError(
            f"this is a defect of loyaltyctl: {type(error).__name__}",
            code="DEFECT",
            hint="Run it again with --debug, and report what it says.",
        )

    def hear(self, fact: Notification) -> None:
        """What the API client tells while it works, on one site or on several at once."""
        with self._listening:
            self._hear(fact)

    def _hear(self, fact: Notification) -> None:
        match fact:
            case RulesSeen() | OutcomeUnknown():
                pass  # what is shown of them is the command's affair
            case Changed():
                self.explain(f"done: {fact.what}")
            case RequestStarted():
                self._trace(f"> {fact.method} {fact.url}", fact.headers.items(), fact.body)
            case ResponseReceived():
                request = {"X-Wix-Request-Id": fact.request_id} if fact.request_id else {}
                self._trace(f"< {fact.status} after {fact.seconds * 1000:.0f} ms", request.items(), fact.text)
            case Waiting():
                self.note(f"waiting {fact.seconds:.1f} s: {fact.why}")
            case Reconciling():
                self.note(f"not sure whether this took effect, looking at the site: {fact.what}")

    def _trace(self, line: str, headers: Iterable[tuple[str, str]], body: Json) -> None:
        if not self.tracing:
            return
        self.tell(line)
        for name, value in headers:
            self.tell(f"  {name}: {value}")
        if body:
            self.tell(f"  {body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)}")

    @property
    def tracing(self) -> bool:
        """Whether requests and answers are traced."""
        return bool(self._context.flags.debug) or self._context.is_on("LOYALTYCTL_DEBUG")


def _document(error: LoyaltyError, hint: str | None) -> JsonObject:
    document: JsonObject = {
        "code": error.reason,
        "message": error.message,
        "hint": hint,
        "exitCode": int(exit_code(error)),
    }
    if error.http_status is not None:
        document["httpStatus"] = error.http_status
    if error.request_id is not None:
        document["requestId"] = error.request_id
    if error.details:
        document["details"] = [
            {
                name: str(getattr(detail, name))
                for name in ("where", "field", "message", "rule")
                if getattr(detail, name)
            }
            for detail in error.details
        ]
    return document
