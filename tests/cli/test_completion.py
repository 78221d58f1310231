"""Shell completion, in the shells themselves and by its candidates."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.cli.commands.root import command_tree
from loyaltyctl.cli.completion import candidates
from loyaltyctl.cli.completion.shell_scripts import SCRIPTS
from loyaltyctl.cli.docs.words import text
from loyaltyctl.config.specs import profile_name
from loyaltyctl.errors import UsageError
from tests.cli.shells import START, Shell
from tests.conftest import GOLD, KEY, PURCHASE, RSVP, SESSION, SITE, unmeasured
from tests.project.test_reference import tools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Home, Run, Served


@pytest.fixture
def known(run: Run, environ: dict[str, str]) -> dict[str, str]:
    """Return an environment with cached rules of the sandbox and two profiles."""
    run("-p sandbox rules list")
    run(f"-p shop auth login --api-key-stdin --offline --site-id {SITE}", stdin="a-made-up-key")
    run(f"-p staging auth login --api-key-stdin --offline --site-id {GOLD}", stdin="a-made-up-key")
    return environ


@pytest.fixture
def shell(
    request: pytest.FixtureRequest, known: dict[str, str], on_path: dict[str, str], home: Home
) -> Iterator[Shell]:
    """Start a shell with completion, in a folder with a few files."""
    (home.work / "rules.yaml").touch()
    (home.work / "a file.yaml").touch()
    (home.work / "spring").mkdir()
    running = Shell(request.param, known | on_path, str(home.work))
    yield running
    running.close()


@pytest.mark.parametrize("shell", [way for way in START if tools(way.partition(",")[0])], indirect=True)
def test_tab_in_a_real_shell_completes_commands_options_and_values(shell: Shell) -> None:
    shell.completed("loyaltyctl ru", r"loyaltyctl rules $")
    shell.completed("loyaltyctl rules bu", r"rules bulk-create $")
    shell.completed("loyaltyctl rules list --trigger-", r"--trigger-app $")
    shell.completed("loyaltyctl rules list --status AC", r"--status ACTIVE $")
    shell.completed("loyaltyctl rules list --status=PA", r"--status=PAUSED $")
    shell.completed("loyaltyctl -p sh", r"-p shop $")
    shell.completed("loyaltyctl -p shop rules create --trigger events/R", r"events/Rsvp $")
    shell.completed("loyaltyctl events explain account_points_u", r"account_points_updated $")
    shell.completed("loyaltyctl rules list --fields id,tit", r"--fields id,title ?$")
    shell.completed("loyaltyctl rules apply -f ru", r"-f rules.yaml $")
    shell.completed("loyaltyctl rules apply --out=sp", r"--out=spring/ ?$")
    shell.completed("loyaltyctl -p sandbox rules get b690", rf"{PURCHASE} $")
    shell.completed("~/nowhere/loyaltyctl rules bu", r"rules bulk-create $")
    shell.completed("loyaltyctl rules validate -f 'a fi", r"-f '?a(\\\\)? file.yaml'? $")


@pytest.mark.parametrize("shell", tools(*SCRIPTS), indirect=True)
def test_tab_in_a_real_shell_shows_the_title_beside_a_rule_id(shell: Shell) -> None:
    shown = shell.completed(
        "loyaltyctl -p sandbox rules pause ", r"(?s)(?=.*Purchase a product).*RSVP to an event", tabs=2
    )

    assert PURCHASE in shown
    assert RSVP in shown


def offered(line: str, environ: dict[str, str]) -> list[str]:
    """Return the candidates at the end of a line."""
    return [value for value, _ in candidates.CompletionLine(line.split(" ")[1:], environ).candidates()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("loyaltyctl a", ["auth", "api"]),
        ("loyaltyctl -p sandbox rules li", ["list"]),
        ("loyaltyctl --profile=shop -qv rules li", ["list"]),
        ("loyaltyctl -pshop rules li", ["list"]),
        ("loyaltyctl -p rules li", []),
        ("loyaltyctl rules list --st", ["--status"]),
        ("loyaltyctl rules list --status PAUSED --st", []),
        ("loyaltyctl rules create --tier a=1 --tie", ["--tier"]),
        ("loyaltyctl rules list --kind ", ["non-automated", "custom", "pre-installed"]),
        ("loyaltyctl rules list -o js", ["json", "jsonl"]),
        ("loyaltyctl rules list --output=js", ["--output=json", "--output=jsonl"]),
        ("loyaltyctl rules list --color ", ["auto", "always", "never"]),
        ("loyaltyctl rules list --limit ", []),
        ("loyaltyctl rules list --fields title,", [":open"]),
        ("loyaltyctl rules update --revision l", ["latest"]),
        ("loyaltyctl points backtest --by tier,m", [":open", "tier,month", "tier,member"]),
        ("loyaltyctl points backtest --against ", [":files ", "live"]),
        ("loyaltyctl points backtest ", [":files "]),
        ("loyaltyctl points backtest --example=", [":folders --example="]),
        ("loyaltyctl events decode ", [":files "]),
        ("loyaltyctl events decode one.jwt ", [":files "]),
        ("loyaltyctl events decode -- --", [":files "]),
        ("loyaltyctl auth switch s", ["shop", "staging", "sandbox"]),
        ("loyaltyctl config set ti", ["timeout"]),
        ("loyaltyctl config set output js", ["json", "jsonl"]),
        ("loyaltyctl config set profile s", ["shop", "staging", "sandbox"]),
        ("loyaltyctl rules list --sort ti", ["title"]),
        ("loyaltyctl -pst", ["-pstaging"]),
        ("loyaltyctl completion ", ["bash", "zsh", "fish"]),
        ("loyaltyctl help rules bu", ["bulk-create"]),
        ("loyaltyctl help exit", ["exit-codes"]),
        ("loyaltyctl help exit-codes ", []),
        ("loyaltyctl nonsense ", []),
        ("loyaltyctl rules nonsense ", []),
        ("loyaltyctl --nonsense rules li", ["list"]),
        ("loyaltyctl rules get b6", []),
        ("loyaltyctl -p sandbox rules get b6", [PURCHASE]),
        (f"loyaltyctl -p sandbox rules get {PURCHASE} b6", []),
        (f"loyaltyctl rules delete -p sandbox {SESSION} 8c", [RSVP]),
        ("loyaltyctl -p sandbox points simulate --rule 3f", [SESSION]),
    ],
)
def test_the_candidates_for_a_line(line: str, expected: list[str], known: dict[str, str]) -> None:
    found = offered(line, known)

    assert found[: len(expected)] == expected if expected else found == []


def test_options_are_offered_if_no_argument_is_left(known: dict[str, str]) -> None:
    assert "--show-origin" in offered("loyaltyctl config list ", known)


def test_event_types_are_offered_by_short_name_first_then_by_full_name(
    known: dict[str, str],
) -> None:
    assert "account_updated" in offered("loyaltyctl events explain ", known)
    assert "wix.loyalty.v1.account_updated" in offered("loyaltyctl events explain wix.loy", known)


class TestRules:
    """Rules are cached by every command that reads them, for the profile of the call."""

    def test_listed_rules_are_cached_for_their_profile_only(
        self, run: Run, environ: dict[str, str], served: Served
    ) -> None:
        run("rules list", env=served.environ)

        assert PURCHASE in offered("loyaltyctl rules get ", environ | served.environ)
        assert offered("loyaltyctl rules get ", environ) == []
        assert offered("loyaltyctl -p sandbox rules get ", environ) == []
        assert offered(f"loyaltyctl --site-id {GOLD} rules get ", environ | served.environ) == []

    def test_created_rules_are_added_and_deleted_ones_removed(
        self, run: Run, environ: dict[str, str]
    ) -> None:
        made = run("-p sandbox rules create --title New --trigger events/Rsvp --points 1 -o id").out.strip()
        assert offered("loyaltyctl -p sandbox rules get ", environ) == [made]

        run(f"-p sandbox rules delete {made} --yes")

        assert made not in offered("loyaltyctl -p sandbox rules get ", environ)

    def test_bulk_creates_updates_and_filtered_lists_add_to_the_cache(
        self, run: Run, environ: dict[str, str], home: Home
    ) -> None:
        run("-p sandbox rules list --trigger events/Rsvp")
        assert offered("loyaltyctl -p sandbox rules get ", environ) == [RSVP]

        (home.work / "rules.csv").write_text("title,trigger,points\nOne,events/Rsvp,1\n")
        one = run("-p sandbox rules bulk-create -f rules.csv -o id").out.strip()

        assert {RSVP, one} <= {*offered("loyaltyctl -p sandbox rules get ", environ)}

    def test_a_full_list_replaces_the_cache(self, run: Run, environ: dict[str, str], served: Served) -> None:
        run("rules list", env=served.environ)
        with served.store.site(SITE, writes=True) as site:
            site.delete(RSVP)

        run("rules list", env=served.environ)

        assert RSVP not in offered("loyaltyctl rules get ", environ | served.environ)

    def test_copied_rules_are_cached_for_the_profile_of_the_source(
        self, run: Run, environ: dict[str, str], served: Served
    ) -> None:
        sign_in = f"auth login --api-key-stdin --base-url {served.url}"
        run(f"-p staging {sign_in} --site-id {SITE}", stdin=KEY)
        run(f"-p live {sign_in} --site-id {GOLD}", stdin=KEY)
        made = run("-p staging rules create --title New --trigger events/Rsvp --points 1 -o id").out.strip()

        run("-p live rules copy --from staging --yes")

        assert made in offered("loyaltyctl -p staging rules get ", environ)
        assert made not in offered("loyaltyctl -p live rules get ", environ)

    def test_a_hostile_title_is_escaped(self, run: Run, home: Home) -> None:
        run(
            [
                "-p",
                "sandbox",
                "rules",
                "create",
                "--title",
                "a\tb\x1b[31m\u202e$(x)",
                "--trigger",
                "events/Rsvp",
                "--points",
                "1",
            ]
        )

        [file] = [*(home.data / "known_rules").iterdir()]

        assert r"a\tb\x1b[31m\u202e$(x)" in file.read_text()
        assert file.read_text().count("\n") == 1
        assert file.stat().st_mode & 0o777 == 0o600

    def test_a_data_folder_that_is_not_writable_is_ignored(
        self, run: Run, environ: dict[str, str], served: Served, home: Home
    ) -> None:
        home.data.mkdir()
        (home.data / "known_rules").write_text("a file")

        run("rules list", env=served.environ)

        assert offered("loyaltyctl rules get ", environ | served.environ) == []

    def test_a_dry_run_caches_nothing(self, run: Run, home: Home) -> None:
        run("-p sandbox rules list --dry-run")

        assert not (home.data / "known_rules").exists()

    def test_a_reset_of_the_sandbox_clears_its_cache(self, run: Run, environ: dict[str, str]) -> None:
        run("-p sandbox rules create --title New --trigger events/Rsvp --points 1")
        run("sandbox reset --yes")

        assert offered("loyaltyctl -p sandbox rules get ", environ) == []


@pytest.mark.parametrize(
    "name", ["semi;touch x", "$(touch x)", ":files /etc/", "a b", "\\u001b[31m", "a\\nb", ".a", "é", ""]
)
def test_an_invalid_profile_name_is_not_offered(name: str, environ: dict[str, str], home: Home) -> None:
    home.config.mkdir()
    (home.config / "config.toml").write_text(f'[profiles.good]\n[profiles."{name}"]\n')

    assert offered("loyaltyctl -p ", environ) == ["good", "sandbox"]


@given(st.text(alphabet="aZ09._- é;\n", max_size=70) | st.from_regex(r"[a-z][a-z.-]{0,70}", fullmatch=True))
def test_a_profile_is_offered_if_and_only_if_its_name_is_valid(name: str) -> None:
    try:
        profile_name(name)
        may_be = True
    except UsageError:
        may_be = False

    assert candidates._may_be_profile(name) == may_be  # noqa: SLF001 - a second definition, without importing re


@pytest.mark.parametrize(
    ("config", "known_file"),
    [("profile = [", b""), ("profiles = 3", b""), ("", b"\xff\xfe\x00"), ("", b"no tab\n"), ("\x00", b"")],
)
def test_invalid_files_yield_no_candidates_and_no_messages(
    config: str, known_file: bytes, program: Callable[..., subprocess.CompletedProcess[bytes]], home: Home
) -> None:
    home.config.mkdir()
    (home.config / "config.toml").write_text(config)
    (home.data / "known_rules").mkdir(parents=True)
    (home.data / "known_rules" / "@.tsv").write_bytes(known_file)

    for line in (["rules", "get", ""], ["-p", ""], ["\udcff", ""], []):
        ended = program(line, env={"_LOYALTYCTL_COMPLETE": "zsh"})
        assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("line", "part", "expected"),
    [
        ("loyaltyctl ru", "ru", "rules\t"),
        ("loyaltyctl rules ", "", "list\t"),
        ("/usr/bin/loyaltyctl rules list --status=AC", "AC", "ACTIVE\t"),
        ("loyaltyctl rules list --status=", "=", "ACTIVE\t"),
        ("LOYALTYCTL_OUTPUT=json loyaltyctl ru", "ru", "rules\t"),
        ("loyaltyctl rules list --status 'AC", "'AC", "ACTIVE\t"),
        ('loyaltyctl rules create --title "a b" --sta', "--sta", ""),
        ('loyaltyctl rules create --title "a b" --pau', "--pau", "--paused\t"),
        ("loyaltyctl rules create --title a\\ b --pau", "--pau", "--paused\t"),
        ("", "", "auth\t"),
    ],
)
def test_bash_passes_its_line_and_gets_the_rest_of_a_word(line: str, part: str, expected: str) -> None:
    assert candidates.output_for("bash", [line, part], {}).startswith(expected)


def test_completion_imports_almost_nothing(environ: dict[str, str]) -> None:
    probe = (
        "import sys; sys.argv = ['loyaltyctl', *sys.argv[1:]]\n"
        "from loyaltyctl.__main__ import main\nmain()\n"
        "print(*sorted(name for name in sys.modules), file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", probe, "rules", "list", "--"],
        env=unmeasured(environ) | {"_LOYALTYCTL_COMPLETE": "zsh"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    loaded = {*ended.stderr.split()}
    assert not loaded & {"typing", "re", "pathlib", "json", "typer", "tomllib", "platformdirs"} - _bare()
    assert "--status" in ended.stdout


def _bare() -> set[str]:
    """Return the modules that an interpreter of this environment imports at start-up."""
    printed = subprocess.run([sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]})  # fmt: skip
    return {*printed.stdout.split()}


def test_the_table_of_words_matches_the_command_tree() -> None:
    words = text(command_tree().walk())

    assert "\n# loyaltyctl rules list\n" in words
    assert "--status\t=ACTIVE|=PAUSED" in words
