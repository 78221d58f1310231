"""Every fault of the sandbox with every method of the API, over a socket, through the command line.

For each cell: the exit code, no duplicate rule, no hang past the time limit, no request to another
origin. `python -m pytest tests/attacks/test_faults.py -rP` prints the table.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from loyaltyctl.sandbox.fault_effects import AFTER, BEFORE
from loyaltyctl.sandbox.seeds import seeds
from tests.conftest import PURCHASE, SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loyaltyctl.sandbox.store import Site
    from tests.conftest import Home, Run, Served

CUSTOM = "5b8d1c9e-3f5a-4c1b-9a7d-2e4f6a8b0c1d"
LIMIT = 2.0


class Method(NamedTuple):
    """One method of the API: the command that calls it, and a count of its effects on the site."""

    line: str
    took: Callable[[Site], int]
    creates: bool = False


def _titled(title: str) -> Callable[[Site], int]:
    return lambda site: sum(rule["title"] == title for rule in site.rules())


def _gone(rule_id: str) -> Callable[[Site], int]:
    return lambda site: int(site.rule(rule_id) is None)


METHODS = {
    "list": Method("rules list", lambda _: 0),
    "get": Method(f"rules get {PURCHASE}", lambda _: 0),
    "create": Method(
        "rules create --title New --trigger events/Rsvp --points 5", _titled("New"), creates=True
    ),
    "create-custom": Method(
        "rules create-custom --type SOCIAL_MEDIA --title New --points 5", _titled("New"), creates=True
    ),
    "bulk-create": Method("rules bulk-create -f rules.csv", _titled("New"), creates=True),
    "update": Method(f"rules update {PURCHASE} --title New", _titled("New")),
    "delete": Method(f"rules delete {PURCHASE} -y", _gone(PURCHASE)),
    "delete-automation": Method(f"rules delete {CUSTOM} -y", _gone(CUSTOM)),
}

READS = {"list", "get"}
DELETES = {"delete", "delete-automation"}
SLOW = {"delay": "delay=3", "delay-after": "delay-after=3", "drip": "drip=0.3"}
KINDS = [*BEFORE, *AFTER, "429=1", "429=date", "429=soon"]


class Group(NamedTuple):
    """Faults with the same exit codes: if they happen once, and if they happen always.

    A code each for reads, create and create-custom, bulk-create, update, and deletes.
    """

    kinds: str
    once: tuple[int, int, int, int, int]
    always: tuple[int, int, int, int, int]


GROUPS = (
    Group("legacy missing-item no-plain-path reordered repeated-item", (0, 0, 0, 0, 0), (0, 0, 0, 0, 0)),
    Group("401 403", (4, 4, 4, 4, 4), (4, 4, 4, 4, 4)),
    Group("redirect", (1, 1, 1, 1, 1), (1, 1, 1, 1, 1)),
    Group("429 429=1 429=date 429=soon 503-later", (0, 0, 0, 0, 0), (7, 7, 7, 7, 7)),
    # Not done, as far as the server knows.
    Group("500 503", (0, 0, 0, 0, 0), (7, 7, 8, 7, 8)),
    # No effect on the site so far, but there may be one later.
    Group("refused 502 504 delay", (0, 8, 8, 0, 0), (7, 8, 8, 8, 8)),
    # Done, with a successful status, which is enough for a delete.
    Group("body empty not-utf8 drip", (0, 0, 0, 0, 0), (7, 0, 0, 0, 0)),
    # Done, but the response does not say so.
    Group("lost cut html huge bomb 500-after 502-after 504-after delay-after", (0, 0, 0, 0, 0), (7, 0, 0, 0, 8)),
)  # fmt: skip
COLUMNS = dict.fromkeys(READS, 0) | {"create": 1, "create-custom": 1, "bulk-create": 2, "update": 3} | dict.fromkeys(DELETES, 4)  # fmt: skip


def expected(kind: str, operation: str, *, once: bool) -> set[int]:
    """Return the expected exit codes if a fault happens once, or always."""
    [group] = [group for group in GROUPS if kind in group.kinds.split()]
    code = (group.once if once else group.always)[COLUMNS[operation]]
    # A create that comes late is found as soon as it is there.
    return {0, code} if kind == "delay" and METHODS[operation].creates else {code}


@pytest.fixture
def second_origin() -> Iterator[tuple[str, list[bytes]]]:
    """A server that must get no request, and the requests that it got."""
    requests: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    requests.append(connection.recv(65536))

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/", requests
    listener.close()


@pytest.mark.parametrize("times", ["*1", ""], ids=["once", "always"])
@pytest.mark.parametrize("operation", METHODS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.sampled
def test_a_fault_ends_with_the_expected_exit_code_and_effect(  # noqa: PLR0913, PLR0917 - the cell, and what it is tried with
    kind: str,
    operation: str,
    times: str,
    run: Run,
    serve: Callable[..., Served],
    home: Home,
    second_origin: tuple[str, list[bytes]],
) -> None:
    method = METHODS[operation]
    elsewhere, requests = second_origin
    spec = (
        f"redirect={elsewhere}"
        if kind == "redirect"
        else 'body={"a":NaN}'
        if kind == "body"
        else SLOW.get(kind, kind)
    )
    served = serve(f"{spec}@{operation}{times}")
    (home.work / "rules.csv").write_text("title,trigger,points\nNew,events/Rsvp,5\n")
    with served.store.site(SITE, writes=True) as site:
        site.insert({**seeds()[3], "id": CUSTOM, "metadata": {"canBeDeleted": True}})

    began = time.monotonic()
    ended = run(
        f"{method.line} --timeout {LIMIT if kind in SLOW else 20}", env=served.environ, code=None
    ).code
    took = time.monotonic() - began

    with served.store.site(SITE) as site:
        effect = method.took(site)
    print(  # noqa: T201 - the table, which -rP shows
        f"{operation:18}{spec:16}{'once' if times else 'always':8}exit {ended:2}  effect {effect}  {took:4.1f} s"
    )
    assert requests == []
    assert took <= LIMIT * (2 if operation in {"update", *DELETES} else 1) + 1.5
    assert effect <= 1
    assert ended in expected(kind, operation, once=bool(times))
    if ended == 0 and operation not in READS:
        assert effect == 1
    if ended in {1, 4, 7}:
        assert effect == 0


def test_the_table_has_at_least_twenty_faults_and_all_eight_methods() -> None:
    assert len(KINDS) >= 20
    assert len(METHODS) == 8
