"""Origins of servers (scheme, host, port), and where a setting came from."""

from __future__ import annotations

import ipaddress
import re
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import urlsplit

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.redaction import has_key_form, masked
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")

DEFAULT_BASE_URL = "https://www.wixapis.com"
_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9._:-]+", re.ASCII)


class Source(Enum):
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
        return "profile" if self is Source.NAMED_PROFILE else self.value

    @property
    def rank(self) -> int:
        """The position in the order: less is stronger."""
        return [*Source].index(self)


class Origin(NamedTuple):
    """Where a setting came from: the kind of place, and which one."""

    source: Source
    name: str = ""

    def __str__(self) -> str:
        return f"{self.source.label} {self.name}".strip()


def in_order(places: Mapping[Source, Callable[[], T | None]]) -> Iterator[tuple[Source, T]]:
    """Yield what is found in these places, the strongest first; each is read when it is reached."""
    for source in Source:
        if source in places and (found := places[source]()) is not None:
            yield source, found


def server_origin(url: str) -> str:
    """The origin of a base URL, in one spelling. Raises UsageError for an unsafe one."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
        host.encode("idna")  # empty labels, and labels that are too long
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if "@" in url:  # whatever else it is, it may hold a password, and is not quoted
        raise UsageError("the base URL must not hold a user name or password")
    is_host = _HOST.fullmatch(host) and not has_key_form(host)
    if parts.scheme not in _PORTS or not is_host or not url.isprintable():
        raise UsageError(f"the base URL must look like {DEFAULT_BASE_URL}, got {quoted(_shown(url))}")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UsageError(f"the base URL must end after the host, got {quoted(_shown(url))}")
    if parts.scheme == "http" and not _is_loopback(host):
        raise UsageError(
            f"plain http goes to this machine only, not to {host}",
            hint="Use https, so that the key cannot be read on the way.",
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if port in (None, _PORTS[parts.scheme]) else f":{port}")


def _shown(url: str) -> str:
    """A wrong base URL without what follows its host, where a key may stand."""
    scheme, found, rest = url.partition("://")
    if not found:
        return masked(url)
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return f"{scheme}://{host}{'…' if len(host) < len(rest) else ''}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
