"""Host check: requests of web pages of other sites, and by DNS rebinding, are refused and change nothing."""

from __future__ import annotations

import contextlib
import http.client
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.errors import UsageError
from loyaltyctl.sandbox.app import DEFAULT_SITE, Application
from loyaltyctl.sandbox.host_check import HostCheck
from loyaltyctl.sandbox.store import Store
from loyaltyctl.serving.server import Server
from tests.cli.test_error_responses import serving_one_response
from tests.conftest import KEY, SITE
from tests.sandbox.clients import RULE, RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Run, Started

PATH = f"/loyalty-earning-rules{RULES}"
CREATE = json.dumps({"earningRule": RULE})


class Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> Any:
        """The code of an error in the API's shape."""
        document = json.loads(self.body)
        assert set(document) == {"message", "details"}
        assert document["message"].endswith("(sandbox)")
        assert self.headers["X-Wix-Request-Id"]
        return document["details"]["applicationError"]["code"]


class Served(NamedTuple):
    """A sandbox on a socket, and its store."""

    port: int
    store: Store

    def send(
        self, *headers: tuple[str, str], method: str = "POST", body: str = CREATE, path: str = PATH
    ) -> Response:
        return send(self.port, *headers, method=method, body=body, path=path)

    def rules(self) -> int:
        with self.store.site(DEFAULT_SITE) as site:
            return len(site.rules())


def send(
    port: int, *headers: tuple[str, str], method: str = "POST", body: str = CREATE, path: str = PATH
) -> Response:
    """Send a request with exactly these headers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection):
        connection.putrequest(method, path, skip_host=True)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            connection.putheader(name, value)
        connection.endheaders(body.encode())
        response = connection.getresponse()
        return Response(response.status, dict(response.getheaders()), response.read())


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A sandbox that allows one more host name."""
    store = Store()
    check = HostCheck(Application(store))
    check.allow("sandbox.example")
    server = Server(check, "127.0.0.1", 0)
    with server.in_background():
        yield Served(server.port, store)
    store.close()


LOCAL = ["localhost", "LocalHost:8787", "localhost.", "127.0.0.1", "127.0.0.1:1", "127.9.8.7", "[::1]", "[::1]:8787", "[0:0::1]", "[::ffff:127.0.0.1]", "api.localhost", "127.0.0.1:", "sandbox.example", "SANDBOX.example.:80"]  # fmt: skip
FOREIGN = ["evil.example", "evil.example:8787", "localhost.evil.example", "127.0.0.1.evil.example", "evil-localhost", "notlocalhost", "10.0.0.1", "192.168.1.2:8787", "0.0.0.0", "0.0.0.0:8787", "[::]", "[::2]", "[fe80::1]", "169.254.169.254", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "a@localhost", "localhost@evil.example", "localhost:evil", "localhost/evil", "localhost, evil.example", "localhost evil.example", "[::1", "::1", "[localhost]", "", " ", ".", "localhost..", "*", "%6cocalhost", "localhost\\evil", "localhost#", "x.sandbox.example", "sandbox.example.evil.example", "l\xf6calhost"]  # fmt: skip  # noqa: S104 - texts


class TestHosts:
    @pytest.mark.parametrize("host", LOCAL)
    def test_names_of_this_machine_are_allowed(self, host: str, served: Served) -> None:
        before = served.rules()

        assert served.send(("Host", host)).status == 200
        assert served.rules() == before + 1

    @pytest.mark.parametrize("host", FOREIGN)
    @pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
    def test_other_hosts_are_refused_and_change_nothing(self, method: str, host: str, served: Served) -> None:
        before = served.rules()
        response = served.send(("Host", host), method=method)

        assert (response.status, response.code) == (403, "HOST_NOT_ALLOWED")
        assert served.rules() == before

    def test_a_request_without_a_host_is_refused(self, served: Served) -> None:
        assert served.send().code == "HOST_NOT_ALLOWED"

    def test_two_hosts_are_refused(self, served: Served) -> None:
        assert served.send(("Host", "localhost"), ("Host", "evil.example")).code == "HOST_NOT_ALLOWED"

    def test_every_path_is_checked(self, served: Served) -> None:
        for path in ("/oauth2/token", "/nothing", "/"):
            assert served.send(("Host", "evil.example"), path=path).code == "HOST_NOT_ALLOWED"

    def test_the_response_to_head_has_no_body(self, served: Served) -> None:
        response = served.send(("Host", "evil.example"), method="HEAD", body="")

        assert (response.status, response.body) == (403, b"")

    @given(st.text(st.characters(max_codepoint=255), max_size=30))
    def test_every_text_is_allowed_or_refused(self, host: str) -> None:
        started: list[str] = []
        check = HostCheck(lambda *_: [b"in"])
        environ = {"HTTP_HOST": host, "REQUEST_METHOD": "GET"}
        body = b"".join(check(environ, lambda status, *_: started.append(status)))  # type: ignore[arg-type]  # nothing is written

        assert body == b"in" or (started == ["403 Forbidden"] and json.loads(body))
        assert body != b"in" or "local" in host.lower() or "127" in host or ":" in host


class TestOrigins:
    @pytest.mark.parametrize("host", [host for host in LOCAL if not host.endswith(":")])
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_pages_of_this_machine_are_allowed(self, scheme: str, host: str, served: Served) -> None:
        assert served.send(("Host", "localhost"), ("Origin", f"{scheme}://{host}")).status == 200

    @pytest.mark.parametrize("origin", [
        *(f"https://{host}" for host in FOREIGN), "null", "Null", "", "file://", "http://", "localhost", "ftp://localhost", "chrome-extension://localhost",
        "http://localhost/", "http://localhost:80/x", "http://localhost http://evil.example", "http://localhost,http://evil.example", "//localhost", "http:localhost",
    ])  # fmt: skip
    def test_pages_of_other_sites_are_refused(self, origin: str, served: Served) -> None:
        before = served.rules()
        response = served.send(("Host", "127.0.0.1"), ("Origin", origin))

        assert (response.status, response.code) == (403, "ORIGIN_NOT_ALLOWED")
        assert served.rules() == before

    @pytest.mark.parametrize("origin", ["http://localhost:3000", "https://evil.example", "null"])
    def test_no_preflight_gets_a_permission(self, origin: str, served: Served) -> None:
        response = served.send(
            ("Host", "localhost"),
            ("Origin", origin),
            ("Access-Control-Request-Method", "DELETE"),
            ("Access-Control-Request-Private-Network", "true"),
            method="OPTIONS",
            body="",
        )

        assert not any(name.lower().startswith("access-control") for name in response.headers)


@pytest.mark.parametrize(
    "name", ["", " ", "*", "*.example", "http://x", "x:80", "x/y", "a b", "[::1", "a,b", "x" * 70]
)
def test_an_invalid_name_to_allow_is_refused(name: str, run: Run) -> None:
    with pytest.raises(UsageError):
        HostCheck(lambda *_: []).allow(name)
    refused = run(["sandbox", "serve", "--port", "0", "--allow-host", name], code=2)

    assert "is not a host name or an address" in refused.err


def test_a_served_sandbox_allows_the_names_that_it_is_given(
    start: Callable[[str], Started], run: Run
) -> None:
    started = start(
        "loyaltyctl sandbox serve --host 0.0.0.0 --allow-host proxy.example --allow-host 10.0.0.7"
    )
    port = int(started.url.rpartition(":")[2])

    for host, status in (
        ("0.0.0.0", 200),  # noqa: S104 - the bound address
        ("proxy.example:443", 200),
        ("10.0.0.7", 200),
        (f"127.0.0.1:{port}", 200),
        ("evil.example", 403),
        ("10.0.0.8", 403),
    ):
        assert send(port, ("Host", host)).status == status
    environ = {
        "LOYALTYCTL_API_KEY": KEY,
        "LOYALTYCTL_SITE_ID": SITE,
        "LOYALTYCTL_BASE_URL": f"http://localhost:{port}",
    }
    assert run("rules list -o id", env=environ).out


def test_a_refused_host_has_no_hint_about_the_key(run: Run, served: Served) -> None:
    # As a reverse proxy that passes requests on under another name does.
    response = served.send(("Host", "evil.example"))
    with serving_one_response("403 Forbidden", response.body) as (_, environ):
        error = run("rules list --json", env=environ, code=4).error()

    assert "--allow-host" in error["message"]
    assert not error["hint"]
