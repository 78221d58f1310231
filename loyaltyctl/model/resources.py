"""Resource tables: the fields of a resource of the vendor, and the parts of the table that other modules use.

    respell          responses and files, in any of the vendor's spellings
    members          validation (resource_validation.py) and JSON Schemas (resource_schemas.py)
    desired          the fields that a rules file sets: plans compare and update them
    writable_part    the part of a request that the sandbox stores
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


@dataclass(frozen=True)
class Resource:
    """Resource of the API as a table of fields. An object is listed before its members."""

    name: str
    fields: tuple[Field, ...]
    special: tuple[str, ...] = ()
    """Top-level fields that `desired` leaves out: the awards of a rule, which have their own comparison."""

    @cached_property
    def leaves(self) -> tuple[Field, ...]:
        """Documented fields of the resource that have no members in the table."""
        return tuple(
            field
            for field in self.fields
            if field.access is not Access.INTERNAL and not self.members(field.path)
        )

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Paths of the resource's `leaves`."""
        return tuple(field.path for field in self.leaves)

    @cached_property
    def wire_names(self) -> frozenset[str]:
        """Every key in the table of the resource, at any depth, in the API's spelling."""
        return frozenset(step for field in self.fields for step in field.path.split("."))

    @cached_property
    def writable(self) -> tuple[str, ...]:
        """Names of the resource's top-level fields that requests may contain."""
        return tuple(field.name for field in self.members() if field.is_writable)

    @cached_property
    def read_only(self) -> tuple[str, ...]:
        """Names of the resource's top-level fields that only the server sets."""
        return tuple(field.name for field in self.members() if not field.is_writable)

    @cached_property
    def desired(self) -> tuple[Field, ...]:
        """Fields of the resource that a rules file sets, to be compared one by one.

        Members of lists are not included, since a list is compared as a whole. Fields in `special` are not
        included.
        """
        # A field that only Create accepts cannot be changed, so a difference in it could never be removed.
        fixed = {*self.special, *(field.name for field in self.members() if field.access is Access.CREATE)}
        below_lists = self._paths_below_lists
        return tuple(
            field
            for field in self.fields
            if field.is_writable
            and field.path.partition(".")[0] not in fixed
            and field.kind is not FieldKind.OBJECT
            and not field.path.startswith(below_lists)
        )

    @cached_property
    def csv_fields(self) -> tuple[Field, ...]:
        """Fields of the resource that have a CSV column: single values outside of lists."""
        return tuple(
            field
            for field in self.leaves
            if field.csv
            and field.kind is not FieldKind.LIST
            and not field.path.startswith(self._paths_below_lists)
        )

    @cached_property
    def defaults(self) -> Mapping[str, str]:
        """Default values of the resource's fields by path, for a new resource that leaves them out."""
        return {field.path: field.default for field in self.fields if field.default}

    def __getitem__(self, path: str) -> Field:
        """Return the field of the resource at a path."""
        return self._fields_by_path[path]

    def members(self, above: str = "") -> tuple[Field, ...]:
        """Return, from the resource table, the members of the object at a path; "" is the top level."""
        return self._fields_by_parent.get(above, ())

    def writable_part(self, document: JsonObject, above: str = "") -> JsonObject:
        """Return the part of `document` that requests may contain, by the table of the resource."""
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
        """Return `value` with the keys of the resource in the API's spelling, at every depth."""
        return spelling.respell(value, self._wire_names_by_spelling, self.wire_names)

    def wire_name(self, step: str | int) -> str | int:
        """Return the API's spelling of a key in a path of the resource. An index is returned unchanged."""
        return self._wire_names_by_spelling.get(step, step) if isinstance(step, str) else step

    @cached_property
    def _paths_below_lists(self) -> tuple[str, ...]:
        """Prefixes of the paths inside the resource's lists of objects, such as `triggerFilters.`."""
        return tuple(f"{field.path}." for field in self.fields if field.kind is FieldKind.OBJECTS)

    @cached_property
    def _wire_names_by_spelling(self) -> Mapping[str, str]:
        """Keys of the resource by other spellings of them: `{"trigger_app_id": "triggerAppId"}`."""
        return spelling.variants(self.wire_names)

    @cached_property
    def _fields_by_path(self) -> Mapping[str, Field]:
        """Fields of the resource by path."""
        return {field.path: field for field in self.fields}

    @cached_property
    def _fields_by_parent(self) -> Mapping[str, tuple[Field, ...]]:
        """Fields of the resource by the path of the object that contains them."""
        found: defaultdict[str, list[Field]] = defaultdict(list)
        for field in self.fields:
            found[field.path.rpartition(".")[0]].append(field)
        return {above: tuple(fields) for above, fields in found.items()}
