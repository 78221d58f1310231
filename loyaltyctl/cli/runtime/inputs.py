"""Read the input files of a command, such as -f FILE; "-" is standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.errors import UsageError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import BinaryIO

    from loyaltyctl.cli.runtime.console import Console
    from loyaltyctl.cli.runtime.messages import Messages
    from loyaltyctl.intake.documents import Document

STDIN_ONCE = "- (standard input) can be given only once"
"""Error message: the second input file `-` would always be empty."""


class Inputs:
    """Reader of a command's input files; prints a note before it reads text typed in the terminal."""

    def __init__(self, console: Console, messages: Messages) -> None:
        self._console = console
        self._messages = messages
        self._is_stdin_read = False

    def document(self, path: str) -> Document:
        """Parse the JSON, JSONL, YAML or CSV input file at `path`."""
        from loyaltyctl.intake import documents

        return documents.load(path, self._stdin_for(path))

    def read_bytes(self, path: str) -> bytes:
        """Return the content of the input file at `path` as bytes."""
        from loyaltyctl.intake import documents

        return documents.read_bytes(path, self._stdin_for(path))

    def read_text(self, path: str) -> str:
        """Return the content of the input file at `path` as text."""
        from loyaltyctl.intake import documents

        return documents.read_text(path, self._stdin_for(path))

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open the input file at `path` for reading line by line, such as events from a pipe."""
        from loyaltyctl.intake import documents

        return documents.open_input(path, self._stdin_for(path))

    def _stdin_for(self, path: str) -> BinaryIO:
        """Return standard input, which the caller reads only if the `path` of the input file is `-`.

        For `-`, print a note if standard input is a terminal. Raises UsageError if `-` was read before.
        """
        if path == "-":
            if self._is_stdin_read:
                raise UsageError(STDIN_ONCE)
            self._is_stdin_read = True
            # Without the note, a command that waits for typed input looks as if it hangs.
            if self._console.stdin.isatty():
                self._messages.note("reading from the terminal; end with Ctrl-D")
        return self._console.binary_stdin
