"""Targets and sources of plans: the site to change, and the file or profile with the desired rules."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """Target of a plan: the profile, the server (`origin`) and the site to change.

    `site` is the id of the site, or else of the account or the app instance that the plan is for.
    """

    profile: str
    origin: str
    site: str

    @property
    def name(self) -> str:
        """The name of the target in messages, such as `shop (SITE ID)`; without a profile, the site id."""
        return f"{self.profile} ({self.site})" if self.profile not in ("", self.site) else self.site


class Source(NamedTuple):
    """Source of the desired rules of a plan: a file or folder, a profile, or a run to roll back.

    Only a file or folder has a `hash`, which is that of its content, and a path. `path` is its absolute
    path. `from_plan` is its path relative to the folder of the plan file.
    """

    name: str
    hash: str = ""
    path: str = ""
    from_plan: str = ""
