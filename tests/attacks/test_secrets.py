"""A canary in the place of every secret, through every command: it is seen nowhere but in the credentials file."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.cli import reference
from tests.conftest import PURCHASE, SIGN_UP, SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served

CANARY = "IST.c4n4ry-0123456789abcdef.SECRET"
LINES = [
    "rules list", f"rules get {PURCHASE}", f"rules get {SIGN_UP}", "rules create --title A --trigger events/Rsvp --points 1", "rules create-custom --type SOCIAL_MEDIA",
    "rules bulk-create -f rules.csv", f"rules update {PURCHASE} --title B", f"rules pause {PURCHASE}", f"rules resume {PURCHASE}", f"rules delete {PURCHASE} -y", "rules triggers",
    "auth status", "auth status --offline", "auth logout", "auth switch shop", "config list --show-origin", "config get base-url", "config set output json", "config unset output", "config path", "sandbox path", "sandbox reset -y", "version", "-p sandbox rules list", "rules nothing",
    f"points simulate --amount 5 --rule {PURCHASE}", f"points table --rule {PURCHASE}", f"points solve --points 5 --rule {PURCHASE}", "points backtest orders.csv --live --trigger stores/OrderPaid --chart chart.svg",
]  # fmt: skip
MODES = ["", "--debug", "-v --debug --json", "-n", "--curl", "--dry-run --json"]
FAULTS = [
    "",
    "lost",
    "html",
    "500",
    "401",
    "403",
    "redirect=http://127.0.0.1:1/",
    "cut",
    "empty",
    "429=0",
    'body={"a":NaN}',
]


def credentials(kind: str, url: str) -> dict[str, str]:
    """An environment with the canary in it."""
    secret = {
        "key": {"LOYALTYCTL_API_KEY": CANARY, "LOYALTYCTL_SITE_ID": SITE},
        "app": {"LOYALTYCTL_APP_ID": "a", "LOYALTYCTL_APP_SECRET": CANARY, "LOYALTYCTL_INSTANCE_ID": SITE},
        "stored": {"LOYALTYCTL_PROFILE": "shop"},
    }
    return {"LOYALTYCTL_BASE_URL": url, **secret[kind]}


def seen(home: Home, *texts: str) -> list[str]:
    """Where the canary is seen."""
    files = [
        path
        for path in (*home.config.rglob("*"), *home.data.rglob("*"), *home.work.rglob("*"))
        if path.is_file()
    ]
    told = [
        str(path)
        for path in files
        if path.name != "credentials.toml" and CANARY.encode() in path.read_bytes()
    ]
    return told + [text for text in texts if CANARY in text or CANARY[4:-7] in text]


@pytest.mark.parametrize("kind", ["key", "app", "stored"])
@pytest.mark.parametrize("mode", MODES)
def test_no_command_shows_it(
    kind: str, mode: str, run: Run, home: Home, serve: Callable[..., Served]
) -> None:
    served = serve(api_key=CANARY)
    (home.work / "rules.csv").write_text("title,trigger,points\nA,events/Rsvp,1\n")
    (home.work / "orders.csv").write_text("amount\n5.00\n")
    run(f"-p shop auth login --api-key-stdin --site-id {SITE} --base-url {served.url}", stdin=CANARY)

    for line in LINES:
        result = run(f"{line} {mode}", env=credentials(kind, served.url), code=None)
        assert seen(home, result.out, result.err) == [], f"{line} {mode}"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ["key", "app"])
def test_no_error_shows_it(fault: str, kind: str, run: Run, home: Home, serve: Callable[..., Served]) -> None:
    served = serve(*([fault] if fault else []), api_key=CANARY)

    for line in (LINES[0], LINES[3], LINES[6], LINES[9], "auth status"):
        result = run(f"{line} --debug --timeout 5", env=credentials(kind, served.url), code=None)
        assert seen(home, result.out, result.err, repr(result.sent)) == [], f"{line} {fault}"


@pytest.mark.parametrize("wrong", ["{0}\n{0}", " {0}", "{0} x", "“{0}”", "{0}\x00", "\x1b{0}", "{0}é"])
def test_a_wrong_one_is_refused_without_showing_it(wrong: str, run: Run, home: Home) -> None:
    secret = wrong.format(CANARY)
    (home.work / "key").write_text(secret)
    (home.work / "rules.csv").write_text("")

    results = [
        run(
            "rules list --debug",
            env={"LOYALTYCTL_API_KEY": secret.replace("\0", "\1"), "LOYALTYCTL_SITE_ID": SITE},
            code=6,
        ),
        run(f"auth login --api-key-stdin --site-id {SITE} --debug", stdin=secret, code=6),
        run(f"auth login --api-key-file key --site-id {SITE} --debug", code=6),
    ]

    (home.work / "key").unlink()
    assert seen(home, *(result.out + result.err for result in results)) == []


def test_every_command_was_tried() -> None:
    tried = {
        " ".join(words)
        for line in LINES
        for words in [[word for word in line.split() if not word.startswith("-")][:2]]
    }
    commands = {" ".join(node.words[1:]) for node in reference.tree() if not node.is_group}

    assert commands - tried <= {"auth login", "sandbox serve"}


def test_a_defect_shows_it_neither(environ: dict[str, str], home: Home) -> None:
    broken = (
        "import sys\n"
        "from loyaltyctl.intake import secret\n"
        "def boom(self): raise RuntimeError(self._text)\n"
        "secret.Secret.reveal = boom\n"
        "sys.argv = ['loyaltyctl', 'rules', 'list', '--debug']\n"
        "from loyaltyctl.__main__ import main\n"
        "sys.exit(main())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", broken], env=environ | credentials("key", "http://127.0.0.1:1"), capture_output=True, text=True, check=False
    )  # fmt: skip

    assert ended.returncode == 1
    assert "this is a defect of loyaltyctl: RuntimeError" in ended.stderr
    assert seen(home, ended.stdout, ended.stderr) == []


def test_no_process_title_shows_it(environ: dict[str, str], home: Home, serve: Callable[..., Served]) -> None:
    served = serve("delay=2", api_key=CANARY)
    argv = [
        sys.executable,
        "-m",
        "loyaltyctl",
        "-p",
        "shop",
        "auth",
        "login",
        "--api-key-stdin",
        "--site-id",
        SITE,
        "--base-url",
        served.url,
    ]
    process = subprocess.Popen(
        argv, env=environ, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert process.stdin
    process.stdin.write(CANARY.encode())
    process.stdin.close()
    titles = []
    while process.poll() is None:
        for name in ("cmdline", "environ", "comm"):
            titles.append(Path(f"/proc/{process.pid}/{name}").read_bytes().decode(errors="replace"))  # noqa: PERF401 - read while it runs
        time.sleep(0.05)

    assert process.returncode == 0
    assert len(titles) > 10
    assert seen(home, *titles) == []
