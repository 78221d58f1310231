"""Questions of `auth login`: an API key or app secret, the site id, with where to find each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from typer import Exit

from loyaltyctl.cli.runtime.exit_codes import ExitCode
from loyaltyctl.config import credentials
from loyaltyctl.errors import Declined, UsageError
from loyaltyctl.intake.secret import Secret
from loyaltyctl.intake.values import is_guid

if TYPE_CHECKING:
    from loyaltyctl.cli.runtime.context import Context

_DASHBOARD = "the Wix dashboard of the account that owns the site"
_KEYS = "Settings, API Keys Manager: create one with the permission Manage Loyalty"
_SITES = "what follows /dashboard/ in the address of the site's dashboard"
_TRY_SANDBOX = "To try the sandbox first, press Enter."
SANDBOX_INSTEAD = "No key is needed for the sandbox: loyaltyctl -p sandbox rules list"
_MAX_QUESTIONS = 3
"""Attempts to type a site id."""
_GUID_LENGTH = 36
_AROUND_ID = " \t\"'`{}()[]<>,;"
"""Characters around an id that was copied out of a sentence, a list or JSON."""


class SecretPrompt(NamedTuple):
    """A secret to ask for: its name, options and variable, and where to find it."""

    what: str
    option: str
    variable: str
    where: str


APP_SECRET = SecretPrompt(
    "app secret",
    "--app-secret",
    credentials.APP_SECRET,
    "The secret is on the OAuth page of the app's dashboard, beside the app's id.",
)


def api_key(origin: str, *, with_site: bool) -> SecretPrompt:
    """Return the prompt for an API key of a server; `with_site` if a site id will be asked for too."""
    if origin.startswith("http://"):  # always a loopback address: see config/base_url.py
        accepts = "any key and any site id" if with_site else "any key"
        where = f"{origin} is on this machine: a served sandbox accepts {accepts}, unless it has --api-key."
    elif with_site:
        both = f"  an API key   {_KEYS}\n  the site id  {_SITES}"
        where = f"Two values are needed, both from {_DASHBOARD}:\n{both}\n{_TRY_SANDBOX}"
    else:
        where = f"An API key is needed, from {_DASHBOARD}:\n  {_KEYS}\n{_TRY_SANDBOX}"
    return SecretPrompt("API key", "--api-key", credentials.API_KEY, where)


def ask_secret(ctx: Context, prompt: SecretPrompt, *, stdin: bool, file: str | None) -> Secret:
    """Return a secret from standard input, a file, the environment or the terminal, in that order."""
    what, option = prompt.what, prompt.option
    if stdin and file:
        raise UsageError(f"{option}-stdin and {option}-file are mutually exclusive")
    if stdin and not ctx.console.stdin.isatty():
        return Secret(
            ctx.console.binary_stdin.read(credentials.MAX_KEY_FILE).decode("ascii", errors="replace"), what
        )
    if file:
        return credentials.read_secret_file(file, what)
    if (text := ctx.console.environ.get(prompt.variable)) and not stdin:
        ctx.messages.note(f"using the {what} from {prompt.variable}")
        return Secret(text, what)
    if not ctx.console.can_prompt:
        hint = f"Pipe it in with {option}-stdin, or give {option}-file.\n{SANDBOX_INSTEAD}"
        raise UsageError(f"no {what}, and no terminal to ask for it", hint=hint)
    ctx.messages.note(prompt.where)
    typed = ctx.prompts.ask_secret(f"{what[:1].upper()}{what[1:]} (not shown):")
    if not typed and _TRY_SANDBOX in prompt.where:
        ctx.messages.write(SANDBOX_INSTEAD)
        raise Exit(ExitCode.DECLINED)  # no error: the prompt offers this, and nobody is signed in
    if not typed:
        raise Declined("nothing was typed")
    return Secret(typed, what)


def ask_site_id(ctx: Context) -> str:
    """Ask for the id of the site until one is typed; raises UsageError after a few attempts."""
    for _ in range(_MAX_QUESTIONS):
        typed = ask(ctx, "Site id, or the address of the site's dashboard:", "--site-id")
        if is_guid(site := _site_in(typed)):
            return site.lower()
        ctx.messages.write(f"There is no site id in that text; the site id is {_SITES}")
    raise UsageError("there is no site id in what was typed", hint="Give it with: --site-id ID")


def _site_in(text: str) -> str:
    """Return the part of a text that may be a site id: bare, quoted, or in a dashboard's address."""
    _, in_address, rest = text.partition("dashboard/")
    return rest[:_GUID_LENGTH] if in_address else text.strip(_AROUND_ID)


def ask(ctx: Context, question: str, option: str) -> str:
    """Ask a question; raises UsageError with the option if there is no terminal."""
    if not ctx.console.can_prompt:
        raise UsageError(f"{option} is missing, and no terminal to ask for it")
    return ctx.prompts.ask(question)
