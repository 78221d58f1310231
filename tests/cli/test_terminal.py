"""The program on a terminal: tables, colors, prompts, progress bars."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.terminal import Screen, on_terminal
from tests.conftest import KEY, PURCHASE, SITE

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served

LIST = "-p sandbox rules list"
DELETE = f"-p sandbox rules delete {PURCHASE}"


def screen(line: str, environ: dict[str, str], *answers: tuple[str, str], **more: Any) -> Screen:
    return on_terminal(shlex.split(line), environ, answers, **more)


class TestOnATerminal:
    """Output for people, and prompts."""

    def test_a_list_is_a_colored_table(self, environ: dict[str, str]) -> None:
        shown = screen(LIST, environ)

        assert shown.code == 0
        assert "\x1b[1mID" in shown.text
        assert "\x1b[32mACTIVE" in shown.text
        assert PURCHASE in shown.text
        assert "y ago" not in screen(LIST, environ, columns=60).text

    @pytest.mark.parametrize("plain", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
    def test_colors_can_be_disabled(self, plain: dict[str, str], environ: dict[str, str]) -> None:
        assert "\x1b[" not in screen(LIST, environ | plain).text

    def test_json_is_indented(self, environ: dict[str, str]) -> None:
        assert '\n    "id": ' in screen(f"{LIST} --json", environ).text

    def test_help_is_the_same_as_in_a_pipe(
        self, environ: dict[str, str], program: Callable[..., subprocess.CompletedProcess[bytes]]
    ) -> None:
        for line in ("--help", "rules --help", "rules list --help"):
            assert screen(line, environ).text == program(line).stdout.decode()
            assert (
                program(line, env={"GITHUB_ACTIONS": "true", "FORCE_COLOR": "1"}).stdout
                == program(line).stdout
            )

    @pytest.mark.parametrize(
        ("answer", "code", "left"),
        [
            ("y", 0, 6),
            ("yes", 0, 6),
            ("YES", 0, 6),
            ("n", 11, 7),
            ("", 11, 7),
            ("^D", 11, 7),
            ("maybe", 11, 7),
        ],
    )
    def test_a_delete_asks(
        self, answer: str, code: int, left: int, environ: dict[str, str], run: Run
    ) -> None:
        asked = screen(DELETE, environ, ("[y/N]", answer))

        assert 'Delete "Purchase a product" from sandbox? [y/N]' in asked.text
        assert asked.code == code
        assert len(run(f"{LIST} --json").json()) == left

    @pytest.mark.parametrize("quiet", [{"CI": "true"}, {"LOYALTYCTL_NO_INPUT": "1"}])
    def test_prompts_can_be_disabled(self, quiet: dict[str, str], environ: dict[str, str]) -> None:
        assert screen(DELETE, environ | quiet).code == 2
        assert screen(f"{DELETE} --no-input", environ).code == 2

    def test_signing_in_asks_without_showing_the_key(
        self, environ: dict[str, str], served: Served, home: Home
    ) -> None:
        signed_in = screen(
            f"auth login --base-url {served.url}", environ, ("not shown", KEY), ("Site id", SITE)
        )

        assert signed_in.code == 0
        assert f"{served.url} is on this machine" in signed_in.text
        assert "Wix dashboard" not in signed_in.text
        assert KEY not in signed_in.text
        assert SITE in signed_in.text
        assert "signed in; the profile default is used without -p" in signed_in.text
        assert KEY in (home.config / "credentials.toml").read_text()

    def test_signing_in_says_where_key_and_site_are_found_and_takes_the_dashboards_address(
        self, environ: dict[str, str], home: Home
    ) -> None:
        address = f"https://manage.wix.com/dashboard/{SITE}/home?x=1"

        signed_in = screen("auth login --offline", environ, ("not shown", KEY), ("Site id", address))

        assert "Two values are needed" in signed_in.text
        assert "API Keys Manager" in signed_in.text
        assert "what follows /dashboard/" in signed_in.text
        assert "Next: loyaltyctl rules list" in signed_in.text
        assert f'site-id = "{SITE}"' in (home.config / "config.toml").read_text()

    def test_an_empty_key_suggests_the_sandbox(self, environ: dict[str, str], home: Home) -> None:
        declined = screen("auth login", environ, ("not shown", ""))

        assert declined.code == 11
        assert declined.text.endswith("for the sandbox: loyaltyctl -p sandbox rules list\n")
        assert "error" not in declined.text
        assert not home.config.exists()

    def test_end_of_input_at_a_prompt_changes_nothing(self, environ: dict[str, str]) -> None:
        assert screen("auth login", environ, ("not shown", "^D")).code == 11

    def test_an_invalid_site_id_is_asked_for_again(self, environ: dict[str, str]) -> None:
        wrong = (
            ("not shown", KEY),
            ("Site id", "nonsense"),
            ("the site id is what follows", "https://x.example/"),
        )
        asked = screen("auth login --offline", environ, *wrong, ("the site id is what follows", SITE.upper()))
        in_vain = screen(
            "-p b auth login", environ, *wrong, ("the site id is what follows", "https://x/dashboard/y")
        )

        assert asked.code == 0
        assert asked.text.count("Site id, or the address") == 3
        assert in_vain.code == 2
        assert "hint: Give it with: --site-id ID" in in_vain.text

    @pytest.mark.parametrize("typed", [
        f"'{SITE}'", f"{{{SITE}}}", f'  "{SITE.upper()}",', f"https://manage.wix.com/dashboard/{SITE}", f"manage.wix.com/dashboard/{SITE}?ref=x#y",
        f'"https://manage.wix.com/en/dashboard/{SITE}"', f"https://x.example/y?to=dashboard/{SITE}&z=1",
    ])  # fmt: skip
    def test_a_site_id_is_found_in_an_address_and_in_quotes(
        self, typed: str, environ: dict[str, str], home: Home
    ) -> None:
        assert screen("auth login --offline", environ, ("not shown", KEY), ("Site id", typed)).code == 0
        assert f'site-id = "{SITE}"' in (home.config / "config.toml").read_text()

    def test_given_values_are_not_asked_for(self, environ: dict[str, str]) -> None:
        signed_in = screen(f"auth login --offline --site-id {SITE}", environ, ("not shown", KEY))

        assert signed_in.code == 0
        assert "An API key is needed, from the Wix dashboard" in signed_in.text
        assert "Two values" not in signed_in.text

    def test_a_key_for_standard_input_is_not_shown_on_a_terminal(
        self, environ: dict[str, str], home: Home
    ) -> None:
        line = f"auth login --offline --api-key-stdin --site-id {SITE}"
        signed_in = screen(line, environ | {"LOYALTYCTL_API_KEY": "another"}, ("not shown", KEY))

        assert signed_in.code == 0
        assert KEY not in signed_in.text
        assert KEY in (home.config / "credentials.toml").read_text()
        assert "hint: Pipe it in with --api-key-stdin" in screen(f"{line} --no-input", environ).text

    def test_many_rules_have_a_progress_bar(
        self, environ: dict[str, str], home: Home, serve: Callable[..., Served]
    ) -> None:
        served = serve("delay=0.8@bulk-create")
        (home.work / "rules.csv").write_text(
            "title,trigger,points\n" + "".join(f"R{i},events/Rsvp,1\n" for i in range(250))
        )
        shown = screen("rules bulk-create -f rules.csv", environ | served.environ)

        assert shown.code == 0
        assert "creating rules" in shown.text
        assert "250/250" in shown.text
        assert "250 created" in shown.text

    def test_a_file_can_be_typed_at_the_terminal(self, environ: dict[str, str]) -> None:
        typed = screen(
            "-p sandbox rules create -f -",
            environ,
            ("end with Ctrl-D", '{"title":"A","trigger":"events/Rsvp","points":1}'),
            ("points", "^D"),
        )

        assert typed.code == 0
        assert 'created "A"' in typed.text

    def test_ctrl_c_is_not_reported_as_an_error(
        self, environ: dict[str, str], serve: Callable[..., Served]
    ) -> None:
        served = serve("delay=3@list")
        for line, prompt in (("rules list --debug", "> GET"), ("auth login", "API key")):
            stopped = screen(line, environ | (served.environ if "list" in line else {}), (prompt, "^C"))
            assert stopped.code == 130
            assert "interrupted" in stopped.text
            assert "Traceback" not in stopped.text

    def test_an_empty_list_is_a_message(self, environ: dict[str, str]) -> None:
        assert "nothing found" in screen(f"{LIST} --kind custom", environ).text
