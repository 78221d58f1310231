"""Checks of `doctor` for shell completion and the man page.

The package installs both in the folder `share` of its Python environment. By default, a shell does not
search that folder in a virtual environment. A start-up file that runs `loyaltyctl completion` always works.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.cli.commands.doctor.checks import Check, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from loyaltyctl.cli.commands.doctor.checks import Result
    from loyaltyctl.cli.runtime.context import Context

SYSTEM = "/usr/local/share:/usr/share"
"""Default of XDG_DATA_DIRS in the XDG Base Directory Specification."""
_SCRIPT = "loyaltyctl completion"
"""Command that loads the completion script, in the start-up file of a shell."""


class Shell(NamedTuple):
    """A shell that `doctor` checks.

    `script` is the path of its completion script in the folder `share`. Any of the start-up files `starts`
    may have the `line` that loads the completion. These files are in the folder that the environment
    `variable` names. If it is not set, they are in `folder` below the home folder.
    """

    script: str
    starts: tuple[str, ...]
    line: str
    variable: str = ""
    folder: str = "."


SHELLS = {
    "bash": Shell(
        "bash-completion/completions/loyaltyctl",
        (".bashrc", ".bash_profile", ".profile"),
        'eval "$(loyaltyctl completion bash)"',
    ),
    "zsh": Shell(
        "zsh/site-functions/_loyaltyctl", (".zshrc",), 'eval "$(loyaltyctl completion zsh)"', "ZDOTDIR"
    ),
    "fish": Shell(
        "fish/vendor_completions.d/loyaltyctl.fish",
        ("fish/config.fish",),
        "loyaltyctl completion fish | source",
        "XDG_CONFIG_HOME",
        ".config",
    ),
}


def _check_completion(ctx: Context) -> Iterator[Result]:
    """Check that the user's shell, named by SHELL, would load the completion script."""
    environ = ctx.console.environ
    name = Path(environ.get("SHELL", "")).name
    shell = SHELLS.get(name)
    if shell is None:
        known = " ".join(SHELLS)
        yield ok("completion", f"SHELL is {name or 'not set'}; there is completion for {known}")
        return
    named, home = environ.get(shell.variable), _home_folder(environ)
    folder = Path(named) if named else home / shell.folder if home else None
    loading = (folder / start for start in shell.starts) if folder else ()
    places = [*filter(Path.is_file, _script_paths(name, shell, environ)), *filter(_loads_script, loading)]
    start = Path(named or Path("~", shell.folder), shell.starts[0])
    yield _search_result("completion", name, places, shell.script, f"Put this in {start}: {shell.line}")


def _check_man_page(ctx: Context) -> Iterator[Result]:
    """Check that `man loyaltyctl` in the shell would find the man page."""
    environ = ctx.console.environ
    if shutil.which("man", path=environ.get("PATH", "")) is None:
        yield ok("man page", "there is no man on this machine")
        return
    names = ("man1/loyaltyctl.1", "man1/loyaltyctl.1.gz")
    places = [*filter(Path.is_file, (folder / name for folder in _manpath(environ) for name in names))]
    read = "Read it with: loyaltyctl help --man | man -l -"
    yield _search_result("man page", "man", places, f"man/{names[0]}", read)


def _search_result(name: str, program: str, found: Sequence[Path], share: str, next_step: str) -> Result:
    """Return the result of a check: ok if `program` (the shell or man) finds a file, otherwise a warning.

    `found` are the files that it finds. `share` is the path of the installed file, relative to the folder
    `share` of the Python environment. `next_step` tells the user what to do after a warning.
    """
    if found:
        return ok(name, f"{program} finds it: {found[0]}")
    installed = Path(sys.prefix, "share", share)
    if installed.exists():
        return warning(name, f"{program} does not search where it is installed: {installed}", next_step)
    return warning(name, f"{program} has none for loyaltyctl", next_step)


def _script_paths(name: str, shell: Shell, environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the paths from which a shell would load the completion script, for `doctor` to check."""
    if name == "zsh":
        yield from (Path(folder, "_loyaltyctl") for folder in _split_paths(environ.get("FPATH", "")))
        yield from (Path(folder, shell.script) for folder in _split_paths(SYSTEM))
        return
    yield from (folder / shell.script for folder in _data_folders(environ))
    home = _home_folder(environ)
    if name == "fish" and home:
        config = environ.get("XDG_CONFIG_HOME") or home / ".config"
        yield Path(config, "fish/completions/loyaltyctl.fish")


def _data_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the data folders in which a shell searches for completion scripts, the user's folder first."""
    home = _home_folder(environ)
    if named := environ.get("XDG_DATA_HOME"):
        yield Path(named)
    elif home is not None:
        yield home / ".local/share"
    yield from map(Path, _split_paths(environ.get("XDG_DATA_DIRS") or SYSTEM))


def _manpath(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the folders in which man, started from the shell, searches for man pages.

    The folders of MANPATH come first. If MANPATH is not set or has an empty entry, the folders beside the
    folders of PATH follow, and then the folders of the system.
    """
    named = environ.get("MANPATH", "")
    yield from map(Path, _split_paths(named))
    if named and "" not in named.split(os.pathsep):
        return
    for folder in _split_paths(environ.get("PATH", "")):
        yield from (Path(folder).parent / below for below in ("share/man", "man"))
    yield from (Path(folder, "man") for folder in _split_paths(SYSTEM))


def _split_paths(text: str) -> list[str]:
    """Return the folders in a shell variable such as PATH: `/bin:/usr/bin` -> `/bin`, `/usr/bin`."""
    return [folder for folder in text.split(os.pathsep) if folder]


def _home_folder(environ: Mapping[str, str]) -> Path | None:
    """Return the home folder that a shell takes from HOME; None if HOME is not set."""
    return Path(environ["HOME"]) if environ.get("HOME") else None


def _loads_script(path: Path) -> bool:
    """Return whether a start-up file of a shell loads the completion script; comments do not count."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    except OSError:
        return False
    return any(_SCRIPT in line.partition("#")[0] for line in text.splitlines())


CHECKS = (Check("completion", _check_completion), Check("man page", _check_man_page))
