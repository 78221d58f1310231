"""Commands that are interrupted at any point and run again: they end as if nothing had happened."""

from __future__ import annotations

import itertools
import json
import shlex
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from loyaltyctl.api.hooks import Changed, RequestStarted
from loyaltyctl.cli.commands.root import run as run_command
from loyaltyctl.sandbox.app import Application
from loyaltyctl.sandbox.store import Store
from loyaltyctl.serving.server import Server
from tests.cli.rules.files import put
from tests.cli.rules.plans import site
from tests.cli.rules.test_history import without_ids
from tests.conftest import KEY, MemoryContext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from loyaltyctl.api.hooks import Notification
    from tests.conftest import FakeClock, Home, Run

RULES = """\
- {title: Purchase a product, trigger: stores/OrderPaid, earn: 30 per 1, tiers: {}}
- {title: Book a session, trigger: bookings/BookingConfirmed, earn: 100 points}
- {title: Sign up to the site, trigger: wix_members-uou_signs_up}
- {title: Order a plan, trigger: wix_pricing_plans-plan_purchased}
- {title: Tickets, trigger: events/OrderConfirmed, earn: 5 points}
"""
"""A create, an update and, with --prune, a delete."""
MANY = [
    {"title": f"Rule {i}", "trigger": "events/Rsvp", "earn": "1 points", "status": "PAUSED"}
    for i in range(101)
]
"""Two calls of bulk-create."""


class Killed(BaseException):
    """The death of the process."""


class InterruptedContext(MemoryContext):
    """Context of a command that breaks off at its n-th write: just before the request, or after the response."""

    left = 0
    error: BaseException = Killed()

    def hook(self, notification: Notification) -> None:
        super().hook(notification)
        is_write = isinstance(notification, RequestStarted) and notification.method != "GET"
        if is_write or isinstance(notification, Changed):
            self.left -= 1
            if self.left == 0:
                raise self.error


class Sites:
    """Sites of one server, each with a profile; the n-th write is refused, or kills the client."""

    def __init__(self, run: Run, environ: dict[str, str], clock: FakeClock) -> None:
        self.run = run
        self.refused_at = 0
        self.client: subprocess.Popen[bytes] | None = None
        self._environ = environ
        self._clock = clock
        self._store = Store()
        self._app = Application(self._store, api_key=KEY)
        self._server = Server(self._answered, "127.0.0.1", 0)
        self._numbers = itertools.count(1)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        self._server.run()
        self._store.close()

    def _answered(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET":
            self.refused_at -= 1
            if self.refused_at == 0 and self.client:
                answer = self._app(environ, start_response)
                self.client.kill()  # after the write, and before its response
                return answer
            if self.refused_at == 0:
                start_response("403 Forbidden", [("Content-Type", "application/json")])
                return [b'{"message":"refused"}']
        app: WSGIApplication = self._app
        return app(environ, start_response)

    def profile(self) -> str:
        """Create a profile for a new site; return its name."""
        number = next(self._numbers)
        line = f"-p shop{number} auth login --api-key-stdin --offline --base-url http://127.0.0.1:{self._server.port}"
        self.run(f"{line} --site-id 0d3c1f0e-9d3b-4c61-8a55-{number:012}", stdin=KEY)
        return f"shop{number}"

    def interrupted(self, line: str, how: str, point: int) -> bool:
        """Run a command that is interrupted at a point; return whether it came to that point."""
        context = InterruptedContext(self._environ, b"", self._clock)
        if how == "refused":
            self.refused_at = point
        else:
            context.left, context.error = point, KeyboardInterrupt() if how == "Ctrl-C" else Killed()
        try:
            code = run_command(shlex.split(line), context)
        except Killed:
            code = -9
        for thread in threading.enumerate():
            if thread.name.startswith("ThreadPoolExecutor"):
                thread.join()  # as the end of the process does
        expected = {"Ctrl-C": {130}, "kill": {-9}, "refused": {4, 8}}[how]
        came = bool(self.refused_at <= 0 if how == "refused" else context.left <= 0)
        self.refused_at = 0
        assert code in (expected if came else {0})
        return came

    def killed(self, line: str, write: int) -> None:
        """Run a command in a process that is killed at a write."""
        argv = [sys.executable, "-m", "loyaltyctl", *shlex.split(line)]
        self.client = subprocess.Popen(argv, env=self._environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        self.refused_at = write
        assert self.client.wait(60) == -signal.SIGKILL
        self.client = None

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def sites(run: Run, environ: dict[str, str], clock: FakeClock, home: Home) -> Iterator[Sites]:
    put(home, "rules.yaml", RULES)
    put(home, "many.json", json.dumps(MANY))
    one = Sites(run, environ, clock)
    yield one
    one.stop()


class Case(NamedTuple):
    """A command line, the lines before it, and the options that are added to run it again. PROFILE and OTHER stand for sites."""

    before: tuple[str, ...]
    line: str
    more: str = ""
    undone: bool = True
    """True if a rollback undoes it."""


CASES = {
    "apply": Case((), "-p PROFILE rules apply -f rules.yaml --prune -y"),
    "plan file": Case(
        ("-p PROFILE rules apply -f rules.yaml --prune --out plan.json",),
        "-p PROFILE rules apply plan.json -y",
    ),
    "bulk-create": Case((), "-p PROFILE rules bulk-create -f many.json", " --resume", undone=False),
    "copy": Case(
        ("-p OTHER rules apply -f rules.yaml --prune -y",), "-p PROFILE rules copy --from OTHER --prune -y"
    ),
    "rollback": Case(("-p PROFILE rules apply -f rules.yaml --prune -y",), "-p PROFILE rules rollback -y"),
    "many sites": Case((), "rules apply -f rules.yaml --prune --to PROFILE --to OTHER -y"),
}


def states(sites: Sites, *profiles: str) -> list[dict[str, dict[str, Any]]]:
    """Return the rules of sites without their ids; no title may be there twice."""
    for name in profiles:
        titles = [rule["title"] for rule in sites.run(f"-p {name} rules list --json").json()]
        assert len(titles) == len(set(titles))
    return [without_ids(site(sites.run, name)) for name in profiles]


def begun(sites: Sites, case: Case) -> tuple[Callable[[str], str], tuple[str, str]]:
    """Create two sites and run the lines before the case; return a function that puts their names into a line."""
    names = sites.profile(), sites.profile()

    def named(line: str) -> str:
        return line.replace("PROFILE", names[0]).replace("OTHER", names[1])

    for line in case.before:
        sites.run(named(line))
    return named, names


@pytest.mark.parametrize("how", ["Ctrl-C", "kill", "refused"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.sampled
def test_a_command_that_is_interrupted_at_any_point_is_finished_by_another_run(
    case: Case, how: str, sites: Sites
) -> None:
    named, names = begun(sites, case)
    before = states(sites, *names)
    sites.run(named(case.line))
    expected = states(sites, *names)
    assert expected != before

    for point in itertools.count(1):
        named, names = begun(sites, case)
        if not sites.interrupted(named(case.line), how, point):
            break
        sites.run(named(case.line + case.more))

        assert states(sites, *names) == expected, f"interrupted at {point}"
        if case.undone:  # both halves together
            sites.run(named("-p PROFILE rules rollback -y"))
            assert states(sites, names[0]) == before[:1], f"interrupted at {point}, and rolled back"
    assert point > 2


@pytest.mark.parametrize("how", ["Ctrl-C", "kill", "refused"])
def test_a_rollback_that_is_interrupted_twice_is_finished_by_the_third_run(how: str, sites: Sites) -> None:
    case = CASES["rollback"]
    _, names = begun(sites, CASES["apply"])
    expected = states(sites, names[0])
    for first, second in ((1, 1), (2, 1), (2, 2)):
        named, names = begun(sites, case)
        assert sites.interrupted(named(case.line), how, first)
        assert sites.interrupted(named(case.line), how, second)
        sites.run(named(case.line))

        assert states(sites, names[0]) == expected


def test_a_rollback_whose_process_is_killed_after_a_write_is_finished_by_another_one(sites: Sites) -> None:
    _, names = begun(sites, CASES["apply"])
    expected = states(sites, names[0])
    named, names = begun(sites, CASES["rollback"])

    sites.killed(named(CASES["rollback"].line), 2)
    assert states(sites, names[0]) != expected
    sites.run(named(CASES["rollback"].line))

    assert states(sites, names[0]) == expected
