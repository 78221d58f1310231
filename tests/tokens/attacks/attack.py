"""Type of the attacks, and signatures that an attacker can make."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.tokens.reasons import Reason
from tests.tokens.keys import pair, rs256, token

if TYPE_CHECKING:
    from collections.abc import Callable

ALGORITHM = Reason.ALGORITHM_NOT_ALLOWED


class Attack(NamedTuple):
    """A token that must be rejected; `forged` if it was made without the private key."""

    name: str
    reason: Reason
    make: Callable[[], str]
    forged: bool = True


def stranger(signed: bytes) -> bytes:
    return pair("stranger").sign(signed)


def nothing(_: bytes) -> bytes:
    return b""


def constant(value: bytes) -> Callable[[bytes], bytes]:
    return lambda _: value


def changed(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda signed: change(rs256(signed))


def without(part: int) -> str:
    parts = token().split(".")
    parts[part] = ""
    return ".".join(parts)
