"""Read input files and standard input with a size limit, and parse them as JSON, JSONL, YAML, CSV or TSV.

A Document has the position of each of its values, for error messages. In CSV and JSONL, the position is only
the line. A line of JSONL that is not JSON, or a row of CSV with the wrong number of cells, is a broken value;
the other lines are still read.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from loyaltyctl.errors import InvalidData, Location, UsageError
from loyaltyctl.intake import csv_text, strict_json
from loyaltyctl.intake.values import Json, JsonPath, Position, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MAX_BYTES = 64 * 1024 * 1024
"""Maximum size of an input file, which is read into memory as a whole."""
STDIN = "-"
_BUFFER = 1 << 16
_MAX_PATH = 255
"""Maximum length of a path in an error; a longer path is cut."""
MAX_FILES = 1000
"""Maximum number of documents in a folder."""
SCHEMA_SUFFIX = ".schema.json"
"""End of the names of JSON Schemas, which `rules export` writes beside rules files."""


class Syntax(StrEnum):
    """Syntax of an input document, such as JSON or CSV."""

    JSON = "json"
    JSONL = "jsonl"
    YAML = "yaml"
    CSV = "csv"
    TSV = "tsv"


SUFFIXES = {
    ".json": Syntax.JSON,
    ".jsonl": Syntax.JSONL,
    ".ndjson": Syntax.JSONL,
    ".yaml": Syntax.YAML,
    ".yml": Syntax.YAML,
    ".csv": Syntax.CSV,
    ".tsv": Syntax.TSV,
}

_COMPRESSION_MAGIC = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2"}


@dataclass(frozen=True)
class Document:
    """Parsed input file: its name, its syntax and its value.

    `broken` has the problem of each broken value, by the path of the value. `locate` returns the positions
    of all values; it is called only if a message needs one.
    """

    name: str
    syntax: Syntax
    value: Json
    locate: Callable[[], Mapping[JsonPath, Position]] = dict
    broken: Mapping[JsonPath, str] = field(default_factory=dict)

    @cached_property
    def positions(self) -> Mapping[JsonPath, Position]:
        """The position of each value in the document, by the path of the value."""
        return self.locate()

    @cached_property
    def is_on_one_line(self) -> bool:
        """True if all values of the document begin on its first line, as in minified JSON."""
        return all(mark.line <= 1 for mark in self.positions.values())

    def with_path_names(self, spell: Callable[[str | int], str | int]) -> Document:
        """Return the document with new paths in `positions`: `spell` converts each key and index of a path.

        With `str.upper` for `spell`, the position at ("a", "b") is found at ("A", "B").
        """
        return replace(
            self, locate=lambda: {tuple(map(spell, place)): mark for place, mark in self.positions.items()}
        )


def load(path: str, stdin: BinaryIO) -> Document:
    """Read and parse a document: the file at `path`, or `stdin` for "-".

    Raises UsageError if it cannot be read, and InvalidData if it cannot be parsed.
    """
    return parse(read_bytes(path, stdin), display_name(path))


def read_text(path: str, stdin: BinaryIO) -> str:
    """Read the text of a document in UTF-8: the file at `path`, or `stdin` for "-"."""
    return strict_json.decode(read_bytes(path, stdin), display_name(path))


def display_name(path: str) -> str:
    """Return the name of a document for messages: the path of its file, or "standard input"."""
    return "standard input" if path == STDIN else path


def read_bytes(path: str, stdin: BinaryIO) -> bytes:
    """Read the bytes of a document: the file at `path`, or `stdin` for "-".

    Raises UsageError if it cannot be read, and InvalidData if it is larger than MAX_BYTES.
    """
    with open_input(path, stdin) as file:
        return _read_with_limit(file, display_name(path))


@contextmanager
def open_input(path: str, stdin: BinaryIO) -> Iterator[BinaryIO]:
    """Open an input file (or `stdin` for "-") to read the bytes of a document in a `with` block.

    Raises UsageError if the document cannot be opened, or if the block cannot read it.
    """
    try:
        if path == STDIN:
            yield stdin
        else:
            with Path(path).open("rb", buffering=_BUFFER) as file:
                yield file
    except (OSError, ValueError) as error:
        raise _cannot_read_error(path, error) from None


def _cannot_read_error(path: str, error: Exception) -> UsageError:
    """Return the error for a document, or a folder of documents, that cannot be read."""
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError(f"cannot read {quoted(path, _MAX_PATH)}: {reason.lower()}")


def is_folder(path: str | Path) -> bool:
    """Return whether `path` is a folder of documents, not one document. False for an invalid path."""
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def files_in(folder: Path) -> list[Path]:
    """Return the paths of the documents in a folder and its subfolders: its YAML and JSON files.

    Hidden files and folders, and JSON Schemas, are left out. A missing folder has no documents. Raises
    UsageError if a folder or a link cannot be read, and InvalidData for more than MAX_FILES documents.
    """
    found: list[Path] = []
    try:
        for parent, folders, names in os.walk(folder, onerror=_raise_unless_missing):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            found += filter(_is_document, [Path(parent, name) for name in sorted(names)])
            if len(found) > MAX_FILES:
                raise InvalidData(f"there are more than {MAX_FILES} YAML and JSON files in {folder}")
    except OSError as error:
        raise _cannot_read_error(str(error.filename), error) from None
    return found


def _raise_unless_missing(error: OSError) -> None:
    """Raise the error of os.walk for a folder of documents that cannot be read; ignore a missing folder."""
    if not isinstance(error, FileNotFoundError):
        raise error


def _is_document(path: Path) -> bool:
    """Return whether a file in a folder is a document to parse: YAML or JSON, not hidden, not a JSON Schema.

    Raises OSError if the file cannot be examined, such as a link to a missing file.
    """
    if path.name.startswith(".") or path.name.endswith(SCHEMA_SUFFIX):
        return False
    if SUFFIXES.get(path.suffix.lower()) not in (Syntax.YAML, Syntax.JSON):
        return False
    return stat.S_ISREG(path.stat().st_mode)


def parse(data: bytes, name: str) -> Document:
    """Parse the bytes of a document. Raises InvalidData.

    The suffix of `name` decides its syntax. Without a known suffix, its first lines do.
    """
    if packed := compression(data):
        raise InvalidData(
            f"{name} is compressed ({packed})", hint="Decompress it first, or pipe it in with -f -."
        )
    text = strict_json.decode(data, name)
    if not text.strip():
        raise InvalidData(f"{name} is empty")
    syntax = SUFFIXES.get(Path(name).suffix.lower()) or _guess_syntax(text, name)
    return _PARSERS[syntax](text, name, syntax)


def compression(data: bytes) -> str | None:
    """Return the compression format of a document by its first bytes, such as "gzip".

    Returns None if the document is not compressed.
    """
    return next((packed for magic, packed in _COMPRESSION_MAGIC.items() if data.startswith(magic)), None)


def _read_with_limit(file: BinaryIO, name: str) -> bytes:
    """Read the bytes of a document from an open file. Raises InvalidData for more than MAX_BYTES."""
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InvalidData(
            f"{name} is larger than {MAX_BYTES // 1024 // 1024} MiB", hint="Split it into smaller files."
        )
    return data


def _guess_syntax(text: str, name: str) -> Syntax:
    """Guess the syntax of a document without a known suffix, such as standard input, from its first lines.

    Raises InvalidData if the lines fit no syntax.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    first = lines[0].strip()
    if first[0] in "{[":
        # Two lines that begin with "{" are JSONL: in an indented JSON object, the second line is a member.
        objects = first[0] == "{" and len(lines) > 1 and lines[1].lstrip()[:1] == "{"
        return Syntax.JSONL if objects and first.endswith("}") else Syntax.JSON
    if first.startswith(("#", "---", "- ")) or ":" in first.split(",", 1)[0]:
        return Syntax.YAML
    if "\t" in first or "," in first:
        return Syntax.TSV if "\t" in first else Syntax.CSV
    raise InvalidData(
        "cannot tell whether this is JSON, JSONL, YAML or CSV",
        at=Location(name),
        hint="Give the file one of the suffixes .json .jsonl .yaml .csv",
    )


def _parse_json(text: str, name: str, syntax: Syntax) -> Document:
    """Parse JSON to a Document."""
    return Document(name, syntax, strict_json.loads(text, name), lambda: strict_json.positions(text))


def _parse_jsonl(text: str, name: str, syntax: Syntax) -> Document:
    """Parse JSONL to a Document: a list with a value for each line that is not blank.

    A line that is not JSON has the value None, and its problem in `broken`; the other lines are still read.
    """
    values: list[Json] = []
    marks: dict[JsonPath, Position] = {}
    broken: dict[JsonPath, str] = {}
    # Not splitlines(), which also splits at U+2028: JSON strings may contain it.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        marks[len(values),] = Position(number)
        try:
            values.append(strict_json.loads(line))
        except InvalidData as error:
            column = f"column {error.at.column}: " if error.at and error.at.column else ""
            broken[len(values),] = f"{column}{error.problem}"
            values.append(None)
    return Document(name, syntax, values, lambda: marks, broken)


def _parse_yaml(text: str, name: str, syntax: Syntax) -> Document:
    """Parse YAML to a Document."""
    from loyaltyctl.intake import yaml_text  # imports ruamel.yaml, which only YAML files need

    marks: dict[JsonPath, Position] = {}
    return Document(name, syntax, yaml_text.loads(text, name, marks), lambda: marks)


def _parse_csv(text: str, name: str, syntax: Syntax) -> Document:
    """Parse CSV or TSV to a Document with a list of objects; a row with a problem is a broken value."""
    rows = csv_text.loads(text, name, "\t" if syntax is Syntax.TSV else ",")
    values: list[Json] = [None if isinstance(row.cells, str) else dict(row.cells) for row in rows]
    marks: dict[JsonPath, Position] = {(i,): Position(row.line) for i, row in enumerate(rows)}
    broken: dict[JsonPath, str] = {
        (i,): row.cells for i, row in enumerate(rows) if isinstance(row.cells, str)
    }
    return Document(name, syntax, values, lambda: marks, broken)


_PARSERS = {
    Syntax.JSON: _parse_json,
    Syntax.JSONL: _parse_jsonl,
    Syntax.YAML: _parse_yaml,
    Syntax.CSV: _parse_csv,
    Syntax.TSV: _parse_csv,
}
