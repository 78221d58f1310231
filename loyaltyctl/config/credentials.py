"""Credentials of the user: from the environment, or stored in credentials.toml for a profile and one server.

    environment   LOYALTYCTL_API_KEY, or _API_KEY_FILE, or _APP_ID with _APP_SECRET and _INSTANCE_ID
    stored        credentials.toml: [profiles.NAME], and the access tokens of apps

A stored credential is sent to no other origin than the one that it was stored for.
"""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from loyaltyctl.config import toml_files
from loyaltyctl.config.base_url import server_origin
from loyaltyctl.config.sources import DEFAULT, Source, SourceKind
from loyaltyctl.errors import InvalidData, LoyaltyError, NotAllowed, UsageError
from loyaltyctl.intake.redaction import has_key_form
from loyaltyctl.intake.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loyaltyctl.config.paths import Paths

API_KEY = "LOYALTYCTL_API_KEY"
API_KEY_FILE = "LOYALTYCTL_API_KEY_FILE"
APP_ID = "LOYALTYCTL_APP_ID"
APP_SECRET = "LOYALTYCTL_APP_SECRET"  # noqa: S105 - the name of a variable
INSTANCE_ID = "LOYALTYCTL_INSTANCE_ID"
MAX_KEY_FILE = 64 * 1024
"""Maximum number of bytes that are read from a key file. A wrong name may be a device with endless data."""


class ApiKeyCredential(NamedTuple):
    """Credential that is an API key."""

    key: Secret

    @property
    def kind(self) -> str:
        """The kind of this credential, as the user reads it: API key."""
        return "API key"

    @property
    def secret(self) -> Secret:
        """The API key: the secret part of the user's credential, from environment or credentials.toml."""
        return self.key


class AppCredential(NamedTuple):
    """Credential of an app: app id, app secret, and the id of the app's instance on one site."""

    app_id: str
    app_secret: Secret
    instance_id: str

    @property
    def kind(self) -> str:
        """The kind of this credential, as the user reads it: app."""
        return "app"

    @property
    def secret(self) -> Secret:
        """The app secret: the secret part of the user's credential, from environment or credentials.toml."""
        return self.app_secret


Credential: TypeAlias = ApiKeyCredential | AppCredential


class SourcedCredential(NamedTuple):
    """Credential of the user and its source; `bound_to` is the origin for which it was stored, if it was."""

    credential: Credential
    source: Source
    bound_to: str | None = None

    @property
    def remedy(self) -> str:
        """The hint if the API rejects the user's credential: set the variable again, or sign in again."""
        # An exported variable overrides the credential that `auth login` stores: only changing it helps.
        if self.source.kind is SourceKind.ENVIRONMENT:
            secret = APP_SECRET if isinstance(self.credential, AppCredential) else self.source.name
            return f"Set a new one in: {secret}"
        return "Sign in again with: loyaltyctl auth login"


def load(paths: Paths, profile: str, kind: SourceKind = SourceKind.PROFILE) -> SourcedCredential | None:
    """Load the credential that is stored for a profile; None if there is none.

    The returned source has the given `kind`: PROFILE, or NAMED_PROFILE for a profile named by -p.
    Raises InvalidData if the credential is incomplete.
    """
    table = toml_files.read_private_toml(paths.credentials)[toml_files.PROFILES].get(profile)
    if table is None:
        return None
    try:
        origin = str(table["origin"])
        if "api-key" in table:
            stored: Credential = ApiKeyCredential(Secret(table["api-key"], "stored API key"))
        else:
            stored = AppCredential(
                str(table["app-id"]),
                Secret(table["app-secret"], "stored app secret"),
                str(table["instance-id"]),
            )
    except (KeyError, TypeError, AttributeError):
        raise InvalidData(
            f"{paths.credentials}: [profiles.{profile}] is incomplete",
            hint=f"Sign in again with: loyaltyctl -p {profile} auth login",
        ) from None
    return SourcedCredential(stored, Source(kind, profile), origin)


def stored_origin(paths: Paths, profile: str) -> str | None:
    """Return the origin for which a profile's credential was stored.

    Return None if the profile has no stored credential, or if its origin is invalid. Return None also if
    credentials.toml is unreadable: a command that needs the credential reports that error.
    """
    try:
        table = toml_files.read_private_toml(paths.credentials)[toml_files.PROFILES].get(profile, {})
        return server_origin(str(table["origin"]))
    except (LoyaltyError, KeyError):
        return None


def save(paths: Paths, profile: str, credential: Credential, origin: str) -> None:
    """Store the credential of a profile in credentials.toml, with the only origin to which it may be sent."""
    table = {"origin": origin}
    match credential:
        case ApiKeyCredential():
            table["api-key"] = credential.key.reveal()
        case AppCredential():
            table["app-id"] = credential.app_id
            table["app-secret"] = credential.app_secret.reveal()
            table["instance-id"] = credential.instance_id
    with toml_files.editing_toml(paths.credentials) as document:
        toml_files.toml_section(document, toml_files.PROFILES)[profile] = table


def remove(paths: Paths, profile: str) -> bool:
    """Remove the stored credential of a profile, and all access tokens.

    Return False, and remove nothing, if no credential is stored for the profile.
    """
    # Not `load`, which refuses an incomplete credential: it can be removed too.
    if profile not in toml_files.read_private_toml(paths.credentials)[toml_files.PROFILES]:
        return False
    with toml_files.editing_toml(paths.credentials) as document:
        toml_files.toml_section(document, toml_files.PROFILES).pop(profile, None)
        # All tokens, since a token is stored under a hash that does not name the profile.
        document.pop(toml_files.TOKENS, None)
    return True


def read_secret_file(path: str, what: str) -> Secret:
    """Read the user's API key or app secret from the file at `path`; `what` names it in errors.

    Raises UsageError if the file cannot be read.
    """
    try:
        with Path(path).open("rb") as file:
            return Secret(file.read(MAX_KEY_FILE).decode("ascii", errors="replace"), what)
    except (FileNotFoundError, NotADirectoryError) as error:
        why = f"cannot read the {what} from its file: {error.strerror}"
        hint = "The given name is not shown: it may be the secret itself."
        raise UsageError(why, hint=hint) from None
    except OSError as error:
        # A name that is too long for the file system is probably the secret itself.
        file_name = "its file" if error.errno == errno.ENAMETOOLONG else path
        raise UsageError(f"cannot read the {what} from {file_name}: {error.strerror}") from None


def public_id(text: str, what: str) -> str:
    """Check the app id or instance id of a credential, from the environment or from the user.

    Returns `text` unchanged. Raises UsageError if it is empty, or if it looks like a key: messages show ids.
    """
    if not text:
        raise UsageError(f"{what} is empty")
    if has_key_form(text):
        raise UsageError(f"{what} must be an id, not a key", hint="Its value is not shown.")
    return text


class StoredToken:
    """Access token for the credential of an app, stored in credentials.toml for later runs."""

    def __init__(self, paths: Paths, credential: AppCredential, origin: str) -> None:
        """Prepare to load and save the token for a credential and an origin."""
        # The secret is part of the hash, so that a token is not found after the secret has changed.
        parts = (origin, credential.app_id, credential.instance_id, credential.app_secret.reveal())
        self._name = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
        self._paths = paths

    def load(self) -> tuple[Secret, float] | None:
        """Return the stored token and the time when it expires; None if none is stored for the credential."""
        table = toml_files.read_private_toml(self._paths.credentials)[toml_files.TOKENS].get(self._name, {})
        if not isinstance(table.get("expires"), int | float):
            return None
        return Secret(str(table.get("token", "")), "stored token"), float(table["expires"])

    def save(self, token: Secret, expires: float) -> None:
        """Store a token for the credential. Errors are ignored: the next run then requests another token."""
        try:
            with toml_files.editing_toml(self._paths.credentials) as document:
                tokens = toml_files.toml_section(document, toml_files.TOKENS)
                tokens[self._name] = {"token": token.reveal(), "expires": expires}
        except LoyaltyError:
            return


def credential_for(found: SourcedCredential, origin: str, named_by: Source = DEFAULT) -> Credential:
    """Return the credential that was found, if it may be sent to `origin`.

    Raises NotAllowed if the credential is stored for another server. `named_by` is the source of the base
    URL, for the hint.
    """
    if found.bound_to not in (None, origin):
        hint = "Sign in for that server with: loyaltyctl -p NAME auth login --base-url URL"
        if named_by.kind is SourceKind.ENVIRONMENT:
            keep = f"To use the stored server: -p {found.source.name}"
            hint = f"{keep}, or: unset {named_by.name}\n{hint}"
        raise NotAllowed(
            f"the credential of {found.source} is for {found.bound_to} and is not sent to {origin}",
            code="OTHER_ORIGIN",
            hint=hint,
        )
    return found.credential


def variables_set(environ: Mapping[str, str]) -> list[str]:
    """Return the names of the exported variables that give a credential, or a part of a credential."""
    return [name for name in (API_KEY, API_KEY_FILE, APP_ID, APP_SECRET, INSTANCE_ID) if environ.get(name)]


def from_environment(environ: Mapping[str, str]) -> SourcedCredential | None:
    """Return the credential in environment variables; None if no variable has a credential.

    Raises UsageError if only some parts of an app's credential are set.
    """
    if text := environ.get(API_KEY):
        key = Secret(text, API_KEY)
        return SourcedCredential(ApiKeyCredential(key), Source(SourceKind.ENVIRONMENT, API_KEY))
    if path := environ.get(API_KEY_FILE):
        key = read_secret_file(path, f"key of {API_KEY_FILE}")
        return SourcedCredential(ApiKeyCredential(key), Source(SourceKind.ENVIRONMENT, API_KEY_FILE))
    parts = {name: environ.get(name) for name in (APP_ID, APP_SECRET, INSTANCE_ID)}
    if not any(parts.values()):
        return None
    if missing := [name for name, value in parts.items() if not value]:
        raise UsageError(f"the app's credentials are incomplete: {', '.join(missing)} not set")
    secret = Secret(parts[APP_SECRET] or "", APP_SECRET)
    app_id, instance_id = (public_id(parts[name] or "", name) for name in (APP_ID, INSTANCE_ID))
    credential = AppCredential(app_id, secret, instance_id)
    return SourcedCredential(credential, Source(SourceKind.ENVIRONMENT, APP_ID))
