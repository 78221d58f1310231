"""`loyaltyctl doctor`: results for the connection and the response."""

from __future__ import annotations

import http.server
import re
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from loyaltyctl.errors import UsageError
from loyaltyctl.serving.server import Server
from loyaltyctl.transport.environment import proxy_for
from tests.conftest import KEY, NO_RULE, SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from subprocess import CompletedProcess
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from tests.conftest import Home, Run, Served

from tests.cli.doctor.results import LOGIN, UNREACHABLE, error_names, results_by_name


def responding(status: str, skew: float | None = 0) -> WSGIApplication:
    """Return an application with one response; `skew` shifts its date, None leaves it out."""

    def application(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        date = "soon" if skew is None else formatdate(time.time() + skew, usegmt=True)
        start_response(status, [("Date", date), ("Content-Type", "application/json")])
        return [b'{"earningRules": []}']

    return application


class TestResponses:
    """Results from one call."""

    def test_a_rejected_key_of_the_environment_is_an_error(self, run: Run, served: Served) -> None:
        result = run("doctor --json", env=served.environ | {"LOYALTYCTL_API_KEY": "wrong-key"}, code=4)

        assert error_names(result) == ["key accepted"]
        assert (
            results_by_name(result)["reachable"]["status"]
            == results_by_name(result)["clock"]["status"]
            == "ok"
        )
        assert "LOYALTYCTL_API_KEY" in results_by_name(result)["key accepted"]["next"]
        assert result.error()["httpStatus"] == 401

    def test_a_rejected_stored_key_is_an_error(self, run: Run, served: Served) -> None:
        run(f"-p shop {LOGIN} --base-url {served.url}", stdin="wrong-key")

        assert "auth login" in results_by_name(run("doctor --json", code=4))["key accepted"]["next"]

    def test_only_possible_causes_of_a_missing_permission_are_listed(
        self, run: Run, serve: Callable[..., Served]
    ) -> None:
        served = serve("403")
        app = {
            "LOYALTYCTL_API_KEY": "",
            "LOYALTYCTL_APP_ID": "a",
            "LOYALTYCTL_APP_SECRET": KEY,
            "LOYALTYCTL_INSTANCE_ID": SITE,
        }
        account = {"LOYALTYCTL_SITE_ID": "", "LOYALTYCTL_ACCOUNT_ID": NO_RULE}
        token = serve("403@list")

        by_key = run("doctor --json", env=served.environ, code=4)
        by_account = run("doctor --json", env=served.environ | account, code=4)
        by_app = run("doctor --json", env=token.environ | app, code=4)

        assert error_names(by_key) == error_names(by_account) == error_names(by_app) == ["permission"]
        assert results_by_name(by_key)["permission"]["next"].count("\n") == 2
        assert SITE in results_by_name(by_key)["permission"]["next"]
        assert "earning rules belong to a site" in results_by_name(by_account)["permission"]["next"]
        assert "no longer installed" in results_by_name(by_app)["permission"]["next"]
        assert results_by_name(by_app)["target"]["detail"].endswith(SITE)

    @pytest.mark.parametrize(("fault", "code", "name", "following"), [
        ("500", 7, "answer", "Try again"), ("html", 7, "answer", "The response is not the API's"), ("redirect=http://127.0.0.1:1/", 1, "answer", "base URL"),
        ("refused", 7, "reachable", "network"), ("delay=3", 7, "reachable", "--timeout"), ("429=0", 7, "answer", "200 requests"),
    ])  # fmt: skip
    def test_each_kind_of_response_has_its_own_result(  # noqa: PLR0913, PLR0917 - one case of the table
        self, fault: str, code: int, name: str, following: str, run: Run, serve: Callable[..., Served]
    ) -> None:
        timeout = "--timeout 1" if "delay" in fault else ""
        result = run(f"doctor --json --retries 0 {timeout}", env=serve(fault).environ, code=code)

        assert error_names(result) == [name]
        assert following in results_by_name(result)[name]["next"]
        assert "permission" not in results_by_name(result)

    def test_a_server_that_is_not_the_api_is_reported(self, run: Run) -> None:
        server = Server(responding("404 Not Found"), "127.0.0.1", 0)
        with server.in_background():
            result = run("doctor --json", env=UNREACHABLE | {"LOYALTYCTL_BASE_URL": server.url}, code=3)

        assert "base URL" in results_by_name(result)["answer"]["next"]

    def test_a_rejected_call_has_no_hint_to_try_again(self, run: Run) -> None:
        server = Server(responding("400 Bad Request"), "127.0.0.1", 0)
        with server.in_background():
            result = run("doctor --json", env=UNREACHABLE | {"LOYALTYCTL_BASE_URL": server.url}, code=6)

        assert error_names(result) == ["answer"]
        assert "loyaltyctl config list --show-origin" in results_by_name(result)["answer"]["next"]
        assert "again" not in results_by_name(result)["answer"]["next"]

    def test_an_unreachable_server_is_an_error(self, run: Run) -> None:
        result = run("doctor --json --retries 0", env=UNREACHABLE, code=7)

        assert error_names(result) == ["reachable"]
        assert "cannot be reached" in results_by_name(result)["reachable"]["detail"]
        assert {"key accepted", "permission", "clock"}.isdisjoint(results_by_name(result))

    @pytest.mark.parametrize(
        ("skew", "status", "way", "figure"),
        [
            (0, "ok", "", ""),
            (-200, "warning", "ahead of", "3 min( [0-9]+ s)?"),
            (-600, "warning", "ahead of", "10 min( [0-9]+ s)?|9 min 5[0-9] s"),
            (7200, "warning", "behind", "2 h( [0-9]+ s)?|1 h 59 min"),
            (86390, "warning", "behind", "23 h 59 min"),
            (200000, "warning", "behind", "2 days 7 h"),
        ],
    )
    def test_a_wrong_clock_is_reported_with_its_difference(
        self, skew: int, status: str, way: str, figure: str, run: Run
    ) -> None:
        server = Server(responding("200 OK", skew), "127.0.0.1", 0)
        with server.in_background():
            result = run("doctor --json", env=UNREACHABLE | {"LOYALTYCTL_BASE_URL": server.url})
        found = results_by_name(result)["clock"]

        assert found["status"] == status
        assert bool(re.search(rf"clock is ({figure}) {way} the server's", found["detail"])) == bool(figure)

    def test_a_response_without_a_date_says_nothing_of_the_clock(self, run: Run) -> None:
        server = Server(responding("200 OK", None), "127.0.0.1", 0)
        with server.in_background():
            result = run("doctor --json", env=UNREACHABLE | {"LOYALTYCTL_BASE_URL": server.url})

        assert results_by_name(result)["clock"]["detail"] == "the server does not send the time"


class _Silent(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"earningRules":[]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def over_tls(folder: Path, *, until: timedelta = timedelta(days=1)) -> Iterator[tuple[str, Path]]:
    """Yield the URL of a server with a self-signed certificate, and the certificate's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + until)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    own, private = folder / "server.pem", folder / "server.key"
    own.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, private)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Silent)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # callers that do not trust it go away
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}", own
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class TestTls:
    """Trusted certificates."""

    def test_an_untrusted_certificate_has_a_hint_how_to_trust_it(
        self, run: Run, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        with over_tls(home.work) as (url, certificate):
            env = UNREACHABLE | {"LOYALTYCTL_BASE_URL": url}
            untrusted = run("doctor --json --retries 0", env=env, code=7)
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            trusted = run("doctor --json", env=env | {"SSL_CERT_FILE": str(certificate)})

        assert untrusted.error()["code"] == "CERTIFICATE_NOT_TRUSTED"
        assert "self" in results_by_name(untrusted)["reachable"]["detail"]
        assert "export SSL_CERT_FILE=FILE" in results_by_name(untrusted)["reachable"]["next"]
        assert results_by_name(trusted)["reachable"]["detail"].endswith("over TLS 1.3")
        assert (
            results_by_name(trusted)["certificates"]["detail"]
            == f"those of {certificate} are trusted (SSL_CERT_FILE)"
        )

    def test_an_expired_certificate_has_a_hint_about_the_clock(
        self, run: Run, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with over_tls(home.work, until=-timedelta(days=2)) as (url, certificate):
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            result = run("doctor --json --retries 0", env=UNREACHABLE | {"LOYALTYCTL_BASE_URL": url}, code=7)

        assert "expired" in results_by_name(result)["reachable"]["detail"]
        assert "clock" in results_by_name(result)["reachable"]["next"]

    @pytest.mark.parametrize(("variable", "name", "why"), [
        ("SSL_CERT_FILE", "nothing.pem", "No such file"), ("SSL_CERT_FILE", "empty.pem", "no certificate in PEM"), ("SSL_CERT_DIR", "nothing", "no such folder"),
    ])  # fmt: skip
    def test_missing_certificate_files_are_reported(
        self, variable: str, name: str, why: str, run: Run, home: Home
    ) -> None:
        (home.work / "empty.pem").write_text("")
        env = UNREACHABLE | {"LOYALTYCTL_BASE_URL": "", variable: name}
        result = run("doctor --json", env=env, code=2)

        assert error_names(result) == ["certificates"]
        assert why in results_by_name(result)["certificates"]["detail"]
        assert results_by_name(result)["certificates"]["next"] == f"Correct it, or: unset {variable}"

    def test_the_folder_of_trusted_certificates_is_shown(self, run: Run, home: Home) -> None:
        env = UNREACHABLE | {"LOYALTYCTL_BASE_URL": "", "SSL_CERT_DIR": str(home.work)}

        assert (
            str(home.work)
            in results_by_name(run("doctor --offline --json", env=env))["certificates"]["detail"]
        )


class TestProxies:
    """Proxies from the environment."""

    @pytest.mark.parametrize(("environ", "variable", "address"), [
        ({"HTTPS_PROXY": "http://proxy:3128"}, "HTTPS_PROXY", "http://proxy:3128"), ({"https_proxy": "proxy:3128", "HTTPS_PROXY": "http://x"}, "https_proxy", "http://proxy:3128"),
        ({"ALL_PROXY": "http://[::1]:1"}, "ALL_PROXY", "http://[::1]:1"), ({"HTTPS_PROXY": "http://me:secret@proxy"}, "HTTPS_PROXY", "http://proxy"),
        ({"HTTPS_PROXY": "http://x", "NO_PROXY": "example.com, other.example"}, "HTTPS_PROXY", "http://x"),
        ({"HTTPS_PROXY": "http://x", "NO_PROXY": ".www.wixapis.com"}, "HTTPS_PROXY", "http://x"),
        ({"HTTPS_PROXY": "http://x", "NO_PROXY": "https://wixapis.com, http://www.wixapis.com"}, "HTTPS_PROXY", "http://x"),
    ])  # fmt: skip
    def test_the_proxy_in_use_is_shown_without_its_password(
        self, environ: dict[str, str], variable: str, address: str
    ) -> None:
        found = proxy_for("https://www.wixapis.com", environ)

        assert found is not None
        assert (found.variable, found.address) == (variable, address)

    @pytest.mark.parametrize("environ", [
        {}, {"HTTP_PROXY": "http://x"}, {"HTTPS_PROXY": ""}, {"https_proxy": "", "HTTPS_PROXY": "http://x"}, {"HTTPS_PROXY": "http://x", "NO_PROXY": "*"},
        {"HTTPS_PROXY": "http://x", "NO_PROXY": "a, .wixapis.com"}, {"HTTPS_PROXY": "http://x", "no_proxy": "WIXAPIS.com"},
        {"HTTPS_PROXY": "http://x", "NO_PROXY": "https://www.wixapis.com"},
    ])  # fmt: skip
    def test_without_a_matching_variable_there_is_no_proxy(self, environ: dict[str, str]) -> None:
        assert proxy_for("https://www.wixapis.com", environ) is None

    def test_an_exception_with_a_port_is_for_this_port_only(self) -> None:
        environ = {"HTTPS_PROXY": "http://x", "NO_PROXY": "wixapis.com:8443"}

        assert proxy_for("https://www.wixapis.com:8443", environ) is None
        assert proxy_for("https://www.wixapis.com", environ) is not None

    def test_plain_http_to_this_machine_uses_no_proxy(self) -> None:
        assert proxy_for("http://127.0.0.1:8787", {"ALL_PROXY": "http://x", "HTTP_PROXY": "http://x"}) is None

    @pytest.mark.parametrize(
        "text",
        [
            "ftp://me:secret@x",
            "http://me:secret@x:port",
            "http://",
            "socks5://me:secret@x",
            "http://[me:secret",
        ],
    )
    def test_an_invalid_proxy_is_reported_without_its_value(self, text: str, run: Run) -> None:
        with pytest.raises(UsageError):
            proxy_for("https://www.wixapis.com", {"HTTPS_PROXY": text})
        result = run(
            "doctor --json", env=UNREACHABLE | {"LOYALTYCTL_BASE_URL": "", "HTTPS_PROXY": text}, code=2
        )

        assert error_names(result) == ["proxy"]
        assert "secret" not in result.out + result.err

    def test_an_unreachable_proxy_makes_the_server_unreachable(
        self, program: Callable[..., CompletedProcess[bytes]]
    ) -> None:
        env = UNREACHABLE | {"LOYALTYCTL_BASE_URL": "", "HTTPS_PROXY": "http://me:secret@127.0.0.1:1"}
        ended = program("doctor --retries 0 --debug", env=env)

        assert ended.returncode == 7
        assert b"http://127.0.0.1:1 (HTTPS_PROXY), with a name and a password" in ended.stdout
        assert b"secret" not in ended.stdout + ended.stderr
