"""Targets and sources of plans: the site to change, and the file or profile with the desired rules."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """Target of a plan: a site (or account, or app instance) on a server, and the profile that selects it."""

    profile: str
    origin: str
    site: str

    @property
    def name(self) -> str:
        """The profile and the site, as messages show them."""
        return f"{self.profile} ({self.site})" if self.profile not in ("", self.site) else self.site


class Source(NamedTuple):
    """Source of the desired rules of a plan: a file or folder with the hash of its bytes, or a profile.

    `path` is absolute; `from_plan` is the path relative to the folder of the plan file.
    """

    name: str
    hash: str = ""
    path: str = ""
    from_plan: str = ""
