"""Settings of a run: the value of each setting from the source with the highest precedence.

A setting such as `base-url` has this name in config.toml and in `config set`; its environment variable is
LOYALTYCTL_BASE_URL. An empty variable counts as unset. The order of `SourceKind` (sources.py) is the
precedence of settings and of credentials:

    option > profile named by -p, --to or --from > environment > default profile > config.toml > default
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.config import SANDBOX, toml_files
from loyaltyctl.config.sources import DEFAULT, Source, SourceKind, load_by_precedence
from loyaltyctl.config.specs import SPECS
from loyaltyctl.errors import InvalidData, LoyaltyError, NotFound, UsageError
from loyaltyctl.intake.redaction import masked_if_secret
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tomlkit import TOMLDocument

    from loyaltyctl.config.credentials import AppCredential, SourcedCredential
    from loyaltyctl.config.paths import Paths
    from loyaltyctl.config.specs import Spec

_TARGET_SETTINGS = ("site-id", "account-id")
"""Mutually exclusive: an API call is for a site or for an account."""
_SERVER_SETTING = "base-url"
_PUBLIC_KEY_SETTINGS = ("public-key", "public-key-file")
"""Mutually exclusive: a webhook public key, or a file that contains it."""
_MUTUALLY_EXCLUSIVE = (_TARGET_SETTINGS, _PUBLIC_KEY_SETTINGS)


class Setting(NamedTuple):
    """Value of one setting, and the source of the value; the value is None if no source has one."""

    value: str | None
    source: Source


_NOT_USED = Setting(None, DEFAULT)


class Settings:
    """Settings of one run. Options, environment and config.toml are read when a setting is needed."""

    def __init__(
        self,
        paths: Paths,
        environ: Mapping[str, str],
        flags: Mapping[str, str | None],
        file: dict[str, Any] | None = None,
        errors: dict[str, LoyaltyError] | None = None,
    ) -> None:
        """Prepare the settings of a run. Raises UsageError for an invalid option in `flags`.

        `file` is the content of config.toml, if it was read already. If `errors` is given, an invalid value
        from another source is ignored, and its error is added to `errors`.
        """
        self._paths = paths
        self._environ = environ
        self._flags = flags
        self._parsed_file = file
        self._errors = errors
        self._may_create = False
        for name, value in flags.items():
            if value is not None:
                self[name]  # raises UsageError for an invalid option

    @cached_property
    def _config_document(self) -> dict[str, Any]:
        """The settings in config.toml, read on first use so that an invalid file cannot disable options."""
        return toml_files.read_toml(self._paths.config) if self._parsed_file is None else self._parsed_file

    @cached_property
    def profile(self) -> str | None:
        """The profile whose settings this run uses: the one on the command line, or else the default one.

        Raises InvalidData if config.toml is invalid, even if none of its settings is needed. Raises NotFound
        if the command line names a profile that does not exist.
        """
        # Without these errors, the environment would replace the profile, and may select another site.
        _ = self._config_document
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
        """The source of the profile's settings: NAMED_PROFILE if the command line names the profile."""
        return SourceKind.PROFILE if self._flags.get("profile") is None else SourceKind.NAMED_PROFILE

    @classmethod
    def load_valid(
        cls, paths: Paths, environ: Mapping[str, str], flags: Mapping[str, str | None]
    ) -> tuple[Settings, list[LoyaltyError]]:
        """Load all settings, ignoring invalid values; return the settings, and the errors of these values.

        Raises UsageError for an invalid option.
        """
        errors: dict[str, LoyaltyError] = {}
        try:
            file = toml_files.read_toml(paths.config)
        except InvalidData as error:
            errors[error.message] = error
            file = {name: {} for name in toml_files.SECTIONS}
        settings = cls(paths, environ, flags, file, errors)
        for name in SPECS:
            settings[name]
        return settings, [*errors.values()]

    def with_profile(self, profile: str) -> Settings:
        """Return the settings of a run whose command line names this profile."""
        _ = self.profile  # raises NotFound for -p NAME, even if another profile replaces it
        flags = {**self._flags, "profile": profile}
        return Settings(self._paths, self._environ, flags, self._config_document)

    def allowing_new_profile(self) -> Settings:
        """Return the settings for a command that may create the profile that the command line names."""
        settings = Settings(self._paths, self._environ, self._flags)
        settings._may_create = True
        return settings

    def __getitem__(self, name: str) -> Setting:
        """Return the setting with this name. Raises UsageError or InvalidData for an invalid value."""
        spec = SPECS[name]
        for value, source in self._values_by_precedence(spec):
            if value is not None:
                try:
                    return Setting(self._validated_value(spec, value, source), source)
                except LoyaltyError as error:
                    if self._errors is None or source.kind is SourceKind.FLAG:
                        raise
                    self._errors[error.message] = error
        return Setting(spec.default, DEFAULT)

    def profiles(self) -> list[str]:
        """Return the names of the profiles that have settings in config.toml, and of the built-in profile."""
        return [*sorted(self._config_document[toml_files.PROFILES]), SANDBOX]

    def suggest_profile(self, name: str) -> str:
        """Return the advice at the end of an error about an unknown profile: a similar name, or all names."""
        return did_you_mean(name, self.profiles(), f"known are {', '.join(self.profiles())}")

    def require_profile(self, name: str) -> str:
        """Return `name` if the profile has settings or a credential; otherwise raise NotFound."""
        if (
            name not in self.profiles()
            and name not in toml_files.read_private_toml(self._paths.credentials)[toml_files.PROFILES]
        ):
            shown = masked_if_secret(name)
            raise NotFound(
                f"there is no profile {quoted(shown)}{self.suggest_profile(name)}",
                code="NO_SUCH_PROFILE",
                hint=f"Create it with: loyaltyctl -p {name if shown == name else 'NAME'} auth login",
            )
        return name

    def shown_profile(self) -> str:
        """Return the name of the profile for messages about these settings.

        If no profile has this name, it may be a key typed by mistake: a name that looks like one is masked.
        """
        name = self.profile or ""
        return name if name in self.profiles() else masked_if_secret(name)

    def credential(self) -> SourcedCredential | None:
        """Return the credential that belongs to these settings, from the environment or the profile.

        Return None if neither has one.
        """
        from loyaltyctl.config import credentials

        loaders = {SourceKind.ENVIRONMENT: lambda: credentials.from_environment(self._environ)}
        if profile := self.profile:
            kind = self.profile_source
            loaders[kind] = lambda: credentials.load(self._paths, profile, kind)
        return next((found for _, found in load_by_precedence(loaders)), None)

    def target(self) -> tuple[Setting, Setting]:
        """Return the settings site-id and account-id. At most one of the two has a value.

        Neither has a value for the sandbox, or with an app credential: an app acts on its own site. Raises
        UsageError if one kind of source sets both, or if a source with precedence over the app credential
        sets one, such as --site-id.
        """
        if self.profile == SANDBOX:
            return _NOT_USED, _NOT_USED
        site, account = self.configured_target()
        app = self._app_credential()
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
        return _NOT_USED, _NOT_USED

    def configured_target(self) -> tuple[Setting, Setting]:
        """Return the settings site-id and account-id as configured; an app credential uses neither."""
        return self._exclusive_settings(
            _TARGET_SETTINGS,
            "a site id and an account id",
            "Give one of the two. Earning rules belong to a site.",
        )

    def stored_settings(self) -> frozenset[str]:
        """Return the names of the settings that the profile named by -p stores; empty without -p.

        Environment variables do not override these settings.
        """
        if self.profile_source is not SourceKind.NAMED_PROFILE:
            return frozenset()
        own = (name for name, spec in SPECS.items() if spec.per_profile)
        return frozenset(name for name in own if self._value_in_profile(name) is not None)

    def exported(self, *names: str) -> list[str]:
        """Return the names of the environment variables that set any of the settings in `names`."""
        variables = (SPECS[name].variable for name in names)
        return [variable for variable in variables if self._environ.get(variable)]

    @property
    def timeout(self) -> float:
        """Return the value of the setting `timeout`, in seconds."""
        return float(self["timeout"].value or 0)

    def instance(self) -> str | None:
        """Return the instance id in the app credential of these settings; None without an app credential."""
        app = self._app_credential()
        return app[0].instance_id if app else None

    def _app_credential(self) -> tuple[AppCredential, Source] | None:
        """Return the app credential that these settings use, and its source.

        Return None if they use an API key or no credential. Return None also for an invalid credential: the
        first API call reports its error.
        """
        from loyaltyctl.config.credentials import AppCredential

        try:
            found = self.credential()
        except LoyaltyError:
            return None
        if found is None or not isinstance(found.credential, AppCredential):
            return None
        return found.credential, found.source

    def public_key(self) -> tuple[Setting, Setting]:
        """Return the settings public-key and public-key-file; at most one of them has a value.

        Raises UsageError if both are set by the same kind of source.
        """
        return self._exclusive_settings(
            _PUBLIC_KEY_SETTINGS, "a public key and a file with one", "Give one of the two."
        )

    def _exclusive_settings(self, names: tuple[str, str], what: str, hint: str) -> tuple[Setting, Setting]:
        """Return two mutually exclusive settings; only the one with the higher precedence keeps its value.

        Raises UsageError if both are set by the same kind of source.
        """
        first, second = (self[name] for name in names)
        if first.value is None or second.value is None:
            return first, second
        if first.source.kind is second.source.kind:
            raise UsageError(f"both {what} are given ({first.source}, {second.source})", hint=hint)
        precedes = first.source.kind.rank < second.source.kind.rank
        return (first, _NOT_USED) if precedes else (_NOT_USED, second)

    def _values_by_precedence(self, spec: Spec) -> Iterator[tuple[Any, Source]]:
        """Yield each value that a setting has, with its source, highest precedence first."""
        loaders: dict[SourceKind, Callable[[], Any]] = {
            SourceKind.FLAG: lambda: self._flags.get(spec.name),
            SourceKind.ENVIRONMENT: lambda: self._value_in_environment(spec),
        }
        if spec.per_profile:
            loaders[self.profile_source] = lambda: self._value_in_profile(spec.name)
        else:
            loaders[SourceKind.CONFIG] = lambda: self._config_document.get(spec.name)
        for kind, value in load_by_precedence(loaders):
            match kind:
                case SourceKind.FLAG:
                    name = f"--{spec.name}"
                case SourceKind.ENVIRONMENT:
                    name = spec.variable
                case SourceKind.CONFIG:
                    name = self._paths.config.name
                case _:
                    name = self.profile or ""
            yield value, Source(kind, name)

    def _value_in_environment(self, spec: Spec) -> str | None:
        """Return the value of a setting in the environment; None if no variable sets it.

        The variables that select a site or server do not apply to the sandbox.
        """
        value = self._environ.get(spec.variable) or None
        selects_site = spec.name in {*_TARGET_SETTINGS, _SERVER_SETTING}
        return None if value and selects_site and self.profile == SANDBOX else value

    def _value_in_profile(self, name: str) -> Any:
        """Return the value of a setting in the profile; None if the profile does not set it.

        The value of base-url defaults to the server for which the profile's credential was stored.
        """
        profile = self.profile or ""
        value = self._config_document[toml_files.PROFILES].get(profile, {}).get(name)
        if value is None and name == _SERVER_SETTING and profile:
            from loyaltyctl.config import credentials

            return credentials.stored_origin(self._paths, profile)
        return value

    def _validated_value(self, spec: Spec, value: Any, source: Source) -> str:
        """Return the value of a setting if it is valid. Raises UsageError or InvalidData, with the source."""
        # TOML has booleans, and Python counts them as numbers: `timeout = true` would be 1 second.
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            hint = f"Correct it in {self._paths.config}."
            raise InvalidData(f"{self._paths.config}: {spec.name} must be text or a number", hint=hint)
        try:
            return spec.check(str(value))
        except UsageError as error:
            hint = error.hint or self._correction_hint(source)
            raise UsageError(f"{spec.name} ({source}): {error.message}", hint=hint) from None

    def _correction_hint(self, source: Source) -> str:
        """Return the hint that says where to correct an invalid setting; empty for an option."""
        match source.kind:
            case SourceKind.ENVIRONMENT:
                return f"Correct it, or: unset {source.name}"
            case SourceKind.PROFILE | SourceKind.NAMED_PROFILE | SourceKind.CONFIG:
                return f"Correct it in {self._paths.config}."
            case _:
                return ""


def store_setting(paths: Paths, name: str, value: str | None, profile: str | None) -> None:
    """Store a setting if its value is valid, or remove it if `value` is None.

    Storing a setting removes the one that it excludes: `site-id` removes `account-id`. `profile` is the
    profile that the setting belongs to; None for a setting of all profiles.
    """
    values = {name: None if value is None else SPECS[name].check(value)}
    if value is not None:
        # If both were stored, every later run that needs one of them would fail.
        for exclusive in _MUTUALLY_EXCLUSIVE:
            values = dict.fromkeys(exclusive) | values if name in exclusive else values
    with toml_files.editing_toml(paths.config) as document:
        _set_in_document(document, values, profile)


def add_profile(paths: Paths, name: str, values: Mapping[str, str | None]) -> str:
    """Store the settings of a new profile in config.toml, and return the name of the default profile.

    The new profile becomes the default if there is none.
    """
    with toml_files.editing_toml(paths.config) as document:
        _set_in_document(document, values, name)
        return str(document.setdefault("profile", name))


def _set_in_document(document: TOMLDocument, values: Mapping[str, str | None], profile: str | None) -> None:
    """Store the settings of a profile, or of all profiles, by name; the value None removes a setting.

    `document` is the content of config.toml.
    """
    import tomlkit

    for name, value in values.items():
        table: Any = document
        if SPECS[name].per_profile:
            table = toml_files.toml_section(document, toml_files.PROFILES).setdefault(
                profile, tomlkit.table()
            )
        if value is None:
            table.pop(name, None)
        else:
            table[name] = value
