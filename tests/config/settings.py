"""Helpers that write config.toml and load settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loyaltyctl.config.paths import Paths

OTHER = "11111111-2222-4333-8444-555555555555"
ORIGIN = "https://www.wixapis.com"


def configured(paths: Paths, text: str) -> Paths:
    paths.config_dir.mkdir(exist_ok=True)
    paths.config.write_text(text)
    return paths


def read(paths: Paths, environ: Mapping[str, str] | None = None, **flags: str) -> Settings:
    return Settings(paths, environ or {}, {name.replace("_", "-"): value for name, value in flags.items()})
