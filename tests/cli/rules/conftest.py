"""Fixtures of the tests of rules: a rules file, and two sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.rules.files import SITES, put
from tests.cli.rules.plans import RULES
from tests.conftest import KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served


@pytest.fixture
def served_sites(run: Run, serve: Callable[..., Served]) -> Served:
    """Create two profiles, for two sites of one sandbox server."""
    served = serve()
    for name, site in SITES.items():
        run(f"-p {name} auth login --api-key-stdin --site-id {site} --base-url {served.url}", stdin=KEY)
    return served


@pytest.fixture
def rules(home: Home) -> str:
    """Create a rules file, and return its name."""
    return put(home, "rules.yaml", RULES)
