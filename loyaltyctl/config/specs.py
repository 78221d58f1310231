"""Definitions of all settings: names, validators, help and defaults."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.config.base_url import DEFAULT_BASE_URL, server_origin
from loyaltyctl.config.formats import Format
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.redaction import has_key_form, masked_if_secret
from loyaltyctl.intake.values import guid, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TIMEOUT = 3600.0
MAX_RETRIES = 10
MAX_FILE_NAME = 255
KEY_PREFIXES = ("IST.", "ist.", "eyJ")
"""Prefixes of API keys and tokens; profile names must not have them.

A key that is given to -p by mistake would be stored in config.toml and shown in messages.
"""

_DER_SEQUENCE = b"\x30"
_PROFILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


class Spec(NamedTuple):
    """Definition of a setting; with `per_profile`, each profile has its own value of the setting."""

    name: str
    check: Callable[[str], str]
    help: str
    per_profile: bool = False
    default: str | None = None

    @property
    def variable(self) -> str:
        """The environment variable for the defined setting, such as LOYALTYCTL_BASE_URL."""
        return f"LOYALTYCTL_{self.name.upper().replace('-', '_')}"


def profile_name(text: str) -> str:
    """Validator in the definition of the setting `profile`: return `text`; raise UsageError if invalid."""
    if text.startswith(KEY_PREFIXES):
        raise UsageError("a profile name must not begin like a key", hint="The given text is not shown.")
    if not _PROFILE_NAME.fullmatch(text):
        shown = quoted(masked_if_secret(text))
        raise UsageError(f"a profile name has letters, digits, dots, dashes and underscores, got {shown}")
    return text


def _valid_timeout(text: str) -> str:
    """Validator in the definition of the setting `timeout`: return `text` unchanged.

    Raises UsageError unless `text` is a number of seconds, at most MAX_TIMEOUT.
    """
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text) or not 0 < float(text) <= MAX_TIMEOUT:
        shown = quoted(masked_if_secret(text))
        raise UsageError(f"must be seconds, more than 0 and at most {MAX_TIMEOUT:.0f}, got {shown}")
    return text


def _valid_retries(text: str) -> str:
    """Validator in the definition of the setting `retries`: return `text` unchanged.

    Raises UsageError unless `text` is a whole number, at most MAX_RETRIES.
    """
    if not re.fullmatch(r"[0-9]{1,2}", text) or int(text) > MAX_RETRIES:
        raise UsageError(
            f"must be a whole number from 0 to {MAX_RETRIES}, got {quoted(masked_if_secret(text))}"
        )
    return text


def _valid_output_format(text: str) -> str:
    """Validator in the definition of the setting `output`: return `text`; raise UsageError if invalid."""
    if text not in [*Format]:
        raise UsageError(f"must be one of {' '.join(Format)}, got {quoted(masked_if_secret(text))}")
    return text


def _valid_key_file(text: str) -> str:
    """Validator in the definition of the setting `public-key-file`: return the absolute path.

    Raises UsageError if `text` looks like a key instead of the name of a file.
    """
    if has_key_form(text) or any(len(part) > MAX_FILE_NAME for part in text.split("/")):
        raise UsageError("must be the name of a file", hint="The given text is not shown: it may be a key.")
    try:
        return str(Path(text).expanduser().absolute())
    except RuntimeError:  # the home folder of an unknown user
        raise UsageError(f"there is no home folder for {text.partition('/')[0]}") from None


def _valid_public_key(text: str) -> str:
    """Validator in the definition of the setting `public-key`: return the key without quotes around it.

    Raises UsageError for any other text, such as a private key.
    """
    # People copy the key from .env files and shell scripts, quotes included.
    text = text.strip().strip("\"'")
    pem = text
    if "-----BEGIN" not in text:
        try:
            data = b64decode("".join(text.split()), validate=True)
        except ValueError:
            data = b""
        # In DER, a public key begins with a SEQUENCE (algorithm), a private one with an INTEGER (version).
        pem = "PUBLIC KEY" if data[4:5] == _DER_SEQUENCE else data.decode("ascii", "replace")
    if "PUBLIC KEY" not in pem or "PRIVATE KEY" in pem:
        raise UsageError(
            "must be a public key",
            hint="It begins with BEGIN PUBLIC KEY, or is the base64 of that. A private key is never stored.",
        )
    return text


SPECS = {
    spec.name: spec
    for spec in (
        Spec("profile", profile_name, "the default profile, used without -p"),
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
            "public-key", _valid_public_key, "the webhook public key that verifies events", per_profile=True
        ),
        Spec(
            "public-key-file",
            _valid_key_file,
            "the file with the webhook public key",
            per_profile=True,
        ),
        Spec("output", _valid_output_format, "the output format"),
        Spec("timeout", _valid_timeout, "seconds for a call with all its retries", default="60"),
        Spec("retries", _valid_retries, "retries after a failed try", default="2"),
    )
}
