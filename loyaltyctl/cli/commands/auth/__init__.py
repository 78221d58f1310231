"""`loyaltyctl auth`: sign in, sign out, and see who is calling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from loyaltyctl.cli.commands.auth import signing_in
from loyaltyctl.cli.runtime import command
from loyaltyctl.cli.runtime.command import Command
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.option_groups import unbundled
from loyaltyctl.config import credentials, settings
from loyaltyctl.config.base_url import DEFAULT_BASE_URL, server_origin
from loyaltyctl.config.credentials import ApiKeyCredential, AppCredential
from loyaltyctl.config.settings import SANDBOX
from loyaltyctl.config.sources import SourceKind
from loyaltyctl.config.specs import SPECS
from loyaltyctl.errors import LoyaltyError, NotAllowed, UsageError
from loyaltyctl.intake.values import guid

if TYPE_CHECKING:
    from loyaltyctl.config.credentials import Credential
    from loyaltyctl.config.settings import Setting
    from loyaltyctl.intake.values import JsonObject

app = command.app("Sign in to a site, sign out, see who is calling.")

DEFAULT_PROFILE = "default"


NEXT = "Next: loyaltyctl rules list"

KeyFromStdin = Annotated[bool, Option("--api-key-stdin", help="Read the API key from standard input.")]
KeyFile = Annotated[
    str | None, Option("--api-key-file", metavar="FILE", help="Read the API key from a file.")
]
AccountId = Annotated[
    str | None, Option("--account-id", metavar="ACCOUNT", help="Calls are for an account, not a site.")
]
AppId = Annotated[
    str | None, Option("--app-id", metavar="APP", help="Sign in as an app, not with an API key.")
]
InstanceId = Annotated[
    str | None, Option("--instance-id", metavar="INSTANCE", help="The app's instance on the site.")
]
SecretFromStdin = Annotated[
    bool, Option("--app-secret-stdin", help="Read the app's secret from standard input.")
]
SecretFile = Annotated[
    str | None, Option("--app-secret-file", metavar="FILE", help="Read the app's secret from a file.")
]
BaseUrl = Annotated[
    str | None, Option("--base-url", metavar="URL", help="Another server, such as a served sandbox.")
]
Offline = Annotated[bool, Option("--offline", help="Do not ask the API whether it accepts them.")]
ProfileName = Annotated[str, Argument(metavar="PROFILE", help="Name of a profile.", show_default=False)]


def login(  # noqa: PLR0913, PLR0917 - an option for each way in
    ctx: Context,
    api_key_stdin: KeyFromStdin = False,
    api_key_file: KeyFile = None,
    account_id: AccountId = None,
    app_id: AppId = None,
    instance_id: InstanceId = None,
    app_secret_stdin: SecretFromStdin = False,
    app_secret_file: SecretFile = None,
    base_url: BaseUrl = None,
    offline: Offline = False,
) -> None:
    """Sign in to a site, and keep the credentials for a profile.

    Asks for an API key and for the id of the site, and says where both are found; they are
    checked with the API before they are kept. The key is never an argument: it is typed
    without being shown, piped in, read from a file, or taken from LOYALTYCTL_API_KEY.

    Examples:
      loyaltyctl auth login
      loyaltyctl auth login --api-key-file key.txt --site-id 3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10 --offline
      loyaltyctl -p shop auth login --api-key-stdin --offline --site-id 3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10
    """
    ctx.settings = ctx.settings.allowing_new_profile()
    ctx.output.check_object("profile", "server", "inUse")
    profile = _own_profile(ctx)
    origin = _server(ctx, base_url)
    if app_id is not None:
        secret = signing_in.secret(ctx, signing_in.APP_SECRET, stdin=app_secret_stdin, file=app_secret_file)
        instance = instance_id or signing_in.asked(
            ctx, "Instance id of the app on the site:", "--instance-id"
        )
        credential: Credential = AppCredential(
            credentials.public_id(app_id, "--app-id"),
            secret,
            credentials.public_id(instance, "--instance-id"),
        )
        site = account = None
    else:
        site, account = _target(ctx, account_id)
        wanted = signing_in.api_key(origin, with_site=not site and not account)
        credential = ApiKeyCredential(signing_in.secret(ctx, wanted, stdin=api_key_stdin, file=api_key_file))
        if not site and not account:
            site = signing_in.site(ctx)
    if not offline:
        ctx.messages.success("asking the API whether it accepts them …")
        signing_in.check(ctx, credential, origin, site, account)
    credentials.save(ctx.paths, profile, credential, origin)
    server = None if origin == DEFAULT_BASE_URL else origin
    stored = {"site-id": site, "account-id": account, "base-url": server}
    chosen = settings.add_profile(ctx.paths, profile, stored)
    in_use = ctx.console.environ.get(SPECS["profile"].variable, "") in ("", profile) and chosen == profile
    when = (
        "when -p names no other"
        if in_use
        else f"with -p {profile}, or always: loyaltyctl auth switch {profile}"
    )
    ctx.output.show_done(
        f"{'stored, not checked' if offline else 'signed in'}; the profile {profile} is used {when}\n"
        f"{ctx.messages.with_profile(NEXT)}",
        profile=profile,
        server=origin,
        inUse=in_use,
    )
    signing_in.warn_of_exported(ctx, profile)


def status(ctx: Context, offline: Offline = False) -> None:
    """Show who is calling, and whether the API accepts it.

    Says which credentials are in use and where they come from. With --offline, the API
    is not asked.

    Examples:
      loyaltyctl -p sandbox auth status
      loyaltyctl -p sandbox auth status --json --offline
    """
    facts, refused = _status(ctx, offline=offline)
    ctx.output.show_object(facts)
    if refused:
        raise refused


def logout(ctx: Context) -> None:
    """Forget the stored credentials of a profile.

    Its other settings stay.

    Examples:
      loyaltyctl -p shop auth logout
      loyaltyctl auth logout
    """
    ctx.output.check_object("profile", "removed")
    profile = _own_profile(ctx)
    removed = credentials.remove(ctx.paths, profile)
    if not removed:
        ctx.messages.note(f"no credentials are stored for the profile {profile}")
    ctx.output.show_done(
        f"the profile {profile} has no credentials any more", profile=profile, removed=removed
    )
    if exported := credentials.variables_set(ctx.console.environ):
        names = ", ".join(exported)
        still = f"{names} {'are' if len(exported) > 1 else 'is'} still exported and still"
        ctx.messages.warn(f"{still} {'sign' if len(exported) > 1 else 'signs'} in")


def switch(ctx: Context, name: ProfileName) -> None:
    """Choose the profile that is used when -p names none.

    Examples:
      loyaltyctl auth switch sandbox
      loyaltyctl auth switch shop
    """
    ctx.output.check_object("profile")
    settings.store(ctx.paths, "profile", ctx.settings.require_profile(name), None)
    ctx.output.show_done(f"the profile {name} is used from now on", profile=name)
    signing_in.warn_of_another_profile(ctx, name)


def _target(ctx: Context, account_id: str | None) -> tuple[str | None, str | None]:
    """The site or the account to sign in to, by the options or the settings; neither where none names one."""
    if account_id and ctx.flags.site_id:
        raise UsageError("--site-id and --account-id contradict each other: a call is for one of the two")
    if account_id:
        return None, guid(account_id, "an account id")
    site, account = ctx.settings.stated_target()
    _tell_exported(ctx, "site id", site)
    _tell_exported(ctx, "account id", account)
    return site.value, account.value


def _server(ctx: Context, base_url: str | None) -> str:
    """The server to sign in to, by the option or the settings."""
    if base_url:
        return server_origin(base_url)
    server = ctx.settings["base-url"]
    _tell_exported(ctx, "server", server)
    return server.value or ""


def _tell_exported(ctx: Context, what: str, setting: Setting) -> None:
    """Say that a value that is about to be stored comes from the environment."""
    if setting.value is not None and setting.source.kind is SourceKind.ENVIRONMENT:
        ctx.messages.note(f"taking the {what} {setting.value} from {setting.source.name}")


def _own_profile(ctx: Context) -> str:
    """The profile that credentials are stored for."""
    profile = ctx.settings.profile or DEFAULT_PROFILE
    if profile == SANDBOX:
        raise UsageError(
            "the profile sandbox is built in and needs no credentials", hint="Name another one: -p NAME"
        )
    return profile


def _status(ctx: Context, *, offline: bool) -> tuple[JsonObject, LoyaltyError | None]:
    """What is in use, and the error where the API refuses it or does not answer."""
    from loyaltyctl.cli.runtime.endpoint import no_credentials

    profile = ctx.settings["profile"]
    if profile.value == SANDBOX:
        kind = "none needed in the sandbox"
        return {"profile": SANDBOX, "kind": kind, "source": str(profile.source), "accepted": True}, None
    found = ctx.settings.credential()
    if found is None:
        raise no_credentials(ctx.settings)
    site, account = ctx.settings.target()
    server = ctx.settings["base-url"]
    facts: JsonObject = {
        "profile": ctx.settings.shown_profile() or None,
        "kind": found.credential.kind,
        "credential": found.credential.secret.masked(),
        "source": str(found.source),
        "server": server.value,
        "serverSource": str(server.source),
        "siteId": site.value,
        "accountId": account.value,
        "instanceId": ctx.settings.instance(),
        "targetSource": str(
            (site if site.value else account).source if site.value or account.value else found.source
        ),
        "accepted": None,
    }
    if offline:
        return facts, None
    try:
        ctx.rules.list()
    except LoyaltyError as error:
        return {**facts, "accepted": False if isinstance(error, NotAllowed) else None}, error
    return {**facts, "accepted": True}, None


app.command("login", cls=Command)(unbundled(login))
app.command("status", cls=Command)(unbundled(status))
app.command("logout", cls=Command)(unbundled(logout))
app.command("switch", cls=Command)(unbundled(switch))
