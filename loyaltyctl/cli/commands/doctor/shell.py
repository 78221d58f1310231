"""What the shell knows of the program: its completion, and the man page.

The package brings both, below `share` of the environment that it is installed in. Whether a
shell looks there depends on that shell; what a start-up file takes from the program itself is
always found.
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
_SCRIPT = "loyaltyctl completion"
"""What a start-up file that takes the script from the program has in it, before any comment."""


class Shell(NamedTuple):
    """A shell: its completion script below `share`, its start-up files, and what to put there.

    The start-up files lie in the folder that `variable` names, else in `folder` below home.
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


def _completion(ctx: Context) -> Iterator[Result]:
    environ = ctx.console.environ
    name = Path(environ.get("SHELL", "")).name
    shell = SHELLS.get(name)
    if shell is None:
        known = " ".join(SHELLS)
        yield ok("completion", f"SHELL is {name or 'not set'}; there is completion for {known}")
        return
    named, home = environ.get(shell.variable), _home(environ)
    folder = Path(named) if named else home / shell.folder if home else None
    starts = [folder / start for start in shell.starts] if folder else []
    found = [_first([*_looked_in(name, shell, environ)]), next(filter(_takes_script, starts), None)]
    script = next((path for path in found if path is not None), None)
    if script is not None:
        yield ok("completion", f"{name} finds it: {script}")
        return
    own = Path(sys.prefix, "share", shell.script)
    there = (
        f"{name} does not look where it is installed: {own}"
        if own.exists()
        else f"{name} has none for loyaltyctl"
    )
    start = Path(named or Path("~", shell.folder), shell.starts[0])
    yield warning("completion", there, f"Put this in {start}: {shell.line}")


def _man_page(ctx: Context) -> Iterator[Result]:
    environ = ctx.console.environ
    if shutil.which("man", path=environ.get("PATH", "")) is None:
        yield ok("man page", "there is no man on this machine")
        return
    names = ("man1/loyaltyctl.1", "man1/loyaltyctl.1.gz")
    page = _first([folder / name for folder in _manpath(environ) for name in names])
    if page is not None:
        yield ok("man page", f"man finds it: {page}")
        return
    own = Path(sys.prefix, "share", "man", names[0])
    there = (
        f"man does not look where it is installed: {own}" if own.exists() else "man has none of loyaltyctl"
    )
    yield warning("man page", there, "Read it with: loyaltyctl help --man | man -l -")


def _looked_in(name: str, shell: Shell, environ: Mapping[str, str]) -> Iterator[Path]:
    """The files that a shell would take its completion from."""
    if name == "zsh":
        yield from (Path(folder, "_loyaltyctl") for folder in _listed(environ.get("FPATH", "")))
        yield from (Path(folder, shell.script) for folder in _listed(SYSTEM))
        return
    yield from (folder / shell.script for folder in _data_folders(environ))
    home = _home(environ)
    if name == "fish" and home:
        config = environ.get("XDG_CONFIG_HOME") or home / ".config"
        yield Path(config, "fish/completions/loyaltyctl.fish")


def _data_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    """Where shared data lies: the person's, then the system's."""
    home = _home(environ)
    if named := environ.get("XDG_DATA_HOME"):
        yield Path(named)
    elif home is not None:
        yield home / ".local/share"
    yield from map(Path, _listed(environ.get("XDG_DATA_DIRS") or SYSTEM))


def _manpath(environ: Mapping[str, str]) -> Iterator[Path]:
    """Where man looks: in MANPATH, and unless that is all, beside each folder of PATH and in the system's."""
    named = environ.get("MANPATH", "")
    yield from map(Path, _listed(named))
    if named and "" not in named.split(os.pathsep):
        return
    for folder in _listed(environ.get("PATH", "")):
        yield from (Path(folder).parent / below for below in ("share/man", "man"))
    yield from (Path(folder, "man") for folder in _listed(SYSTEM))


def _listed(text: str) -> list[str]:
    return [folder for folder in text.split(os.pathsep) if folder]


def _home(environ: Mapping[str, str]) -> Path | None:
    return Path(environ["HOME"]) if environ.get("HOME") else None


def _first(paths: Sequence[Path]) -> Path | None:
    return next((path for path in paths if path.is_file()), None)


def _takes_script(path: Path) -> bool:
    """Whether a start-up file takes the script from the program."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    except OSError:
        return False
    return any(_SCRIPT in line.partition("#")[0] for line in text.splitlines())


CHECKS = (Check("completion", _completion), Check("man page", _man_page))
