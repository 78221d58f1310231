"""Console of a run: standard streams, environment, clock and shared flags.

The console also decides whether output is colored, and whether prompts are possible.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from loyaltyctl.cli.runtime.flags import Color, Flags
from loyaltyctl.intake.values import whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO, TextIO

    from loyaltyctl.render.terminal import Terminal
    from loyaltyctl.transport.deadline import Clock

DEFAULT_WIDTH = 80
"""Width of a terminal that does not report one."""


class Console:
    """Console of a run: standard streams, environment, clock and shared flags."""

    def __init__(
        self,
        *,
        stdin: TextIO,
        stdout: TextIO,
        stderr: TextIO,
        environ: Mapping[str, str],
        clock: Clock = time,
    ) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.environ = environ
        self.clock = clock
        self.flags = Flags()

    @property
    def binary_stdin(self) -> BinaryIO:
        """Standard input of the console as a stream of bytes."""
        return self.stdin.buffer

    def is_enabled(self, variable: str) -> bool:
        """Return whether an environment variable of the console is set, and not to 0, false or no."""
        return self.environ.get(variable, "").lower() not in ("", "0", "false", "no")

    @property
    def dry_run(self) -> bool:
        """True if --dry-run or --curl is given: requests are printed instead of sent."""
        return bool(self.flags.dry_run or self.flags.curl)

    @property
    def debug(self) -> bool:
        """True if requests and responses are traced."""
        return bool(self.flags.debug) or self.is_enabled("LOYALTYCTL_DEBUG")

    @property
    def verbose(self) -> bool:
        """True if -v is given or requests are traced: the program then explains its decisions."""
        return bool(self.flags.verbose) or self.debug

    @property
    def can_prompt(self) -> bool:
        """True if the console can prompt: stdin and stderr are terminals, and prompts are not disabled.

        --no-input, LOYALTYCTL_NO_INPUT and CI disable them. Standard output may be a pipe, since prompts
        are written to standard error.
        """
        disabled = self.flags.no_input or self.is_enabled("LOYALTYCTL_NO_INPUT") or self.is_enabled("CI")
        return not disabled and self.stdin.isatty() and self.stderr.isatty()

    def terminal(self, stream: TextIO) -> Terminal:
        """Return the properties of a stream of the console: whether it is a terminal, its width and colors.

        The properties include the current time, so that dates can be formatted relative to now.
        """
        from loyaltyctl.render.terminal import UNLIMITED_WIDTH, Terminal

        # COLUMNS comes first: it also sets the width of output to a pipe or a file.
        width = whole_number(self.environ.get("COLUMNS", "")) or 0
        if width not in range(1, UNLIMITED_WIDTH):
            size = shutil.get_terminal_size((DEFAULT_WIDTH, 0))
            # Output to a pipe or a file is never cut: scripts read it.
            width = size.columns if stream.isatty() else UNLIMITED_WIDTH
        return Terminal(stream.isatty(), width, self.has_color(stream), self.clock.time())

    def has_color(self, stream: TextIO) -> bool:
        """Return whether the console colors `stream`.

        The first of these decides: --color, NO_COLOR, FORCE_COLOR, TERM=dumb, whether `stream` is a terminal.
        """
        if self.flags.color not in (None, Color.AUTO):
            return self.flags.color is Color.ALWAYS
        if self.environ.get("NO_COLOR"):
            return False
        if self.environ.get("FORCE_COLOR"):
            return True
        return self.environ.get("TERM") != "dumb" and stream.isatty()
