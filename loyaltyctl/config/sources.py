"""Sources of settings and credentials, in the order of precedence."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")


class SourceKind(Enum):
    """Kinds of sources of a setting or credential, in the order of precedence, which is defined only here.

    A profile that the command line names precedes the environment, the default profile follows it: an
    exported variable must not redirect a profile that was asked for.
    """

    FLAG = "flag"
    NAMED_PROFILE = "named profile"
    ENVIRONMENT = "environment"
    PROFILE = "profile"
    CONFIG = "config"
    DEFAULT = "default"

    @property
    def label(self) -> str:
        """The name of the kind in messages, the same for both kinds of profiles."""
        return "profile" if self is SourceKind.NAMED_PROFILE else self.value

    @property
    def rank(self) -> int:
        """The position in the order of precedence, 0 for the first."""
        return [*SourceKind].index(self)


class Source(NamedTuple):
    """Source of a setting: its kind, and the name of the option, variable, profile or file."""

    kind: SourceKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind.label} {self.name}".strip()


DEFAULT = Source(SourceKind.DEFAULT)


def load_by_precedence(
    loaders: Mapping[SourceKind, Callable[[], T | None]],
) -> Iterator[tuple[SourceKind, T]]:
    """Yield the values of sources in the order of precedence; each is loaded when it is reached."""
    for kind in SourceKind:
        if kind in loaders and (value := loaders[kind]()) is not None:
            yield kind, value
