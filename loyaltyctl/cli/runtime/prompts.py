"""Prompts: questions to the person at the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.errors import Declined, InvalidData, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.cli.runtime.console import Console
    from loyaltyctl.cli.runtime.messages import Messages


class Prompts:
    """Prompts on standard error, answered on standard input."""

    def __init__(self, console: Console, messages: Messages) -> None:
        self._console = console
        self._messages = messages

    def confirm(self, question: str) -> None:
        """Ask a yes-or-no question, unless -y is given or nothing will be sent.

        Raises Declined for any answer but yes, and UsageError if prompts are not possible.
        """
        if self._console.flags.yes or self._console.dry_run:
            return
        if not self._console.can_prompt:
            hint = "There is no terminal to ask on: give -y (--yes)."
            raise UsageError(f"confirmation required: {question}", hint=hint)
        if self.ask(f"{question} [y/N]").lower() not in ("y", "yes"):
            raise Declined("nothing was changed")

    def ask(self, question: str) -> str:
        """Return one typed line."""
        self._messages.prompt(question)
        return _read(self._console.stdin.readline)

    def ask_secret(self, question: str) -> str:
        """Return one typed line, without echo."""
        from getpass import getpass

        return _read(lambda: getpass(f"{question} ", stream=self._console.stderr) + "\n")


def _read(read_line: Callable[[], str]) -> str:
    try:
        line = read_line()
    except EOFError:
        line = ""
    except UnicodeDecodeError:
        raise InvalidData("the typed text is not UTF-8") from None
    if not line:
        raise Declined("nothing was typed")
    return line.strip()
