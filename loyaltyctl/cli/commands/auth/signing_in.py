"""What is asked of a person who signs in, and of the server that they sign in to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from typer import Exit

from loyaltyctl.cli.runtime.exit_codes import ExitCode
from loyaltyctl.config import credentials
from loyaltyctl.config.specs import SPECS
from loyaltyctl.errors import Declined, LoyaltyError, UsageError
from loyaltyctl.intake.redaction import masked
from loyaltyctl.intake.secret import Secret
from loyaltyctl.intake.values import is_guid

if TYPE_CHECKING:
    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.config.credentials import Credential

_DASHBOARD = "the Wix dashboard of the account that owns the site"
_KEYS = "Settings, API Keys Manager: make one with the permission Manage Loyalty"
_SITES = "what follows /dashboard/ in the address of the site's dashboard"
_LOOK = "To look around first, in the sandbox, press Enter."


class Wanted(NamedTuple):
    """A secret that signs in: what it is, its options and its variable, and where a person finds it."""

    what: str
    option: str
    variable: str
    where: str


APP_SECRET = Wanted(
    "app secret",
    "--app-secret",
    credentials.APP_SECRET,
    "The secret is on the OAuth page of the app's dashboard, beside the app's id.",
)
_AGAIN = "Check the key or secret, and sign in again."
_LATER = "Sign in again later, or now with --offline, which does not ask the server."
_TIMES = 3
"""How often a site id is asked for."""
_GUID_LENGTH = 36
_AROUND = " \t\"'`{}()[]<>,;"
SANDBOX_INSTEAD = "Try everything without a key, in the sandbox: loyaltyctl -p sandbox rules list"


def api_key(origin: str, *, with_site: bool) -> Wanted:
    """An API key for a server; `with_site` where a site id will be asked for too."""
    if origin.startswith("http://"):  # it goes to this machine only
        what = "any key and any site id do" if with_site else "any key does"
        where = (
            f"{origin} is on this machine: to a served sandbox {what}, unless it was given a key of its own."
        )
    elif with_site:
        both = f"  an API key   {_KEYS}\n  the site id  {_SITES}"
        where = f"Two things are needed, both from {_DASHBOARD}:\n{both}\n{_LOOK}"
    else:
        where = f"An API key is needed, from {_DASHBOARD}:\n  {_KEYS}\n{_LOOK}"
    return Wanted("API key", "--api-key", credentials.API_KEY, where)


def secret(ctx: Context, wanted: Wanted, *, stdin: bool, file: str | None) -> Secret:
    """A secret from standard input, a file, the environment or the person, in that order."""
    what, option = wanted.what, wanted.option
    if stdin and file:
        raise UsageError(f"{option}-stdin and {option}-file contradict each other")
    if stdin and not ctx.console.stdin.isatty():
        return Secret(
            ctx.console.binary_stdin.read(credentials.MAX_KEY_FILE).decode("ascii", errors="replace"), what
        )
    if file:
        return credentials.read_secret_file(file, what)
    if (text := ctx.console.environ.get(wanted.variable)) and not stdin:
        ctx.messages.note(f"taking the {what} from {wanted.variable}")
        return Secret(text, what)
    if not ctx.console.can_prompt:
        hint = f"Pipe it in with {option}-stdin, or give {option}-file.\n{SANDBOX_INSTEAD}"
        raise UsageError(f"there is no {what}, and nobody can be asked", hint=hint)
    ctx.messages.note(wanted.where)
    typed = ctx.prompts.ask_secret(f"{what[:1].upper()}{what[1:]} (it is not shown):")
    if not typed and _LOOK in wanted.where:
        ctx.messages.write(SANDBOX_INSTEAD)
        raise Exit(ExitCode.DECLINED)  # what was offered is no error, and nobody is signed in
    if not typed:
        raise Declined("nothing was typed")
    return Secret(typed, what)


def warn_of_exported(ctx: Context, profile: str) -> None:
    """Warn of exported variables that win over what a profile stores, unless it is named."""
    exported = [
        *credentials.variables_set(ctx.console.environ),
        *ctx.settings.exported("site-id", "account-id", "base-url"),
    ]
    if exported:
        what, wins = ("variables", "win") if len(exported) > 1 else ("variable", "wins")
        ctx.messages.warn(
            f"the exported {what} {', '.join(exported)} {wins} over what was just stored, "
            f"except where the profile is named: -p {profile}"
        )


def warn_of_another_profile(ctx: Context, name: str) -> None:
    """Warn where the environment chooses another profile than the one that config.toml says now."""
    variable = SPECS["profile"].variable
    if ctx.console.environ.get(variable, name) not in ("", name):
        ctx.messages.warn(
            f"the exported variable {variable} wins: it says {masked(ctx.console.environ[variable])}"
        )


def site(ctx: Context) -> str:
    """The id of the site that the person types."""
    for _ in range(_TIMES):
        said = asked(ctx, "Site id, or the address of the site's dashboard:", "--site-id")
        if is_guid(found := _site_in(said)):
            return found.lower()
        ctx.messages.write(f"That has no id of a site in it; the site id is {_SITES}")
    raise UsageError("there is no site id in what was typed", hint="Give it with: --site-id ID")


def _site_in(text: str) -> str:
    """What may be the id of a site: alone, in quotes or braces, or in the address of a dashboard."""
    _, in_address, rest = text.partition("dashboard/")
    return rest[:_GUID_LENGTH] if in_address else text.strip(_AROUND)


def asked(ctx: Context, question: str, option: str) -> str:
    """What the person answers; raises UsageError, naming the option, where nobody can be asked."""
    if not ctx.console.can_prompt:
        raise UsageError(f"{option} is missing, and nobody can be asked")
    return ctx.prompts.ask(question)


def check(ctx: Context, credential: Credential, origin: str, site: str | None, account: str | None) -> None:
    """Ask the API for something harmless; raises what it answers.

    No hint of that leads on to what is stored: it may be for another server.
    """
    from loyaltyctl.cli.runtime.endpoint import Endpoint

    connection = ctx.connect(endpoint=Endpoint.of(credential, origin, site, account, _AGAIN))
    try:
        connection.client.rules.list()
    except LoyaltyError as error:
        nonsense = error.reason in {"REDIRECTED", "NO_USABLE_ANSWER"}
        advice = f"Check that {origin} is right, and sign in again." if nonsense else error.hint or _LATER
        error.hint = f"Nothing was stored. {advice}"
        raise
    finally:
        connection.close()
