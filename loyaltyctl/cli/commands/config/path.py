"""`loyaltyctl config path`: print the paths of the configuration files."""

from __future__ import annotations

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.outputs.settings import ConfigFiles


def path(ctx: Context) -> None:
    """Print the paths of the configuration files and of the data folder.

    Examples:
      loyaltyctl config path
      loyaltyctl config path --json
    """
    paths = ctx.paths
    ctx.output.show_object(ConfigFiles(str(paths.config), str(paths.credentials), str(paths.data_dir)))
