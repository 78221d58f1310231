"""Options and arguments that take a path: empty names, directories, pipes, unreadable and unwritable files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.cli.commands.root import command_tree
from loyaltyctl.cli.runtime.command import PATH_METAVAR
from tests.conftest import RSVP

if TYPE_CHECKING:
    from tests.conftest import Home, Result, Run, Served

ORDERS = "points backtest orders.csv -f rules.yaml"
READING = {
    ("auth login", "--api-key-file"): "auth login --offline --site-id 3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10 --api-key-file {}",
    ("auth login", "--app-secret-file"): f"auth login --offline --app-id {RSVP} --instance-id {RSVP} --app-secret-file {{}}",
    ("rules create", "--file"): "-p sandbox rules create -f {}",
    ("rules bulk-create", "--file"): "-p sandbox rules bulk-create -f {} --yes",
    ("rules update", "--file"): f"-p sandbox rules update {RSVP} -f {{}}",
    ("rules validate", "--file"): "rules validate -f {}",
    ("rules diff", "--file"): "-p sandbox rules diff -f {}",
    ("rules diff", "--against"): "rules diff -f rules.yaml --against {}",
    ("rules apply", "--file"): "-p sandbox rules apply -f {} --yes",
    ("rules apply", "[PLAN]"): "-p sandbox rules apply {} --yes",
    ("points simulate", "--file"): "points simulate --amount 5 -f {}",
    ("points table", "--file"): "points table --from 1 --to 2 --step 1 -f {}",
    ("points solve", "--file"): "points solve --points 5 -f {}",
    ("points backtest", "[ORDERS]..."): "points backtest {} -f rules.yaml",
    ("points backtest", "--orders"): "points backtest --orders {} -f rules.yaml",
    ("points backtest", "--file"): "points backtest orders.csv -f {}",
    ("points backtest", "--against"): f"{ORDERS} --against {{}}",
    ("points backtest", "--source"): f"{ORDERS} --source {{}}",
    ("orders inspect", "--source"): "orders inspect orders.csv --source {}",
    ("orders convert", "--source"): "orders convert orders.csv --out plain.csv --source {}",
    ("orders inspect", "ORDERS..."): "orders inspect {}",
    ("orders convert", "ORDERS..."): "orders convert {} --out plain.csv",
    ("events decode", "FILE|-..."): "events decode {}",
    ("events verify", "FILE|-..."): "events verify {} --public-key key.pub.pem",
    ("events decode", "--public-key"): "events decode event.jwt --public-key {}",
    ("events verify", "--public-key"): "events verify event.jwt --public-key {}",
    ("events listen", "--public-key"): "events listen --host 203.0.113.1 --public-key {}",
    ("events sign", "--key"): "events sign --type program_updated --key {}",
    ("events sign", "--file"): "events sign --key key.pem -f {}",
    ("events send", "--key"): "events send --type program_updated --to http://127.0.0.1:1 --key {}",
    ("events send", "--file"): "events send --key key.pem --to http://127.0.0.1:1 -f {}",
    ("events replay", "--key"): "events replay event.jwt --to http://127.0.0.1:1 --resign --key {}",
    ("events replay", "FILE|-..."): "events replay {} --to http://127.0.0.1:1",
    ("api", "--file"): "-p sandbox api POST /x -f {}",
}  # fmt: skip
"""Command line for each parameter that is read from."""
WRITING = {
    ("rules export", "--out"): "-p sandbox rules export --yes --out {}",
    ("rules apply", "--out"): "-p sandbox rules apply -f rules.yaml --out {}",
    ("rules copy", "--out"): "rules copy --from sandbox --out {}",
    ("orders convert", "--out"): "orders convert orders.csv --yes --out {}",
    ("orders fetch", "--out"): "-p sandbox orders fetch --yes --out {}",
    ("points backtest", "--chart"): f"{ORDERS} --chart {{}}",
    ("points backtest", "--example"): "points backtest --example {}",
    ("events keygen", "--out"): "events keygen --out {}",
    ("events listen", "--save"): "events listen --host 203.0.113.1 --save {}",
    ("sandbox serve", "--db"): "sandbox serve --host 203.0.113.1 --db {}",
}
"""Command line for each parameter that is written to."""
MADE = {
    ("rules export", "--out"): ("folder", "missing/x"),
    ("points backtest", "--example"): ("folder", "missing/x"),
    ("sandbox serve", "--db"): ("missing/x",),
}
"""File names that these commands create or write to."""


def parameters() -> set[tuple[str, str]]:
    """Return every parameter of every command that takes a path."""
    found = set()
    for node in command_tree().walk():
        for param in [] if node.is_group else node.command.params:
            if PATH_METAVAR.search(getattr(param, "metavar", None) or ""):
                option = param.opts[-1] if param.param_type_name == "option" else param.metavar
                found.add((" ".join(node.words[1:]), option))
    return found


@pytest.fixture(autouse=True)
def _files(home: Home) -> None:  # noqa: ARG001 - it is the current folder
    """Create the other files that the command lines read."""
    text = "rules:\n- {title: A, trigger: stores/OrderPaid, earn: 1 per 1}\n"
    Path("rules.yaml").write_text(text)
    Path("orders.csv").write_text("id,amount,trigger\n1,5,stores/OrderPaid\n")


def test_every_parameter_that_takes_a_path_has_a_case() -> None:
    assert parameters() == READING.keys() | WRITING.keys()


@pytest.mark.parametrize("name", ["", "a\0b"])
@pytest.mark.parametrize(("command", "option"), sorted(READING.keys() | WRITING.keys()))
def test_an_empty_name_is_refused(command: str, option: str, name: str, run: Run) -> None:
    line = (READING | WRITING)[command, option].split(" ")
    before = sorted(Path().iterdir())

    ended = run([name if word == "{}" else word for word in line], code=2)

    assert f"the file name for {option} " in ended.err
    assert ended.out == ""
    assert sorted(Path().iterdir()) == before


NAMES = ["loop", "folder", "device", "pipe", "long", "below", "missing/x"]
IRREGULAR = {"folder", "device", "pipe"}
"""The names of files that exist, and are not regular files."""


def writing_code(command: str, option: str, name: str) -> int:
    """Return the exit code of a command that cannot write to a file of this name."""
    if command == "events keygen":
        return 5 if name in {*IRREGULAR, "loop"} else 1
    return {"--example": 1, "--db": 1, "--save": 6}.get(option, 2) if name in IRREGULAR else 1


def reading_code(option: str, name: str) -> int:
    """Return the exit code of a command that cannot read a file of this name; a device is an empty file."""
    return 6 if name == "device" and option not in {"[ORDERS]...", "ORDERS...", "--orders"} else 2


def _path(name: str, suffix: str) -> str:
    """Create a file of this kind, and return its name."""
    path = Path(f"{name}{suffix}")
    match name:
        case "loop":
            path.symlink_to(path)
        case "folder":
            path.mkdir()
        case "device":
            path.symlink_to("/dev/null")
        case "pipe":
            os.mkfifo(path)
        case "long":
            return f"{'x' * 300}{suffix}"
        case "below":
            return f"orders.csv/x{suffix}"
        case _:
            pass
    return str(path)


def _one_error(ended: Result) -> None:
    assert "a defect" not in ended.err
    assert "Traceback" not in ended.err
    assert ended.err.count("error: ") == 1
    assert ended.out == ""


@pytest.mark.parametrize(
    ("command", "option", "name"),
    [(*one, name) for one in sorted(WRITING) for name in NAMES if name not in MADE.get(one, ())],
)
def test_a_path_that_cannot_be_written_is_one_error(
    command: str, option: str, name: str, run: Run, served: Served
) -> None:
    suffix = {"--chart": ".svg", "--db": ".sqlite3"}.get(option, ".yaml")
    suffix = ".jsonl" if command in ("orders fetch", "orders convert") else suffix
    path = _path(name, suffix)
    if option == "--out" and command == "events keygen":
        for more in (".pem", ".pub.pem"):
            _path(name, suffix + more) if name != "missing/x" else None
    line = WRITING[command, option].split(" ")
    before = {one: os.lstat(one).st_mode for one in Path().iterdir()}

    ended = run(
        [path if word == "{}" else word for word in line],
        env=served.environ,
        code=writing_code(command, option, name),
    )

    _one_error(ended)
    assert "cannot listen" not in ended.err
    assert "same site" not in ended.err
    assert {one: os.lstat(one).st_mode for one in Path().iterdir()} == before


@pytest.mark.parametrize("name", [name for name in NAMES if name != "pipe"])
@pytest.mark.parametrize(("command", "option"), sorted(READING))
@pytest.mark.sampled
def test_a_path_that_cannot_be_read_is_one_error(command: str, option: str, name: str, run: Run) -> None:
    if not Path("key.pem").exists():
        run("events keygen --out key")
        Path("event.jwt").write_text(run("events sign --type program_updated --key key.pem").out)
    path = _path(name, ".yaml")
    line = READING[command, option].split(" ")

    ended = run([path if word == "{}" else word for word in line], code=reading_code(option, name))

    _one_error(ended._replace(out="") if command == "rules validate" else ended)  # it lists what is wrong


@pytest.mark.parametrize("out", ["rules.yaml", "plan.json", "chart.svg"])
def test_a_dangling_link_is_followed_to_create_the_file(out: str, run: Run) -> None:
    Path(out).unlink(missing_ok=True)
    Path("real").mkdir()
    Path(out).symlink_to(f"real/{out}")
    lines: dict[str, Any] = {
        "rules.yaml": "-p sandbox rules export --out rules.yaml",
        "plan.json": "-p sandbox rules apply -f rules.yaml --out plan.json",
        "chart.svg": f"{ORDERS} --chart chart.svg",
    }
    run(lines[out])

    assert Path(out).is_symlink()
    assert Path("real", out).stat().st_size > 0
