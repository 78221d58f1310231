"""Entry point. Answers simple requests before the parser is loaded, which takes most of the start-up time.

`--version`, the help of the program and of its groups, and completion need no parser: help texts
(cli/docs/help) and completion words (cli/completion) are generated from the command tree, and the tests
compare them with it.
"""

from __future__ import annotations

import gc
import os
import sys

import loyaltyctl

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would take a third of the time of --version
    from typing import TextIO

VERSION = (["-V"], ["--version"])
HELP = ("-h", "--help")


def main() -> int:
    """Run the command line of this process, and return its exit code."""
    gc.set_threshold(200_000)  # imports create many objects and almost no garbage
    try:
        code = _run(sys.argv[1:])
        gc.freeze()  # skips the collection at exit
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        code = 141
    except OSError as error:
        print(f"error: cannot write: {error.strerror}", file=sys.stderr)  # noqa: T201 - the runtime is not loaded
        code = 1
    _end(sys.stdout)
    return code


def _run(argv: list[str]) -> int:
    if "_LOYALTYCTL_COMPLETE" in os.environ:
        from loyaltyctl.cli.completion.candidates import main as complete

        return complete(argv)
    text = f"loyaltyctl {loyaltyctl.__version__}\n" if argv in VERSION else _generated_help(argv)
    if text is None:
        from loyaltyctl.cli.commands.process import run_process

        return run_process(argv)
    if sys.stdout is not None:
        sys.stdout.write(text)
        sys.stdout.flush()
    return 0


def _end(stream: TextIO | None) -> None:
    """Flush standard output; if its reader is gone, keep the interpreter from printing an error at exit."""
    try:
        if stream is not None:
            stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _generated_help(argv: list[str]) -> str | None:
    """Return the help of the program or of a group; None if something else is requested."""
    words = argv[:-1] if argv and argv[-1] in HELP else argv
    if len(words) > 1 or (argv and words == argv) or not all(word.isalpha() for word in words):
        return None
    name = "".join(words) or "loyaltyctl"
    try:
        with open(f"{loyaltyctl.__path__[0]}/cli/docs/help/{name}.txt", encoding="utf-8") as file:  # noqa: PTH123 - importing pathlib would take longer than all the rest
            return file.read()
    except OSError:
        return None


if __name__ == "__main__":
    sys.exit(main())
