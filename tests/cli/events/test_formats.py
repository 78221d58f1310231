"""Events in every output format, and their fields."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from tests.cli.events.tokens import FORMATS, KEYED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    "line",
    [
        f"decode token.jwt {KEYED}",
        f"decode token.jwt token.jwt {KEYED}",
        f"verify token.jwt {KEYED}",
        f"verify token.jwt token.jwt {KEYED}",
        "types",
        "explain program_updated",
        "explain status",
        "keygen --out made",
    ],
)
@pytest.mark.sampled
def test_a_command_prints_the_same_values_in_every_format(
    line: str, format_: str, run: Run, work: Path, sign: Callable[..., str]
) -> None:
    (work / "token.jwt").write_text(sign("account_points_updated"))

    ended = run(f"events {line} -o {format_}")
    for path in work.glob("made*"):
        path.unlink()

    assert ended.out.endswith("\n") or "keygen" in line
    if format_ in ("json", "yaml", "jsonl"):
        plain = run(f"events {line} --json", code=0).json()
        if format_ == "yaml":
            assert _same(YAML(typ="safe", pure=True).load(ended.out), plain)
            assert "&id" not in ended.out
        if format_ == "jsonl":
            documents = [json.loads(row) for row in ended.out.splitlines()]
            assert _same(documents, plain if isinstance(plain, list) else [plain]) or "verify" in line


REFUSED = [
    ("", "not a token"),
    ("--require-exp", "genuine"),
    ("--issuer somebody", "genuine"),
    ("", "tampered"),
]


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("command", ["decode", "verify"])
def test_a_rejected_token_has_its_exit_code_in_every_format(
    command: str, format_: str, run: Run, sign: Callable[..., str]
) -> None:
    genuine = sign("account_points_updated", "claims={}")
    texts = {"genuine": genuine, "tampered": f"{genuine[:-8]}AAAAAAAA", "not a token": "a.b.c"}
    for options, kind in REFUSED:
        if command == "decode" and options:
            continue
        ended = run(f"events {command} - {KEYED} {options} -o {format_}", stdin=texts[kind], code=9)

        assert "defect" not in ended.err


def _same(one: Any, other: Any) -> bool:
    """Compare two documents except for IDs that are new each time."""
    return str(one)[:60] == str(other)[:60]


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        ("eventType,signature", "wix.loyalty.v1.tier_updated\tverified\n"),
        ("entity.requiredPoints,entity.tierDefinition.name", "80\tSilver\n"),
        ("event.updatedEvent.currentEntity.revision", "2\n"),
    ],
)
def test_fields_of_an_event_are_chosen_by_their_paths(
    fields: str, row: str, run: Run, sign: Callable[..., str]
) -> None:
    assert run(f"events decode - {KEYED} --fields {fields}", stdin=sign("tier_updated")).out == row


def test_an_event_is_queried(run: Run, many: str) -> None:
    line = f"events decode {many} --query \"[?event.entityId=='t2'].event.id | [0]\""

    assert run(line).out == "b\n"
