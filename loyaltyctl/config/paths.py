"""Paths of the configuration and data folders, and of the files in them.

config   config.toml and credentials.toml
data     the sandbox's database, ledgers, the times of recent API calls, the rule cache
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
    """Paths of the configuration folder, of the data folder, and of the files in them."""

    config_dir: Path
    data_dir: Path

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Paths:
        """Return the paths of the folders that `environ` names, or else of the platform's default folders."""
        return cls(
            _folder_from_environment(environ, CONFIG_DIR, "config"),
            _folder_from_environment(environ, DATA_DIR, "data"),
        )

    @property
    def config(self) -> Path:
        """The path of config.toml: settings and profiles."""
        return self.config_dir / "config.toml"

    @property
    def credentials(self) -> Path:
        """The path of credentials.toml: API keys, app secrets and tokens."""
        return self.config_dir / "credentials.toml"

    @property
    def sandbox(self) -> Path:
        """The path of the database of the sandbox."""
        return self.data_dir / "sandbox.sqlite3"

    @property
    def ledgers(self) -> Path:
        """The path of the folder of the ledgers. The folder keeps its name of version 0.1.0: `journals`."""
        return self.data_dir / "journals"

    @property
    def calls(self) -> Path:
        """The path of the folder with the times of recent API calls, for the rate limit."""
        return self.data_dir / "calls"

    @property
    def names(self) -> frozenset[str]:
        """The names of the files and folders that the program creates at these paths.

        `doctor` advises chmod for a folder only if the folder contains nothing else.
        """
        paths = (self.config, self.credentials, self.sandbox, self.ledgers, self.calls, self.rule_cache)
        return frozenset(path.name for path in paths)

    @property
    def rule_cache(self) -> Path:
        """The path of the folder of the rule cache. It keeps its name of version 0.1.0: `known_rules`."""
        return self.data_dir / "known_rules"


def _folder_from_environment(environ: Mapping[str, str], variable: str, kind: str) -> Path:
    """Return the path of the folder that a variable names, or else of the platform's default folder.

    `kind` is `config` or `data`.
    """
    if named := environ.get(variable):
        try:
            return Path(named).absolute()
        except OSError:  # the working directory was deleted
            raise UsageError(f"{variable} is {quoted(named)}, and the current folder is gone") from None
    import platformdirs

    find = platformdirs.user_config_path if kind == "config" else platformdirs.user_data_path
    return find("loyaltyctl", appauthor=False)
