"""Fields of the vendor's resources and events: kind, access, limits, heading and option of each."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class FieldKind(StrEnum):
    """Kind of a field: the JSON type, as precisely as the vendor's reference gives it."""

    TEXT = "text"
    ID = "id"
    """A GUID; with `limits`, any text of that length."""
    DATE = "date"
    COUNT = "count"
    """A whole number as text, since it may be larger than 2^53: revisions, sequences."""
    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "true or false"
    LIST = "list"
    OBJECT = "object"
    OBJECTS = "list of objects"


class Access(StrEnum):
    """Access to a field: whether the server or a request sets it, and when."""

    READ = "read-only"
    """Set by the server; left out of requests."""
    KEY = "key"
    """Set by the server; files and commands use it to name the resource."""
    WRITE = "writable"
    REQUIRED = "required"
    """Writable, and required to create the resource."""
    CREATE = "create-only"
    """Required to create the resource, and never changed by an update."""
    INTERNAL = "internal"
    """Internal to the vendor: tolerated in responses, left out of requests, not documented."""


WRITABLE = (Access.WRITE, Access.REQUIRED, Access.CREATE)
NEEDED = (Access.REQUIRED, Access.CREATE)


class Heading(NamedTuple):
    """Heading of a field's column in printed tables and records.

    Columns are ordered by `position`. On a narrow terminal the last columns are left out first,
    except those with `keep`. A `record_only` column appears only if a single resource is shown.
    """

    text: str
    position: int
    keep: bool = False
    record_only: bool = False


class OptionText(NamedTuple):
    """Command-line option of a field: name, metavar, help, and the commands that take the option."""

    name: str
    metavar: str
    help: str
    commands: tuple[str, ...]


class Field(NamedTuple):
    """Field of a resource or an event: one row of a table.

    `path` is the path in the API's JSON, without list indexes: `triggerFilters.values`. `values` are the
    values of an enum. `limits` are a minimum and a maximum: of a number, or of the length of a text or list.
    """

    path: str
    kind: FieldKind
    about: str
    values: tuple[str, ...] = ()
    limits: tuple[int, int] | None = None
    access: Access = Access.READ
    blank: bool = False
    """Whether an empty text means the same as null."""
    default: str = ""
    """The value that is sent when a resource is created without one."""
    file: str = ""
    """The name of the field in rules files, if it differs from the path."""
    csv: bool = True
    """Whether the field has a CSV column. Lists, and fields inside lists, never have one."""
    heading: Heading | None = None
    option: OptionText | None = None

    @property
    def name(self) -> str:
        """Key of the field in JSON: the last step of the path."""
        return self.path.rpartition(".")[2]

    @property
    def description(self) -> str:
        """Description of the field; for a text also the limits of its length."""
        if self.limits is None or self.kind not in (FieldKind.TEXT, FieldKind.ID):
            return self.about
        least, most = self.limits
        return f"{self.about.removesuffix('.')}, {f'{least} to' if least else 'up to'} {most} characters."

    @property
    def is_writable(self) -> bool:
        """Whether requests may set the field."""
        return self.access in WRITABLE

    @property
    def is_needed(self) -> bool:
        """Whether the field must be given to create the resource."""
        return self.access in NEEDED

    @property
    def zero_values(self) -> tuple[str, ...]:
        """Enum values of the field that mean "not set": the API returns them, and does not accept them."""
        return tuple(value for value in self.values if value.startswith(("UNKNOWN", "UNDEFINED")))

    @property
    def writable_values(self) -> tuple[str, ...]:
        """Enum values of the field that requests may contain."""
        return tuple(value for value in self.values if value not in self.zero_values)
