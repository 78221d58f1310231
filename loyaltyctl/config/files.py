"""TOML files that are read strictly and replaced whole.

A file that is written appears at once, complete and with mode 0600, or not at all. Two
programs that change one file do so one after the other.
"""

from __future__ import annotations

import contextlib
import shlex
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from loyaltyctl.config.paths import CONFIG_DIR
from loyaltyctl.config.permissions import permissions_of
from loyaltyctl.errors import InvalidData, LoyaltyError, NotAllowed
from loyaltyctl.intake import atomic_files, file_locks, private_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tomlkit import TOMLDocument

PROFILES, TOKENS = SECTIONS = ("profiles", "tokens")
"""What a file holds many of, each a table of its own: `[profiles.NAME]`."""

MAX_REASON = 200
_BOM = "\ufeff"
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
    """A section of a document that is being changed; made where there is none.

    One in braces becomes a table: no table could be added to it.
    """
    import tomlkit
    from tomlkit.items import InlineTable

    found = document.setdefault(name, tomlkit.table(is_super_table=True))
    if isinstance(found, InlineTable):
        table = tomlkit.table(is_super_table=False)
        table.update(found.unwrap())
        if found.trivia.comment:
            table.comment(found.trivia.comment.lstrip("# "))
        document[name] = table
        found = document[name]
    return found


def read_private(path: Path) -> dict[str, Any]:
    """The same for a file with secrets, which nobody else may be able to read."""
    try:
        found = permissions_of(path)
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
    """The file's document, to be changed in the block and written after it.

    Comments, line ends and a byte order mark stay. Nothing is written unless the new text
    reads back as the changed document, and the file is as it was read.
    """
    import tomlkit

    try:
        private_files.make_folder(path.parent)
        with _lock(path):
            read(path)  # says what is wrong with it, if anything is
            data = _data(path)
            text = _decoded(data or b"", path)
            document = tomlkit.parse(text.replace("\r\n", "\n"))
            yield document
            new = tomlkit.dumps(document)
            _check(path, new, document)
            new = new.replace("\n", "\r\n") if "\r\n" in text else new
            mark = _BOM if (data or b"").startswith(_BOM.encode()) else ""
            atomic_files.replace(path, mark + new, before=data)
    except OSError as error:
        raise LoyaltyError(
            f"cannot write {path}: {error.strerror}",
            code="CANNOT_WRITE",
            hint="Set LOYALTYCTL_CONFIG_DIR to a folder that can be written to.",
        ) from None


def _check(path: Path, text: str, document: TOMLDocument) -> None:
    """Raise LoyaltyError unless a new text says what the document does."""
    import tomllib

    try:
        same = _without_empty_tables(tomllib.loads(text)) == _without_empty_tables(document.unwrap())
    except ValueError:
        same = False
    if not same:
        raise LoyaltyError(
            f"{path} cannot be changed: its new text would say something else; nothing was written",
            code="CANNOT_EDIT",
            hint="Make the change in the file with an editor.",
        )


def _without_empty_tables(value: Any) -> Any:
    """`value` as it is read: tomlkit writes no header for a table that holds nothing."""
    if not isinstance(value, dict):
        return value
    members = {name: _without_empty_tables(member) for name, member in value.items()}
    return {name: member for name, member in members.items() if member != {}}


def _text(path: Path) -> str:
    """The text of a file, "" where there is none."""
    return _decoded(_data(path) or b"", path)


def _data(path: Path) -> bytes | None:
    """The bytes of a file, None where there is none. Nothing else is opened: a pipe may never answer."""
    try:
        found = permissions_of(path)
        if found is None or found.is_file:
            return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    raise InvalidData(
        f"{path} is not a file",
        hint=f"Move it away, or name another folder: export {CONFIG_DIR}=FOLDER",
    )


def _decoded(data: bytes, path: Path) -> str:
    try:
        return data.decode().removeprefix(_BOM)
    except UnicodeDecodeError:
        raise _unreadable(path, "not UTF-8") from None


def _unreadable(path: Path, reason: str) -> InvalidData:
    return InvalidData(
        f"cannot read {path}: {reason}", hint=f"Look at it with: ls -l {shlex.quote(str(path))}"
    )


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Keep other runs out; where the platform has no such lock, the last writer wins."""
    with private_files.make_file(path.with_name(f".{path.name}.lock")).open("w") as file:
        file_locks.lock(file.fileno())
        yield
