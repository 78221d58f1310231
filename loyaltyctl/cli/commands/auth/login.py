"""`loyaltyctl auth login`: check credentials with the API and store them for a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.commands.auth import prompts
from loyaltyctl.cli.commands.auth.options import Offline, credentials_profile
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.config import credentials, settings
from loyaltyctl.config.base_url import DEFAULT_BASE_URL, server_origin
from loyaltyctl.config.credentials import ApiKeyCredential, AppCredential
from loyaltyctl.config.sources import SourceKind
from loyaltyctl.config.specs import SPECS
from loyaltyctl.contract.outputs import settings as outputs
from loyaltyctl.errors import LoyaltyError, UsageError
from loyaltyctl.intake.values import guid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loyaltyctl.config.credentials import Credential
    from loyaltyctl.config.settings import Setting

NEXT = "Next: loyaltyctl rules list"
_CHECK_KEY = "Check the key or secret, and sign in again."
_LATER = "Sign in again later, or now with --offline, which does not call the server."

KeyFromStdin = Annotated[bool, Option("--api-key-stdin", help="Read the API key from standard input.")]
KeyFile = Annotated[
    str | None, Option("--api-key-file", metavar="FILE", help="Read the API key from a file.")
]
AccountId = Annotated[
    str | None, Option("--account-id", metavar="ACCOUNT", help="Call the API for an account, not a site.")
]
AppId = Annotated[
    str | None, Option("--app-id", metavar="APP", help="Sign in as an app, not with an API key.")
]
InstanceId = Annotated[
    str | None, Option("--instance-id", metavar="INSTANCE", help="The app's instance on the site.")
]
SecretFromStdin = Annotated[
    bool, Option("--app-secret-stdin", help="Read the app secret from standard input.")
]
SecretFile = Annotated[
    str | None, Option("--app-secret-file", metavar="FILE", help="Read the app secret from a file.")
]
BaseUrl = Annotated[
    str | None, Option("--base-url", metavar="URL", help="Another server, such as a served sandbox.")
]


def login(  # noqa: PLR0913, PLR0917 - one parameter for each option
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
    """Sign in to a site, and store the credentials for a profile.

    Asks for an API key and for the id of the site, and shows where to find both. They are
    checked with the API before they are stored. The key is never an argument: type it (it
    is not shown), pipe it in, or give it in a file or in LOYALTYCTL_API_KEY.

    Examples:
      loyaltyctl auth login
      loyaltyctl auth login --api-key-file key.txt --site-id 3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10 --offline
      loyaltyctl -p shop auth login --api-key-stdin --offline --site-id 3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10
    """
    ctx.settings = ctx.settings.allowing_new_profile()
    ctx.output.check_object(outputs.SignedIn)
    profile = credentials_profile(ctx)
    _check_options(
        app_id,
        {
            "--api-key-stdin": api_key_stdin,
            "--api-key-file": api_key_file,
            "--site-id": ctx.flags.site_id,
            "--account-id": account_id,
        },
        {
            "--instance-id": instance_id,
            "--app-secret-stdin": app_secret_stdin,
            "--app-secret-file": app_secret_file,
        },
    )
    origin = _server_to_sign_in(ctx, base_url)
    if app_id is not None:
        app = credentials.public_id(app_id, "--app-id")
        secret = prompts.ask_secret(ctx, prompts.APP_SECRET, stdin=app_secret_stdin, file=app_secret_file)
        credential: Credential = AppCredential(app, secret, _instance_of_app(ctx, instance_id))
        site = account = None
    else:
        site, account = _site_and_account(ctx, account_id)
        prompt = prompts.api_key_prompt(origin, with_site=not site and not account)
        credential = ApiKeyCredential(prompts.ask_secret(ctx, prompt, stdin=api_key_stdin, file=api_key_file))
        if not site and not account:
            site = prompts.ask_site_id(ctx)
    # Checked before they are stored: a profile never has credentials that the API has rejected.
    if not offline:
        ctx.messages.success("checking the credentials with the API …")
        _check_credentials(ctx, credential, origin, site, account)
    credentials.save(ctx.paths, profile, credential, origin)
    # None removes a stored value, so that a profile keeps no account or server of an earlier login.
    server = None if origin == DEFAULT_BASE_URL else origin
    stored = {"site-id": site, "account-id": account, "base-url": server}
    default = settings.add_profile(ctx.paths, profile, stored)
    in_use = ctx.console.environ.get(SPECS["profile"].variable, "") in ("", profile) and default == profile
    when = "without -p" if in_use else f"with -p {profile}, or always after: loyaltyctl auth switch {profile}"
    ctx.output.show_done(
        f"{'stored, not checked' if offline else 'signed in'}; the profile {profile} is used {when}\n"
        f"{ctx.messages.with_profile(NEXT)}",
        outputs.SignedIn(profile, origin, in_use),
    )
    _warn_about_overrides(ctx, profile)


def _check_options(
    app_id: str | None, key_options: Mapping[str, object], app_options: Mapping[str, object]
) -> None:
    """Raise UsageError if `auth login` has options that it would ignore.

    With --app-id, these are the options for an API key (`key_options`); without it, those for an app.
    """
    for name, value in (key_options if app_id is not None else app_options).items():
        if value and app_id is None:
            raise UsageError(f"{name} requires --app-id")
        if value:
            raise UsageError(f"--app-id and {name} are mutually exclusive")


def _instance_of_app(ctx: Context, instance_id: str | None) -> str:
    """Return the valid --instance-id for the login of an app; ask the user if it is not given."""
    instance = instance_id or prompts.ask(ctx, "Instance id of the app on the site:", "--instance-id")
    return credentials.public_id(instance, "--instance-id")


def _site_and_account(ctx: Context, account_id: str | None) -> tuple[str | None, str | None]:
    """Return the ids of the site and the account for `auth login`, from options or settings.

    At least one of the two ids is None: credentials are for a site or an account, not for both.
    """
    if account_id and ctx.flags.site_id:
        raise UsageError("--site-id and --account-id are mutually exclusive")
    if account_id:
        return None, guid(account_id, "an account id")
    site, account = ctx.settings.configured_target()
    _note_environment(ctx, "site id", site)
    _note_environment(ctx, "account id", account)
    return site.value, account.value


def _server_to_sign_in(ctx: Context, base_url: str | None) -> str:
    """Return the origin of the server for `auth login`, from --base-url or the settings."""
    if base_url:
        return server_origin(base_url)
    server = ctx.settings["base-url"]
    _note_environment(ctx, "server", server)
    return server.value or ""


def _note_environment(ctx: Context, name: str, setting: Setting) -> None:
    """Print a note if a setting that `auth login` will store comes from an environment variable."""
    if setting.value is not None and setting.source.kind is SourceKind.ENVIRONMENT:
        ctx.messages.note(f"using the {name} {setting.value} from {setting.source.name}")


def _check_credentials(
    ctx: Context, credential: Credential, origin: str, site: str | None, account: str | None
) -> None:
    """Check the credentials of `auth login` by listing the rules. Raises the error of the API.

    Its hint then says that nothing was stored. If the server does not answer as the API does, the usual
    hint is about the stored server, so it is replaced by one about `origin`.
    """
    from loyaltyctl.cli.runtime.endpoint import Endpoint

    connection = ctx.connect(endpoint=Endpoint.of(credential, origin, site, account, _CHECK_KEY))
    try:
        connection.client.rules.list()
    except LoyaltyError as error:
        no_api = error.reason in {"REDIRECTED", "NO_USABLE_ANSWER"}
        advice = f"Check that {origin} is right, and sign in again." if no_api else error.hint or _LATER
        error.hint = f"Nothing was stored. {advice}"
        raise
    finally:
        connection.close()


def _warn_about_overrides(ctx: Context, profile: str) -> None:
    """Warn about environment variables that override the values that `auth login` has stored."""
    exported = [
        *credentials.variables_set(ctx.console.environ),
        *ctx.settings.exported("site-id", "account-id", "base-url"),
    ]
    if exported:
        variables, override = ("variables", "override") if len(exported) > 1 else ("variable", "overrides")
        ctx.messages.warn(
            f"the exported {variables} {', '.join(exported)} {override} the stored values, "
            f"except with -p {profile}"
        )
