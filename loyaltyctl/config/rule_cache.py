"""Rule cache: ids and titles of the rules last seen on each site, so that completion needs no API call.

There is one file for each profile, and one for each other site or server that is used with the profile.
Each line is `ID<TAB>title and status`. The files are only a cache: invalid content is ignored.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from loyaltyctl.config import SANDBOX

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

NO_PROFILE = "@"
"""Stands for no profile in file names of the rule cache. No profile can have this name."""
_SITE_VARIABLES = (
    ("LOYALTYCTL_SITE_ID", ("site-id", "account-id")),
    ("LOYALTYCTL_ACCOUNT_ID", ("site-id", "account-id")),
    ("LOYALTYCTL_BASE_URL", ("base-url",)),
)
"""Variables that select another site or server, each with the settings of a profile that override it."""


def cache_path(
    folder: Path,
    profile: str | None,
    site: str | None,
    environ: Mapping[str, str],
    stored: AbstractSet[str] = frozenset(),
) -> Path:
    """Return the path of the rule cache of a run: the file of its profile, or of another site or server.

    The run uses another site or server if `site` (--site-id) or a variable in `environ` names it. `stored`
    has the settings that a profile named by -p stores: their variables are ignored.
    """
    variables = [environ.get(name, "") if stored.isdisjoint(own) else "" for name, own in _SITE_VARIABLES]
    # The built-in profile has one site: neither an option nor a variable selects another.
    selected = [] if profile == SANDBOX else [site or "", *variables]
    if not any(selected):
        return folder / f"{profile or NO_PROFILE}.tsv"
    from loyaltyctl.intake.file_names import hash_name

    return folder / f"{profile or NO_PROFILE}{NO_PROFILE}{hash_name(*selected)}.tsv"


def delete_cached_rules(folder: Path, profile: str) -> None:
    """Delete all rule caches of a profile, including those for other sites and servers."""
    with contextlib.suppress(OSError):
        for path in [cache_path(folder, profile, None, {}), *folder.glob(f"{profile}{NO_PROFILE}*.tsv")]:
            path.unlink(missing_ok=True)


def read_cached_rules(path: Path) -> dict[str, str]:
    """Read a rule cache: title and status as one text, by rule id. An unreadable file counts as empty."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    except (OSError, ValueError):
        return {}
    return {rule_id: text for rule_id, tab, text in (line.partition("\t") for line in lines) if tab}


def write_cached_rules(path: Path, rules: Mapping[str, str]) -> None:
    """Replace the content of a rule cache. Errors are ignored: no command fails because of the cache."""
    from loyaltyctl.errors import LoyaltyError
    from loyaltyctl.intake import atomic_files, private_files

    with contextlib.suppress(OSError, LoyaltyError):
        private_files.make_folder(path.parent)
        atomic_files.replace(path, "".join(f"{rule_id}\t{text}\n" for rule_id, text in rules.items()))
