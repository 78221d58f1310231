"""The settings that there are: their names, how their text is checked, and their defaults."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.config.base_url import DEFAULT_BASE_URL, server_origin
from loyaltyctl.config.formats import Format
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.redaction import has_key_form, masked
from loyaltyctl.intake.values import guid, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TIMEOUT = 3600.0
MAX_RETRIES = 10
MAX_FILE_NAME = 255
KEY_BEGINNINGS = ("IST.", "ist.", "eyJ")
"""Not the beginning of a profile's name: a key that is given to -p by mistake would be stored and shown."""

_LIST = b"\x30"
_PROFILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


class Spec(NamedTuple):
    """One setting: how its text is checked, whether each profile has its own, and its default."""

    name: str
    check: Callable[[str], str]
    help: str
    per_profile: bool = False
    default: str | None = None

    @property
    def variable(self) -> str:
        return f"LOYALTYCTL_{self.name.upper().replace('-', '_')}"


def profile_name(text: str) -> str:
    """`text`, when a profile can have that name. A key that was put in its place is no name."""
    if text.startswith(KEY_BEGINNINGS):
        raise UsageError("a profile's name must not begin as a key does", hint="What was given is not shown.")
    if not _PROFILE_NAME.fullmatch(text):
        raise UsageError(f"a profile's name has letters, digits, dots and dashes, got {quoted(masked(text))}")
    return text


def _seconds(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text) or not 0 < float(text) <= MAX_TIMEOUT:
        raise UsageError(
            f"must be seconds, more than 0 and at most {MAX_TIMEOUT:.0f}, got {quoted(masked(text))}"
        )
    return text


def _tries(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,2}", text) or int(text) > MAX_RETRIES:
        raise UsageError(f"must be a whole number from 0 to {MAX_RETRIES}, got {quoted(masked(text))}")
    return text


def _format(text: str) -> str:
    if text not in [*Format]:
        raise UsageError(f"must be one of {' '.join(Format)}, got {quoted(masked(text))}")
    return text


def _file(text: str) -> str:
    """The absolute path of a file, with ~ for a home folder; a key itself is none."""
    if has_key_form(text) or any(len(part) > MAX_FILE_NAME for part in text.split("/")):
        raise UsageError("must be the name of a file", hint="What was given is not shown: it may be a key.")
    try:
        return str(Path(text).expanduser().absolute())
    except RuntimeError:  # the home folder of an unknown user
        raise UsageError(f"there is no home folder for {text.partition('/')[0]}") from None


def _public_key(text: str) -> str:
    """`text` without quotes around it, when it can be a public key; a private one is kept nowhere."""
    text = text.strip().strip("\"'")
    written = text
    if "-----BEGIN" not in text:
        try:
            data = b64decode("".join(text.split()), validate=True)
        except ValueError:
            data = b""
        # In its bytes a public key has a list where a private one has the number of its version.
        written = "PUBLIC KEY" if data[4:5] == _LIST else data.decode("ascii", "replace")
    if "PUBLIC KEY" not in written or "PRIVATE KEY" in written:
        raise UsageError(
            "must be a public key",
            hint="It begins with BEGIN PUBLIC KEY, or is the base64 of that. The private one is no setting.",
        )
    return text


SPECS = {
    spec.name: spec
    for spec in (
        Spec("profile", profile_name, "the profile that is used when -p names none"),
        Spec(
            "site-id", lambda text: guid(text, "a site id"), "the site that calls are for", per_profile=True
        ),
        Spec(
            "account-id",
            lambda text: guid(text, "an account id"),
            "the account that calls are for",
            per_profile=True,
        ),
        Spec(
            "base-url",
            server_origin,
            "the server that calls go to",
            per_profile=True,
            default=DEFAULT_BASE_URL,
        ),
        Spec(
            "public-key", _public_key, "the webhook public key that events are checked with", per_profile=True
        ),
        Spec(
            "public-key-file",
            _file,
            "the file that the webhook public key is in",
            per_profile=True,
        ),
        Spec("output", _format, "the output format"),
        Spec("timeout", _seconds, "seconds for one whole call", default="60"),
        Spec("retries", _tries, "extra tries after one that failed", default="2"),
    )
}
