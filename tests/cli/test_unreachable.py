"""Unreachable servers: API commands and webhook deliveries report the same reason in the same words."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from typing import TYPE_CHECKING, NamedTuple

import pytest

from loyaltyctl.tokens.keys import PrivateKey
from tests.cli.doctor.test_network import over_tls
from tests.conftest import KEY, SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from subprocess import CompletedProcess
    from typing import Any

    from tests.conftest import Home

SECRET = "s3cret-of-the-proxy"  # noqa: S105 - made up
NAMES = (
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)


@pytest.fixture(autouse=True)
def plain_environment(environ: dict[str, str], home: Home) -> None:
    """Remove proxy and certificate variables, and create a key that signs events."""
    for name in NAMES:
        environ.pop(name, None)
    (home.work / "key.pem").write_text(PrivateKey.generate().to_pem()[0])


class Errors(NamedTuple):
    """The errors of a call of the API and of a delivery to one server."""

    api: dict[str, Any]
    delivery: dict[str, Any]

    @property
    def reason(self) -> str:
        """The reason, which must be the same in both."""
        api = self.api["message"].removeprefix("could not list the rules: ")
        assert self.delivery["message"].endswith(f": {api}")
        assert self.api["code"] == self.delivery["code"]
        assert self.api["exitCode"] == self.delivery["exitCode"] == 7
        return str(api)


@pytest.fixture
def both(program: Callable[..., CompletedProcess[bytes]]) -> Callable[..., Errors]:
    """Calls a server as the API, and as a webhook endpoint."""

    def call(url: str, **env: str) -> Errors:
        env |= {"LOYALTYCTL_API_KEY": KEY, "LOYALTYCTL_SITE_ID": SITE, "LOYALTYCTL_BASE_URL": url}
        lines = (
            "rules list --retries 0 --json",
            f"events send --to {url} --key key.pem --type tier_deleted --json",
        )
        ended = [program(line, env=env) for line in lines]
        assert not any(SECRET.encode() in one.stdout + one.stderr for one in ended)
        return Errors(*(json.loads(one.stderr.splitlines()[-1])["error"] for one in ended))

    return call


@pytest.fixture
def proxy() -> Iterator[Callable[[bytes], str]]:
    """Starts proxies that send one response to every request, and returns their host and port."""
    with contextlib.ExitStack() as open_:

        def start(answer: bytes) -> str:
            listener = open_.enter_context(socket.create_server(("127.0.0.1", 0)))

            def serve() -> None:
                with contextlib.suppress(OSError):
                    while True:
                        connection, _ = listener.accept()
                        with connection:
                            connection.recv(65536)
                            connection.sendall(answer)

            threading.Thread(target=serve, daemon=True).start()
            return f"127.0.0.1:{listener.getsockname()[1]}"

        yield start


class TestTls:
    def test_a_certificate_that_is_not_trusted_is_named(
        self, both: Callable[..., Errors], home: Home
    ) -> None:
        with over_tls(home.work) as (url, _):
            errors = both(url)

        assert errors.reason.startswith(f"the certificate of {url} is not trusted (self")
        assert errors.api["code"] == "CERTIFICATE_NOT_TRUSTED"
        assert "export SSL_CERT_FILE=FILE" in errors.api["hint"]
        assert "Check the base URL" in errors.api["hint"]
        assert "export SSL_CERT_FILE=FILE" in errors.delivery["hint"]
        assert "Check the address of the endpoint" in errors.delivery["hint"]

    def test_a_certificate_for_another_host_or_of_an_unknown_authority_is_named(
        self, both: Callable[..., Errors], home: Home
    ) -> None:
        with over_tls(home.work) as (url, certificate):
            another = both(url.replace("127.0.0.1", "localhost"), SSL_CERT_FILE=str(certificate))
        (home.work / "other").mkdir()
        with over_tls(home.work / "other") as (url, _):
            unknown = both(url, SSL_CERT_FILE=str(certificate))

        assert "not trusted (Hostname mismatch" in another.reason
        assert "for another host" in another.api["hint"]
        assert str(certificate) in unknown.api["hint"]
        assert str(certificate) in unknown.delivery["hint"]

    def test_a_server_without_tls_is_named(
        self, both: Callable[..., Errors], proxy: Callable[[bytes], str]
    ) -> None:
        address = proxy(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        assert (
            both(f"https://{address}").reason
            == f"https://{address} cannot be reached (it does not speak TLS)"
        )


class TestNames:
    def test_a_host_that_is_not_known_is_named(self, both: Callable[..., Errors]) -> None:
        errors = both("https://nowhere.invalid:444")

        reason = re.fullmatch(r"https://nowhere.invalid:444 cannot be reached \((.*)\)", errors.reason)
        assert reason
        assert reason[1] in {"there is no such host", "its name could not be resolved at the moment"}
        for error in errors:
            assert "the name nowhere.invalid was not found" in error["hint"]

    def test_a_refused_connection_is_reported(self, both: Callable[..., Errors]) -> None:
        errors = both("http://127.0.0.1:1")

        assert errors.reason == "http://127.0.0.1:1 cannot be reached (Connection refused)"
        assert errors.delivery["hint"] == "Is the endpoint running, and is this its address?"


class TestProxies:
    @pytest.mark.parametrize("login", ["", f"me:{SECRET}@"])
    def test_a_proxy_that_requires_a_login_is_named(
        self, login: str, both: Callable[..., Errors], proxy: Callable[[bytes], str]
    ) -> None:
        address = proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        errors = both("https://api.example", HTTPS_PROXY=f"http://{login}{address}")

        what = "refused the name and password" if login else "requires a name and a password"
        place = f"https://api.example through the proxy http://{address}"
        assert errors.reason == f"{place} cannot be reached (the proxy {what} (407))"
        for error in errors:
            assert "HTTPS_PROXY" in error["hint"]

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (
                b"HTTP/1.1 403 \x1b[31mno\r\nContent-Length: 0\r\n\r\n",
                "cannot be reached (the proxy refused with 403)",
            ),
            (
                b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
                "cannot be reached (the proxy refused with 502)",
            ),
            (b"SSH-2.0-OpenSSH_9\r\n\r\n", "(through the proxy "),
            (b"", "(through the proxy "),
        ],
    )
    def test_a_proxy_that_refuses_or_breaks_is_named(
        self,
        answer: bytes,
        reason: str,
        program: Any,
        proxy: Callable[[bytes], str],
    ) -> None:
        address = proxy(answer)
        env = {
            "https_proxy": f"http://me:{SECRET}@{address}",
            "LOYALTYCTL_API_KEY": KEY,
            "LOYALTYCTL_SITE_ID": SITE,
        }
        sent = program(
            "events send --to https://api.example --key key.pem --type tier_deleted --json", env=env
        )
        error = json.loads(sent.stderr.splitlines()[-1])["error"]

        assert sent.returncode == 7
        assert reason in error["message"]
        assert f"the proxy http://{address}" in error["message"]
        assert SECRET.encode() not in sent.stdout + sent.stderr

    def test_a_proxy_with_an_unknown_name_is_named(self, both: Callable[..., Errors]) -> None:
        errors = both("https://api.example", ALL_PROXY=f"http://me:{SECRET}@nowhere.invalid:3128")

        assert "through the proxy http://nowhere.invalid:3128 cannot be reached (" in errors.reason
        assert errors.api["hint"].startswith("Check ALL_PROXY")


CALLS = (
    "rules list",
    "events send --to https://127.0.0.1:1 --key key.pem --type tier_deleted",
    "events listen --port 0 --count 1 --forward-to https://127.0.0.1:1",
)


class TestFilesOfTheEnvironment:
    @pytest.mark.parametrize("line", CALLS)
    @pytest.mark.parametrize(
        ("variable", "value", "why"),
        [
            ("SSL_CERT_FILE", "/nowhere", "No such file or directory"),
            ("SSL_CERT_FILE", "/tmp", "Is a directory"),  # noqa: S108 - any folder
            ("SSL_CERT_FILE", "key.pem", "it has no certificate in PEM"),
            ("SSL_CERT_DIR", "/nowhere", "there is no such folder"),
            ("SSLKEYLOGFILE", "/nowhere/keys", "No such file or directory"),
        ],
    )
    @pytest.mark.sampled
    def test_a_file_that_cannot_be_used_is_named(
        self, variable: str, value: str, why: str, line: str, program: Any
    ) -> None:
        env = {variable: value, "LOYALTYCTL_API_KEY": KEY, "LOYALTYCTL_SITE_ID": SITE}
        ended = program(f"{line} -o jsonl", env=env)
        error = json.loads(ended.stderr.splitlines()[-1])["error"]

        assert ended.returncode == 2
        assert error["message"] == f"{variable} names {value}: {why}"
        assert error["hint"] == f"Correct it, or: unset {variable}"
