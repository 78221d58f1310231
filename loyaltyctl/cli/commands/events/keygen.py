"""`events keygen`: generate a test key pair."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from typer import Option

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.file_options import check_file_name
from loyaltyctl.contract.outputs.events import KeyFiles
from loyaltyctl.errors import Conflict
from loyaltyctl.intake import atomic_files

Out = Annotated[
    str,
    Option("--out", metavar="PREFIX", help="Write PREFIX.pem and PREFIX.pub.pem.", show_default=False),
]
PRIVATE_MODE = 0o600
PUBLIC_MODE = 0o644


def keygen(ctx: Context, out: Out) -> None:
    """Generate a test key pair.

    PREFIX.pem is the private key, which signs events; only you can read it.
    PREFIX.pub.pem is the public key, in the format of your app's dashboard. Existing files
    are not overwritten.

    Examples:
      loyaltyctl events keygen --out test
      loyaltyctl events keygen --out keys --json
    """
    from loyaltyctl.tokens.keys import PrivateKey

    ctx.output.check_object(KeyFiles)
    check_file_name(out, "--out", "Give a prefix for the names of two files, such as test.")
    paths = Path(f"{out}.pem"), Path(f"{out}.pub.pem")
    for path in paths:
        if os.path.lexists(path):
            raise Conflict(f"{path} already exists", code="EXISTS", hint="Choose another name, or remove it.")
    # If the second file cannot be written, the first is removed: half a key pair is of no use.
    with ExitStack() as undo:
        modes = (PRIVATE_MODE, PUBLIC_MODE)
        for path, text, mode in zip(paths, PrivateKey.generate().to_pem(), modes, strict=True):
            _write_new_key_file(path, text, mode, undo)
        undo.pop_all()
    ctx.output.show_done(f"{paths[0]} signs, {paths[1]} verifies", KeyFiles(str(paths[0]), str(paths[1])))


def _write_new_key_file(path: Path, text: str, mode: int, undo: ExitStack) -> None:
    """Create one file of the generated key pair; `undo` removes it again if a later step fails."""
    with atomic_files.convert_errors(path):
        # O_EXCL also rejects a symbolic link. The mode applies from the start: nobody else can read the key.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        undo.callback(path.unlink)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
