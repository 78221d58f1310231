"""Imports of commands: each loads only the libraries that it needs, since imports dominate start-up time."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import cache
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.cli.commands.root import COMMANDS, GROUPS, Root
from loyaltyctl.cli.runtime.command import Command
from loyaltyctl.cli.runtime.group import Group
from loyaltyctl.model.events import samples
from loyaltyctl.model.events.names import find_event_type
from loyaltyctl.tokens import signing
from loyaltyctl.tokens.keys import PrivateKey
from tests.conftest import PURCHASE, SESSION, unmeasured

if TYPE_CHECKING:
    from tests.conftest import Home, Served

HEAVY = (
    "typer",
    "httpx",
    "rich",
    "waitress",
    "sqlite3",
    "ruamel",
    "jmespath",
    "tomlkit",
    "duckdb",
    "cryptography",
    "packaging",
    "pydantic",
    "asyncio",
)
"""Libraries that only some commands may load."""

RESOURCES = "loyaltyctl.model.resources"
"""The module of the tables that describe the API, which take 5 ms to load."""

PROBE = """
import sys
sys.argv = ["loyaltyctl", *sys.argv[1:]]
from loyaltyctl.__main__ import main
code = main()
print("\\n" + " ".join(sorted(name for name, module in sys.modules.items() if module)), file=sys.stderr)
sys.exit(code)
"""


@cache
def key() -> PrivateKey:
    """Return one key for all tests: generating one takes longer than a test."""
    return PrivateKey.generate()


@pytest.fixture
def signed(home: Home) -> None:
    """Create a token, and the key pair that signs and verifies it."""
    claims = samples.to_claims(samples.create_sample(find_event_type("program_updated"), time.time()))
    rules = "rules:\n- {title: A, trigger: events/Rsvp, earn: 5 points}\n"
    (home.work / "rules.yaml").write_text(rules)
    private, public = key().to_pem()
    texts = {"token.jwt": signing.sign(claims, key()), "test.pem": private, "test.pub.pem": public}
    for name, text in texts.items():
        (home.work / name).write_text(text)


def loaded(line: str, environ: dict[str, str]) -> set[str]:
    """Return the libraries that a command line loads in a new process without coverage."""
    ended = subprocess.run(
        [sys.executable, "-c", PROBE, *line.split()],
        env=unmeasured(environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return set(ended.stderr.splitlines()[-1].split()) & {*HEAVY, RESOURCES}


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("--version", set()),
        ("-V", set()),
        ("--help", set()),
        ("", set()),
        ("rules --help", set()),
        ("sandbox -h", set()),
        ("rules list --help", {"typer"}),
        ("version", {"typer"}),
        ("config list", {"typer"}),
        ("config path --json", {"typer"}),
        ("rules triggers", {"typer"}),
        ("rules history", {"typer", "sqlite3"}),
        ("rules validate -f rules.yaml", {"typer", "ruamel"}),
        ("schema", {"typer"}),
        ("schema rules-file", {"typer"}),
        ("schema points-backtest", {"typer", "pydantic"}),
        ("rules triggers -o table", {"typer", "rich"}),
        ("orders --help", set()),
        ("orders fetch --help", {"typer"}),
        ("orders inspect --help", {"typer"}),
        ("orders convert --help", {"typer"}),
        ("orders sources", {"typer"}),
        ("-p sandbox orders fetch --out orders.jsonl", {"typer", "sqlite3"}),
        ("points --help", set()),
        ("points simulate --amount 100 --per 1 --points 2", {"typer"}),
        ("points simulate --amount 100 --per 1 --points 2 --json --explain", {"typer"}),
        ("points table --per 1 --points 2 -o table", {"typer", "rich"}),
        ("points solve --points 500 --rate 10/20", {"typer"}),
        ("points backtest --help", {"typer"}),
        ("-p sandbox rules list --json", {"typer", "sqlite3"}),
        (f"-p sandbox rules get {PURCHASE} --json", {"typer", "sqlite3"}),
        ("-p sandbox rules create --title A --trigger events/Rsvp --points 5", {"typer", "sqlite3"}),
        ("-p sandbox rules diff -f rules.yaml", {"typer", "sqlite3", "ruamel"}),
        ("-p sandbox doctor --offline", {"typer", "packaging"}),
        ("-p sandbox doctor --offline -o table", {"typer", "packaging", "rich"}),
        ("-p sandbox doctor", {"typer", "packaging", "sqlite3"}),
        ("events --help", set()),
        ("events types", {"typer"}),
        ("events types --json", {"typer"}),
        ("events explain program_updated", {"typer"}),
        ("events explain entityEventSequence --json", {"typer"}),
        ("events decode token.jwt", {"typer"}),
        ("events decode token.jwt --json", {"typer"}),
        ("events decode token.jwt -o table", {"typer", "rich"}),
        ("events decode token.jwt --public-key test.pub.pem", {"typer", "cryptography"}),
        ("events verify token.jwt --public-key test.pub.pem --json", {"typer", "cryptography"}),
        ("events keygen --out made", {"typer", "cryptography"}),
        ("events sign --type tier_created --key test.pem", {"typer", "cryptography"}),
    ],
)
@pytest.mark.usefixtures("signed")
def test_a_command_loads_only_what_it_needs(line: str, needed: set[str], environ: dict[str, str]) -> None:
    assert loaded(line, environ) - {RESOURCES} <= needed


@pytest.mark.parametrize("line", ["version", "config list", "config path --json", "completion bash"])
def test_a_command_without_rules_loads_no_tables_of_the_api(line: str, environ: dict[str, str]) -> None:
    assert loaded(line, environ) == {"typer"}


@pytest.mark.parametrize(
    "line",
    [
        "rules list",
        "rules list --json",
        "rules list --limit 1 -o tsv",
        "api get /_api/loyalty-earning-rules/v1/earning-rules/rules",
    ],
)
def test_listing_from_a_server_loads_only_the_client(
    line: str, environ: dict[str, str], served: Served
) -> None:
    assert loaded(line, environ | served.environ) == {"typer", "httpx", RESOURCES}


def test_doctor_loads_the_client_and_packaging(environ: dict[str, str], served: Served) -> None:
    assert loaded("doctor", environ | served.environ) == {"typer", "httpx", "packaging", RESOURCES}


def test_a_change_also_loads_the_ledger(environ: dict[str, str], served: Served) -> None:
    assert loaded(f"rules pause {PURCHASE}", environ | served.environ) == {
        "typer",
        "httpx",
        "sqlite3",
        RESOURCES,
    }


@pytest.mark.parametrize("name", [*GROUPS, *COMMANDS])
def test_every_lazy_name_leads_to_a_command_or_a_group(name: str) -> None:
    assert isinstance(Root.loaders[name](), Command | Group)


def test_plain_http_needs_no_tls_context_and_one_client_makes_all_calls(
    environ: dict[str, str], served: Served
) -> None:
    probe = (
        "import ssl, sys, httpx\n"
        "made = []\n"
        "class Context(ssl.SSLContext):\n"
        "    def __new__(cls, *args, **kwargs):\n"
        "        made.append('context'); return super().__new__(cls, *args, **kwargs)\n"
        "ssl.SSLContext = Context\n"
        "start = httpx.Client.__init__\n"
        "def init(self, *args, **kwargs):\n"
        "    made.append('client'); start(self, *args, **kwargs)\n"
        "httpx.Client.__init__ = init\n"
        "sys.argv = ['loyaltyctl', 'rules', 'delete', '-y', *sys.argv[1:]]\n"
        "from loyaltyctl.__main__ import main\n"
        "main()\n"
        "print(made, file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", probe, PURCHASE, SESSION],
        env=environ | served.environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.stderr.splitlines()[-1] == "['client']"
