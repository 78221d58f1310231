"""Endpoint: resolve a profile's settings to a server, a site and a credential."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.config import SANDBOX, credentials
from loyaltyctl.config.base_url import DEFAULT_BASE_URL
from loyaltyctl.config.credentials import ApiKeyCredential
from loyaltyctl.config.sources import SourceKind
from loyaltyctl.errors import NotAllowed, UsageError

if TYPE_CHECKING:
    from loyaltyctl.cli.runtime.messages import Messages
    from loyaltyctl.config.credentials import Credential
    from loyaltyctl.config.settings import Settings

SANDBOX_ORIGIN = "http://127.0.0.1:8787"
"""Default address of `sandbox serve`, and the origin of requests to the sandbox in this process."""


class Endpoint(NamedTuple):
    """Server and site that requests go to, and the credential sent with them."""

    origin: str
    target: str
    """Id of the site or account (API key), or of the app instance (app credential); or `sandbox`."""
    credential: Credential | None
    """None for the in-process sandbox."""
    site_id: str | None = None
    account_id: str | None = None
    refusal_hint: str = ""
    """Hint of the error if the server rejects the credential."""

    @property
    def is_sandbox(self) -> bool:
        """True if this endpoint is the in-process sandbox."""
        return self.credential is None

    @classmethod
    def of(
        cls,
        credential: Credential,
        origin: str,
        site_id: str | None,
        account_id: str | None,
        refusal_hint: str = "",
    ) -> Endpoint:
        """Return the endpoint for a credential.

        Raises UsageError for an API key without a site id or an account id.
        """
        # An API key may reach many sites, so requests name one; an app instance belongs to exactly one.
        if isinstance(credential, ApiKeyCredential):
            target = site_id or account_id
            if not target:
                raise no_target()
        else:
            target = credential.instance_id
        return cls(origin, target, credential, site_id, account_id, refusal_hint)


SANDBOX_ENDPOINT = Endpoint(SANDBOX_ORIGIN, SANDBOX, None)


def resolve(settings: Settings, messages: Messages) -> Endpoint:
    """Return the endpoint that `settings` choose. Raises NotAllowed if there are no credentials."""
    if settings.profile == SANDBOX:
        return SANDBOX_ENDPOINT
    found = settings.credential()
    if found is None:
        raise no_credentials(settings)
    server = settings["base-url"]
    origin = server.value or ""
    credential = credentials.credential_for(found, origin, server.source)
    site, account = settings.target()
    if settings.profile_source is SourceKind.NAMED_PROFILE and found.source.kind is SourceKind.ENVIRONMENT:
        messages.note_once(f"the profile {settings.profile} stores no credentials; using {found.source}")
    endpoint = Endpoint.of(credential, origin, site.value, account.value, found.remedy)
    messages.verbose(
        f"credentials: {found.source}; server: {origin} ({server.source}); {describe_target(settings)}"
    )
    return endpoint


def describe_target(settings: Settings) -> str:
    """Describe the endpoint of `settings` in one line: site, server, source of the site, profile."""
    site, account = settings.target()
    chosen = site if site.value else account
    if instance := settings.instance():
        found = settings.credential()
        target, source = f"site: that of the app's instance {instance}", found.source if found else None
    else:
        target, source = f"{'site' if site.value else 'account'}: {chosen.value}", chosen.source
    server = settings["base-url"].value
    on = "" if server == DEFAULT_BASE_URL else f" on {server}"
    profile = f"profile {settings.shown_profile()}" if settings.profile else ""
    return f"{target}{on} ({', '.join(dict.fromkeys(filter(None, (str(source), profile))))})"


def no_credentials(settings: Settings) -> NotAllowed:
    """Return the error for an endpoint without credentials; its hint is `auth login` for the profile."""
    profile = settings.shown_profile()
    name = f" for the profile {profile}" if profile else ""
    login = f"loyaltyctl -p {profile} auth login" if profile else "loyaltyctl auth login"
    if profile and profile not in settings.profiles():
        name += f", which is not known{settings.suggest_profile(profile)}"
    return NotAllowed(
        f"there are no credentials{name}",
        code="NO_CREDENTIALS",
        hint=f"Sign in with: {login}\nOr try it without any, in the sandbox: -p sandbox",
    )


def no_target() -> UsageError:
    """Return the error for an endpoint with an API key but without a site id or account id."""
    return UsageError(
        "an API key needs the id of a site",
        hint="Give --site-id ID, or set LOYALTYCTL_SITE_ID.",
    )
