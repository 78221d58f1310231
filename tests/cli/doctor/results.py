"""Results of `loyaltyctl doctor`, and common arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conftest import KEY, SITE

if TYPE_CHECKING:
    from tests.conftest import Result

LOGIN = f"auth login --api-key-stdin --offline --site-id {SITE}"
OWN_FOLDER = "Name a folder of your own: export LOYALTYCTL_CONFIG_DIR=FOLDER"
UNREACHABLE = {
    "LOYALTYCTL_BASE_URL": "http://127.0.0.1:1",
    "LOYALTYCTL_API_KEY": KEY,
    "LOYALTYCTL_SITE_ID": SITE,
}


def results_by_name(result: Result) -> dict[str, Any]:
    """Return the results by name; the last result with a name wins."""
    return {check["name"]: check for check in result.json()["checks"]}


def error_names(result: Result) -> list[str]:
    """Return the names of the results that are errors."""
    return [check["name"] for check in result.json()["checks"] if check["status"] == "error"]
