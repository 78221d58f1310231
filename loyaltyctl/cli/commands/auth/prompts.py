"""Prompts of `auth login`: ask for an API key, an app secret or an id, and explain where to find it."""

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
_MAX_ATTEMPTS = 3
"""Maximum number of attempts to type a site id."""
_GUID_LENGTH = 36
_AROUND_ID = " \t\"'`{}()[]<>,;"
"""Characters that may surround a site id that was copied from a sentence, a list or JSON."""


class SecretPrompt(NamedTuple):
    """Prompt of `auth login` for a secret, with an explanation of where to find the secret.

    The names of its options begin with `option`: `--api-key` for --api-key-stdin and --api-key-file.
    `variable` is the environment variable that may have the secret.
    """

    name: str
    option: str
    variable: str
    explanation: str


APP_SECRET = SecretPrompt(
    "app secret",
    "--app-secret",
    credentials.APP_SECRET,
    "The secret is on the OAuth page of the app's dashboard, beside the app's id.",
)


def api_key_prompt(origin: str, *, with_site: bool) -> SecretPrompt:
    """Return the prompt of `auth login` for the API key of a server.

    With `with_site`, the prompt also explains the site id, which is asked for next.
    """
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
    """Return a secret for `auth login` from standard input, a file or the environment, or ask for it.

    Raises UsageError if none of them has the secret and there is no terminal to ask. Raises Declined or
    Exit if nothing is typed.
    """
    name, option = prompt.name, prompt.option
    if stdin and file:
        raise UsageError(f"{option}-stdin and {option}-file are mutually exclusive")
    # With a terminal as standard input, --api-key-stdin asks with a prompt, so the key is not shown.
    if stdin and not ctx.console.stdin.isatty():
        # Bytes that are not ASCII are replaced by a character that `Secret` rejects.
        return Secret(
            ctx.console.binary_stdin.read(credentials.MAX_KEY_FILE).decode("ascii", errors="replace"), name
        )
    if file:
        return credentials.read_secret_file(file, name)
    if (text := ctx.console.environ.get(prompt.variable)) and not stdin:
        ctx.messages.note(f"using the {name} from {prompt.variable}")
        return Secret(text, name)
    if not ctx.console.can_prompt:
        hint = f"Pipe it in with {option}-stdin, or give {option}-file.\n{SANDBOX_INSTEAD}"
        raise UsageError(f"no {name}, and no terminal to ask for it", hint=hint)
    ctx.messages.note(prompt.explanation)
    typed = ctx.prompts.ask_secret(f"{name[:1].upper()}{name[1:]} (not shown):")
    if not typed and _TRY_SANDBOX in prompt.explanation:
        ctx.messages.write(SANDBOX_INSTEAD)
        raise Exit(ExitCode.DECLINED)  # without an error message: the prompt has offered this
    if not typed:
        raise Declined("nothing was typed")
    return Secret(typed, name)


def ask_site_id(ctx: Context) -> str:
    """Ask for the site id of `auth login`, up to three times. Raises UsageError if no valid id is typed."""
    for _ in range(_MAX_ATTEMPTS):
        typed = ask(ctx, "Site id, or the address of the site's dashboard:", "--site-id")
        if is_guid(site := _extract_site_id(typed)):
            return site.lower()
        ctx.messages.write(f"There is no site id in that text; the site id is {_SITES}")
    raise UsageError("there is no site id in what was typed", hint="Give it with: --site-id ID")


def _extract_site_id(text: str) -> str:
    """Extract the site id from an answer to the prompt for it; the result is not validated here.

    The answer may be an id, an id in quotes or brackets, or the address of the site's dashboard.
    """
    # The address is https://manage.wix.com/dashboard/SITE_ID/home.
    _, in_address, rest = text.partition("dashboard/")
    return rest[:_GUID_LENGTH] if in_address else text.strip(_AROUND_ID)


def ask(ctx: Context, question: str, option: str) -> str:
    """Ask for a value of `auth login`. Without a terminal, raises UsageError with the name of its option."""
    if not ctx.console.can_prompt:
        raise UsageError(f"{option} is missing, and no terminal to ask for it")
    return ctx.prompts.ask(question)
