"""Entry point of `loyaltyctl`: fast paths for --version, help and completion; Typer for everything else.

Importing Typer takes most of the start-up time. The fast paths print generated files instead: help texts
(cli/docs/help) and completion words (cli/completion). The tests compare these files with the command tree.
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
ROOT = "loyaltyctl"
"""Name of the generated help of the root command, without its extension."""


def main() -> int:
    """Entry point of the program, for `loyaltyctl` and `python -m loyaltyctl`; returns the exit code."""
    # Imports create many objects and almost no garbage: with the default threshold, collections during
    # start-up are wasted time.
    gc.set_threshold(200_000)
    try:
        code = _run_fast_path_or_parser(sys.argv[1:])
        gc.freeze()  # moves all objects out of reach of the collection at interpreter exit
    # The codes are those of cli/runtime/exit_codes.py, which is not imported: it would import enum.
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        code = 141
    except OSError as error:
        print(f"error: cannot write: {error.strerror}", file=sys.stderr)  # noqa: T201 - the runtime is not loaded
        code = 1
    _flush_stdout(sys.stdout)
    return code


def _run_fast_path_or_parser(argv: list[str]) -> int:
    """Run a fast path of the entry point (completion, version or help); for other arguments, the parser."""
    if "_LOYALTYCTL_COMPLETE" in os.environ:
        from loyaltyctl.cli.completion.candidates import main as complete

        return complete(argv)
    text = f"loyaltyctl {loyaltyctl.__version__}\n" if argv in VERSION else _generated_help(argv)
    if text is None:
        from loyaltyctl.cli.commands.process import run_process

        return run_process(argv)
    if sys.stdout is not None:  # None if the caller closed it (`>&-`)
        sys.stdout.write(text)
        sys.stdout.flush()
    return 0


def _flush_stdout(stream: TextIO | None) -> None:
    """Flush standard output at the end of `main`, after a fast path or the parser.

    If that fails, standard output becomes the null device.
    """
    try:
        if stream is not None:
            stream.flush()
    except OSError:
        # The interpreter flushes again at exit, and would print a second error and exit with 120.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _generated_help(argv: list[str]) -> str | None:
    """Return the help text that the fast path prints for `[GROUP] --help` or without arguments.

    None for any other command line, such as `rules list --help`.
    """
    words = argv[:-1] if argv and argv[-1] in HELP else argv
    if len(words) > 1 or (argv and words == argv):
        return None
    # isalpha() also keeps "../" out of the file name below. ROOT names a file, and no group.
    if not all(word.isalpha() and word != ROOT for word in words):
        return None
    name = "".join(words) or ROOT
    try:
        with open(f"{loyaltyctl.__path__[0]}/cli/docs/help/{name}.txt", encoding="utf-8") as file:  # noqa: PTH123 - importing pathlib would take longer than all the rest
            return file.read()
    except OSError:
        return None


if __name__ == "__main__":
    sys.exit(main())
