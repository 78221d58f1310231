"""Input files of a command; "-" is standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import BinaryIO

    from loyaltyctl.cli.runtime.console import Console
    from loyaltyctl.cli.runtime.messages import Messages
    from loyaltyctl.intake.documents import Document


class Inputs:
    """Reader of input files."""

    def __init__(self, console: Console, messages: Messages) -> None:
        self._console = console
        self._messages = messages

    def document(self, path: str) -> Document:
        """Return the JSON, JSONL, YAML or CSV document at `path`."""
        from loyaltyctl.intake import documents

        return documents.load(path, self._stdin_for(path))

    def data(self, path: str) -> bytes:
        """Return the bytes of the file at `path`."""
        from loyaltyctl.intake import documents

        return documents.read(path, self._stdin_for(path))

    def text(self, path: str) -> str:
        """Return the text of the file at `path`."""
        from loyaltyctl.intake import documents

        return documents.text(path, self._stdin_for(path))

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open the file at `path` for reading as its content arrives."""
        from loyaltyctl.intake import documents

        return documents.open_input(path, self._stdin_for(path))

    def _stdin_for(self, path: str) -> BinaryIO:
        if path == "-" and self._console.stdin.isatty():
            self._messages.note("reading from the terminal; end with Ctrl-D")
        return self._console.binary_stdin
