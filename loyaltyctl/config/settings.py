"""Settings: their names, where each may come from, and which source won.

One table says it all. A name is the same everywhere: `base-url` in config.toml, in
`config set base-url`, and LOYALTYCTL_BASE_URL in the environment, where an empty
variable counts as unset.
"""

from __future__ import annotations

import re
from base64 import b64decode
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.config import files
from loyaltyctl.config.formats import Format
from loyaltyctl.config.origins import DEFAULT_BASE_URL, Origin, Source, server_origin
from loyaltyctl.errors import InvalidData, LoyaltyError, NotFound, UsageError
from loyaltyctl.intake.values import guid, meant, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tomlkit import TOMLDocument

    from loyaltyctl.config.paths import Paths

SANDBOX = "sandbox"
_TARGETS = ("site-id", "account-id")
"""What calls are for: one of the two."""
_PUBLIC_KEYS = ("public-key", "public-key-file")
"""What signatures of events are checked with, or the file that it is in: one of the two."""
_EITHER = (_TARGETS, _PUBLIC_KEYS)
MAX_TIMEOUT = 3600.0
MAX_RETRIES = 10

_LIST = b"\x30"
_PROFILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


class Spec(NamedTuple):
    """One setting: how its text is checked, whether each profile has its own, and its default."""

    name: str
    check: Callable[[str], str]
    help: str
    per_profile: bool = False
    default: str | None = None

    @property
    def variable(self) -> str:
        return f"LOYALTYCTL_{self.name.upper().replace('-', '_')}"


def profile_name(text: str) -> str:
    """`text`, when a profile can have that name."""
    if not _PROFILE_NAME.fullmatch(text):
        raise UsageError(f"a profile's name has letters, digits, dots and dashes, got {quoted(text)}")
    return text


def _seconds(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text) or not 0 < float(text) <= MAX_TIMEOUT:
        raise UsageError(f"must be seconds, more than 0 and at most {MAX_TIMEOUT:.0f}, got {quoted(text)}")
    return text


def _tries(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,2}", text) or int(text) > MAX_RETRIES:
        raise UsageError(f"must be a whole number from 0 to {MAX_RETRIES}, got {quoted(text)}")
    return text


def _format(text: str) -> str:
    if text not in [*Format]:
        raise UsageError(f"must be one of {' '.join(Format)}, got {quoted(text)}")
    return text


def _public_key(text: str) -> str:
    """`text`, when it can be a public key; a private one is kept nowhere."""
    written = text
    if "-----BEGIN" not in text:
        try:
            data = b64decode("".join(text.split()), validate=True)
        except ValueError:
            data = b""
        # In its bytes a public key has a list where a private one has the number of its version.
        written = "PUBLIC KEY" if data[4:5] == _LIST else data.decode("ascii", "replace")
    if "PUBLIC KEY" not in written or "PRIVATE KEY" in written:
        raise UsageError(
            "must be a public key",
            hint="It begins with BEGIN PUBLIC KEY, or is the base64 of that. The private one is no setting.",
        )
    return text


SPECS = {
    spec.name: spec
    for spec in (
        Spec("profile", profile_name, "the profile that is used when -p names none"),
        Spec(
            "site-id", lambda text: guid(text, "a site id"), "the site that calls are for", per_profile=True
        ),
        Spec(
            "account-id",
            lambda text: guid(text, "an account id"),
            "the account that calls are for",
            per_profile=True,
        ),
        Spec(
            "base-url",
            server_origin,
            "the server that calls go to",
            per_profile=True,
            default=DEFAULT_BASE_URL,
        ),
        Spec(
            "public-key", _public_key, "the webhook public key that events are checked with", per_profile=True
        ),
        Spec(
            "public-key-file",
            lambda text: str(Path(text).absolute()),
            "the file that the webhook public key is in",
            per_profile=True,
        ),
        Spec("output", _format, "the output format"),
        Spec("timeout", _seconds, "seconds for one whole call", default="60"),
        Spec("retries", _tries, "extra tries after one that failed", default="2"),
    )
}


class Setting(NamedTuple):
    """A setting's value, which is None where nothing sets it, and where it came from."""

    value: str | None
    origin: Origin


class Settings:
    """All settings of this run."""

    def __init__(
        self,
        paths: Paths,
        environ: Mapping[str, str],
        flags: Mapping[str, str | None],
        file: dict[str, Any] | None = None,
        faults: dict[str, LoyaltyError] | None = None,
    ) -> None:
        """Settings of a run; `file` is what config.toml says, where that has been read.

        Where `faults` are collected, what is wrong is put there and left out, unless it is a flag.
        """
        self._paths = paths
        self._environ = environ
        self._flags = flags
        self._path = paths.config
        if file is not None:
            self._file = file
        self._faults = faults
        for name, value in flags.items():
            if value is not None:
                self[name]  # what is given for this run is right, or the run ends here

    @cached_property
    def _file(self) -> dict[str, Any]:
        """What config.toml says; read for what nothing stronger sets, so that it stops nothing else."""
        return files.read(self._path)

    @cached_property
    def profile(self) -> str | None:
        """The profile in use. What is set for it comes next, so a file that is wrong is told now."""
        _ = self._file
        return self["profile"].value

    @classmethod
    def forgiving(
        cls, paths: Paths, environ: Mapping[str, str], flags: Mapping[str, str | None]
    ) -> tuple[Settings, list[LoyaltyError]]:
        """Settings without those that are wrong, and what is wrong with them. A wrong flag is UsageError."""
        faults: dict[str, LoyaltyError] = {}
        try:
            file = files.read(paths.config)
        except InvalidData as error:
            faults[error.message] = error
            file = {name: {} for name in files.SECTIONS}
        settings = cls(paths, environ, flags, file, faults)
        for name in SPECS:
            settings[name]
        return settings, [*faults.values()]

    def of(self, profile: str) -> Settings:
        """The same with another profile in use."""
        return Settings(self._paths, self._environ, {**self._flags, "profile": profile}, self._file)

    def __getitem__(self, name: str) -> Setting:
        """The setting `name`, checked; an error says where the wrong value came from."""
        spec = SPECS[name]
        for value, origin in self._candidates(spec):
            if value is not None:
                try:
                    return Setting(self._checked(spec, value, origin), origin)
                except LoyaltyError as error:
                    if self._faults is None or origin.source is Source.FLAG:
                        raise
                    self._faults[error.message] = error
        return Setting(spec.default, Origin(Source.DEFAULT))

    def profiles(self) -> list[str]:
        """The names of the profiles in config.toml, and the built-in one."""
        return [*sorted(self._file[files.PROFILES]), SANDBOX]

    def other_than(self, name: str) -> str:
        """How a message about a profile that is none goes on."""
        return meant(name, self.profiles(), f"known are {', '.join(self.profiles())}")

    def require_profile(self, name: str) -> str:
        """`name`, when there is such a profile."""
        if name not in self.profiles():
            raise NotFound(
                f"there is no profile {quoted(name)}{self.other_than(name)}",
                code="NO_SUCH_PROFILE",
                hint=f"Make it with: loyaltyctl -p {name} auth login",
            )
        return name

    def target(self) -> tuple[Setting, Setting]:
        """The site id and the account id, of which the stronger one counts. Raises UsageError for a tie."""
        return self._stronger(
            _TARGETS,
            "a site id and an account id",
            "A call is for one of the two. Earning rules belong to a site.",
        )

    def public_key(self) -> tuple[Setting, Setting]:
        """The webhook public key and the file that it is in, of which the stronger one counts.

        Raises UsageError for a tie.
        """
        return self._stronger(_PUBLIC_KEYS, "a public key and a file with one", "Give one of the two.")

    def _stronger(self, names: tuple[str, str], what: str, hint: str) -> tuple[Setting, Setting]:
        one, other = (self[name] for name in names)
        if one.value is None or other.value is None:
            return one, other
        order = [*Source]
        stronger = order.index(one.origin.source) - order.index(other.origin.source)
        if stronger == 0:
            raise UsageError(f"both {what} are given ({one.origin}, {other.origin})", hint=hint)
        unused = Setting(None, Origin(Source.DEFAULT))
        return (one, unused) if stronger < 0 else (unused, other)

    def _candidates(self, spec: Spec) -> Iterator[tuple[Any, Origin]]:
        yield self._flags.get(spec.name), Origin(Source.FLAG, f"--{spec.name}")
        yield self._environ.get(spec.variable) or None, Origin(Source.ENVIRONMENT, spec.variable)
        if spec.per_profile:
            own = self._file[files.PROFILES].get(self.profile or "", {})
            yield own.get(spec.name), Origin(Source.PROFILE, self.profile or "")
        else:
            yield self._file.get(spec.name), Origin(Source.CONFIG, self._path.name)

    def _checked(self, spec: Spec, value: Any, origin: Origin) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            where = f"Correct it in {self._path}."
            raise InvalidData(f"{self._path}: {spec.name} must be text or a number", hint=where)
        try:
            return spec.check(str(value))
        except UsageError as error:
            hint = error.hint or self._remedy(origin)
            raise UsageError(f"{spec.name} ({origin}): {error.message}", hint=hint) from None

    def _remedy(self, origin: Origin) -> str:
        match origin.source:
            case Source.ENVIRONMENT:
                return f"Correct it, or: unset {origin.name}"
            case Source.PROFILE | Source.CONFIG:
                return f"Correct it in {self._path}."
            case _:
                return ""


def store(paths: Paths, name: str, value: str | None, profile: str | None) -> None:
    """Write a setting to config.toml, or remove it where `value` is None."""
    values = {name: None if value is None else SPECS[name].check(value)}
    if value is not None:
        for either in _EITHER:
            values = dict.fromkeys(either) | values if name in either else values
    with files.changing(paths.config) as document:
        _put(document, values, profile)


def add_profile(paths: Paths, name: str, values: Mapping[str, str | None]) -> str:
    """Write these settings of a profile; returns the profile in use, which the first one becomes."""
    with files.changing(paths.config) as document:
        _put(document, values, name)
        return str(document.setdefault("profile", name))


def _put(document: TOMLDocument, values: Mapping[str, str | None], profile: str | None) -> None:
    """Write settings where they belong, and remove those that are None."""
    import tomlkit

    for name, value in values.items():
        table: Any = document
        if SPECS[name].per_profile:
            table = files.section(document, files.PROFILES).setdefault(profile, tomlkit.table())
        table.pop(name, None)
        if value is not None:
            table[name] = value
