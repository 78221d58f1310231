"""TOML files that are read strictly and replaced whole.

A file that is written appears at once, complete and with mode 0600, or not at all. Two
programs that change one file do so one after the other.
"""

from __future__ import annotations

import contextlib
import shlex
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from loyaltyctl.config.condition import condition
from loyaltyctl.config.paths import CONFIG_DIR
from loyaltyctl.errors import InvalidData, LoyaltyError, NotAllowed
from loyaltyctl.intake import private_files, whole_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tomlkit import TOMLDocument

PROFILES, TOKENS = SECTIONS = ("profiles", "tokens")
"""What a file holds many of, each a table of its own: `[profiles.NAME]`."""

MAX_REASON = 200
_HINT = "Correct the file, or remove it to begin anew."


def read(path: Path) -> dict[str, Any]:
    """What the file says, with every section; {} of each where there is none.

    Raises InvalidData with the line, or with the section that is no table of tables.
    """
    document: dict[str, Any] = {name: {} for name in SECTIONS}
    try:
        if text := _text(path):
            document |= _parsed(text)
    except (ValueError, RecursionError) as error:
        raise InvalidData(f"{path}: {str(error)[:MAX_REASON]}", hint=_HINT) from None
    for name in SECTIONS:
        section = document[name]
        if not isinstance(section, dict) or not all(isinstance(one, dict) for one in section.values()):
            raise InvalidData(f"{path}: {name} must be tables, as in [{name}.NAME]", hint=_HINT)
    return document


@lru_cache(maxsize=4)
def _parsed(text: str) -> dict[str, Any]:
    """What a text says; many profiles are read from the same one."""
    import tomllib

    return tomllib.loads(text)


def section(document: TOMLDocument, name: str) -> Any:
    """A section of a document that is being changed; made where there is none."""
    import tomlkit

    return document.setdefault(name, tomlkit.table(is_super_table=True))


def read_private(path: Path) -> dict[str, Any]:
    """The same for a file with secrets, which nobody else may be able to read."""
    try:
        found = condition(path)
    except OSError:
        found = None  # reading it says why
    if found is not None and found.is_file and found.is_open:
        raise NotAllowed(
            f"{path} can be read by others (mode {found.mode:04o})",
            code="UNSAFE_CREDENTIALS",
            hint=f"Run: chmod 600 {shlex.quote(str(path))}",
        )
    return read(path)


@contextlib.contextmanager
def changing(path: Path) -> Iterator[TOMLDocument]:
    """The file's document, to be changed in the block and written after it; comments stay."""
    import tomlkit

    try:
        private_files.make_folder(path.parent)
        with _lock(path):
            read(path)  # says what is wrong with it, if anything is
            document = tomlkit.parse(_text(path))
            yield document
            whole_files.replace(path, tomlkit.dumps(document))
    except OSError as error:
        raise LoyaltyError(
            f"cannot write {path}: {error.strerror}",
            code="CANNOT_WRITE",
            hint="Set LOYALTYCTL_CONFIG_DIR to a folder that can be written to.",
        ) from None


def _text(path: Path) -> str:
    """What is in a file, "" where there is none. Nothing else is opened: a pipe may keep one waiting."""
    try:
        found = condition(path)
        if found is None or found.is_file:
            return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise InvalidData(
            f"cannot read {path}: {reason}", hint=f"Look at it with: ls -l {shlex.quote(str(path))}"
        ) from None
    raise InvalidData(
        f"{path} is not a file",
        hint=f"Move it away, or name another folder: export {CONFIG_DIR}=FOLDER",
    )


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Keep other runs out; where the platform has no such lock, the last writer wins."""
    with private_files.make_file(path.with_name(f".{path.name}.lock")).open("w") as file:
        with contextlib.suppress(ImportError):
            import fcntl  # not on Windows

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
