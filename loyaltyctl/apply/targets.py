"""Where changes go, and what is wanted there."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """Where changes go: a site (or account, or app instance) on a server, by which profile."""

    profile: str
    origin: str
    site: str

    @property
    def name(self) -> str:
        """What a person calls it: the profile and the site."""
        return f"{self.profile} ({self.site})" if self.profile not in ("", self.site) else self.site


class Source(NamedTuple):
    """What is wanted comes from here: a file with the hash of its bytes, or a profile."""

    name: str
    hash: str = ""
