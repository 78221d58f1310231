"""From settings to a client: which profile, which credentials, which server."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never

from loyaltyctl.api.auth import TOKEN_PATH, Anonymous, ApiKey, App, Authorizer
from loyaltyctl.api.client import Client
from loyaltyctl.api.dry_run import DryRun
from loyaltyctl.api.hooks import Changed, Hooks, OutcomeUnknown, RequestStarted
from loyaltyctl.cli.runtime.rule_cache import Remembered
from loyaltyctl.config import credentials
from loyaltyctl.config.base_url import DEFAULT_BASE_URL
from loyaltyctl.config.credentials import ApiKeyCredential, AppCredential
from loyaltyctl.config.settings import SANDBOX
from loyaltyctl.config.sources import SourceKind
from loyaltyctl.errors import NotAllowed, UsageError
from loyaltyctl.intake.file_names import hash_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from wsgiref.types import WSGIApplication

    from loyaltyctl.api.hooks import Hook, Notification
    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.config.credentials import Credential
    from loyaltyctl.config.settings import Settings

SANDBOX_ORIGIN = "http://127.0.0.1:8787"
"""Where `sandbox serve` listens unless told otherwise; in process, nothing does."""


class Connection(NamedTuple):
    """A client, and where its calls go."""

    client: Client
    origin: str
    site: str
    local: bool
    closers: tuple[Callable[[], None], ...] = ()

    def close(self) -> None:
        """Close connections and databases."""
        self.client.close()
        for close in self.closers:
            close()


class Way(NamedTuple):
    """The settings of a connection, its additional hooks, and a hint for a caller who is refused.

    With `records`, changes are recorded for `rules history`; a command that keeps a ledger does that itself.
    """

    settings: Settings
    hooks: Sequence[Hook] = ()
    remedy: str = ""
    records: bool = True


def connect(
    context: Context, settings: Settings | None = None, hooks: Sequence[Hook] = (), *, records: bool = True
) -> Connection:
    """The connection that `settings` describe: those of the run, or of another profile.

    `hooks` are added to those that every connection has; `records` is that of a Way. Raises
    NotAllowed where there are no credentials.
    """
    settings = settings or context.settings
    if settings.profile == SANDBOX:
        return _sandbox(context, Way(settings, hooks, records=records))
    found = settings.credential()
    if found is None:
        raise no_credentials(settings)
    server = settings["base-url"]
    origin = server.value or ""
    credential = credentials.bound(found, origin, server.source)
    site, account = settings.target()
    if settings.profile_source is SourceKind.NAMED_PROFILE and found.source.kind is SourceKind.ENVIRONMENT:
        context.say.note_once(f"the profile {settings.profile} stores no credentials; using {found.source}")
    target = target_in_words(settings)
    context.say.explain(f"credentials: {found.source}; server: {origin} ({server.source}); {target}")
    way = Way(settings, hooks, found.remedy, records)
    return connection_for(context, way, credential, origin, site.value, account.value)


def connection_for(  # noqa: PLR0913, PLR0917 - what a call needs, each from its own source
    context: Context, way: Way, credential: Credential, origin: str, site: str | None, account: str | None
) -> Connection:
    """A connection to `origin` with a credential."""
    match credential:
        case ApiKeyCredential():
            if site is None and account is None:
                raise no_target()
            authorizer: Authorizer = ApiKey(credential.key, site, account)
            target = site or account or ""
        case AppCredential():
            store = credentials.StoredToken(context.paths, credential, origin)
            authorizer = App(
                credential.app_id, credential.app_secret, credential.instance_id, store, context.clock
            )
            target = credential.instance_id
        case _:
            assert_never(credential)
    return _connection(context, way, origin, target, authorizer)


def target_in_words(settings: Settings) -> str:
    """The site that calls are for, and where that comes from."""
    site, account = settings.target()
    chosen = site if site.value else account
    if instance := settings.instance():
        found = settings.credential()
        what, source = f"site: that of the app's instance {instance}", found.source if found else None
    else:
        what, source = f"{'site' if site.value else 'account'}: {chosen.value}", chosen.source
    server = settings["base-url"].value
    on = "" if server == DEFAULT_BASE_URL else f" on {server}"
    profile = f"profile {settings.shown_profile()}" if settings.profile else ""
    return f"{what}{on} ({', '.join(dict.fromkeys(filter(None, (str(source), profile))))})"


def _announcer(context: Context, settings: Settings) -> Hook:
    """A hook that names the site on standard error before the first write to it, also if nobody is asked."""

    def hear(fact: Notification) -> None:
        if isinstance(fact, RequestStarted) and fact.method != "GET" and not fact.url.endswith(TOKEN_PATH):
            context.say.note_once(target_in_words(settings))

    return hear


def no_credentials(settings: Settings) -> NotAllowed:
    """The error where nothing says who is calling; it names the two ways on."""
    profile = settings.shown_profile()
    name = f" for the profile {profile}" if profile else ""
    login = f"loyaltyctl -p {profile} auth login" if profile else "loyaltyctl auth login"
    if profile and profile not in settings.profiles():
        name += f", which is not known{settings.other_than(profile)}"
    return NotAllowed(
        f"there are no credentials{name}",
        code="NO_CREDENTIALS",
        hint=f"Sign in with: {login}\nOr try it without any, in the sandbox: -p sandbox",
    )


def no_target() -> UsageError:
    """The error where an API key is for no site."""
    return UsageError(
        "an API key needs the id of the site that calls are for",
        hint="Give --site-id ID, or set LOYALTYCTL_SITE_ID.",
    )


def _sandbox(context: Context, way: Way) -> Connection:
    if context.rehearsing:
        return _connection(context, way, SANDBOX_ORIGIN, SANDBOX, Anonymous())
    from loyaltyctl.sandbox.app import Application
    from loyaltyctl.sandbox.store import Store

    context.say.note_once("sandbox: a local stand-in for the API; nothing leaves this machine")
    store = Store(context.paths.sandbox)
    return _connection(context, way, SANDBOX_ORIGIN, SANDBOX, Anonymous(), Application(store), (store.close,))


def _recorder(context: Context, profile: str | None, origin: str, site: str) -> Hook:
    """A hook that records changes for `rules history`; the journals are loaded with the first one."""
    notes: list[Hook] = []

    def hear(fact: Notification) -> None:
        if not isinstance(fact, Changed | OutcomeUnknown):
            return
        if not notes:
            from loyaltyctl.apply.database import ledger_path
            from loyaltyctl.apply.recorder import Recorder
            from loyaltyctl.apply.targets import Target

            target = Target(profile or "", origin, site)
            path = ledger_path(context.paths.journals, origin, site)
            notes.append(Recorder(path, target, context.command, context.clock, context.say.warn_once).hear)
        notes[0](fact)

    return hear


def _connection(  # noqa: PLR0913, PLR0917 - the parts of a connection, each found elsewhere
    context: Context,
    way: Way,
    origin: str,
    site: str,
    authorizer: Authorizer,
    app: WSGIApplication | None = None,
    closers: tuple[Callable[[], None], ...] = (),
) -> Connection:
    if context.rehearsing:
        client = Client(DryRun(origin, authorizer), context.clock)
        context.rehearsed.append(client)
        return Connection(client, origin, site, local=True)
    from loyaltyctl.api.exchange import Exchange
    from loyaltyctl.api.rate_limiter import RateLimiter
    from loyaltyctl.api.session import Session

    profile = way.settings.profile
    remembered = Remembered(context, way.settings)
    # Hooks of the command come first: the ledger of a run must be able to keep a change from being sent.
    hooks = [*way.hooks, context.say.hear, remembered.hear]
    if app is None:
        hooks.insert(0, _announcer(context, way.settings))
    if way.records:
        hooks.append(_recorder(context, profile, origin, site))
    notify = Hooks(hooks)
    name = hash_name(origin, site)
    session = Session(
        Exchange.over_http(origin, notify) if app is None else Exchange.in_process(origin, notify, app),
        authorizer=authorizer,
        limiter=None if app else RateLimiter(context.clock, notify, context.paths.calls / name),
        clock=context.clock,
        hooks=hooks,
        seconds=float(context.settings["timeout"].value or 0),
        retries=int(context.settings["retries"].value or 0),
        remedy=way.remedy,
    )
    client = Client(session, context.clock)
    return Connection(client, origin, site, app is not None, (*closers, remembered.save))
