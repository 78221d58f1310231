"""Real shells on a pseudo-terminal, in which TAB is pressed."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from fcntl import ioctl
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

COMPLETIONS = Path(__file__).parent.parent.parent / "completions"
SECONDS = 20
START = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        'bind "set bell-style none" "set enable-bracketed-paste off"; eval "$(loyaltyctl completion bash)"',
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        'PS1="$ "; autoload -U compinit; compinit -u -D; eval "$(loyaltyctl completion zsh)"',
    ),
    "zsh, as installed": (
        ["zsh", "-f", "-i"],
        f'PS1="$ "; fpath=({COMPLETIONS} $fpath); autoload -U compinit; compinit -u -D',
    ),
    "fish": (
        ["fish", "--no-config", "-i"],
        "function fish_prompt; echo '$ '; end; loyaltyctl completion fish | source",
    ),
}
"""Command that starts each shell, and the line that loads its completion."""
READY = "it is ready"
_CONTROLS = re.compile(r"\x1b(\[[0-9;?<>=]*[A-Za-z]|[\]P].*?(\x07|\x1b\\)|[()][0B]|[>=])|\x07|\r")


class Shell:
    """Running shell with completion."""

    def __init__(self, name: str, environ: Mapping[str, str], folder: str) -> None:
        argv, loading = START[name]
        environ = {**environ, "TERM": "xterm", "HOME": folder, "PS1": "$ ", "LANG": "C.UTF-8"}
        self._pid, self._ours = pty.fork()
        if not self._pid:
            os.chdir(folder)
            os.execvpe(argv[0], argv, environ)  # noqa: S606 - the shell itself is what is tried
        ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
        self._send(f'{loading}; echo it is" "ready\n')
        self._until(re.escape(READY))

    def completed(self, typed: str, expected: str, tabs: int = 1) -> str:
        """Press TAB, and return the screen once it matches `expected`; raise if it never does."""
        self._send(typed + "\t" * tabs)
        shown = self._until(expected)
        self._send("\x15")  # clears the line
        return shown

    def close(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._ours)

    def _send(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def _until(self, pattern: str) -> str:
        seen, end = "", time.monotonic() + SECONDS
        while not re.search(pattern, seen):
            assert time.monotonic() < end, f"no {pattern!r} in:\n{seen}"
            if select.select([self._ours], [], [], 0.05)[0]:
                with contextlib.suppress(OSError):
                    seen = _CONTROLS.sub("", seen + os.read(self._ours, 65536).decode(errors="replace"))
        return seen
