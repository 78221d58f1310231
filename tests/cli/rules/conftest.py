"""Files of rules, and sites that they are for."""

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
    """Two profiles, for two sites of one sandbox."""
    served = serve()
    for name, site in SITES.items():
        run(f"-p {name} auth login --api-key-stdin --site-id {site} --base-url {served.url}", stdin=KEY)
    return served


@pytest.fixture
def rules(home: Home) -> str:
    """A file of rules."""
    return put(home, "rules.yaml", RULES)
