"""Targets and sources of plans: the site to change, and the file or profile with the desired rules."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """Target of a plan: `site` (the id of a site, account or app instance), its server and its profile."""

    profile: str
    origin: str
    site: str

    @property
    def name(self) -> str:
        """The name of the target in messages, such as `shop (SITE ID)`; without a profile, the site id."""
        return f"{self.profile} ({self.site})" if self.profile not in ("", self.site) else self.site


class Source(NamedTuple):
    """Source of the desired rules of a plan: a file or folder, a profile, or a run to roll back.

    Only a file or folder has a `hash` of its content, and paths: `path` is absolute, and `from_plan` is
    relative to the folder of the plan file.
    """

    name: str
    hash: str = ""
    path: str = ""
    from_plan: str = ""
