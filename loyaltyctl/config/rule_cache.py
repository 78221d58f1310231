"""Rule cache: ids and titles of the rules last seen on each site, so that completion needs no API call.

There is one file per profile, and one for each other site or server that options or variables select with it.
A line is `ID<TAB>title and status`. Cache only; invalid content is treated as empty.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

NO_PROFILE = "@"
"""Used as the profile in file names of the cache if there is no profile; no profile can have this name."""
_SITE_VARIABLES = (
    ("LOYALTYCTL_SITE_ID", ("site-id", "account-id")),
    ("LOYALTYCTL_ACCOUNT_ID", ("site-id", "account-id")),
    ("LOYALTYCTL_BASE_URL", ("base-url",)),
)
"""Variables that select another site or server, with the profile settings that override each."""
SANDBOX = "sandbox"
"""Name of the profile to which the variables do not apply.

It repeats a constant of config/settings.py: completion runs at every TAB, and must not import that module.
"""


def cache_path(
    folder: Path,
    profile: str | None,
    site: str | None,
    environ: Mapping[str, str],
    stored: AbstractSet[str] = frozenset(),
) -> Path:
    """Return the rule cache of a profile, or of the site or server that `site` or `environ` names instead.

    `stored` are the settings of a profile named on the command line, which take precedence over `environ`.
    """
    variables = [environ.get(name, "") if stored.isdisjoint(own) else "" for name, own in _SITE_VARIABLES]
    selected = [] if profile == SANDBOX else [site or "", *variables]
    if not any(selected):
        return folder / f"{profile or NO_PROFILE}.tsv"
    from loyaltyctl.intake.file_names import hash_name

    return folder / f"{profile or NO_PROFILE}{NO_PROFILE}{hash_name(*selected)}.tsv"


def delete_cached_rules(folder: Path, profile: str) -> None:
    """Delete the cached rules of a profile, including those of other sites and servers used with it."""
    with contextlib.suppress(OSError):
        for path in [cache_path(folder, profile, None, {}), *folder.glob(f"{profile}{NO_PROFILE}*.tsv")]:
            path.unlink(missing_ok=True)


def read_cached_rules(path: Path) -> dict[str, str]:
    """Read the cached rules: title and status by rule id. Unreadable files count as empty."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    except (OSError, ValueError):
        return {}
    return {rule_id: text for rule_id, tab, text in (line.partition("\t") for line in lines) if tab}


def write_cached_rules(path: Path, rules: Mapping[str, str]) -> None:
    """Replace the cached rules. Errors are ignored: a command must not fail for its cache."""
    from loyaltyctl.errors import LoyaltyError
    from loyaltyctl.intake import atomic_files, private_files

    with contextlib.suppress(OSError, LoyaltyError):
        private_files.make_folder(path.parent)
        atomic_files.replace(path, "".join(f"{rule_id}\t{text}\n" for rule_id, text in rules.items()))
