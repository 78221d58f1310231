"""Topics of `loyaltyctl help`: what is true of more than one command.

A text is paragraphs; lines that are indented stand as they are, and the tests run those
that are commands; a word in braces stands for a table.
"""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.cli.docs.blocks import Lines, Terms
from loyaltyctl.cli.runtime.exit_codes import MEANINGS
from loyaltyctl.config import credentials, paths
from loyaltyctl.config.formats import Format
from loyaltyctl.config.specs import SPECS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.cli.docs.blocks import Block

CODES = [(str(int(code)), f"{meaning}.") for code, meaning in MEANINGS.items()]

VARIABLES = [
    *((spec.variable, f"{spec.help[0].upper()}{spec.help[1:]}.") for spec in SPECS.values()),
    (credentials.API_KEY, "The API key."),
    (credentials.API_KEY_FILE, "A file with the API key."),
    (credentials.APP_ID, "The app that signs in, with the two below."),
    (credentials.APP_SECRET, "The secret of the app."),
    (credentials.INSTANCE_ID, "The app's instance on the site."),
    (paths.CONFIG_DIR, "The folder of the configuration."),
    (paths.DATA_DIR, "The folder of the sandbox, of journals and of what TAB knows."),
    ("LOYALTYCTL_NO_INPUT", "Never ask anything; as --no-input."),
    ("LOYALTYCTL_DEBUG", "Trace requests and answers; as --debug."),
    ("CI", "Never ask anything."),
    ("NO_COLOR", "No colours, unless --color asks for them."),
    ("FORCE_COLOR", "Colours in a pipe too, where NO_COLOR is not set."),
    ("TERM", "With dumb, no colours."),
    ("COLUMNS", "How wide tables are."),
    ("HTTPS_PROXY, ALL_PROXY, NO_PROXY", "The proxy that calls go through, and what goes past it."),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "The certificates that servers are checked against."),
]

_MEANT = {
    Format.TABLE: "For people: the default on a terminal. Ids are never cut, other columns may be.",
    Format.JSON: "All there is, in the API's names: an array for a list, an object for one thing.",
    Format.JSONL: "A JSON object a line.",
    Format.YAML: "The same as YAML.",
    Format.CSV: "With a header; what a spreadsheet would take for a formula is made harmless.",
    Format.TSV: "The default in a pipe: a line each, tabs between, nothing cut, times in UTC.",
    Format.ID: "Ids alone, a line each.",
    Format.SARIF: "What was found in files, for code review: rules validate alone.",
}
FORMATS = [(format_.value, _MEANT[format_]) for format_ in Format]

PLACES = [
    ("config.toml", "Settings and profiles, without secrets."),
    ("credentials.toml", "Keys and tokens, readable by you alone."),
    ("sandbox.sqlite3", "The rules of the sandbox."),
    ("journals/", "What was sent and changed: for --resume, rollback and history."),
    ("calls/", "The calls of the last minute, for the rate limit."),
    ("known_rules/", "The rules last seen, for TAB."),
]

_TABLES = {"{codes}": CODES, "{variables}": VARIABLES, "{formats}": FORMATS, "{places}": PLACES}


class Topic(NamedTuple):
    """A text that is no command's: what it is about, and what it says."""

    about: str
    text: str

    def blocks(self) -> Sequence[Block]:
        """The text, by paragraphs, tables and examples."""
        return [*map(_block, dedent(self.text).strip("\n").split("\n\n"))]


def _block(part: str) -> Block:
    if part in _TABLES:
        return Terms(_TABLES[part])
    return Lines(dedent(part).splitlines()) if part.startswith(" ") else " ".join(part.split())


TOPICS = {
    "exit-codes": Topic(
        "What a run ends with, for scripts.",
        """
        They are the same in every command, so that a script can tell what happened.

        {codes}

        With --json, an error is one object on standard error: {"error": {"code", "message", "hint",
        "exitCode", "httpStatus"?, "requestId"?, "details"?}}. Its schema: loyaltyctl schema error.

            loyaltyctl -p sandbox rules diff -f rules.yaml --exit-code || echo "it ended with $?"
        """,
    ),
    "environment": Topic(
        "The variables that are read.",
        """
        A variable that is empty counts as not set. A setting, and the credential, come from the first of
        these that has it:

            1. an option, such as --site-id
            2. the profile that -p, --to or --from names: what is stored for it
            3. the environment
            4. the profile in use: what is stored for it
            5. the default

        So no variable moves a profile that you name to another site or server, and a stored credential
        brings its server and its site with it. A named profile that stores no credential takes that of the
        environment, and says so. LOYALTYCTL_PROFILE chooses the profile in use; it does not name one.

        {variables}

        What is in force, and where it came from:

            loyaltyctl config list --show-origin
            LOYALTYCTL_OUTPUT=json loyaltyctl config get output
        """,
    ),
    "formats": Topic(
        "How output is written, and how to choose from it.",
        """
        Data goes to standard output, everything else to standard error. -o chooses how data is written:

        {formats}

        --json is short for -o json. --fields id,title chooses fields, in any format; --query takes a
        JMESPath expression over the JSON. A later version may add fields to the JSON; none is renamed or
        removed. loyaltyctl schema has the JSON Schema of each.

            loyaltyctl -p sandbox rules list -o csv --fields id,title,status
            loyaltyctl -p sandbox rules list --query "[?status=='PAUSED'].title"
            loyaltyctl -p sandbox rules list -o id | head -n 1
        """,
    ),
    "points": Topic(
        "How points are calculated and rounded.",
        """
        A rule with a conversion rate gives its points for each moneyAmount that is spent. The vendor's pages
        put this in two ways; every figure that they publish comes out of one of them, the default here:

            floor(floor(amount) x points / moneyAmount)

        That is --rounding wix: the cents are dropped, then it is multiplied, then rounded down. With floor
        the cents count and the points are rounded down; with exact nothing is rounded. So 4.99 at 10 points
        per 1 earn 40 points, not 49. Money is read as text and never as a binary fraction: sums are exact.

        A tier with a rate of its own earns that, and any other one what the rule says without a tier. A
        negative amount is a refund: it earns nothing, and with --refunds deduct takes back what it earned.

            loyaltyctl points simulate --amount 4.99 --per 1 --points 10 --explain
            loyaltyctl points table --per 20 --points 10 --from 0 --to 100 --step 10
            loyaltyctl points solve --points 500 --rate 10/20

        The commands: loyaltyctl points --help.
        """,
    ),
    "webhooks": Topic(
        "How events come, are checked and are tried out.",
        """
        Wix sends an event as the body of a POST: a token (JWT, RS256) with JSON inside JSON inside JSON. The
        public key that it is checked with is in the dashboard of your app; there is no address to fetch it
        from. All of it can be tried without a site and without a tunnel, with keys and events of one's own:

            loyaltyctl events keygen --out mine
            loyaltyctl events sign --type tier_created --key mine.pem > token.jwt
            loyaltyctl events decode token.jwt --public-key mine.pub.pem
            loyaltyctl events explain tier_created

        events decode shows what is in a token, and whether it is genuine; events verify makes each check a
        line and ends with 9 unless all hold. Without a key, decode says that nobody looked. A key can be kept
        for a profile once and for all:

            loyaltyctl -p shop config set public-key-file mine.pub.pem

        An endpoint must answer 200 within 1.25 seconds, so before the work is done; otherwise the event
        comes again, up to 12 times in two days. The same event may come twice, and a later one first: tell
        them apart by their id, and order them by entityEventSequence.

        events send posts such events to an endpoint, tampered and expired ones too; events listen is an
        endpoint that checks, saves and forwards; events replay sends what was saved again.
        """,
    ),
    "files": Topic(
        "What lies where, and what is read.",
        """
        loyaltyctl config path prints the folders. In that of the configuration lie config.toml and
        credentials.toml, in that of the data the others:

        {places}

        What is created there is yours alone: folders have the mode 0700, files 0600. What exists keeps the
        mode that it has.

        Nothing is read from the current folder unless you name it. What commands read with -f is JSON, JSONL,
        YAML or CSV, told by the name of the file or by its content; - is standard input. A file of rules says
        what a site is to have:

            loyaltyctl -p sandbox rules export --out rules.yaml
            loyaltyctl rules validate -f rules.yaml
            loyaltyctl schema rules-file
        """,
    ),
}
"""Every topic by its name, in the order of the help."""
