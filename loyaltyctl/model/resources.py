"""Resources of the API: tables of fields, and the views of a table that other modules derive from.

    respell          responses and files, in any of the vendor's spellings
    members          validation (validation.py) and JSON Schemas (json_schema.py)
    desired          rules files: what is compared and changed
    writable_part    what the sandbox stores of a request
    csv_fields       columns of CSV; `heading` of a field: columns of tables and records
    paths            --fields, `events explain`

A new field is one entry of a table. Code names a field only if the field is special.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from loyaltyctl.model import spelling
from loyaltyctl.model.fields import Access, Field, FieldKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loyaltyctl.intake.values import Json, JsonObject

CONTAINERS = (FieldKind.OBJECT, FieldKind.OBJECTS)


@dataclass(frozen=True)
class Resource:
    """One kind of entity, described field by field; an object is listed before its members."""

    name: str
    fields: tuple[Field, ...]
    special: tuple[str, ...] = ()
    """The top-level names that code compares and reads in its own way."""

    @cached_property
    def leaves(self) -> tuple[Field, ...]:
        """The documented fields that have no members of their own."""
        return tuple(
            field
            for field in self.fields
            if field.access is not Access.INTERNAL and not self.members(field.path)
        )

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The paths of all leaves."""
        return tuple(field.path for field in self.leaves)

    @cached_property
    def wire_names(self) -> frozenset[str]:
        """Every key that the API uses in this resource, at any depth."""
        return frozenset(step for field in self.fields for step in field.path.split("."))

    @cached_property
    def writable(self) -> tuple[str, ...]:
        """The top-level names that may be sent."""
        return tuple(field.name for field in self.members() if field.is_writable)

    @cached_property
    def read_only(self) -> tuple[str, ...]:
        """The top-level names that the server sets."""
        return tuple(field.name for field in self.members() if not field.is_writable)

    @cached_property
    def desired(self) -> tuple[Field, ...]:
        """The writable fields that a rules file decides value by value, apart from `special` ones."""
        fixed = {*self.special, *(field.name for field in self.members() if field.access is Access.CREATE)}
        listed = self._list_prefixes
        return tuple(
            field
            for field in self.fields
            if field.is_writable
            and field.path.partition(".")[0] not in fixed
            and field.kind is not FieldKind.OBJECT
            and not field.path.startswith(listed)
        )

    @cached_property
    def csv_fields(self) -> tuple[Field, ...]:
        """The fields with a column in CSV: single values outside of lists."""
        return tuple(
            field
            for field in self.leaves
            if field.csv
            and field.kind is not FieldKind.LIST
            and not field.path.startswith(self._list_prefixes)
        )

    @cached_property
    def defaults(self) -> Mapping[str, str]:
        """The values that are sent when a resource is created without them, by path."""
        return {field.path: field.default for field in self.fields if field.default}

    def __getitem__(self, path: str) -> Field:
        return self._by_path[path]

    def members(self, above: str = "") -> tuple[Field, ...]:
        """Return the direct members of the object at a path, or of the resource."""
        return self._members.get(above, ())

    def writable_part(self, document: JsonObject, above: str = "") -> JsonObject:
        """Return the members of an object that the table lists as writable, at every depth."""
        part: JsonObject = {}
        for field in self.members(above):
            if not field.is_writable or field.name not in document:
                continue
            value = document[field.name]
            if field.kind is FieldKind.OBJECT and isinstance(value, dict):
                value = self.writable_part(value, field.path)
            elif field.kind is FieldKind.OBJECTS and isinstance(value, list):
                value = [
                    self.writable_part(item, field.path) if isinstance(item, dict) else item for item in value
                ]
            part[field.name] = value
        return part

    def respell(self, value: Json) -> Json:
        """Return `value` with the known keys in the wire's spelling, at every depth that is known."""
        return spelling.respell(value, self._spellings, self.wire_names)

    def wire_name(self, step: str | int) -> str | int:
        """Return one step of a place in the wire's spelling."""
        return self._spellings.get(step, step) if isinstance(step, str) else step

    @cached_property
    def _list_prefixes(self) -> tuple[str, ...]:
        return tuple(f"{field.path}." for field in self.fields if field.kind is FieldKind.OBJECTS)

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        return spelling.variants(self.wire_names)

    @cached_property
    def _by_path(self) -> Mapping[str, Field]:
        return {field.path: field for field in self.fields}

    @cached_property
    def _members(self) -> Mapping[str, tuple[Field, ...]]:
        found: defaultdict[str, list[Field]] = defaultdict(list)
        for field in self.fields:
            found[field.path.rpartition(".")[0]].append(field)
        return {above: tuple(fields) for above, fields in found.items()}
