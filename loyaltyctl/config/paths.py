"""Where things lie.

config   config.toml and credentials.toml
data     the sandbox, journals, the calls of the last minute, the rules that were last seen
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG_DIR = "LOYALTYCTL_CONFIG_DIR"
DATA_DIR = "LOYALTYCTL_DATA_DIR"


class Paths(NamedTuple):
    """Two folders: one for what the person sets, one for what the program keeps."""

    config_dir: Path
    data_dir: Path

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Paths:
        """The folders that the environment names, else the platform's own."""
        return cls(_folder(environ, CONFIG_DIR, "config"), _folder(environ, DATA_DIR, "data"))

    @property
    def config(self) -> Path:
        return self.config_dir / "config.toml"

    @property
    def credentials(self) -> Path:
        return self.config_dir / "credentials.toml"

    @property
    def sandbox(self) -> Path:
        return self.data_dir / "sandbox.sqlite3"

    @property
    def journals(self) -> Path:
        return self.data_dir / "journals"

    @property
    def calls(self) -> Path:
        """The folder that counts calls for the rate limit."""
        return self.data_dir / "calls"

    @property
    def names(self) -> frozenset[str]:
        """What may lie in the two folders."""
        kept = (self.config, self.credentials, self.sandbox, self.journals, self.calls, self.rule_cache)
        return frozenset(path.name for path in kept)

    @property
    def rule_cache(self) -> Path:
        """The folder of what TAB offers for rules."""
        return self.data_dir / "known_rules"


def _folder(environ: Mapping[str, str], variable: str, kind: str) -> Path:
    if named := environ.get(variable):
        try:
            return Path(named).absolute()
        except OSError:
            raise UsageError(f"{variable} is {quoted(named)}, and the current folder is gone") from None
    import platformdirs

    find = platformdirs.user_config_path if kind == "config" else platformdirs.user_data_path
    return find("loyaltyctl", appauthor=False)
