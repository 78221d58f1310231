"""Messages on standard error: notes, warnings and errors, with secrets and control characters removed."""

from __future__ import annotations

import contextlib
import re
from threading import Lock
from typing import TYPE_CHECKING

from loyaltyctl.cli.runtime.exit_codes import exit_code
from loyaltyctl.errors import LoyaltyError
from loyaltyctl.intake.redaction import redacted
from loyaltyctl.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.cli.runtime.console import Console
    from loyaltyctl.errors import Detail

RED, YELLOW = "1;31", "33"
MAX_DETAILS = 50
"""Maximum number of details printed with one message: a rules file may have thousands of problems."""
MAX_WARNINGS = 20
"""Maximum number of warnings printed by one call of `warn_each`."""


class Messages:
    """Writer of notes, warnings and errors to standard error; removes secrets and control characters."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._written: set[str] = set()
        self._lock = Lock()  # several sites are changed at once, each in a thread

    def note(self, text: str, label: str = "", color: str = "") -> None:
        """Write a note to standard error, unless -q is given."""
        if not self._console.flags.quiet:
            self.write(text, label, color)

    def note_once(self, text: str) -> None:
        """Write a note to standard error, unless -q is given or this run has written the same text before."""
        if self._is_first_occurrence(text):
            self.note(text)

    def warn(self, text: str) -> None:
        """Write a warning to standard error, unless -q is given."""
        self.note(text, "warning: ", YELLOW)

    def warn_once(self, text: str) -> None:
        """Write a warning to standard error, unless -q is given or this run has written it before."""
        if self._is_first_occurrence(text):
            self.warn(text)

    def warn_each(self, texts: Sequence[str], more: str) -> None:
        """Write the first MAX_WARNINGS warnings, then the number of those left out.

        `more` ends that last line: `warnings like these` gives `3 more warnings like these`.
        """
        for text in texts[:MAX_WARNINGS]:
            self.warn(text)
        if len(texts) > MAX_WARNINGS:
            self.warn(f"{len(texts) - MAX_WARNINGS} more {more}")

    def success(self, text: str) -> None:
        """Write a success message if standard error is a terminal or -v is given.

        Write nothing in a dry run or with -q.
        """
        if not self._console.dry_run and (self._console.stderr.isatty() or self._console.flags.verbose):
            self.note(text)

    def verbose(self, text: str) -> None:
        """Write a message to standard error if -v or --debug is given."""
        if self._console.verbose:
            self.write(text)

    def prompt(self, question: str) -> None:
        """Write the question of a prompt, without a line break: the answer is typed on the same line."""
        self._write_redacted(f"{visible(question)} ")

    def write(self, text: str, label: str = "", color: str = "") -> None:
        """Write a message to standard error, also with -q; only its label is colored."""
        colored = bool(color) and self._console.has_color(self._console.stderr)
        shown = f"\x1b[{color}m{label}\x1b[0m" if colored else label
        self._write_redacted(shown + "".join(f"{visible(line)}\n" for line in text.split("\n")))

    def error(self, error: LoyaltyError, *, as_json: bool) -> None:
        """Write the exception that ended a run to standard error, as text or as a JSON object."""
        hint = self.with_profile(error.hint)
        if as_json:
            from loyaltyctl.contract.json_values import to_json_value
            from loyaltyctl.contract.outputs.errors import Error, Failed
            from loyaltyctl.render.json_yaml import to_json

            failed = Failed(Error.of(error, hint or None, exit_code(error)))
            self._write_redacted(to_json(to_json_value(failed), indented=False))
            return
        self.write(visible(error.message), "error: ", RED)  # on one line: it may quote untrusted text
        for line in detail_lines(error.details):
            self.write(line)
        if error.request_id:
            self.write(f"request id: {error.request_id}")
        if hint:
            self.write(f"hint: {hint}")

    def internal_error(self, error: Exception) -> LoyaltyError:
        """Convert an unexpected exception to a LoyaltyError; with --debug, write its traceback."""
        if self._console.debug:
            import traceback

            # File, line and function only: the message and the variables may contain secrets.
            frames = traceback.extract_tb(error.__traceback__)
            self.write("\n".join(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames))
        return LoyaltyError(
            f"this is a defect of loyaltyctl: {type(error).__name__}",
            code="DEFECT",
            hint="Run it again with --debug, and report what it prints.",
        )

    def with_profile(self, text: str) -> str:
        """Return a message with -p PROFILE added to the commands in it, if this run was started with -p."""
        return add_profile(text, self._console.flags.profile)

    def _is_first_occurrence(self, text: str) -> bool:
        """Return whether this run writes a message with this text for the first time."""
        with self._lock:
            is_new = text not in self._written
            self._written.add(text)
        return is_new

    def _write_redacted(self, text: str) -> None:
        """Write text to standard error without secrets; every message passes through here."""
        # A closed standard error must not end the run: a change may be half done.
        with contextlib.suppress(OSError):
            self._console.stderr.write(redacted(text))
            self._console.stderr.flush()


def detail_lines(details: Sequence[Detail]) -> list[str]:
    """Return the first MAX_DETAILS details of a message as indented lines, then how many are left out."""
    lines = [f"  {visible(str(detail))}" for detail in details[:MAX_DETAILS]]
    return [*lines, f"  and {len(details) - MAX_DETAILS} more"] if len(details) > MAX_DETAILS else lines


def add_profile(text: str, profile: str | None) -> str:
    """Return a message with -p PROFILE added to the commands in it; unchanged without a profile.

    A command that already begins with a flag stays as it is: `loyaltyctl -p sandbox rules list`.
    """
    command = f"loyaltyctl -p {profile} " if profile else "loyaltyctl "
    # A function, since a replacement string could contain backslashes.
    return re.sub(r"\bloyaltyctl (?!-)", lambda _: command, text)
