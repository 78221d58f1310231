"""The rules that a profile's site had when they were last seen: what TAB offers, without asking the site.

A file a profile, and one more for each other site or server that its calls are pointed at: a
line a rule, its id and what it is, with a tab between. It is a memory and no truth, so whatever
is wrong with it counts as knowing nothing.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

NOBODY = "@"
"""Stands for the profile where none is in use; no profile can have that name."""
_ELSEWHERE = (
    ("LOYALTYCTL_SITE_ID", ("site-id", "account-id")),
    ("LOYALTYCTL_ACCOUNT_ID", ("site-id", "account-id")),
    ("LOYALTYCTL_BASE_URL", ("base-url",)),
)
"""Variables that point calls elsewhere, each with the settings by which a named profile keeps its own."""
SANDBOX = "sandbox"
"""Its calls are pointed nowhere else (config/settings.py)."""


def path_for(
    folder: Path,
    profile: str | None,
    site: str | None,
    environ: Mapping[str, str],
    stored: AbstractSet[str] = frozenset(),
) -> Path:
    """The file for a profile; where `site` or `environ` point its calls elsewhere, that has its own.

    `stored` are the settings that win over the environment: those of a profile that the command
    line names.
    """
    named = [environ.get(name, "") if stored.isdisjoint(own) else "" for name, own in _ELSEWHERE]
    elsewhere = [] if profile == SANDBOX else [site or "", *named]
    if not any(elsewhere):
        return folder / f"{profile or NOBODY}.tsv"
    from loyaltyctl.intake.file_names import hash_name

    return folder / f"{profile or NOBODY}{NOBODY}{hash_name(*elsewhere)}.tsv"


def forget(folder: Path, profile: str) -> None:
    """Remove the cached rules of a profile, those of other sites and servers included."""
    with contextlib.suppress(OSError):
        for path in [path_for(folder, profile, None, {}), *folder.glob(f"{profile}{NOBODY}*.tsv")]:
            path.unlink(missing_ok=True)


def read(path: Path) -> dict[str, str]:
    """What each known rule is, by its id."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    except (OSError, ValueError):
        return {}
    return {rule_id: what for rule_id, tab, what in (line.partition("\t") for line in lines) if tab}


def write(path: Path, known: Mapping[str, str]) -> None:
    """Put them down; where that cannot be done, nothing is known."""
    from loyaltyctl.errors import LoyaltyError
    from loyaltyctl.intake import atomic_files, private_files

    with contextlib.suppress(OSError, LoyaltyError):
        private_files.make_folder(path.parent)
        atomic_files.replace(path, "".join(f"{rule_id}\t{what}\n" for rule_id, what in known.items()))
