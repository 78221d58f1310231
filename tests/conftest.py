"""Fixtures: they run the program through its real entry point, against the real sandbox.

run        runs a command line in this process: `run("-p sandbox rules list")`
program    runs a command line in another process
served     a sandbox on a socket; `served.environ` points commands at it
serve      starts such a sandbox, with faults
start      starts a server command in another process
on_path    environment of a shell in which `loyaltyctl` is the program
home       folders of configuration, data and work
"""

from __future__ import annotations

import io
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest
from hypothesis import settings

from loyaltyctl.api.hooks import RequestStarted
from loyaltyctl.cli.commands.root import run as run_command
from loyaltyctl.cli.runtime.console import Console
from loyaltyctl.intake import strict_json
from loyaltyctl.sandbox.app import Application
from loyaltyctl.sandbox.faults import Fault, Faults
from loyaltyctl.sandbox.store import Store
from loyaltyctl.serving.server import Server
from tests.formats import CheckedContext
from tests.scale import sample, scaled
from tests.schemas import check_run
from tests.stories import runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from loyaltyctl.api.hooks import Hook, Notification
    from loyaltyctl.cli.runtime.connection import Connection
    from loyaltyctl.cli.runtime.endpoint import Endpoint
    from loyaltyctl.config.settings import Settings
    from loyaltyctl.transport.deadline import Clock

# No deadlines: the machines that run the tests differ in speed.
settings.register_profile("loyaltyctl", deadline=None, max_examples=scaled(100, least=20))
settings.load_profile("loyaltyctl")

# A background job ignores SIGINT and SIGHUP, and so do the processes that it starts. A handled signal has its
# default action in a new process, so handlers are set here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)

SITE = "0d3c1f0e-9d3b-4c61-8a55-4a5f7c1d2e3f"
KEY = "IST.a-made-up-key-for-tests.0123456789"
PURCHASE = "b690f925-8527-4d5e-b358-4b0adcb275b5"
SESSION = "3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10"
RSVP = "8c2a7e64-7b0b-4e0f-8a7e-1b9a3f6d2c44"
SIGN_UP = "61f971c4-b33b-4f39-8ebe-2677bce55789"
GOLD = "7d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a"
NO_RULE = "00000000-0000-4000-8000-000000000000"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return the number of workers of `-n auto`: one more than there are processors, as tests wait a lot."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests of other systems, and all but a sample of the cases of tests with the mark `sampled`.

    All cases of tests that are given by name are kept.
    """
    if sys.platform != "linux":
        others = [item for item in items if item.get_closest_marker("linux")]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]
    if config.option.keyword or any("::" in argument for argument in config.args):
        return
    tables: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("sampled"):
            tables.setdefault(item.nodeid.partition("[")[0], []).append(item)
    kept = {item for cases in tables.values() for item in sample(cases, key=lambda one: one.nodeid, least=5)}
    left_out = {item for cases in tables.values() for item in cases} - kept
    config.hook.pytest_deselected(items=[*left_out])
    items[:] = [item for item in items if item not in left_out]


class Home(NamedTuple):
    config: Path
    data: Path
    work: Path


class Result(NamedTuple):
    """Result of a command line: exit code, output, messages, requests."""

    code: int
    out: str
    err: str
    sent: list[RequestStarted]

    def json(self) -> Any:
        """Parse standard output as strict JSON."""
        return strict_json.loads(self.out)

    def error(self) -> Any:
        """Return the error object in the last line of standard error."""
        document = strict_json.loads(self.err.strip().splitlines()[-1])
        assert isinstance(document, dict)
        return document["error"]


class Run(Protocol):
    """Function that runs a command line; `code` is the expected exit code, None for any."""

    def __call__(
        self,
        line: str | Sequence[str],
        *,
        code: int | None = 0,
        stdin: str | bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Result: ...


class FakeClock:
    """The real time, but `sleep` returns at once and moves the clock forward."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._scheduled: list[tuple[float, Callable[[], object]]] = []

    def when_slept(self, seconds: float, act: Callable[[], object]) -> None:
        """Call `act` in the first sleep of at least this length."""
        self._scheduled.append((seconds, act))

    def time(self) -> float:
        return time.time() + sum(self.slept)

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.slept)

    def sleep(self, seconds: float, /) -> None:
        due = [act for long, act in self._scheduled if seconds >= long]
        self._scheduled = [one for one in self._scheduled if seconds < one[0]]
        for act in due:
            act()
        self.slept.append(seconds)


class MemoryContext(CheckedContext):
    """Context with streams in memory, which collects the requests that its sessions send."""

    __test__ = False

    def __init__(self, environ: Mapping[str, str], stdin: bytes, clock: Clock) -> None:
        self.sent: list[RequestStarted] = []
        console = Console(
            stdin=io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"),
            stdout=io.StringIO(),
            stderr=io.StringIO(),
            environ=environ,
            clock=clock,
        )
        super().__init__(console)

    def connect(
        self,
        settings: Settings | None = None,
        hooks: Sequence[Hook] = (),
        *,
        endpoint: Endpoint | None = None,
        has_ledger: bool = False,
    ) -> Connection:
        return super().connect(settings, [*hooks, self.hook], endpoint=endpoint, has_ledger=has_ledger)

    def hook(self, notification: Notification) -> None:
        """Additional hook of each session."""
        if isinstance(notification, RequestStarted):
            self.sent.append(notification)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return folders of this test; the work folder is the current one."""
    folders = Home(tmp_path / "config", tmp_path / "data", tmp_path / "work")
    folders.work.mkdir()
    monkeypatch.chdir(folders.work)
    return folders


@pytest.fixture
def environ(home: Home) -> dict[str, str]:
    """Return an environment without the variables of the person who runs the tests."""
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return measured | {
        "LOYALTYCTL_CONFIG_DIR": str(home.config),
        "LOYALTYCTL_DATA_DIR": str(home.data),
        "PATH": os.environ["PATH"],
    }


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock on which no test waits."""
    return FakeClock()


@pytest.fixture
def run(environ: dict[str, str], clock: FakeClock) -> Run:
    """Return a function that runs a command line in this process, with streams in memory."""

    def run_line(
        line: str | Sequence[str],
        *,
        code: int | None = 0,
        stdin: str | bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Result:
        argv = shlex.split(line) if isinstance(line, str) else list(line)
        typed = stdin.encode() if isinstance(stdin, str) else stdin
        context = MemoryContext({**environ, **(env or {})}, typed, clock)
        ended = run_command(argv, context)
        out, err = (
            stream.getvalue()
            for stream in (context.console.stdout, context.console.stderr)
            if isinstance(stream, io.StringIO)
        )
        assert code in (ended, None), f"{line}\nexit {ended}\n{out}\n{err}\n{context.sent}"
        check_run(context, out, err)
        return Result(ended, out, err, context.sent)

    return run_line


def unmeasured(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without coverage, which loads modules of its own and writes a database."""
    return {name: value for name, value in environ.items() if not name.startswith("COVERAGE_")}


def for_limited_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process whose files may be limited in size.

    Python would keep half of a compiled module, and coverage half of its database.
    """
    return {**unmeasured(environ), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def program(environ: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Return a function that runs the program in another process."""

    def start(
        line: str | Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str] | None = None, **more: Any
    ) -> subprocess.CompletedProcess[bytes]:
        argv = shlex.split(line) if isinstance(line, str) else line
        return subprocess.run(
            [sys.executable, "-m", "loyaltyctl", *argv],
            input=stdin,
            capture_output=True,
            env={**(for_limited_files(environ) if "preexec_fn" in more else environ), **(env or {})},
            timeout=60,
            check=False,
            **more,
        )

    return start


@pytest.fixture
def on_path(environ: dict[str, str], home: Home) -> dict[str, str]:
    """Return the environment of a shell in which `loyaltyctl` is the program."""
    return {**environ, "PATH": runner.on_path(home.work.parent / "bin")}


class Started:
    """A running server command: its process, its address, and the file of its messages."""

    def __init__(self, process: subprocess.Popen[bytes], messages: Path) -> None:
        self.process = process
        self.messages = messages
        self.url = self.wait_for(r"listening on (http://\S+)\n")

    def wait_for(self, pattern: str) -> str:
        """Return the first group of a pattern as soon as a message of the command matches it."""
        end = time.monotonic() + 60
        while not (found := re.search(pattern, self.messages.read_text())):
            assert self.process.poll() is None, self.messages.read_text()
            assert time.monotonic() < end, self.messages.read_text()
            time.sleep(0.02)
        return found[1]


@pytest.fixture
def start(on_path: dict[str, str], home: Home) -> Iterator[Callable[[str], Started]]:
    """Return a function that starts a server command on a free port; it ends with the test."""
    running: list[subprocess.Popen[bytes]] = []

    def begin(line: str) -> Started:
        messages = home.work.parent / f"messages.{len(running)}"
        with messages.open("wb") as file:
            process = subprocess.Popen(["/bin/bash", "-c", f"exec {line} --port 0"], env=for_limited_files(on_path), stdout=subprocess.DEVNULL, stderr=file, start_new_session=True)  # fmt: skip
        running.append(process)
        return Started(process, messages)

    yield begin
    for process in running:
        process.kill()
        process.wait()


class Served(NamedTuple):
    """A sandbox on a socket: its address, its store, and an environment that points commands at it."""

    url: str
    store: Store
    environ: dict[str, str]


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Return a function that starts a sandbox on a socket; it ends with the test."""
    running: list[Server] = []

    def start(*faults: str, api_key: str | None = KEY, rate_limit: int | None = None) -> Served:
        store = Store()
        app = Application(store, api_key=api_key, rate_limit=rate_limit)
        server = Server(Faults(app, [Fault.parse(spec) for spec in faults]), "127.0.0.1", 0)
        threading.Thread(target=_serve, args=(server, store), daemon=True).start()
        running.append(server)
        url = f"http://127.0.0.1:{server.port}"
        environ = {"LOYALTYCTL_API_KEY": KEY, "LOYALTYCTL_SITE_ID": SITE, "LOYALTYCTL_BASE_URL": url}
        return Served(url, store, environ)

    yield start
    for server in running:
        server.stop()


def _serve(server: Server, store: Store) -> None:
    server.run()
    store.close()


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    """Return a sandbox on a socket, without faults."""
    return serve()
