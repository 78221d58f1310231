"""Settings: the value of each from the source with the highest precedence.

The name is the same in all sources: `base-url` in config.toml and in `config set base-url`,
LOYALTYCTL_BASE_URL in the environment, where an empty variable counts as unset. The order of `SourceKind`
(sources.py) is the precedence, for settings and for the credential:

    option > profile named by -p, --to or --from > environment > default profile > default
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.config import files
from loyaltyctl.config.sources import DEFAULT, Source, SourceKind, load_by_precedence
from loyaltyctl.config.specs import SPECS
from loyaltyctl.errors import InvalidData, LoyaltyError, NotFound, UsageError
from loyaltyctl.intake.redaction import masked_if_secret
from loyaltyctl.intake.values import did_you_mean, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tomlkit import TOMLDocument

    from loyaltyctl.config.credentials import AppCredential, SourcedCredential
    from loyaltyctl.config.paths import Paths
    from loyaltyctl.config.specs import Spec

SANDBOX = "sandbox"
_TARGETS = ("site-id", "account-id")
"""Mutually exclusive: a call is for a site or for an account."""
_SERVER = "base-url"
_PUBLIC_KEYS = ("public-key", "public-key-file")
"""Mutually exclusive: a webhook public key, or a file with it."""
_EXCLUSIVE = (_TARGETS, _PUBLIC_KEYS)


class Setting(NamedTuple):
    """Value of a setting, None if nothing sets it, and its source."""

    value: str | None
    source: Source


_UNUSED = Setting(None, DEFAULT)


class Settings:
    """All settings of this run."""

    def __init__(
        self,
        paths: Paths,
        environ: Mapping[str, str],
        flags: Mapping[str, str | None],
        file: dict[str, Any] | None = None,
        errors: dict[str, LoyaltyError] | None = None,
    ) -> None:
        """Load the settings of a run; `file` is the content of config.toml if it has been read already.

        If `errors` is given, invalid values are collected there and ignored, except those of options.
        """
        self._paths = paths
        self._environ = environ
        self._flags = flags
        self._path = paths.config
        self._parsed_file = file
        self._errors = errors
        self._may_create = False
        for name, value in flags.items():
            if value is not None:
                self[name]  # raises UsageError for an invalid option

    @cached_property
    def _file(self) -> dict[str, Any]:
        """The content of config.toml, read when first needed: options must work with an invalid file."""
        return files.read(self._path) if self._parsed_file is None else self._parsed_file

    @cached_property
    def profile(self) -> str | None:
        """The profile of this run: the named one, else the default one.

        Raises InvalidData for an invalid config.toml, even if no setting of it is needed, and NotFound if the
        command line names a profile that does not exist: without its settings, those of the environment would
        be used for another site.
        """
        _ = self._file
        name, source = self["profile"]
        if (
            name is not None
            and source.kind is SourceKind.FLAG
            and self._errors is None
            and not self._may_create
        ):
            self.require_profile(name)
        return name

    @property
    def profile_source(self) -> SourceKind:
        """The kind of source that the settings of the profile have."""
        return SourceKind.PROFILE if self._flags.get("profile") is None else SourceKind.NAMED_PROFILE

    @classmethod
    def load_valid(
        cls, paths: Paths, environ: Mapping[str, str], flags: Mapping[str, str | None]
    ) -> tuple[Settings, list[LoyaltyError]]:
        """Load settings, collecting errors instead of raising, except UsageError for an option."""
        errors: dict[str, LoyaltyError] = {}
        try:
            file = files.read(paths.config)
        except InvalidData as error:
            errors[error.message] = error
            file = {name: {} for name in files.SECTIONS}
        settings = cls(paths, environ, flags, file, errors)
        for name in SPECS:
            settings[name]
        return settings, [*errors.values()]

    def with_profile(self, profile: str) -> Settings:
        """Return the settings with another profile, as if the command line named it."""
        _ = self.profile  # raises NotFound for -p NAME, even if another profile replaces it
        return Settings(self._paths, self._environ, {**self._flags, "profile": profile}, self._file)

    def allowing_new_profile(self) -> Settings:
        """Return the settings for a command that may create the named profile."""
        settings = Settings(self._paths, self._environ, self._flags)
        settings._may_create = True
        return settings

    def __getitem__(self, name: str) -> Setting:
        """Return a valid setting. Raises UsageError or InvalidData with the source of an invalid value."""
        spec = SPECS[name]
        for value, source in self._candidates(spec):
            if value is not None:
                try:
                    return Setting(self._checked(spec, value, source), source)
                except LoyaltyError as error:
                    if self._errors is None or source.kind is SourceKind.FLAG:
                        raise
                    self._errors[error.message] = error
        return Setting(spec.default, DEFAULT)

    def profiles(self) -> list[str]:
        """Return the names of the profiles in config.toml, and of the built-in one."""
        return [*sorted(self._file[files.PROFILES]), SANDBOX]

    def suggest_profile(self, name: str) -> str:
        """Return the end of a message about an unknown profile: a similar name, or all names."""
        return did_you_mean(name, self.profiles(), f"known are {', '.join(self.profiles())}")

    def require_profile(self, name: str) -> str:
        """Return the name of a profile that has settings or a credential. Raises NotFound."""
        if (
            name not in self.profiles()
            and name not in files.read_private(self._paths.credentials)[files.PROFILES]
        ):
            shown = masked_if_secret(name)
            raise NotFound(
                f"there is no profile {quoted(shown)}{self.suggest_profile(name)}",
                code="NO_SUCH_PROFILE",
                hint=f"Create it with: loyaltyctl -p {name if shown == name else 'NAME'} auth login",
            )
        return name

    def shown_profile(self) -> str:
        """Return the name of the profile for messages, masked if it is unknown: it may be a misplaced key."""
        name = self.profile or ""
        return name if name in self.profiles() else masked_if_secret(name)

    def credential(self) -> SourcedCredential | None:
        """Return the credential of this run from the environment or the profile, None if there is none."""
        from loyaltyctl.config import credentials

        loaders = {SourceKind.ENVIRONMENT: lambda: credentials.from_environment(self._environ)}
        if profile := self.profile:
            kind = self.profile_source
            loaders[kind] = lambda: credentials.load(self._paths, profile, kind)
        return next((found for _, found in load_by_precedence(loaders)), None)

    def target(self) -> tuple[Setting, Setting]:
        """Return the site id and the account id: only the one with the higher precedence has a value.

        Neither has one for the sandbox, nor for an app, which acts on the site of its instance. Raises
        UsageError if both have the same precedence, or if one of them precedes an app's credential.
        """
        if self.profile == SANDBOX:
            return _UNUSED, _UNUSED
        site, account = self.configured_target()
        app = self._app()
        if app is None:
            return site, account
        _, app_source = app
        for what, (value, source) in (("site", site), ("account", account)):
            if value is not None and source.kind.rank < app_source.kind.rank:
                raise UsageError(
                    f"the {what} {value} ({source}) cannot be used with the credential of an app "
                    f"({app_source}), which acts on the site of its instance only",
                    hint="Sign in to that site with an API key, or name neither a site nor an account.",
                )
        return _UNUSED, _UNUSED

    def configured_target(self) -> tuple[Setting, Setting]:
        """Return the site id and the account id as `target` does, whatever the credential."""
        return self._exclusive(
            _TARGETS,
            "a site id and an account id",
            "Give one of the two. Earning rules belong to a site.",
        )

    def stored_settings(self) -> frozenset[str]:
        """Return the stored settings of a named profile, which precede the environment."""
        if self.profile_source is not SourceKind.NAMED_PROFILE:
            return frozenset()
        own = (name for name, spec in SPECS.items() if spec.per_profile)
        return frozenset(name for name in own if self._stored(name) is not None)

    def exported(self, *names: str) -> list[str]:
        """Return the variables of these settings that are set."""
        variables = (SPECS[name].variable for name in names)
        return [variable for variable in variables if self._environ.get(variable)]

    def instance(self) -> str | None:
        """Return the instance of the app whose credential is used; None for any other credential."""
        app = self._app()
        return app[0].instance_id if app else None

    def _app(self) -> tuple[AppCredential, Source] | None:
        """Return the credential if it is an app's; an invalid one is reported where it is used."""
        from loyaltyctl.config.credentials import AppCredential

        try:
            found = self.credential()
        except LoyaltyError:
            return None
        if found is None or not isinstance(found.credential, AppCredential):
            return None
        return found.credential, found.source

    def public_key(self) -> tuple[Setting, Setting]:
        """Return the webhook public key and the file with it: only one of them has a value.

        Raises UsageError if both have the same precedence.
        """
        return self._exclusive(_PUBLIC_KEYS, "a public key and a file with one", "Give one of the two.")

    def _exclusive(self, names: tuple[str, str], what: str, hint: str) -> tuple[Setting, Setting]:
        first, second = (self[name] for name in names)
        if first.value is None or second.value is None:
            return first, second
        if first.source.kind is second.source.kind:
            raise UsageError(f"both {what} are given ({first.source}, {second.source})", hint=hint)
        precedes = first.source.kind.rank < second.source.kind.rank
        return (first, _UNUSED) if precedes else (_UNUSED, second)

    def _candidates(self, spec: Spec) -> Iterator[tuple[Any, Source]]:
        """Yield the values of a setting from all sources, in the order of precedence."""
        loaders: dict[SourceKind, Callable[[], Any]] = {
            SourceKind.FLAG: lambda: self._flags.get(spec.name),
            SourceKind.ENVIRONMENT: lambda: self._exported(spec),
        }
        if spec.per_profile:
            loaders[self.profile_source] = lambda: self._stored(spec.name)
        else:
            loaders[SourceKind.CONFIG] = lambda: self._file.get(spec.name)
        for kind, value in load_by_precedence(loaders):
            match kind:
                case SourceKind.FLAG:
                    name = f"--{spec.name}"
                case SourceKind.ENVIRONMENT:
                    name = spec.variable
                case SourceKind.CONFIG:
                    name = self._path.name
                case _:
                    name = self.profile or ""
            yield value, Source(kind, name)

    def _exported(self, spec: Spec) -> str | None:
        """Return the value in the environment; site and server do not apply to the sandbox."""
        value = self._environ.get(spec.variable) or None
        selects_site = spec.name in {*_TARGETS, _SERVER}
        return None if value and selects_site and self.profile == SANDBOX else value

    def _stored(self, name: str) -> Any:
        """Return the stored value of the profile; the server defaults to that of its credential."""
        profile = self.profile or ""
        value = self._file[files.PROFILES].get(profile, {}).get(name)
        if value is None and name == _SERVER and profile:
            from loyaltyctl.config import credentials

            return credentials.stored_origin(self._paths, profile)
        return value

    def _checked(self, spec: Spec, value: Any, source: Source) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            hint = f"Correct it in {self._path}."
            raise InvalidData(f"{self._path}: {spec.name} must be text or a number", hint=hint)
        try:
            return spec.check(str(value))
        except UsageError as error:
            hint = error.hint or self._remedy(source)
            raise UsageError(f"{spec.name} ({source}): {error.message}", hint=hint) from None

    def _remedy(self, source: Source) -> str:
        match source.kind:
            case SourceKind.ENVIRONMENT:
                return f"Correct it, or: unset {source.name}"
            case SourceKind.PROFILE | SourceKind.NAMED_PROFILE | SourceKind.CONFIG:
                return f"Correct it in {self._path}."
            case _:
                return ""


def store(paths: Paths, name: str, value: str | None, profile: str | None) -> None:
    """Write a setting to config.toml, or remove it if `value` is None."""
    values = {name: None if value is None else SPECS[name].check(value)}
    if value is not None:
        for exclusive in _EXCLUSIVE:
            values = dict.fromkeys(exclusive) | values if name in exclusive else values
    with files.editing(paths.config) as document:
        _put(document, values, profile)


def add_profile(paths: Paths, name: str, values: Mapping[str, str | None]) -> str:
    """Write settings of a profile; return the default profile, which the first profile becomes."""
    with files.editing(paths.config) as document:
        _put(document, values, name)
        return str(document.setdefault("profile", name))


def _put(document: TOMLDocument, values: Mapping[str, str | None], profile: str | None) -> None:
    """Write settings to their tables, and remove those that are None."""
    import tomlkit

    for name, value in values.items():
        table: Any = document
        if SPECS[name].per_profile:
            table = files.section(document, files.PROFILES).setdefault(profile, tomlkit.table())
        if value is None:
            table.pop(name, None)
        else:
            table[name] = value
