"""Targets and sources: where changes go, and where the desired rules come from."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """A site (or account, or app instance) on a server, and the profile that leads there."""

    profile: str
    origin: str
    site: str

    @property
    def name(self) -> str:
        """The profile and the site, as messages show them."""
        return f"{self.profile} ({self.site})" if self.profile not in ("", self.site) else self.site


class Source(NamedTuple):
    """Origin of the desired rules: a file or folder with the hash of its bytes, or a profile.

    `path` is absolute; `from_plan` is the path from the folder of a saved plan.
    """

    name: str
    hash: str = ""
    path: str = ""
    from_plan: str = ""
