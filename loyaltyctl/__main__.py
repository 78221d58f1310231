"""The way in. What needs no parser is answered before one is loaded.

`--version`, the help of the program and of its groups, and what TAB offers need none:
help is word for word in files (cli/docs/help), made from the command tree as the words of
TAB are (cli/completing), and compared with it by the tests.
"""

from __future__ import annotations

import gc
import os
import sys

import loyaltyctl

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself would take a third of the time of all this
    from typing import TextIO

VERSION = (["-V"], ["--version"])
HELP = ("-h", "--help")


def main() -> int:
    """Run the command line of this process; returns its exit code."""
    gc.set_threshold(200_000)  # loading modules makes many objects and next to no garbage
    try:
        code = _run(sys.argv[1:])
        gc.freeze()  # nothing is left to be looked through at the end
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        code = 141
    except OSError as error:
        print(f"error: cannot write: {error.strerror}", file=sys.stderr)  # noqa: T201 - before the room that speaks
        code = 1
    _end(sys.stdout)
    return code


def _run(argv: list[str]) -> int:
    if "_LOYALTYCTL_COMPLETE" in os.environ:
        from loyaltyctl.cli.completion.candidates import main as complete

        return complete(argv)
    text = f"loyaltyctl {loyaltyctl.__version__}\n" if argv in VERSION else _ready_help(argv)
    if text is None:
        from loyaltyctl.cli.commands.process import run_process

        return run_process(argv)
    if sys.stdout is not None:
        sys.stdout.write(text)
        sys.stdout.flush()
    return 0


def _end(stream: TextIO | None) -> None:
    """Write what is left; where nobody takes it any more, let the interpreter end without a word."""
    try:
        if stream is not None:
            stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _ready_help(argv: list[str]) -> str | None:
    """The help of the program or of one of its groups, where that is all that is asked for."""
    words = argv[:-1] if argv and argv[-1] in HELP else argv
    if len(words) > 1 or (argv and words == argv) or not all(word.isalpha() for word in words):
        return None
    name = "".join(words) or "loyaltyctl"
    try:
        with open(f"{loyaltyctl.__path__[0]}/cli/docs/help/{name}.txt", encoding="utf-8") as file:  # noqa: PTH123 - pathlib would take longer than all the rest
            return file.read()
    except OSError:
        return None


if __name__ == "__main__":
    sys.exit(main())
