"""TOML files config.toml and credentials.toml: strict reading, and edits that keep comments.

Files are replaced atomically, with mode 0600. A lock file serializes the edits of concurrent processes.
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
"""Sections of the TOML files: tables of tables, such as `[profiles.NAME]`."""

MAX_REASON = 200
"""Maximum number of characters that are shown of a TOML parser's message."""
_BOM = "\ufeff"
_INVALID_TOML_HINT = "Correct the file, or remove it to start over."


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file. Missing sections are added as empty tables; a missing file counts as empty.

    Raises InvalidData for a syntax error, with the line, and for an invalid section.
    """
    document: dict[str, Any] = {name: {} for name in SECTIONS}
    try:
        if text := _toml_text(path):
            document |= _parse_toml(text)
    except (ValueError, RecursionError) as error:
        raise InvalidData(f"{path}: {str(error)[:MAX_REASON]}", hint=_INVALID_TOML_HINT) from None
    for name in SECTIONS:
        section = document[name]
        if not isinstance(section, dict) or not all(isinstance(one, dict) for one in section.values()):
            raise InvalidData(f"{path}: {name} must be tables, as in [{name}.NAME]", hint=_INVALID_TOML_HINT)
    return document


@lru_cache(maxsize=4)
def _parse_toml(text: str) -> dict[str, Any]:
    """Parse the text of a TOML file. Cached, since a run over many profiles reads one file many times."""
    import tomllib  # not tomlkit, which takes longer to import and is needed for edits only

    return tomllib.loads(text)


def toml_section(document: TOMLDocument, name: str) -> Any:
    """Return a section of a TOML document for editing; create the section if it is missing.

    An inline table (`profiles = {…}`) is converted to a normal table first, since `[profiles.NAME]` cannot
    extend it.
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


def read_private_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file with secrets. Raises NotAllowed if its mode gives other users access."""
    try:
        found = permissions_of(path)
    except OSError:
        found = None  # `read_toml` reports why
    if found is not None and found.is_file and found.is_open:
        raise NotAllowed(
            f"{path} can be read by others (mode {found.mode:04o})",
            code="UNSAFE_CREDENTIALS",
            hint=f"Run: chmod 600 {shlex.quote(str(path))}",
        )
    return read_toml(path)


@contextlib.contextmanager
def editing_toml(path: Path) -> Iterator[TOMLDocument]:
    """Edit a TOML file in a block: yield its document, and write the file at the end of the block.

    Comments, line endings and a byte order mark are kept. Writes nothing, and raises an error, if the new
    text does not parse to the edited document, or if the file was changed in the meantime.
    """
    import tomlkit

    try:
        private_files.make_folder(path.parent)
        with _locked_toml(path):
            read_toml(path)  # raises InvalidData for invalid sections, which tomlkit accepts
            data = _toml_bytes(path)
            text = _decode_toml(data or b"", path)
            document = tomlkit.parse(text.replace("\r\n", "\n"))
            yield document
            new = tomlkit.dumps(document)
            _check_new_toml(path, new, document)
            new = new.replace("\n", "\r\n") if "\r\n" in text else new
            mark = _BOM if (data or b"").startswith(_BOM.encode()) else ""
            atomic_files.replace(path, mark + new, before=data)
    except OSError as error:
        raise LoyaltyError(
            f"cannot write {path}: {error.strerror}",
            code="CANNOT_WRITE",
            hint="Set LOYALTYCTL_CONFIG_DIR to a writable folder.",
        ) from None


def _check_new_toml(path: Path, text: str, document: TOMLDocument) -> None:
    """Raise LoyaltyError unless the new text of a TOML file parses to the edited document."""
    # In a file with dotted keys (profiles.shop.site-id = …), tomlkit inserts a new table above other keys.
    # In the new text these keys would be members of the new table.
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
    """Return a value of a TOML file without empty tables, which tomlkit may leave out of the new text."""
    if not isinstance(value, dict):
        return value
    members = {name: _without_empty_tables(member) for name, member in value.items()}
    return {name: member for name, member in members.items() if member != {}}


def _toml_text(path: Path) -> str:
    """Return the text of a TOML file; an empty text if the file does not exist."""
    return _decode_toml(_toml_bytes(path) or b"", path)


def _toml_bytes(path: Path) -> bytes | None:
    """Return the bytes of a TOML file; None if it does not exist.

    Raises InvalidData if it cannot be read, or is not a regular file.
    """
    try:  # the permissions first: opening a pipe would block until something writes to it
        found = permissions_of(path)
        if found is None or found.is_file:
            return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable_file(path, error.strerror or str(error)) from None
    raise InvalidData(
        f"{path} is not a file",
        hint=f"Move it away, or name another folder: export {CONFIG_DIR}=FOLDER",
    )


def _decode_toml(data: bytes, path: Path) -> str:
    """Decode the bytes of a TOML file, without a byte order mark. Raises InvalidData if not UTF-8."""
    try:
        return data.decode().removeprefix(_BOM)
    except UnicodeDecodeError:
        raise _unreadable_file(path, "not UTF-8") from None


def _unreadable_file(path: Path, reason: str) -> InvalidData:
    """Return the error for a TOML file that cannot be read."""
    return InvalidData(
        f"cannot read {path}: {reason}", hint=f"Look at it with: ls -l {shlex.quote(str(path))}"
    )


@contextlib.contextmanager
def _locked_toml(path: Path) -> Iterator[None]:
    """Lock a TOML file against edits of other processes during the block. On Windows, nothing is locked."""
    # A separate file is locked: an edit replaces the TOML file, and its lock would stay with the old file.
    with private_files.make_file(path.with_name(f".{path.name}.lock")).open("w") as file:
        file_locks.lock(file.fileno())
        yield
