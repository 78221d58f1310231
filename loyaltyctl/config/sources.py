"""Sources of settings and credentials, and their order of precedence."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")


class SourceKind(Enum):
    """Kind of source of a setting or credential. The order of the members is the precedence, highest first.

    A profile named on the command line takes precedence over the environment, so that no exported variable
    redirects the command to another site. The environment takes precedence over the default profile.
    """

    FLAG = "flag"
    NAMED_PROFILE = "named profile"
    ENVIRONMENT = "environment"
    PROFILE = "profile"
    CONFIG = "config"
    DEFAULT = "default"

    @property
    def label(self) -> str:
        """The name of this kind of source in messages: `profile` for both kinds of profiles."""
        return "profile" if self is SourceKind.NAMED_PROFILE else self.value

    @property
    def rank(self) -> int:
        """The position of this kind of source in the order of precedence; 0 is the highest."""
        return [*SourceKind].index(self)


class Source(NamedTuple):
    """Source of a setting or credential: its kind, and the name of the option, variable, profile or file."""

    kind: SourceKind
    name: str = ""

    def __str__(self) -> str:
        """Return the source for messages, such as `profile shop`."""
        return f"{self.kind.label} {self.name}".strip()


DEFAULT = Source(SourceKind.DEFAULT)


def load_by_precedence(
    loaders: Mapping[SourceKind, Callable[[], T | None]],
) -> Iterator[tuple[SourceKind, T]]:
    """Yield the value and the kind of each source that has a value, highest precedence first.

    A source is loaded when the iteration reaches it.
    """
    for kind in SourceKind:
        if kind in loaders and (value := loaders[kind]()) is not None:
            yield kind, value
