"""What the person has set up: folders, files, settings, the profile, credentials, the webhook key."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from loyaltyctl.cli.commands.doctor.checks import SET, Step, doubtful, fine
from loyaltyctl.config import credentials, files
from loyaltyctl.config.credentials import AppCredential
from loyaltyctl.config.paths import CONFIG_DIR, DATA_DIR
from loyaltyctl.config.permissions import check_writable, contains_only, permissions_of
from loyaltyctl.config.sources import SourceKind
from loyaltyctl.config.specs import SPECS
from loyaltyctl.errors import InvalidData, LoyaltyError, NotAllowed
from loyaltyctl.intake.values import did_you_mean, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from loyaltyctl.cli.commands.doctor.checks import Check, Exam
    from loyaltyctl.config.credentials import Found
    from loyaltyctl.config.permissions import Permissions


def _config_folder(exam: Exam) -> Iterator[Check]:
    folder = exam.ctx.paths.config_dir
    found = permissions_of(folder)
    if found is None:
        yield fine("config folder", f"{folder} is not there yet; it is made when something is stored")
        return
    if not found.is_folder:
        raise LoyaltyError(f"{folder} is not a folder", code="NOT_A_FOLDER", hint=_another(CONFIG_DIR))
    if found.is_writable_by_others:
        raise NotAllowed(
            f"{folder} can be changed by others (mode {found.mode:04o})",
            code="UNSAFE_FOLDER",
            hint=_closing(exam, folder, found, CONFIG_DIR),
        )
    if found.other_owner is not None:
        yield doubtful("config folder", _owned(folder, found.other_owner), _another(CONFIG_DIR))
    if found.is_open:
        seen = f"{folder} can be looked into by others (mode {found.mode:04o})"
        yield doubtful("config folder", seen, _closing(exam, folder, found, CONFIG_DIR))
        return
    try:
        check_writable(folder, CONFIG_DIR)
    except LoyaltyError as error:
        yield doubtful("config folder", f"{error.message}, so nothing can be stored there", error.hint)
    else:
        yield fine("config folder", f"{folder}, mode {found.mode:04o}")


def _config_file(exam: Exam) -> Iterator[Check]:
    path = exam.ctx.paths.config
    wrong = [error for error in exam.ctx.setting_errors if isinstance(error, InvalidData)]
    for error in wrong:
        yield exam.failed("config file", error)
    found = permissions_of(path) if not wrong else None
    if found is None:
        return
    yield from _strangers("config file", path)
    yield from _unknown_settings(path)
    if found.is_writable_by_others:
        open_ = f"{path} can be changed by others (mode {found.mode:04o})"
        yield doubtful("config file", open_, f"Run: chmod 600 {_shell(path)}")
    else:
        yield fine("config file", f"{path}; profiles: {', '.join(exam.ctx.settings.profiles())}")


def _unknown_settings(path: Path) -> Iterator[Check]:
    """Yield names in config.toml that mean nothing where they are, such as `site_id` or `[profile.NAME]`."""
    document = files.read(path)
    own = [name for name, spec in SPECS.items() if spec.per_profile]
    common = [*(name for name in SPECS if name not in own), *files.SECTIONS]
    places: list[tuple[str, Iterable[str], Sequence[str]]] = [("", document, common)]
    places += [(f" in {files.PROFILES}.{name}", said, own) for name, said in document[files.PROFILES].items()]
    for place, said, known in places:
        for name in said:
            if name not in known:
                advice = did_you_mean(name.lower().replace("_", "-"), known, cutoff=0.75)
                ignored = f"{quoted(name)}{place} is not a setting there and is ignored{advice}"
                yield doubtful("config file", ignored, f"Correct it in {path}.")


def _credentials_file(exam: Exam) -> Iterator[Check]:
    path = exam.ctx.paths.credentials
    found = permissions_of(path)
    if found is None:
        return
    stored = files.read_private(path)[files.PROFILES]
    yield from _strangers("credentials file", path)
    names = ", ".join(sorted(stored)) or "no profile"
    yield fine("credentials file", f"{path}, mode {found.mode:04o}; for {names}")


def _strangers(name: str, path: Path) -> Iterator[Check]:
    """Who else a file belongs to."""
    found = permissions_of(path)
    if found is not None and found.other_owner is not None:
        yield doubtful(name, _owned(path, found.other_owner), f'Run: sudo chown "$(id -un)" {_shell(path)}')


def _owned(path: Path, stranger: int) -> str:
    return f"{path} belongs to another user (uid {stranger})"


def _closing(exam: Exam, folder: Path, found: Permissions, variable: str) -> str:
    """How to keep others out: of a folder that nobody else counts on, else by another one."""
    if found.shared or not contains_only(folder, exam.ctx.paths.names):
        return _another(variable)
    return f"Run: chmod 700 {_shell(folder)}"


def _another(variable: str) -> str:
    return f"Name a folder of your own: export {variable}=FOLDER"


def _data_folder(exam: Exam) -> Iterator[Check]:
    folder = exam.ctx.paths.data_dir
    check_writable(folder, DATA_DIR)
    found = permissions_of(folder)
    if found is not None and found.is_writable_by_others:
        open_ = f"{folder} can be changed by others (mode {found.mode:04o})"
        yield doubtful("data folder", open_, _closing(exam, folder, found, DATA_DIR))
        return
    if found is not None and found.is_open:
        seen = f"{folder} can be read by others (mode {found.mode:04o})"
        yield doubtful("data folder", seen, _closing(exam, folder, found, DATA_DIR))
        return
    yield fine("data folder", f"{folder}" if found else f"{folder} is not there yet; it can be made")


def _settings(exam: Exam) -> Iterator[Check]:
    wrong = [error for error in exam.ctx.setting_errors if not isinstance(error, InvalidData)]
    for error in wrong:
        yield exam.failed("settings", error)
    if not wrong:
        settings = exam.ctx.settings
        given = [name for name in SPECS if settings[name].source.kind is not SourceKind.DEFAULT]
        told = (f"{name} ({settings[name].source})" for name in given)
        yield fine("settings", ", ".join(told) or "all as they are by default")


def _profile(exam: Exam) -> Iterator[Check]:
    settings = exam.ctx.settings
    name, source = settings["profile"]
    known = ", ".join(settings.profiles())
    if name is None:
        yield fine("profile", f"none is in use; known are {known}")
    elif name in settings.profiles():
        yield fine("profile", f"{name} ({source})")
    elif source.kind is not SourceKind.FLAG and credentials.variables_set(exam.ctx.console.environ):
        unknown = f"there is no profile {settings.shown_profile()} ({source})"
        unknown += "; the credentials of the environment are used"
        yield doubtful("profile", unknown, f"Known are {known}. Take one of them, or none.")
    else:
        settings.require_profile(name)


def _credentials(exam: Exam) -> Iterator[Check]:
    ctx = exam.ctx
    if exam.in_sandbox:
        yield fine("credentials", "none are needed in the sandbox")
        return
    found = _found(exam)
    server = ctx.settings["base-url"]
    credentials.bound(found, server.value or "", server.source)
    where = f"for {found.bound_to} alone" if found.bound_to else "for whichever server is set"
    kind, masked = found.credential.kind, found.credential.secret.masked()
    yield fine("credentials", f"{kind} {masked} ({found.source}), {where}")
    profile = ctx.settings.profile
    if found.source.kind is SourceKind.ENVIRONMENT and profile:
        if ctx.settings.profile_source is SourceKind.NAMED_PROFILE:
            yield fine("credentials", f"the profile {profile} stores none; using {found.source}")
        elif credentials.load(ctx.paths, profile):
            both = f"{found.source} wins over the credentials that are stored for {profile}"
            following = (
                f"If that is not wanted, name the profile with -p {profile}, or: unset {found.source.name}"
            )
            yield doubtful("credentials", both, following)


def _target(exam: Exam) -> Iterator[Check]:
    if exam.in_sandbox:
        return
    site, account = exam.ctx.settings.target()
    credential = _found(exam).credential
    if isinstance(credential, AppCredential):
        yield fine("target", f"the site of the app's instance {credential.instance_id}")
    elif site.value:
        yield fine("target", f"site {site.value} ({site.source})")
    elif account.value:
        yield doubtful(
            "target",
            f"account {account.value} ({account.source}), but earning rules belong to a site",
            exam.ctx.messages.with_profile("Name the site: loyaltyctl config set site-id ID"),
        )
    else:
        from loyaltyctl.cli.runtime.endpoint import no_target

        raise no_target()


def _webhook_key(exam: Exam) -> Iterator[Check]:
    from loyaltyctl.cli.runtime.public_keys import public_keys

    source = next((setting.source for setting in exam.ctx.settings.public_key() if setting.value), None)
    key = public_keys(exam.ctx.settings, exam.ctx.inputs)
    if key is None or source is None:
        yield fine("webhook key", "none is set, so signatures of events are checked only with --public-key")
    else:
        sizes = " and ".join(f"RSA, {one.rsa.key_size} bits" for one in key.all)
        yield fine("webhook key", f"{sizes} ({source})")


def _found(exam: Exam) -> Found:
    """The credential in use. Raises NotAllowed where there is none."""
    found = exam.ctx.settings.credential()
    if found is None:
        from loyaltyctl.cli.runtime.endpoint import no_credentials  # with all that calls are made with

        raise no_credentials(exam.ctx.settings)
    return found


def _shell(path: Path) -> str:
    return shlex.quote(str(path))


STEPS = (
    Step("config folder", _config_folder),
    Step("config file", _config_file),
    Step("credentials file", _credentials_file),
    Step("data folder", _data_folder),
    Step("settings", _settings),
    Step("profile", _profile, SET),
    Step("credentials", _credentials, (*SET, "profile")),
    Step("target", _target, (*SET, "profile", "credentials")),
    Step("webhook key", _webhook_key, (*SET, "profile")),
)
