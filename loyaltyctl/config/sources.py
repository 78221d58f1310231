"""Sources of settings and credentials, in the order of precedence."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")


class SourceKind(Enum):
    """The kinds of places that a setting or a credential can come from, the strongest first.

    This order is the precedence; nothing else states it. A profile that the command line names is
    stronger than the environment, and one that is merely in use is weaker.
    """

    FLAG = "flag"
    NAMED_PROFILE = "named profile"
    ENVIRONMENT = "environment"
    PROFILE = "profile"
    CONFIG = "config"
    DEFAULT = "default"

    @property
    def label(self) -> str:
        """The name of the source in messages; a profile is one however it was chosen."""
        return "profile" if self is SourceKind.NAMED_PROFILE else self.value

    @property
    def rank(self) -> int:
        """The position in the order: less is stronger."""
        return [*SourceKind].index(self)


class Source(NamedTuple):
    """Where a setting came from: the kind of place, and which one."""

    kind: SourceKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind.label} {self.name}".strip()


def in_order(places: Mapping[SourceKind, Callable[[], T | None]]) -> Iterator[tuple[SourceKind, T]]:
    """Yield what is found in these places, the strongest first; each is read when it is reached."""
    for source in SourceKind:
        if source in places and (found := places[source]()) is not None:
            yield source, found
