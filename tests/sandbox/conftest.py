"""Fixtures: a store of the sandbox, and a raw JSON client of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.sandbox.store import Store
from tests.sandbox.clients import Api

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def store() -> Iterator[Store]:
    one = Store()
    yield one
    one.close()


@pytest.fixture
def api(store: Store) -> Api:
    return Api(store)
