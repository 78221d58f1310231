"""Load the public keys for verifying webhook events, from files or from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.cli.runtime.file_options import FILE_HINT, check_file_names
from loyaltyctl.intake.documents import display_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.cli.runtime.inputs import Inputs
    from loyaltyctl.config.settings import Settings
    from loyaltyctl.tokens.keys import PublicKey, PublicKeys

_KEY_HINT = f"{FILE_HINT} Or put the text of the key into LOYALTYCTL_PUBLIC_KEY."


def public_keys(
    settings: Settings, inputs: Inputs, paths: Sequence[str] | None = None
) -> PublicKey | PublicKeys | None:
    """Return the public keys in the files at `paths`, or else the public key in the settings.

    Returns None if there are no paths and the settings have no public key.
    """
    texts: list[tuple[str, str]] = []
    if not paths:
        text, path = (setting.value for setting in settings.public_key())
        texts, paths = ([] if text is None else [(text, "the public key")]), ([] if path is None else [path])
    check_file_names(paths, "--public-key", _KEY_HINT)
    texts += [(inputs.read_text(path), display_name(path)) for path in paths]
    if not texts:
        return None
    # Imported only if there is a key: cryptography is slow to load.
    from loyaltyctl.tokens.keys import PublicKeys

    return PublicKeys.parse(texts)
