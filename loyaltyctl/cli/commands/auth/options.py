"""Options that the `auth` commands share: --offline, and the profile."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.config import SANDBOX
from loyaltyctl.errors import UsageError

DEFAULT_PROFILE = "default"

Offline = Annotated[bool, Option("--offline", help="Do not check the credentials with the API.")]


def credentials_profile(ctx: Context) -> str:
    """Return the profile whose credentials `auth` commands store or remove.

    It is the profile of the option -p, else the setting `profile`, else `default`. Raises UsageError for
    the sandbox.
    """
    profile = ctx.settings.profile or DEFAULT_PROFILE
    if profile == SANDBOX:
        raise UsageError(
            "the profile sandbox is built in and needs no credentials", hint="Name another one: -p NAME"
        )
    return profile
