"""The sandbox's database: shared, locked, damaged or missing."""

from __future__ import annotations

import multiprocessing
import threading
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.errors import LoyaltyError
from loyaltyctl.sandbox.seeds import seeds
from loyaltyctl.sandbox.store import Store
from tests.conftest import PURCHASE
from tests.sandbox.clients import RULE, RULES, Api
from tests.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run


class TestTheStore:
    """Durability, and concurrent clients."""

    def test_rules_are_kept_after_a_restart(self, tmp_path: Path) -> None:
        for expected in (7, 8):
            store = Store(tmp_path / "deep" / "db")
            assert len(Api(store).ok("GET", f"{RULES}/rules")["earningRules"]) == expected
            Api(store).ok("POST", RULES, {"earningRule": RULE})
            store.close()

    def test_a_reset_restores_the_seeds(self, store: Store, api: Api) -> None:
        api.ok("DELETE", f"{RULES}/{PURCHASE}?revision=1")
        store.reset()

        assert api.ok("GET", f"{RULES}/rules")["earningRules"] == seeds()

    def test_concurrent_clients_lose_no_update(self, tmp_path: Path) -> None:
        stores = [Store(tmp_path / "db") for _ in range(4)]
        won: list[int] = []

        def edit(store: Store) -> None:
            api = Api(store)
            for _ in range(20):
                revision = api.ok("GET", f"{RULES}/{PURCHASE}")["earningRule"]["revision"]
                body = {"earningRule": {"title": "x", "revision": revision}}
                won.append(api("PUT", f"{RULES}/{PURCHASE}", body).status_code)

        threads = [threading.Thread(target=edit, args=(store,)) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert set(won) <= {200, 409}
        assert Api(stores[0]).ok("GET", f"{RULES}/{PURCHASE}")["earningRule"]["revision"] == str(
            1 + won.count(200)
        )
        for store in stores:
            store.close()

    def test_an_error_rolls_the_transaction_back(self, store: Store) -> None:
        def broken(site: Any) -> None:
            site.delete(PURCHASE)
            raise KeyError

        with pytest.raises(KeyError), store.site("sandbox", writes=True) as site:
            broken(site)
        with store.site("sandbox") as site:
            assert site.rule(PURCHASE)


@pytest.mark.parametrize(
    "make", [lambda path: path.mkdir(), lambda path: path.write_bytes(b"no database " * 100)]
)
def test_a_file_that_is_not_a_database_is_an_error(make: Callable[[Path], Any], tmp_path: Path) -> None:
    make(tmp_path / "db")

    with pytest.raises(LoyaltyError, match=r"the sandbox's database .* cannot be used"):
        Store(tmp_path / "db")


@pytest.mark.parametrize(
    ("folder", "why"),
    [("/dev/null", "is not a folder"), ("/dev/null/x", "Not a directory"), ("/proc/x", "cannot be created")],
)
def test_an_unusable_folder_is_reported_with_a_hint_to_use_another(folder: str, why: str, run: Run) -> None:
    error = run("-p sandbox rules list", env={"LOYALTYCTL_DATA_DIR": folder}, code=1).err

    assert f"error: the data folder {folder} " in error
    assert why in error
    assert "Errno" not in error
    assert "emove" not in error
    assert "export LOYALTYCTL_DATA_DIR=FOLDER" in error


def test_a_damaged_database_is_reported_in_the_response(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    api = Api(store)
    api.ok("GET", f"{RULES}/rules")
    with store.site("sandbox", writes=True) as site:
        site._db.execute("update rules set document = '{'")  # noqa: SLF001 - the damage

    details = api.refused(507, "GET", f"{RULES}/rules")
    assert "cannot be used" in details["applicationError"]["description"]
    store.close()


def test_a_database_in_use_by_another_thread_is_not_closed(store: Store) -> None:
    inside, done = threading.Event(), threading.Event()

    def linger() -> None:
        with store.site("sandbox"):
            inside.set()
            done.wait(30)

    thread = threading.Thread(target=linger)
    thread.start()
    assert inside.wait(30)
    store.close()
    done.set()
    thread.join()

    with store.site("sandbox") as site:
        assert site.rules()


def test_several_processes_may_create_a_database_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    failed, together = context.Queue(), context.Barrier(4)
    processes = [context.Process(target=_open_often, args=(tmp_path, together, failed)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0] * 4
    assert failed.empty()


def _open_often(folder: Path, together: Any, failed: Any) -> None:
    for i in range(scaled(40, least=10)):
        together.wait(60)
        try:
            Store(folder / str(i)).close()
        except LoyaltyError as error:
            failed.put(error.message)
