"""What `loyaltyctl doctor` told, and what its tests begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conftest import KEY, SITE

if TYPE_CHECKING:
    from tests.conftest import Result

LOGIN = f"auth login --api-key-stdin --offline --site-id {SITE}"
OWN_FOLDER = "Name a folder of your own: export LOYALTYCTL_CONFIG_DIR=FOLDER"
AWAY = {"LOYALTYCTL_BASE_URL": "http://127.0.0.1:1", "LOYALTYCTL_API_KEY": KEY, "LOYALTYCTL_SITE_ID": SITE}


def checks(result: Result) -> dict[str, Any]:
    """The checks by their names, of which each one stands once unless several things are wrong with it."""
    return {check["name"]: check for check in result.json()["checks"]}


def wrong(result: Result) -> list[str]:
    """The names of the checks that found an error."""
    return [check["name"] for check in result.json()["checks"] if check["status"] == "error"]
