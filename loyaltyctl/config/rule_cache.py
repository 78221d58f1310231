"""Rule cache: the rules of each profile's site as last seen, so that completion needs no call.

One file per profile, and one more for each other site or server that options or variables select. A line is
`ID<TAB>title and status`. Cache only; invalid content is treated as empty.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

NO_PROFILE = "@"
"""Stands for the profile in file names if there is none; no profile can have this name."""
_OVERRIDES = (
    ("LOYALTYCTL_SITE_ID", ("site-id", "account-id")),
    ("LOYALTYCTL_ACCOUNT_ID", ("site-id", "account-id")),
    ("LOYALTYCTL_BASE_URL", ("base-url",)),
)
"""Variables that select another site or server, with the settings of a named profile that precede them."""
SANDBOX = "sandbox"
"""Variables do not apply to this profile (config/settings.py)."""


def path_for(
    folder: Path,
    profile: str | None,
    site: str | None,
    environ: Mapping[str, str],
    stored: AbstractSet[str] = frozenset(),
) -> Path:
    """Return the file for a profile, or for the other site or server that `site` or `environ` select.

    `stored` are the settings that precede the environment: those of a profile that the command line names.
    """
    variables = [environ.get(name, "") if stored.isdisjoint(own) else "" for name, own in _OVERRIDES]
    selected = [] if profile == SANDBOX else [site or "", *variables]
    if not any(selected):
        return folder / f"{profile or NO_PROFILE}.tsv"
    from loyaltyctl.intake.file_names import hash_name

    return folder / f"{profile or NO_PROFILE}{NO_PROFILE}{hash_name(*selected)}.tsv"


def forget(folder: Path, profile: str) -> None:
    """Remove the cached rules of a profile, those of other sites and servers included."""
    with contextlib.suppress(OSError):
        for path in [path_for(folder, profile, None, {}), *folder.glob(f"{profile}{NO_PROFILE}*.tsv")]:
            path.unlink(missing_ok=True)


def read(path: Path) -> dict[str, str]:
    """Return title and status of each cached rule by its id."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    except (OSError, ValueError):
        return {}
    return {rule_id: text for rule_id, tab, text in (line.partition("\t") for line in lines) if tab}


def write(path: Path, rules: Mapping[str, str]) -> None:
    """Replace the cached rules; on an error nothing is cached."""
    from loyaltyctl.errors import LoyaltyError
    from loyaltyctl.intake import atomic_files, private_files

    with contextlib.suppress(OSError, LoyaltyError):
        private_files.make_folder(path.parent)
        atomic_files.replace(path, "".join(f"{rule_id}\t{text}\n" for rule_id, text in rules.items()))
