"""keygen and sign: a pair of keys, and tokens like the vendor's."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from typer import Option

from loyaltyctl.cli.commands.events import options as given
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.public_keys import check_file_name
from loyaltyctl.errors import Conflict
from loyaltyctl.intake import atomic_files

Out = Annotated[
    str,
    Option("--out", metavar="PREFIX", help="Write PREFIX.pem and PREFIX.pub.pem.", show_default=False),
]
PRIVATE = 0o600
PUBLIC = 0o644


def keygen(ctx: Context, out: Out) -> None:
    """Make a pair of keys to sign and check events of one's own with.

    PREFIX.pem is the private key, which nobody else may read; PREFIX.pub.pem is the
    public one, as the vendor's dashboard shows it. Files that are there are left alone.

    Examples:
      loyaltyctl events keygen --out test
      loyaltyctl events keygen --out keys --json
    """
    from loyaltyctl.tokens.keys import PrivateKey

    ctx.output.check_object("private", "public")
    check_file_name(out, "--out", "Give the beginning of the names of two files, such as test.")
    paths = Path(f"{out}.pem"), Path(f"{out}.pub.pem")
    for path in paths:
        if os.path.lexists(path):
            raise Conflict(f"{path} is there already", code="EXISTS", hint="Take another name, or remove it.")
    with ExitStack() as undo:
        for path, text, mode in zip(paths, PrivateKey.generate().to_pem(), (PRIVATE, PUBLIC), strict=True):
            _write_new(path, text, mode, undo)
        undo.pop_all()
    ctx.output.show_done(f"{paths[0]} signs, {paths[1]} checks", private=str(paths[0]), public=str(paths[1]))


def _write_new(path: Path, text: str, mode: int, undo: ExitStack) -> None:
    """Write a file that is not there yet; a link to somewhere else is not followed."""
    with atomic_files.convert_errors(path):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        undo.callback(path.unlink)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)


def sign(ctx: Context, key: given.PrivateKeyFile, recipe: given.Recipe) -> None:
    """Sign an event as the vendor does, and print the token.

    The event is a sample of its type, or one from a file in any shape that `events decode`
    takes. A PATH is the one at which `events decode --json` shows a field; VALUE is text,
    or JSON where the field holds something else.

    Examples:
      loyaltyctl events sign --type program_updated --key test.pem
      loyaltyctl events sign --type account_updated --key test.pem --set entity.points.balance=95
      loyaltyctl -p sandbox events sign --key test.pem --from-rule b690f925-8527-4d5e-b358-4b0adcb275b5
    """
    from loyaltyctl.model.events.samples import to_claims
    from loyaltyctl.tokens.signing import sign

    document = recipe.event(ctx)
    ctx.output.write(f"{sign(to_claims(document), given.private_key(ctx, key))}\n")
