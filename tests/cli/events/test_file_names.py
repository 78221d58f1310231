"""The content of a file in place of its name: rejected, and not repeated."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.events.tokens import Pair
    from tests.conftest import Run

LINES = (
    "events decode CONTENT",
    "events decode test.pub.pem CONTENT",
    "events decode - --public-key CONTENT",
    "events verify CONTENT --public-key test.pub.pem",
    "events verify - --public-key CONTENT",
    "events verify - --public-key test.pub.pem --public-key CONTENT",
    "events sign --type tier_deleted --key CONTENT",
    "events sign -f CONTENT --key test.pem",
    "events send --to http://127.0.0.1:1 --type tier_deleted --key CONTENT",
    "events send --to http://127.0.0.1:1 -f CONTENT --key test.pem",
    "events replay CONTENT --to http://127.0.0.1:1",
    "events replay - --resign --to http://127.0.0.1:1 --key CONTENT",
    "events listen --port 0 --save CONTENT",
    "events listen --port 0 --public-key CONTENT",
    "events keygen --out CONTENT",
)


@pytest.fixture
def contents(pairs: dict[str, Pair], sign: Callable[..., str]) -> dict[str, str]:
    public, private = pairs["test"].public, pairs["test"].private
    return {
        "a token": sign(),
        "a token in quotes": f'"{sign()}"',
        "a Bearer": f"Bearer {sign()}",
        "a private PEM": private,
        "a PEM on one line": private.replace("\n", "\\n"),
        "base64 of a PEM": b64encode(private.encode()).decode(),
        "the bytes of a key": "".join(public.splitlines()[1:-1]),
        "base64 of a token": b64encode(sign().encode()).decode(),
        "JSON": '{"eventType":"AppInstalled","data":"canary-in-the-content-of-a-file"}',
        "an array": f'["{sign()}"]',
    }


@pytest.mark.parametrize("line", LINES)
@pytest.mark.sampled
def test_the_content_of_a_file_is_rejected_as_its_name(line: str, run: Run, contents: dict[str, str]) -> None:
    for content in contents.values():
        words = [content if word == "CONTENT" else word for word in line.split()]
        for how in ([], ["--debug"]) if "listen" in line else ([], ["--json"], ["--debug"]):
            ended = run([*words, *how], stdin="[]", code=2)
            assert "the name of a file" in ended.err
            assert not any(
                content[i : i + 24] in ended.err + ended.out for i in range(0, len(content) - 24, 8)
            )
            assert "hint" in ended.err


def test_a_key_split_into_words_by_a_shell_is_not_repeated(run: Run, contents: dict[str, str]) -> None:
    words = contents["a private PEM"].split()
    for line in (
        ["sign", "--type", "tier_deleted", "--key"],
        ["decode", "--public-key"],
        ["verify"],
        ["explain"],
    ):
        ended = run(["events", *line, *words], code=2)

        assert "the text of a key is given" in ended.err
        assert not any(word in ended.err + ended.out for word in words if len(word) > 20)


@pytest.mark.parametrize(
    "line",
    [
        "sign --type tier_deleted --key test.pem --set CONTENT", "decode - --since CONTENT", "verify - --max-age CONTENT",
        "listen --port 0 --forward-to CONTENT", "listen --port 0 --forward-to x=CONTENT", "replay - --to CONTENT",
    ],
)  # fmt: skip
def test_a_key_passed_to_another_option_is_not_repeated(
    line: str, run: Run, contents: dict[str, str]
) -> None:
    for name in ("a private PEM", "a PEM on one line", "a token"):
        words = [word.replace("CONTENT", contents[name]) for word in line.split()]
        ended = run(["events", *words], stdin="[]", code=2)
        assert contents[name][30:54] not in ended.err + ended.out


def test_the_hint_names_standard_input_and_the_variable(run: Run, contents: dict[str, str]) -> None:
    argument = run(["events", "decode", contents["a token"], "--json"], code=2).error()
    option = run(
        ["events", "decode", "-", "--public-key", contents["a private PEM"], "--json"], code=2
    ).error()

    assert "- to read standard input" in argument["hint"]
    assert "LOYALTYCTL_PUBLIC_KEY" in option["hint"]


@pytest.mark.parametrize("content", ["a private PEM", "base64 of a PEM", "the bytes of a key"])
def test_the_variable_of_a_file_holds_no_key(content: str, run: Run, contents: dict[str, str]) -> None:
    ended = run("events decode -", stdin="[]", env={"LOYALTYCTL_PUBLIC_KEY_FILE": contents[content]}, code=2)

    assert "LOYALTYCTL_PUBLIC_KEY" in ended.err
    assert contents[content][40:70] not in ended.err


@pytest.mark.parametrize("name", ["a" * 5000, "a/" * 3000, "x\ny", "~"])
def test_an_invalid_file_name_is_an_error(name: str, run: Run) -> None:
    for line in (
        ["decode", name],
        ["verify", name, "--public-key", "test.pub.pem"],
        ["decode", "-", "--public-key", name],
    ):
        ended = run(["events", *line], stdin="[]", code=2)
        assert "cannot read" in ended.err
        assert len(ended.err) < 400


def test_an_existing_file_with_such_a_name_is_read(run: Run, sign: Callable[..., str]) -> None:
    for name in ("a.jwt", "events.2026-11-21.production-server.jsonl", "{x}", "MII.pem"):
        with open(name, "w", encoding="ascii") as file:  # noqa: PTH123 - in the current folder
            file.write(sign())
        assert (
            run(["events", "decode", name, "--public-key", "test.pub.pem", "--json"]).json()["signature"]
            == "verified"
        )
