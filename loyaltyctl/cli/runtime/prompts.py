"""Prompts: confirmation, text and secret input from the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.errors import Declined, InvalidData, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.cli.runtime.console import Console
    from loyaltyctl.cli.runtime.messages import Messages


class Prompts:
    """Prompts written to standard error and answered on standard input."""

    def __init__(self, console: Console, messages: Messages) -> None:
        self._console = console
        self._messages = messages

    def confirm(self, question: str) -> None:
        """Ask for confirmation, unless -y is given or this is a dry run.

        Raises Declined for any answer other than yes, and UsageError if prompts are not possible.
        """
        if self._console.flags.yes or self._console.dry_run:
            return
        if not self._console.can_prompt:
            hint = "There is no terminal to ask on: give -y (--yes)."
            raise UsageError(f"confirmation required: {question}", hint=hint)
        if self.ask(f"{question} [y/N]").lower() not in ("y", "yes"):
            raise Declined("nothing was changed")

    def ask(self, question: str) -> str:
        """Prompt for a line of text, and return it."""
        self._messages.prompt(question)
        return _read_answer(self._console.stdin.readline)

    def ask_secret(self, question: str) -> str:
        """Prompt for a secret, and return it; the terminal does not echo it."""
        from getpass import getpass

        # getpass removes the line break. Without it, an empty line would look like the end of the input.
        return _read_answer(lambda: getpass(f"{question} ", stream=self._console.stderr) + "\n")


def _read_answer(read_line: Callable[[], str]) -> str:
    """Return the answer to a prompt. Raises Declined at the end of the input (Ctrl-D)."""
    try:
        line = read_line()
    except EOFError:
        line = ""
    except UnicodeDecodeError:
        raise InvalidData("the typed text is not UTF-8") from None
    if not line:
        raise Declined("nothing was typed")
    return line.strip()
