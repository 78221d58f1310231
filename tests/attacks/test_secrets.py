"""A canary in place of every secret, in every command: it appears only in the credentials file."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.cli.commands.root import command_tree
from loyaltyctl.model.events import samples
from loyaltyctl.model.events.names import find_event_type
from loyaltyctl.tokens import signing
from loyaltyctl.tokens.keys import PrivateKey
from tests.conftest import PURCHASE, SIGN_UP, SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served

CANARY = "IST.c4n4ry-0123456789abcdef.SECRET"
LINES = [
    "rules list", f"rules get {PURCHASE}", f"rules get {SIGN_UP}", "rules create --title A --trigger events/Rsvp --points 1", "rules create-custom --type SOCIAL_MEDIA",
    "rules bulk-create -f rules.csv", f"rules update {PURCHASE} --title B", f"rules pause {PURCHASE}", f"rules resume {PURCHASE}", f"rules delete {PURCHASE} -y", "rules triggers",
    "rules export", "rules export --out rules.yaml", "rules validate -f rules.yaml", "rules diff -f rules.yaml", "rules diff --from sandbox", "rules apply -f rules.yaml -y", "rules apply -f rules.csv --out plan.json", "rules apply plan.json -y",
    "rules copy --from sandbox -y", "rules copy --from sandbox --to shop -y", "rules rollback -y", "rules history", "schema", "schema rules-file",
    "auth status", "auth status --offline", "auth logout", "auth switch shop", "config list --show-origin", "config get base-url", "config set output json", "config unset output", "config path", "sandbox path", "sandbox reset -y", "version", "help environment", "help --man auth login", "completion bash", "doctor", "doctor --offline", "api GET /x", "api PUT /x -f rule.json", "api DELETE /_api/x -y", "-p sandbox rules list", "rules nothing",
    "orders inspect orders.csv", "orders convert orders.csv --out plain.csv -y", "orders sources", "orders sources plain", "orders fetch --out orders.jsonl -y", "points backtest --live-orders --live",
    f"points simulate --amount 5 --rule {PURCHASE}", f"points table --rule {PURCHASE}", f"points solve --points 5 --rule {PURCHASE}", "points backtest orders.csv --live --trigger stores/OrderPaid --chart chart.svg",
    "events decode token.jwt", "events decode token.jwt --public-key test.pub.pem", "events verify token.jwt --public-key test.pub.pem", "events types", "events explain program_updated", "events keygen --out made", "events sign --type tier_created --key test.pem",
    f"events sign --from-rule {PURCHASE} --key test.pem", "events send --type tier_created --key test.pem --to http://127.0.0.1:1", "events replay token.jwt --to http://127.0.0.1:1", "events replay token.jwt --to http://127.0.0.1:1 --resign --key test.pem",
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


@cache
def signing_key() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture
def private(home: Home) -> str:
    """A private key, in a file beside its public key and a token that it signed."""
    private, public = signing_key().to_pem()
    claims = samples.to_claims(samples.create_sample(find_event_type("program_updated"), time.time()))
    texts = {"test.pem": private, "test.pub.pem": public, "token.jwt": signing.sign(claims, signing_key())}
    for name, text in texts.items():
        (home.work / name).write_text(text)
    return private


def pieces(text: str) -> list[str]:
    """Return the secret pieces of a private key, by which a message that quotes a part of it is found."""
    return [line[:20] for line in text.splitlines()[2:-1] if len(line) >= 20]


def credentials(kind: str, url: str) -> dict[str, str]:
    """Return an environment with the canary as a credential."""
    secret = {
        "key": {"LOYALTYCTL_API_KEY": CANARY, "LOYALTYCTL_SITE_ID": SITE},
        "app": {"LOYALTYCTL_APP_ID": "a", "LOYALTYCTL_APP_SECRET": CANARY, "LOYALTYCTL_INSTANCE_ID": SITE},
        "stored": {"LOYALTYCTL_PROFILE": "shop"},
    }
    return {"LOYALTYCTL_BASE_URL": url, **secret[kind]}


def seen(home: Home, *texts: str) -> list[str]:
    """Return the texts and files that contain the canary."""
    files = [
        path
        for path in (*home.config.rglob("*"), *home.data.rglob("*"), *home.work.rglob("*"))
        if path.is_file()
    ]
    places = [
        str(path)
        for path in files
        if path.name != "credentials.toml" and CANARY.encode() in path.read_bytes()
    ]
    return places + [text for text in texts if CANARY in text or CANARY[4:-7] in text]


@pytest.mark.parametrize("kind", ["key", "app", "stored"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.usefixtures("private")
@pytest.mark.sampled
def test_no_command_shows_a_secret(
    kind: str, mode: str, run: Run, home: Home, serve: Callable[..., Served]
) -> None:
    served = serve(api_key=CANARY)
    (home.work / "rules.csv").write_text("title,trigger,points\nA,events/Rsvp,1\n")
    (home.work / "orders.csv").write_text("amount\n5.00\n")
    (home.work / "rule.json").write_text('{"earningRule": {"title": "A"}}')
    run(f"-p shop auth login --api-key-stdin --site-id {SITE} --base-url {served.url}", stdin=CANARY)

    for line in LINES:
        result = run(f"{line} {mode}", env=credentials(kind, served.url), code=None)
        assert seen(home, result.out, result.err) == [], f"{line} {mode}"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ["key", "app"])
@pytest.mark.sampled
def test_no_error_shows_a_secret(
    fault: str, kind: str, run: Run, home: Home, serve: Callable[..., Served]
) -> None:
    served = serve(*([fault] if fault else []), api_key=CANARY)

    for line in (
        "rules list",
        "rules create --title A --trigger events/Rsvp --points 1",
        f"rules update {PURCHASE} --title B",
        f"rules delete {PURCHASE} -y",
        "auth status",
    ):
        result = run(f"{line} --debug --timeout 5", env=credentials(kind, served.url), code=None)
        assert seen(home, result.out, result.err, repr(result.sent)) == [], f"{line} {fault}"


@pytest.mark.parametrize("wrong", ["{0}\n{0}", " {0}", "{0} x", "“{0}”", "{0}\x00", "\x1b{0}", "{0}é"])
def test_an_invalid_secret_is_refused_without_showing_it(wrong: str, run: Run, home: Home) -> None:
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


@pytest.mark.parametrize("secret", [CANARY, "c4n4ry-0123456789abcdef", CANARY * 20, f"{CANARY}/x"])
@pytest.mark.parametrize("line", [
    "auth login {0}", "auth login --offline {0} -p shop", "auth login --api-key {0}", "auth login --api-key={0}", "auth login --api-key-stdin={0}", "auth login --api-key-stdin {0}",
    "auth login --api-key-file {0}", "auth login --app-id x --app-secret {0}", "auth login --app-id x --app-secret-file {0}",
])  # fmt: skip
@pytest.mark.parametrize("mode", ["", "--json", "--debug"])
def test_a_secret_given_as_an_argument_is_not_repeated(
    line: str, secret: str, mode: str, run: Run, home: Home
) -> None:
    given = run(f"{line.format(secret)} {mode}", stdin=CANARY, code=2)

    assert seen(home, given.out, given.err) == []
    assert "c4n4ry" not in given.err


@pytest.mark.parametrize(
    "line", ["{0}", "auth {0}", "auth status {0}", "rules list --status {0}", "rules list --{0}"]
)
def test_no_other_command_repeats_an_api_key(line: str, run: Run, home: Home) -> None:
    assert seen(home, run(line.format(CANARY), code=2).err) == []


def test_a_key_in_place_of_the_name_of_its_file_is_not_quoted(run: Run, home: Home) -> None:
    refused = run("rules list", env={"LOYALTYCTL_API_KEY_FILE": CANARY, "LOYALTYCTL_SITE_ID": SITE}, code=2)

    assert "the key of LOYALTYCTL_API_KEY_FILE from its file: No such file" in refused.err
    assert seen(home, refused.err) == []


def test_every_command_was_tried() -> None:
    tried = {
        " ".join(words[:length])
        for line in LINES
        for words in [[word for word in line.split() if not word.startswith("-")]]
        for length in (1, 2)
    }
    commands = {" ".join(node.words[1:]) for node in command_tree().walk() if not node.is_group}

    assert commands - tried <= {"auth login", "sandbox serve", "events listen"}


SPELLED: dict[str, Callable[[str], str]] = {
    "PEM": lambda private: private,
    "one line": lambda private: private.replace("\n", "\\n"),
    "base64 of the PEM": lambda private: b64encode(private.encode()).decode(),
    "DER": lambda private: "".join(private.splitlines()[1:-1]),
}
"""Forms in which a private key may be pasted in place of a public one."""


@pytest.mark.parametrize("spelled", SPELLED)
@pytest.mark.parametrize("mode", ["", "--debug", "-v --debug --json"])
@pytest.mark.sampled
def test_a_private_key_in_the_wrong_place_is_not_shown(
    spelled: str, mode: str, run: Run, home: Home, private: str
) -> None:
    given = SPELLED[spelled](private)
    (home.work / "wrong.pem").write_text(given)
    (home.work / "cut.pem").write_text(given[: len(given) // 2])
    secret = pieces(private) + [given[i : i + 20] for i in range(100, len(given) - 60, 40)]
    results = [
        run(["-p", "shop", "config", "set", "public-key", *separator, given, *mode.split()], code=None)
        for separator in ([], ["--"])
    ]
    lines = [
        *(f"-p shop {line}" for line in ("config list", "config get public-key", "events decode token.jwt")),
        *(f"events decode token.jwt --public-key {name}.pem" for name in ("wrong", "cut")),
        "events verify token.jwt --public-key wrong.pem",
        "events decode wrong.pem",
        "events verify wrong.pem --public-key test.pub.pem",
        "events sign -f wrong.pem --key test.pem",
        *(f"events sign --type tier_created --key {name}.pem" for name in ("wrong", "cut")),
        "events sign --type tier_created --key wrong.pem --set entity.nothing=1",
        "events send --type tier_created --key test.pem --to http://127.0.0.1:1",
        "events replay token.jwt --key test.pem --resign --to http://127.0.0.1:1",
        "events keygen --out test",
    ]
    results += [run(f"{line} {mode}", code=None) for line in lines]
    for name, value in (("PUBLIC_KEY", given), ("PUBLIC_KEY_FILE", "wrong.pem")):
        for line in ("events decode token.jwt", "events verify token.jwt", "config list --show-origin"):
            results.append(run(f"{line} {mode}", env={f"LOYALTYCTL_{name}": value}, code=None))

    for result in results:
        assert [piece for piece in secret if piece in result.out + result.err] == []
    files = [path for folder in (home.config, home.data) for path in folder.rglob("*") if path.is_file()]
    assert [path for path in files if any(piece in path.read_text() for piece in secret)] == []


def test_a_generated_private_key_is_only_in_its_file(run: Run, home: Home) -> None:
    results = [run("events keygen --out made --debug"), run("events keygen --out second --json")]

    for name in ("made", "second"):
        secret = pieces((home.work / f"{name}.pem").read_text())
        assert len(secret) > 20
        texts = [
            *(result.out + result.err for result in results),
            (home.work / f"{name}.pub.pem").read_text(),
        ]
        assert not any(piece in text for piece in secret for text in texts)


def test_a_defect_shows_no_secret(environ: dict[str, str], home: Home) -> None:
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


@pytest.mark.linux
def test_no_process_title_shows_a_secret(
    environ: dict[str, str], home: Home, serve: Callable[..., Served]
) -> None:
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
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            for name in ("cmdline", "environ", "comm"):
                titles.append(Path(f"/proc/{process.pid}/{name}").read_bytes().decode(errors="replace"))  # noqa: PERF401 - read while it runs
        time.sleep(0.01)

    assert process.returncode == 0
    assert len(titles) > 10
    assert seen(home, *titles) == []


WITHOUT_FORM = "c4n4ry-0123456789abcdef"
"""A secret without the form of a key: nothing tells it from a host, from an id, or from the name of a file."""
SECRETS = [CANARY, CANARY.lower(), WITHOUT_FORM, f"eyJhbGciOiJSUzI1NiJ9.{WITHOUT_FORM}.c2ln"]
"""An API key, one in another spelling, a secret without the form of a key, and a token."""


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("name", ["SITE_ID", "ACCOUNT_ID", "BASE_URL", "PROFILE", "OUTPUT", "TIMEOUT", "RETRIES", "PUBLIC_KEY", "PUBLIC_KEY_FILE", "API_KEY_FILE"])  # fmt: skip
@pytest.mark.parametrize("mode", ["", "--json", "-v --debug"])
@pytest.mark.sampled
def test_a_key_in_the_wrong_variable_is_not_shown(
    name: str, secret: str, mode: str, run: Run, home: Home
) -> None:
    (home.work / "token.jwt").write_text("x")
    usual = {
        "LOYALTYCTL_API_KEY": "other-key",
        "LOYALTYCTL_SITE_ID": SITE,
        "LOYALTYCTL_BASE_URL": "http://127.0.0.1:1",
    }
    values = [secret, f"https://x.example/?key={secret}", f"Bearer {secret}"]
    if secret != WITHOUT_FORM:
        values.append(f"https://{secret}")
    elif name == "PUBLIC_KEY_FILE":
        return
    for value in values:
        env = usual | {f"LOYALTYCTL_{name}": value}
        env |= {"LOYALTYCTL_API_KEY": ""} if name == "API_KEY_FILE" else {}
        for line in ("rules list --retries 0", "auth status", "events verify token.jwt", "auth switch shop"):
            result = run(f"{line} {mode}", env=env, code=None)
            assert [text for text in (result.out, result.err) if secret in text] == [], (
                f"{name} {value} {line}"
            )
        result = run(f"doctor --offline {mode}", env=env, code=None)
        assert secret not in result.err


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("line", [
    "-p shop config set site-id {0}", "-p shop config set account-id {0}", "-p shop config set base-url {0}", "-p shop config set base-url https://x.example/{0}", "config set profile {0}", "config set output {0}",
    "config set timeout {0}", "config set retries {0}", "-p shop config set public-key {0}", "-p shop config set public-key-file {0}", "config set {0} site-id", "config get {0}", "config unset {0}",
    "-p {0} rules list", "-p {0} auth status", "-p {0} doctor --offline", "auth switch {0}", "--site-id {0} rules list", "rules list --site-id={0}", "--timeout {0} rules list", "--retries {0} rules list",
    "rules copy --from {0} --to sandbox", "rules copy --from sandbox --to {0}", "rules copy --from sandbox --to {0}*", "rules get {0}", "rules delete {0} -y", "auth login --account-id {0}", "auth login --base-url {0}",
    "auth login --offline --app-id {0} --instance-id x --app-secret-stdin", "auth login --offline --app-id x --instance-id {0} --app-secret-stdin",
])  # fmt: skip
def test_a_key_in_place_of_another_value_is_not_shown(line: str, secret: str, run: Run, home: Home) -> None:
    if ("-id x" in line or "public-key-file" in line) and secret == WITHOUT_FORM:
        return
    for mode in ("", "--json", "--debug"):
        result = run(f"{line.format(secret)} {mode}", stdin="made-up-secret", code=None)
        assert [text for text in (result.out, result.err) if secret in text] == []
        assert result.code != 0
    assert not (home.config / "config.toml").exists()


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "path", ["/x?key={0}", "/x?a=1&Access-Token={0}&b=2", "/x?q={0}", "/x?{0}", "/x?q=Bearer%20{0}"]
)
@pytest.mark.sampled
def test_a_key_in_a_path_is_not_shown(path: str, secret: str, run: Run, home: Home, served: Served) -> None:
    for method in ("GET", "POST", "DELETE"):
        for mode in ("--debug -y", "--dry-run", "--curl", "--dry-run --json", "--debug --json -y", ""):
            result = run(f"api {method} '{path.format(secret)}' {mode}", env=served.environ, code=None)
            assert [text for text in (result.out, result.err) if secret in text] == [], f"{method} {mode}"
    assert [
        path for path in home.data.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()
    ] == []


@pytest.mark.parametrize("line", ['site-id = "{0}"', 'base-url = "https://x.example/{0}"', 'account-id = "{0}"', 'public-key-file = "{0}"', 'public-key = "{0}"', "site-id = {0}"])  # fmt: skip
def test_a_key_in_the_wrong_place_of_the_file_is_not_shown(line: str, run: Run, home: Home) -> None:
    home.config.mkdir(mode=0o700)
    for text in (f"[profiles.shop]\n{line}\n", 'timeout = "{0}"\n', 'profile = "{0}"\n', 'output = "{0}"\n'):
        (home.config / "config.toml").write_text(text.replace("{0}", CANARY))
        for command in ("-p shop rules list", "rules list", "-p shop doctor --offline", "config list --json"):
            results = run(command, env={"LOYALTYCTL_API_KEY": "other-key"}, code=None)
            assert CANARY not in results.err
