"""Field descriptions: the rows of the tables that describe the vendor's resources and events."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class FieldKind(StrEnum):
    """The JSON type of a field, as precisely as the vendor's reference gives it."""

    TEXT = "text"
    ID = "id"
    """A GUID; with `limits`, any text of that length."""
    DATE = "date"
    COUNT = "count"
    """A whole number that may be larger than 2^53, and so is text: revisions, sequences."""
    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "true or false"
    LIST = "list"
    OBJECT = "object"
    OBJECTS = "list of objects"


class Access(StrEnum):
    """Who may set a field, and when."""

    READ = "read-only"
    """Set by the server; left out of what is sent."""
    KEY = "key"
    """Set by the server; files and commands use it to name the resource."""
    WRITE = "writable"
    REQUIRED = "required"
    """Writable, and needed to create the resource."""
    CREATE = "create-only"
    """Needed to create the resource, and never changed by an update."""
    INTERNAL = "internal"
    """Internal to the vendor: tolerated in responses, left out of what is sent, not documented."""


WRITABLE = (Access.WRITE, Access.REQUIRED, Access.CREATE)
NEEDED = (Access.REQUIRED, Access.CREATE)


class Heading(NamedTuple):
    """The column of a field in tables and records.

    Columns are ordered by `place`. On a narrow terminal the last ones are left out first,
    except those with `keep`. `record_only` columns appear only where a single resource is shown.
    """

    text: str
    place: int
    keep: bool = False
    record_only: bool = False


class OptionText(NamedTuple):
    """The command-line option of a field: its metavar and help, and the commands that take it."""

    name: str
    metavar: str
    help: str
    commands: tuple[str, ...]


class Field(NamedTuple):
    """One field of a resource.

    `path` is the wire path; a list adds no step of its own. `values` are those of an enum.
    `limits` are the least and the greatest number, text length or list length, by `kind`.
    """

    path: str
    kind: FieldKind
    about: str
    values: tuple[str, ...] = ()
    limits: tuple[int, int] | None = None
    access: Access = Access.READ
    blank: bool = False
    """An empty text means the same as null."""
    default: str = ""
    """The value that is sent when a resource is created without one."""
    file: str = ""
    """The name in rules files, where that differs from the path."""
    csv: bool = True
    """Has a column in CSV, if it holds a single value and lies in no list."""
    heading: Heading | None = None
    option: OptionText | None = None

    @property
    def name(self) -> str:
        """The last step of the path: the key in JSON."""
        return self.path.rpartition(".")[2]

    @property
    def description(self) -> str:
        """The sentence about the field, with the length of a text."""
        if self.limits is None or self.kind not in (FieldKind.TEXT, FieldKind.ID):
            return self.about
        least, most = self.limits
        return f"{self.about.removesuffix('.')}, {f'{least} to' if least else 'up to'} {most} characters."

    @property
    def is_writable(self) -> bool:
        return self.access in WRITABLE

    @property
    def is_needed(self) -> bool:
        """Whether a resource cannot be created without the field."""
        return self.access in NEEDED

    @property
    def zero_values(self) -> tuple[str, ...]:
        """The enum values that mean "not set": the API reads them out, but takes none of them."""
        return tuple(value for value in self.values if value.startswith(("UNKNOWN", "UNDEFINED")))

    @property
    def writable_values(self) -> tuple[str, ...]:
        """The enum values that may be sent."""
        return tuple(value for value in self.values if value not in self.zero_values)
