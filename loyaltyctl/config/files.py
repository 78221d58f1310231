"""TOML files: strict reading, and edits that keep comments.

A file is replaced atomically, with mode 0600. A lock serializes edits of several processes.
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
"""Names of tables of tables: `[profiles.NAME]`."""

MAX_REASON = 200
_BOM = "\ufeff"
_HINT = "Correct the file, or remove it to start over."


def read(path: Path) -> dict[str, Any]:
    """Return the content of a file, with all sections; missing ones are empty.

    Raises InvalidData with the line of a syntax error, or the name of an invalid section.
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
    """Parse TOML; cached, since a run over many profiles reads the same file for each."""
    import tomllib

    return tomllib.loads(text)


def section(document: TOMLDocument, name: str) -> Any:
    """Return a section of a document that is being edited; created if it is missing.

    An inline table is converted to a table, since no table can be added to an inline one.
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
    """Read a file with secrets. Raises NotAllowed if others can read it."""
    try:
        found = permissions_of(path)
    except OSError:
        found = None  # `read` reports why
    if found is not None and found.is_file and found.is_open:
        raise NotAllowed(
            f"{path} can be read by others (mode {found.mode:04o})",
            code="UNSAFE_CREDENTIALS",
            hint=f"Run: chmod 600 {shlex.quote(str(path))}",
        )
    return read(path)


@contextlib.contextmanager
def editing(path: Path) -> Iterator[TOMLDocument]:
    """Yield the document of a file for editing, and write it at the end of the block.

    Comments, line endings and a byte order mark are kept. Nothing is written unless the new text parses to
    the edited document, and the file is still the one that was read.
    """
    import tomlkit

    try:
        private_files.make_folder(path.parent)
        with _lock(path):
            read(path)  # raises InvalidData for what tomlkit would accept
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
            hint="Set LOYALTYCTL_CONFIG_DIR to a writable folder.",
        ) from None


def _check(path: Path, text: str, document: TOMLDocument) -> None:
    """Raise LoyaltyError unless the new text parses to the edited document."""
    import tomllib

    try:
        same = _without_empty_tables(tomllib.loads(text)) == _without_empty_tables(document.unwrap())
    except ValueError:
        same = False
    if not same:
        raise LoyaltyError(
            f"{path} cannot be changed: its new text would have other values; nothing was written",
            code="CANNOT_EDIT",
            hint="Make the change in the file with an editor.",
        )


def _without_empty_tables(value: Any) -> Any:
    """Return a value without empty tables: tomlkit writes no header for them."""
    if not isinstance(value, dict):
        return value
    members = {name: _without_empty_tables(member) for name, member in value.items()}
    return {name: member for name, member in members.items() if member != {}}


def _text(path: Path) -> str:
    """Return the text of a file, "" if it does not exist."""
    return _decoded(_data(path) or b"", path)


def _data(path: Path) -> bytes | None:
    """Return the bytes of a file, None if it does not exist. Only regular files: opening a pipe may block."""
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
    """Lock a file against other runs; without fcntl the last writer wins."""
    with private_files.make_file(path.with_name(f".{path.name}.lock")).open("w") as file:
        file_locks.lock(file.fileno())
        yield
