"""Help topics (`loyaltyctl help TOPIC`): texts about subjects that concern several commands.

A text consists of paragraphs. A paragraph of indented lines is literal, and the tests run the commands in it.
A name in braces, such as {codes}, is a paragraph of its own, and is replaced by a table.
"""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.cli.docs import order_exports
from loyaltyctl.cli.docs.blocks import Lines, Terms
from loyaltyctl.cli.runtime.exit_codes import MEANINGS
from loyaltyctl.config import credentials, paths
from loyaltyctl.config.formats import Format
from loyaltyctl.config.specs import SPECS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loyaltyctl.cli.docs.blocks import Block

CODES = [(str(int(code)), f"{meaning}.") for code, meaning in MEANINGS.items()]

VARIABLES = [
    *((spec.variable, f"{spec.help[0].upper()}{spec.help[1:]}.") for spec in SPECS.values()),
    (credentials.API_KEY, "The API key."),
    (credentials.API_KEY_FILE, "A file with the API key."),
    (credentials.APP_ID, "The id of an app, with the two below."),
    (credentials.APP_SECRET, "The app's secret."),
    (credentials.INSTANCE_ID, "The app's instance on the site."),
    (paths.CONFIG_DIR, "The folder of the configuration files."),
    (paths.DATA_DIR, "The folder of the sandbox, the ledgers and the rule cache."),
    ("LOYALTYCTL_NO_INPUT", "Never prompt, like --no-input."),
    ("LOYALTYCTL_DEBUG", "Log requests and responses, like --debug."),
    ("CI", "Never prompt."),
    ("NO_COLOR", "No colors, unless --color is given."),
    ("FORCE_COLOR", "Colors in a pipe too, unless NO_COLOR is set."),
    ("TERM", "No colors if it is dumb."),
    ("COLUMNS", "The width of tables."),
    ("HTTPS_PROXY, ALL_PROXY, NO_PROXY", "The proxy for calls, and the hosts called without it."),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "The trusted certificates."),
]

_PURPOSES = {
    Format.TABLE: "For people, the default on a terminal. Long columns are cut, but never ids.",
    Format.JSON: "All fields, with the API's names: an array for a list, an object for a single value.",
    Format.JSONL: "One JSON object per line.",
    Format.YAML: "The same in YAML.",
    Format.CSV: "With a header; text that a spreadsheet would run as a formula is escaped.",
    Format.TSV: "The default in a pipe: tab-separated, one line each, nothing cut, times in UTC.",
    Format.ID: "Only ids, one per line.",
    Format.SARIF: "Findings in files, for code review; rules validate only.",
}
FORMATS = [(format_.value, _PURPOSES[format_]) for format_ in Format]

FILES = [
    ("config.toml", "Settings and profiles, without secrets."),
    ("credentials.toml", "Keys and tokens, readable only by you."),
    ("sandbox.sqlite3", "The rules of the sandbox."),
    ("journals/", "Ledgers of changes: for --resume, rollback and history."),
    ("calls/", "The calls of the last minute, for the rate limit."),
    ("known_rules/", "The rule cache, for completion of rule ids."),
]

_TABLES: dict[str, Callable[[], Sequence[tuple[str, str]]]] = {
    "{codes}": lambda: CODES,
    "{variables}": lambda: VARIABLES,
    "{formats}": lambda: FORMATS,
    "{files}": lambda: FILES,
    "{exports}": order_exports.exports,
    "{headings}": order_exports.headings,
}
"""Tables of help topics; functions, since the catalog of exports is read for its tables only."""


class Topic(NamedTuple):
    """Help topic: a one-line summary, and the text that `loyaltyctl help TOPIC` prints."""

    about: str
    text: str

    def blocks(self) -> Sequence[Block]:
        """Return the help topic's text as paragraphs, tables and literal lines."""
        return [*map(_parse_block, dedent(self.text).strip("\n").split("\n\n"))]


def _parse_block(part: str) -> Block:
    """Return a part of a help topic's text as a block: a table, literal lines, or a paragraph."""
    if part in _TABLES:
        return Terms(_TABLES[part]())
    return Lines(dedent(part).splitlines()) if part.startswith(" ") else " ".join(part.split())


TOPICS = {
    "exit-codes": Topic(
        "Exit codes of all commands.",
        """
        All commands use the same exit codes.

        {codes}

        With --json, an error is one object on standard error: {"error": {"code", "message", "hint",
        "exitCode", "httpStatus"?, "requestId"?, "details"?}}. Its schema: loyaltyctl schema error.

            loyaltyctl -p sandbox rules diff -f rules.yaml --exit-code || echo "exit code $?"
        """,
    ),
    "environment": Topic(
        "Environment variables, and the precedence of settings.",
        """
        An empty variable counts as unset. The value of a setting, and the credential, come from the first of
        these sources that has one:

            1. an option, such as --site-id
            2. the profile named by -p, --to or --from
            3. the environment
            4. the default profile (LOYALTYCTL_PROFILE, or auth switch)
            5. the default

        So a variable never redirects a named profile to another site or server, and a stored credential is
        used with its own server and site. A named profile without a credential uses that of the environment,
        with a note.

        {variables}

        To show the effective values with their sources:

            loyaltyctl config list --show-origin
            LOYALTYCTL_OUTPUT=json loyaltyctl config get output
        """,
    ),
    "formats": Topic(
        "Output formats, fields and queries.",
        """
        Data is written to standard output, messages to standard error. -o chooses the format of the data:

        {formats}

        --json is short for -o json. --fields id,title selects fields, in any format; --query takes a JMESPath
        expression over the JSON. Later versions may add fields to the JSON, but never rename or remove one.
        loyaltyctl schema prints the JSON Schema of each output.

            loyaltyctl -p sandbox rules list -o csv --fields id,title,status
            loyaltyctl -p sandbox rules list --query "[?status=='PAUSED'].title"
            loyaltyctl -p sandbox rules list -o id | head -n 1
        """,
    ),
    "points": Topic(
        "How points are calculated and rounded.",
        """
        A rule with a conversion rate gives its points for each moneyAmount that is spent. The pages of Wix
        describe this in two ways; all figures that they publish follow from one of them, the default here:

            floor(floor(amount) x points / moneyAmount)

        This is --rounding wix: drop the cents, multiply, round down. With floor, cents count and the points
        are rounded down; with exact, nothing is rounded. So 4.99 at 10 points per 1 earns 40 points, not 49.
        Amounts are decimal, never binary fractions: sums are exact.

        A tier with a rate of its own uses it; other tiers use the rule's rate. A negative amount is a refund:
        it earns nothing, and with --refunds deduct it takes back the points.

            loyaltyctl points simulate --amount 4.99 --per 1 --points 10 --explain
            loyaltyctl points table --per 20 --points 10 --from 0 --to 100 --step 10
            loyaltyctl points solve --points 500 --rate 10/20

        See: loyaltyctl points --help.
        """,
    ),
    "orders": Topic(
        "How files of orders are read.",
        """
        points backtest and the orders commands read files as shops and spreadsheets export them: CSV, JSON,
        JSONL, Parquet, workbooks (.xlsx, .xls, .xlsb, .ods), tables in HTML or XML, plain or compressed
        (gzip, bzip2, xz, Zstandard, zip). - is standard input. The command says what it took a file for, and
        what it counted; orders inspect shows all of it.

        An export is recognized by its columns; --source NAME overrides that:

        {exports}

        Any other file is plain: it needs a column with the amount, and the others as far as they are used.
        Options such as --date-column name them. Columns with these headings are found, whatever their case,
        blanks and punctuation. An amount may name its currency, as Total (USD); in JSON, a name is a path:

        {headings}

        The forms of amounts and dates are decided by all values of a column. If each value has two readings,
        and the column is used, that is an error (AMBIGUOUS_FORM), and its hint names the option to give:
        --decimal comma or point, --date-order dmy, mdy or ymd. Other options replace what is detected:
        --amount-unit minor for cents, --encoding, --skip-lines, and --records for the list of orders in JSON
        or the sheet of a workbook.

        Orders that are unpaid, canceled or only a test do not count in exports that tell. The amount is the
        total; for restaurant triggers it is the subtotal, if the export has it. --amount-base chooses one:
        total; subtotal, before discounts, shipping, fees and tax; or items, which is after discounts. A
        refund is a column, or a line with a negative amount; it is ignored unless --refunds deduct is given.
        Lines that are items of an order are added up. A last line that is the sum of the others is left out;
        in plain tables, so are sums of a part, notes in one cell, and repeated headers. All are reported.
        If it is their sum with one decimal mark only, and no other value tells the mark, it is that one.

        To read an export that is not known, describe it in a file for --source; the members are in
        loyaltyctl schema order-source.

            loyaltyctl points backtest --example demo
            loyaltyctl orders inspect demo/orders.csv
            loyaltyctl schema order-source

        See: loyaltyctl points backtest --help, loyaltyctl orders --help.
        """,
    ),
    "webhooks": Topic(
        "Receiving, verifying and testing webhook events.",
        """
        Wix sends an event as the body of a POST request: a token (JWT, RS256) with JSON strings nested in
        JSON. The public key for its signature is in the dashboard of your app; it cannot be downloaded. To
        try events without a site and without a tunnel, use a test key pair and test events:

            loyaltyctl events keygen --out test
            loyaltyctl events sign --type tier_created --key test.pem > token.jwt
            loyaltyctl events decode token.jwt --public-key test.pub.pem
            loyaltyctl events explain tier_created

        events decode shows the content of a token, and whether its signature is valid; events verify prints
        each check and exits with 9 unless all pass. To store the public key for a profile:

            loyaltyctl -p shop config set public-key-file test.pub.pem

        An endpoint must respond with 200 within 1.25 seconds, so before it processes the event; otherwise Wix
        sends the event again, up to 12 times in two days. Events may arrive twice and out of order: identify
        them by their id, and order them by entityEventSequence.

        events send posts test events to an endpoint, also tampered and expired ones; events listen is an
        endpoint that verifies, saves and forwards events; events replay sends saved ones again.
        """,
    ),
    "files": Topic(
        "Files and folders, and input formats.",
        """
        loyaltyctl config path prints the folders. config.toml and credentials.toml are in the configuration
        folder, the others in the data folder:

        {files}

        New folders have the mode 0700, new files 0600; existing ones keep their mode.

        Nothing is read from the current folder unless you name it. Files for -f are JSON, JSONL, YAML or CSV,
        by their name or content; - is standard input. A rules file describes the rules of a site:

            loyaltyctl -p sandbox rules export --out rules.yaml
            loyaltyctl rules validate -f rules.yaml
            loyaltyctl schema rules-file
        """,
    ),
}
"""All help topics by name, in the order in which the help lists them."""
