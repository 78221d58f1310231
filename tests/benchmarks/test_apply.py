"""Time of `rules apply` on many sites, compared with the time of the server and with the rate limit.

The time of the server is that of a client without any work of its own: it sends the same requests, prepared
before, over as many connections. The time of the rate limit is a window of a minute, for more than 200 calls to
one site.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import uuid
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

import pytest

from loyaltyctl.api.methods import CREATE_RULE, EARNING_RULES
from loyaltyctl.api.rate_limiter import CALLS, SECONDS
from loyaltyctl.apply.parallel import WORKERS
from tests.measured import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.conftest import Home
    from tests.measured import Measured

KEY = "IST.a-made-up-key-for-benchmarks"
PROFILES = 100
COUNT = 50


class Sandbox(NamedTuple):
    """A sandbox in a process of its own, and its sites, one for each profile."""

    port: int
    sites: tuple[str, ...]


@pytest.fixture
def sandbox(home: Home, environ: dict[str, str]) -> Iterator[Callable[[int], Sandbox]]:
    running: list[subprocess.Popen[str]] = []

    def start(profiles: int) -> Sandbox:
        line = [sys.executable, "-m", "loyaltyctl", "sandbox", "serve", "--port", "0", "--api-key", KEY]
        folder = {"LOYALTYCTL_DATA_DIR": str(home.data / f"served-{len(running)}")}
        server = subprocess.Popen(line, env={**environ, **folder}, stderr=subprocess.PIPE, text=True)
        running.append(server)
        assert server.stderr
        line_with_url = next(line for line in server.stderr if "http://" in line)
        port = int(line_with_url.rpartition(":")[2].split()[0].rstrip("/"))
        sites = tuple(str(uuid.uuid4()) for _ in range(profiles))
        _write_profiles(home.config, f"http://127.0.0.1:{port}", sites)
        return Sandbox(port, sites)

    yield start
    for server in running:
        server.terminate()
        server.communicate()


def _write_profiles(folder: Path, origin: str, sites: Sequence[str]) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    named = [(f"[profiles.shop-{i:03}]\n", site) for i, site in enumerate(sites)]
    (folder / "config.toml").write_text(
        "".join(f'{name}site-id = "{site}"\nbase-url = "{origin}"\n' for name, site in named)
    )
    secrets = folder / "credentials.toml"
    secrets.write_text("".join(f'{name}origin = "{origin}"\napi-key = "{KEY}"\n' for name, _ in named))
    secrets.chmod(0o600)


def _write_rules(path: Path, count: int, per: int) -> None:
    rule = "- title: Rule {0}\n  trigger: events/OrderConfirmed\n  earn: {0} per {1}\n"
    path.write_text("rules:\n" + "".join(rule.format(i + 1, per) for i in range(count)))


def _apply(home: Home, environ: dict[str, str]) -> Measured:
    return program(
        ["rules", "apply", "-f", str(home.work / "rules.yaml"), "--to", "shop-*", "-y", "-q"], environ
    )


def test_fifty_rules_on_a_hundred_sites(
    sandbox: Callable[[int], Sandbox], home: Home, environ: dict[str, str]
) -> None:
    ours, bare = sandbox(PROFILES), sandbox(PROFILES)
    _write_profiles(home.config, f"http://127.0.0.1:{ours.port}", ours.sites)
    for what, per, requests in (("created", 1, _creations), ("updated", 2, _updates)):
        _write_rules(home.work / "rules.yaml", COUNT, per)
        took = _apply(home, environ)
        needed = _server_seconds(bare, requests)
        print(  # noqa: T201 - the result
            f"\n{PROFILES} x {COUNT} rules {what}: {took.seconds:.1f} s, the server alone {needed:.1f} s: "
            f"{took.seconds / needed:.2f} x; at most {took.peak / 1024:.0f} MiB"
        )


def test_more_calls_than_a_minute_allows(
    sandbox: Callable[[int], Sandbox], home: Home, environ: dict[str, str]
) -> None:
    count = CALLS + 50
    sandbox(10)
    _write_rules(home.work / "rules.yaml", count, 1)
    _apply(home, environ)
    time.sleep(SECONDS)
    _write_rules(home.work / "rules.yaml", count, 2)
    took = _apply(home, environ)
    print(  # noqa: T201 - the result
        f"\n10 x {count} rules updated: {took.seconds:.1f} s, the rate limit alone {SECONDS:.1f} s: {took.seconds / SECONDS:.2f} x"
    )


def _request(method: str, path: str, site: str, body: object = None) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    typed = f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n" if content else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {KEY}\r\nwix-site-id: {site}\r\n{typed}\r\n"
    return head.encode() + content


def _creations(site: str, _: bytes) -> Iterator[bytes]:
    apps = {
        "triggerAppId": "140603ad-af8d-84a5-2c80-a0f60cb47351",
        "sourceAppId": "553c79f3-5625-4f38-b14b-ef7c0d1e87df",
    }
    drafts = [
        apps | {"title": f"Rule {i + 1}", "status": "ACTIVE", "triggerActivityType": "events/OrderConfirmed", "conversionRate": {"configs": [{"points": i + 1, "moneyAmount": 1}]}}
        for i in range(COUNT)
    ]  # fmt: skip
    yield _request(
        "POST", f"{EARNING_RULES.prefix}/bulk/earning-rules/create", site, {"earningRules": drafts}
    )


def _updates(site: str, listed: bytes) -> Iterator[bytes]:
    for rule in json.loads(listed)["earningRules"]:
        if rule["title"].startswith("Rule "):
            points = rule["conversionRate"]["configs"][0]["points"]
            award = {"configs": [{"points": points, "moneyAmount": 2}]}
            changed = {"conversionRate": award, "revision": rule["revision"]}
            yield _request("PUT", f"{CREATE_RULE.path}/{rule['id']}", site, {"earningRule": changed})


def _server_seconds(sandbox: Sandbox, requests: Callable[[str, bytes], Iterator[bytes]]) -> float:
    """Return the seconds that the server needs for the requests of `apply`: two reads of each site, and the changes."""
    sites: SimpleQueue[str] = SimpleQueue()
    for site in sandbox.sites:
        sites.put(site)

    def send() -> None:
        while True:
            try:
                site = sites.get_nowait()
            except Empty:
                return
            with socket.create_connection(("127.0.0.1", sandbox.port)) as line:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                read = _request("GET", f"{CREATE_RULE.path}/rules", site)
                _exchange(line, read)
                for request in [*requests(site, _exchange(line, read))]:
                    _exchange(line, request)

    threads = [threading.Thread(target=send) for _ in range(WORKERS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def _exchange(line: socket.socket, request: bytes) -> bytes:
    line.sendall(request)
    with line.makefile("rb") as response:
        assert b" 200 " in response.readline()
        headers = dict(header.split(b": ", 1) for header in iter(response.readline, b"\r\n"))
        return response.read(int({name.lower(): value for name, value in headers.items()}[b"content-length"]))
