"""Hooks of every connection: messages, the rule cache for completion, and the record for history."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.api.hooks import Changed, Hooks, RulesSeen, Waiting
from loyaltyctl.api.methods import EARNING_RULES
from loyaltyctl.cli.commands.root import command_tree
from loyaltyctl.cli.completion import candidates
from loyaltyctl.cli.runtime.rule_cache_hook import MAX_RULES, RuleCacheHook
from loyaltyctl.config import rule_cache
from loyaltyctl.config.paths import Paths
from loyaltyctl.errors import LoyaltyError
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.triggers import LOYALTY_APP
from loyaltyctl.sandbox.app import Application
from loyaltyctl.sandbox.faults import Fault, Faults
from loyaltyctl.sandbox.store import Store
from loyaltyctl.serving.server import Server
from tests.conftest import KEY, NO_RULE, PURCHASE, RSVP, SESSION, SIGN_UP, SITE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from loyaltyctl.api.hooks import Notification
    from tests.conftest import Home, Run

RULES_FILE = f"""rules:
- id: {PURCHASE}
  title: Purchase, renamed
  trigger: stores/OrderPaid
  earn: 3 per 1
- title: Created
  trigger: events/Rsvp
  earn: 7 points
"""
API = "/_api/loyalty-earning-rules/v1/earning-rules"
WRITING = [
    ("rules create --title New --trigger events/Rsvp --points 1", "create"),
    ("rules create-custom --type SOCIAL_MEDIA --points 5", "create-custom"),
    ("rules bulk-create -f rules.csv", "bulk-create"),
    (f"rules update {PURCHASE} --title Renamed", "update"),
    (f"rules pause {PURCHASE} {SESSION} {SIGN_UP}", "update"),
    (f"rules pause {NO_RULE} {PURCHASE}", "update"),
    (f"rules resume {RSVP.upper()}", "update"),
    (f"rules delete {SESSION} --yes", "delete"),
    (f"rules delete {SESSION.upper()} {RSVP} {NO_RULE} {SIGN_UP} --yes", "delete"),
    ("rules apply -f rules.yaml --yes", "update"),
    ("rules apply -f rules.yaml --prune --yes", "bulk-create"),
    ("rules apply -f rules.yaml --prune --yes --on-error continue", "delete"),
    ("rules apply plan.json --yes", "update"),
    ("rules copy --from other --prune --yes", "delete"),
    ("rules rollback --yes", "delete"),
    (f"api POST {API} -f body.json", "create"),
    (f"api PUT {API}/{PURCHASE} -f changes.json", "update"),
    (f"api DELETE {API}/{SESSION.upper()}?revision=1 --yes", "delete"),
]
"""Command lines that write, and the operation whose failure is tried."""
READING = {"list", "get", "triggers", "export", "validate", "diff", "history"}
FAULTS = ("lost@{}*1", "403@{}*1", "504-after@{}*1")


class Site:
    """Sandbox on a socket, with faults that can be changed."""

    def __init__(self, environ: dict[str, str], data: Path) -> None:
        self._data = data
        self.store = Store()
        self.set_faults()
        self.server = Server(self._answer, "127.0.0.1", 0)
        threading.Thread(target=self.server.run, daemon=True).start()
        url = f"http://127.0.0.1:{self.server.port}"
        target = {"LOYALTYCTL_API_KEY": KEY, "LOYALTYCTL_SITE_ID": SITE, "LOYALTYCTL_BASE_URL": url}
        self._environ = environ | target

    def reset(self, number: int) -> dict[str, str]:
        """Reset the site, and return the environment of a program with a new data folder."""
        self.set_faults()
        self.store.reset()
        return self._environ | {"LOYALTYCTL_DATA_DIR": str(self._data / str(number))}

    def set_faults(self, *faults: str) -> None:
        """Replace the faults."""
        self._app = Faults(Application(self.store), [Fault.parse(spec) for spec in faults])

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._app(environ, start_response)

    def rules(self) -> dict[str, str]:
        """Return the rules as TAB describes them."""
        with self.store.site(SITE) as site:
            rules = [*map(EarningRule.read, site.rules())]
        return {rule.id: f"{rule.title} · {rule.status}" for rule in rules}


@pytest.fixture
def site(environ: dict[str, str], home: Home) -> Iterator[Site]:
    one = Site(environ, home.data)
    yield one
    one.server.stop()
    one.store.close()


@pytest.fixture
def inputs(home: Home) -> None:
    """Create the files that the commands read."""
    rule = {
        "title": "Raw", "sourceAppId": LOYALTY_APP, "triggerAppId": "140603ad-af8d-84a5-2c80-a0f60cb47351",
        "triggerActivityType": "events/Rsvp", "status": "ACTIVE", "fixedAmount": {"configs": [{"points": 3}]},
    }  # fmt: skip
    texts = {
        "rules.yaml": RULES_FILE,
        "rules.csv": "title,trigger,points\nOne,events/Rsvp,1\nTwo,events/Rsvp,2\n",
        "changes.json": json.dumps({"earningRule": {"title": "Changed", "revision": "1"}}),
        "body.json": json.dumps({"earningRule": rule}),
    }
    for name, text in texts.items():
        (home.work / name).write_text(text)


def offered(environ: dict[str, str], line: str = "loyaltyctl rules get ") -> dict[str, str]:
    """Return the rules that TAB offers, with their descriptions."""
    return dict(candidates.CompletionLine(line.split(" ")[1:], environ).candidates())


def prepare(line: str, run: Run, env: dict[str, str]) -> None:
    """Run what a command needs before it: a list, a plan, a run to roll back, another profile."""
    run("rules list", env=env)
    if "plan.json" in line:
        run("rules apply -f rules.yaml --out plan.json", env=env)
    if "rollback" in line:
        run("rules apply -f rules.yaml --yes", env=env)
    if "--from other" in line:
        run("-p sandbox rules apply -f rules.yaml --yes", env=env)


@pytest.mark.usefixtures("inputs")
@pytest.mark.parametrize(("line", "operation"), WRITING)
@pytest.mark.sampled
def test_tab_offers_the_rules_of_the_site_after_every_command_that_writes(
    line: str, operation: str, run: Run, site: Site
) -> None:
    changed = 0
    for number, fault in enumerate(("", *FAULTS)):
        env = site.reset(number)
        prepare(line, run, env)
        before = site.rules()
        site.set_faults(*filter(None, [fault.format(operation)]))

        ended = run(line.replace("--from other", "--from sandbox"), env=env, code=None)

        if "it is not known whether this took effect" not in ended.err:
            assert offered(env) == site.rules(), (fault, ended)
            changed += site.rules() != before
    assert changed


def test_every_command_that_writes_is_tried() -> None:
    commands = {
        node.words[2] for node in command_tree().walk() if node.words[1:2] == ("rules",) and not node.is_group
    }

    assert {line.split()[1] for line, _ in WRITING if line.startswith("rules ")} == commands - READING


@pytest.mark.usefixtures("inputs")
def test_a_command_that_keeps_a_ledger_has_the_other_hooks_too(run: Run, site: Site) -> None:
    env = site.reset(0)

    ended = run("rules apply -f rules.yaml --prune --yes --debug", env=env)

    assert "> PUT " in ended.err
    assert "done: update the rule" in ended.err
    assert len(ended.sent) > 3
    [applied] = run("rules history --json", env=env).json()
    assert applied["command"] == "rules apply"  # and no other run for the single calls


def test_doctor_has_the_hooks_too(run: Run, site: Site) -> None:
    env = site.reset(0)

    run("doctor", env=env)

    assert offered(env) == site.rules()


class TestTheCache:
    """Several connections, of one or of several runs, write to one file."""

    def test_a_connection_that_is_closed_late_reverts_nothing(self, environ: dict[str, str]) -> None:
        first, second = (cache(environ) for _ in range(2))
        first(seen(PURCHASE, SESSION, RSVP, whole=True))
        second(seen(PURCHASE, SESSION, RSVP, whole=True))
        second(seen(SIGN_UP, whole=False))
        second(deleted(RSVP))
        second.save()

        first(deleted(SESSION.upper()))
        first.save()

        assert offered(environ).keys() == {PURCHASE, SIGN_UP}

    def test_a_list_of_the_whole_site_replaces_the_cache(self, environ: dict[str, str]) -> None:
        one = cache(environ)
        one(seen(PURCHASE, SESSION, whole=False))
        one.save()
        one(seen(RSVP, whole=True))
        one.save()

        assert offered(environ).keys() == {RSVP}

    def test_of_too_many_rules_the_last_are_kept(self, environ: dict[str, str]) -> None:
        many = [f"00000000-0000-4000-8000-{i:012}" for i in range(MAX_RULES + 5)]
        one = cache(environ)
        one(seen(*many, whole=True))
        one(seen(PURCHASE, whole=False))
        one.save()

        assert [*offered(environ)] == [*many[6:], PURCHASE]

    def test_responses_of_other_apis_are_not_cached(self) -> None:
        assert not EARNING_RULES.has_path("/_api/other/v1/loyalty-earning-rules/v1/earning-rules")
        assert EARNING_RULES.has_path("/loyalty-earning-rules/v1/earning-rules")
        assert EARNING_RULES.has_path(f"{API}/rules?triggerAppId=x")


def test_hooks_are_called_in_order_until_one_raises() -> None:
    called: list[object] = []

    def refuse(_: Notification) -> None:
        called.append("refused")
        raise LoyaltyError("no")

    Hooks([called.append, called.append])(Waiting(1, "a"))
    with pytest.raises(LoyaltyError, match="no"):
        Hooks([refuse, called.append])(Waiting(2, "b"))
    Hooks([])(Waiting(3, "c"))

    assert called == [Waiting(1, "a"), Waiting(1, "a"), "refused"]


def cache(environ: dict[str, str]) -> RuleCacheHook:
    """Return the cache for no profile."""
    return RuleCacheHook(rule_cache.cache_path(Paths.of(environ).rule_cache, None, None, environ))


def seen(*ids: str, whole: bool) -> RulesSeen:
    return RulesSeen([{"id": one, "title": "A", "status": "ACTIVE"} for one in ids], whole)


def deleted(rule_id: str) -> Changed:
    return Changed("delete", "delete", rule_id, None)


def test_after_a_reset_tab_offers_nothing_of_the_sandbox(run: Run, environ: dict[str, str]) -> None:
    elsewhere = environ | {"LOYALTYCTL_SITE_ID": SITE}
    for env in (environ, elsewhere):
        run("-p sandbox rules list", env=env)
        assert offered(env, "loyaltyctl -p sandbox rules get ")

    run("sandbox reset --yes")

    assert offered(environ, "loyaltyctl -p sandbox rules get ") == {}
    assert offered(elsewhere, "loyaltyctl -p sandbox rules get ") == {}
