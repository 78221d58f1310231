"""Checks of `doctor` for the configuration: folders, files, settings, profile, credentials, webhook key."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from loyaltyctl.cli.commands.doctor.checks import SETTINGS, Check, failure, in_sandbox, ok, warning
from loyaltyctl.config import credentials, toml_files
from loyaltyctl.config.credentials import AppCredential
from loyaltyctl.config.paths import CONFIG_DIR, DATA_DIR
from loyaltyctl.config.permissions import check_writable, contains_only, permissions_of
from loyaltyctl.config.sources import SourceKind
from loyaltyctl.config.specs import SPECS
from loyaltyctl.errors import InvalidData, LoyaltyError, NotAllowed
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from loyaltyctl.cli.commands.doctor.checks import Result
    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.config.credentials import SourcedCredential
    from loyaltyctl.config.permissions import Permissions


def _check_config_folder(ctx: Context) -> Iterator[Result]:
    """Check that the configuration folder is private and writable."""
    folder = ctx.paths.config_dir
    found = permissions_of(folder)
    if found is None:
        yield ok("config folder", f"{folder} does not exist yet; it is created when something is stored")
        return
    if not found.is_folder:
        raise LoyaltyError(
            f"{folder} is not a folder", code="NOT_A_FOLDER", hint=_own_folder_hint(CONFIG_DIR)
        )
    # An error, not a warning: other users who can write there can replace the server that gets the API key.
    if found.is_writable_by_others:
        hint = _permissions_hint(ctx, folder, found, CONFIG_DIR)
        raise NotAllowed(_open_to_others_message(folder, found), code="UNSAFE_FOLDER", hint=hint)
    if found.other_owner is not None:
        yield warning(
            "config folder", _other_owner_message(folder, found.other_owner), _own_folder_hint(CONFIG_DIR)
        )
    if found.is_open:
        yield warning(
            "config folder",
            _open_to_others_message(folder, found),
            _permissions_hint(ctx, folder, found, CONFIG_DIR),
        )
        return
    try:
        check_writable(folder, CONFIG_DIR)
    except LoyaltyError as error:
        yield warning("config folder", f"{error.message}, so nothing can be stored there", error.hint)
    else:
        yield ok("config folder", f"{folder}, mode {found.mode:04o}")


def _check_config_file(ctx: Context) -> Iterator[Result]:
    """Check that the configuration file is valid, that the user owns it, and that all settings are known."""
    path = ctx.paths.config
    errors = [error for error in ctx.setting_errors if isinstance(error, InvalidData)]
    for error in errors:
        yield failure(ctx, "config file", error)
    found = permissions_of(path) if not errors else None
    if found is None:
        return
    yield from _check_owner("config file", path, found)
    yield from _check_setting_names(path)
    if found.is_writable_by_others:
        yield warning(
            "config file", _open_to_others_message(path, found), f"Run: chmod 600 {shlex.quote(str(path))}"
        )
    else:
        yield ok("config file", f"{path}; profiles: {', '.join(ctx.settings.profiles())}")


def _check_setting_names(path: Path) -> Iterator[Result]:
    """Yield a warning for each unknown name in config.toml, such as `site_id` instead of `site-id`."""
    document = toml_files.read_toml(path)
    own = [name for name, spec in SPECS.items() if spec.per_profile]
    common = [*(name for name in SPECS if name not in own), *toml_files.SECTIONS]
    tables: list[tuple[str, Iterable[str], Sequence[str]]] = [("", document, common)]
    tables += [
        (f" in {toml_files.PROFILES}.{name}", table, own)
        for name, table in document[toml_files.PROFILES].items()
    ]
    for place, table, known in tables:
        for name in table:
            if name not in known:
                advice = did_you_mean(name.lower().replace("_", "-"), known, cutoff=0.75)
                ignored = f"{quoted(name)}{place} is not a setting there and is ignored{advice}"
                yield warning("config file", ignored, f"Correct it in {path}.")


def _check_credentials_file(ctx: Context) -> Iterator[Result]:
    """Check the configuration file credentials.toml: its format and its owner; list its profiles."""
    path = ctx.paths.credentials
    found = permissions_of(path)
    if found is None:
        return
    stored = toml_files.read_private_toml(path)[toml_files.PROFILES]
    yield from _check_owner("credentials file", path, found)
    names = ", ".join(sorted(stored)) or "no profile"
    yield ok("credentials file", f"{path}, mode {found.mode:04o}; for {names}")


def _check_owner(name: str, path: Path, found: Permissions) -> Iterator[Result]:
    """Check that a configuration file belongs to the user; yield a warning if it does not."""
    if found.other_owner is not None:
        chown = f'Run: sudo chown "$(id -un)" {shlex.quote(str(path))}'
        yield warning(name, _other_owner_message(path, found.other_owner), chown)


def _other_owner_message(path: Path, uid: int) -> str:
    """Return the message of `doctor` for a configuration file or folder of another user."""
    return f"{path} belongs to another user (uid {uid})"


def _open_to_others_message(path: Path, found: Permissions) -> str:
    """Return the message of `doctor` for a configuration file or folder that others can read or change."""
    access = "changed" if found.is_writable_by_others else "read"
    return f"{path} can be {access} by others (mode {found.mode:04o})"


def _permissions_hint(ctx: Context, folder: Path, found: Permissions, variable: str) -> str:
    """Return the next step of `doctor` for a configuration or data folder that others can access.

    If only loyaltyctl uses the folder, the next step is to run chmod. Otherwise, it is to set `variable`
    to another folder.
    """
    if found.is_shared or not contains_only(folder, ctx.paths.names):
        return _own_folder_hint(variable)
    return f"Run: chmod 700 {shlex.quote(str(folder))}"


def _own_folder_hint(variable: str) -> str:
    """Return the hint of `doctor` to use another configuration or data folder, named by `variable`."""
    return f"Name a folder of your own: export {variable}=FOLDER"


def _check_data_folder(ctx: Context) -> Iterator[Result]:
    """Check that the configured data folder is private and writable."""
    folder = ctx.paths.data_dir
    check_writable(folder, DATA_DIR)
    found = permissions_of(folder)
    if found is not None and found.is_open:
        yield warning(
            "data folder",
            _open_to_others_message(folder, found),
            _permissions_hint(ctx, folder, found, DATA_DIR),
        )
        return
    yield ok("data folder", f"{folder}" if found else f"{folder} does not exist yet; it can be created")


def _check_settings(ctx: Context) -> Iterator[Result]:
    """Check that all configured settings are valid, and list them with their sources."""
    errors = [error for error in ctx.setting_errors if not isinstance(error, InvalidData)]
    for error in errors:
        yield failure(ctx, "settings", error)
    if not errors:
        settings = ctx.settings
        changed = [name for name in SPECS if settings[name].source.kind is not SourceKind.DEFAULT]
        sources = (f"{name} ({settings[name].source})" for name in changed)
        yield ok("settings", ", ".join(sources) or "all have their defaults")


def _check_profile(ctx: Context) -> Iterator[Result]:
    """Check that the profile in use exists in the configuration."""
    settings = ctx.settings
    name, source = settings["profile"]
    known = ", ".join(settings.profiles())
    if name is None:
        yield ok("profile", f"none in use; known are {known}")
    elif name in settings.profiles():
        yield ok("profile", f"{name} ({source})")
    # Only a warning: with credentials in the environment, commands work without the profile.
    elif source.kind is not SourceKind.FLAG and credentials.variables_set(ctx.console.environ):
        unknown = f"there is no profile {settings.shown_profile()} ({source})"
        unknown += "; the credentials of the environment are used"
        yield warning("profile", unknown, f"Known are {known}. Use one of them, or none.")
    else:
        settings.require_profile(name)


def _check_credentials(ctx: Context) -> Iterator[Result]:
    """Check that a credential for the server in use is configured, and warn if a variable overrides it."""
    if in_sandbox(ctx):
        yield ok("credentials", "none needed in the sandbox")
        return
    found = _credential_in_use(ctx)
    server = ctx.settings["base-url"]
    credentials.credential_for(found, server.value or "", server.source)
    where = f"for {found.bound_to} only" if found.bound_to else "for any server"
    kind, masked = found.credential.kind, found.credential.secret.masked()
    yield ok("credentials", f"{kind} {masked} ({found.source}), {where}")
    profile = ctx.settings.profile
    if found.source.kind is SourceKind.ENVIRONMENT and profile:
        if ctx.settings.profile_source is SourceKind.NAMED_PROFILE:
            yield ok("credentials", f"the profile {profile} stores none; using {found.source}")
        elif credentials.load(ctx.paths, profile):
            overridden = f"{found.source} overrides the stored credentials of {profile}"
            use_stored = f"To use the stored ones: -p {profile}, or: unset {found.source.name}"
            yield warning("credentials", overridden, use_stored)


def _check_site(ctx: Context) -> Iterator[Result]:
    """Check that a site id is configured: earning rules belong to a site, not to an account."""
    if in_sandbox(ctx):
        return
    site, account = ctx.settings.target()
    credential = _credential_in_use(ctx).credential
    if isinstance(credential, AppCredential):
        yield ok("target", f"the site of the app's instance {credential.instance_id}")
    elif site.value:
        yield ok("target", f"site {site.value} ({site.source})")
    elif account.value:
        yield warning(
            "target",
            f"account {account.value} ({account.source}), but earning rules belong to a site",
            ctx.messages.with_profile("Name the site: loyaltyctl config set site-id ID"),
        )
    else:
        from loyaltyctl.cli.runtime.endpoint import no_target

        raise no_target()


def _check_webhook_key(ctx: Context) -> Iterator[Result]:
    """Check that the public key for webhooks is valid, if the configuration has one."""
    from loyaltyctl.cli.runtime.public_keys import public_keys

    source = next((setting.source for setting in ctx.settings.public_key() if setting.value), None)
    key = public_keys(ctx.settings, ctx.inputs)
    if key is None or source is None:
        yield ok("webhook key", "none is set; signatures are checked only with --public-key")
    else:
        sizes = " and ".join(f"RSA, {one.rsa.key_size} bits" for one in key.all)
        yield ok("webhook key", f"{sizes} ({source})")


def _credential_in_use(ctx: Context) -> SourcedCredential:
    """Return the credential of the configuration that `doctor` checks. Raises NotAllowed if there is none."""
    found = ctx.settings.credential()
    if found is None:
        from loyaltyctl.cli.runtime.endpoint import no_credentials

        raise no_credentials(ctx.settings)
    return found


CHECKS = (
    Check("config folder", _check_config_folder),
    Check("config file", _check_config_file),
    Check("credentials file", _check_credentials_file),
    Check("data folder", _check_data_folder),
    Check("settings", _check_settings),
    Check("profile", _check_profile, SETTINGS),
    Check("credentials", _check_credentials, (*SETTINGS, "profile")),
    Check("target", _check_site, (*SETTINGS, "profile", "credentials")),
    Check("webhook key", _check_webhook_key, (*SETTINGS, "profile")),
)
