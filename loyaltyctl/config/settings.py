"""Settings: where each may come from, and which source won.

One table says it all. A name is the same everywhere: `base-url` in config.toml, in
`config set base-url`, and LOYALTYCTL_BASE_URL in the environment, where an empty
variable counts as unset. Which source wins is the order of `SourceKind` (sources.py), for
settings and for the credential:

    options > what a profile named by -p, --to or --from stores > environment
            > what the profile in use stores > default
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.config import files
from loyaltyctl.config.sources import Source, SourceKind, in_order
from loyaltyctl.config.specs import SPECS
from loyaltyctl.errors import InvalidData, LoyaltyError, NotFound, UsageError
from loyaltyctl.intake.redaction import masked
from loyaltyctl.intake.values import did_you_mean, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tomlkit import TOMLDocument

    from loyaltyctl.config.credentials import AppCredential, Found
    from loyaltyctl.config.paths import Paths
    from loyaltyctl.config.specs import Spec

SANDBOX = "sandbox"
_TARGETS = ("site-id", "account-id")
"""What calls are for: one of the two."""
_SERVER = "base-url"
_PUBLIC_KEYS = ("public-key", "public-key-file")
"""What signatures of events are checked with, or the file that it is in: one of the two."""
_EITHER = (_TARGETS, _PUBLIC_KEYS)


class Setting(NamedTuple):
    """A setting's value, which is None where nothing sets it, and where it came from."""

    value: str | None
    source: Source


_UNUSED = Setting(None, Source(SourceKind.DEFAULT))


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
        self._may_create = False
        for name, value in flags.items():
            if value is not None:
                self[name]  # what is given for this run is right, or the run ends here

    @cached_property
    def _file(self) -> dict[str, Any]:
        """What config.toml says; read for what nothing stronger sets, so that it stops nothing else."""
        return files.read(self._path)

    @cached_property
    def profile(self) -> str | None:
        """The profile of this run: the one that is named, else the one in use.

        What is set for it comes next, so a file that is wrong is told now. Raises NotFound where the
        command line names one that does not exist: the values of the environment are not did_you_mean.
        """
        _ = self._file
        name, source = self["profile"]
        if (
            name is not None
            and source.kind is SourceKind.FLAG
            and self._faults is None
            and not self._may_create
        ):
            self.require_profile(name)
        return name

    @property
    def profile_source(self) -> SourceKind:
        """The place in the order of sources of what the profile stores."""
        return SourceKind.PROFILE if self._flags.get("profile") is None else SourceKind.NAMED_PROFILE

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
        """The same for another profile, as if the command line named it instead."""
        _ = self.profile  # a profile that does not exist is an error, even if another one replaces it
        return Settings(self._paths, self._environ, {**self._flags, "profile": profile}, self._file)

    def allowing_new_profile(self) -> Settings:
        """The same, where the profile that is named may be one that is about to be made."""
        settings = Settings(self._paths, self._environ, self._flags)
        settings._may_create = True
        return settings

    def __getitem__(self, name: str) -> Setting:
        """The setting `name`, checked; an error says where the wrong value came from."""
        spec = SPECS[name]
        for value, source in self._candidates(spec):
            if value is not None:
                try:
                    return Setting(self._checked(spec, value, source), source)
                except LoyaltyError as error:
                    if self._faults is None or source.kind is SourceKind.FLAG:
                        raise
                    self._faults[error.message] = error
        return Setting(spec.default, Source(SourceKind.DEFAULT))

    def profiles(self) -> list[str]:
        """The names of the profiles in config.toml, and the built-in one."""
        return [*sorted(self._file[files.PROFILES]), SANDBOX]

    def other_than(self, name: str) -> str:
        """How a message about a profile that is none goes on."""
        return did_you_mean(name, self.profiles(), f"known are {', '.join(self.profiles())}")

    def require_profile(self, name: str) -> str:
        """`name`, when there is such a profile, even if it stores nothing but a credential."""
        if (
            name not in self.profiles()
            and name not in files.read_private(self._paths.credentials)[files.PROFILES]
        ):
            shown = masked(name)
            raise NotFound(
                f"there is no profile {quoted(shown)}{self.other_than(name)}",
                code="NO_SUCH_PROFILE",
                hint=f"Make it with: loyaltyctl -p {name if shown == name else 'NAME'} auth login",
            )
        return name

    def shown_profile(self) -> str:
        """The name of the profile for messages; one that does not exist may be a key in the wrong place."""
        name = self.profile or ""
        return name if name in self.profiles() else masked(name)

    def credential(self) -> Found | None:
        """The credential of this run, from the environment or stored for the profile; None without one."""
        from loyaltyctl.config import credentials

        places = {SourceKind.ENVIRONMENT: lambda: credentials.from_environment(self._environ)}
        if profile := self.profile:
            kind = self.profile_source
            places[kind] = lambda: credentials.load(self._paths, profile, kind)
        return next((found for _, found in in_order(places)), None)

    def target(self) -> tuple[Setting, Setting]:
        """The site id and the account id, of which the stronger one counts.

        Neither for the sandbox, nor for an app, which acts on the site of its instance. Raises
        UsageError for a tie, and where something stronger than the app's credential names a site.
        """
        if self.profile == SANDBOX:
            return _UNUSED, _UNUSED
        site, account = self.stated_target()
        app = self._app()
        if app is None:
            return site, account
        _, app_source = app
        for what, (value, source) in (("site", site), ("account", account)):
            if value is not None and source.kind.rank < app_source.kind.rank:
                raise UsageError(
                    f"the {what} {value} ({source}) is asked for, and the credential is that of an app "
                    f"({app_source}), which acts on the site of its instance alone",
                    hint="Sign in to that site with an API key, or name neither a site nor an account.",
                )
        return _UNUSED, _UNUSED

    def stated_target(self) -> tuple[Setting, Setting]:
        """The site id and the account id, of which the stronger one counts, whoever calls."""
        return self._stronger(
            _TARGETS,
            "a site id and an account id",
            "A call is for one of the two. Earning rules belong to a site.",
        )

    def kept_from_environment(self) -> frozenset[str]:
        """The settings that the profile stores, where it is named and the environment cannot replace them."""
        if self.profile_source is not SourceKind.NAMED_PROFILE:
            return frozenset()
        own = (name for name, spec in SPECS.items() if spec.per_profile)
        return frozenset(name for name in own if self._stored(name) is not None)

    def exported(self, *names: str) -> list[str]:
        """The variables of these settings that the environment has."""
        variables = (SPECS[name].variable for name in names)
        return [variable for variable in variables if self._environ.get(variable)]

    def instance(self) -> str | None:
        """The instance of the app whose credential is used; None where it is not an app's, or unknown."""
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
        """The webhook public key and the file that it is in, of which the stronger one counts.

        Raises UsageError for a tie.
        """
        return self._stronger(_PUBLIC_KEYS, "a public key and a file with one", "Give one of the two.")

    def _stronger(self, names: tuple[str, str], what: str, hint: str) -> tuple[Setting, Setting]:
        one, other = (self[name] for name in names)
        if one.value is None or other.value is None:
            return one, other
        if one.source.kind is other.source.kind:
            raise UsageError(f"both {what} are given ({one.source}, {other.source})", hint=hint)
        is_first = one.source.kind.rank < other.source.kind.rank
        return (one, _UNUSED) if is_first else (_UNUSED, other)

    def _candidates(self, spec: Spec) -> Iterator[tuple[Any, Source]]:
        """The values of a setting from all sources, the strongest first."""
        places: dict[SourceKind, Callable[[], Any]] = {
            SourceKind.FLAG: lambda: self._flags.get(spec.name),
            SourceKind.ENVIRONMENT: lambda: self._exported(spec),
        }
        if spec.per_profile:
            places[self.profile_source] = lambda: self._stored(spec.name)
        else:
            places[SourceKind.CONFIG] = lambda: self._file.get(spec.name)
        for kind, value in in_order(places):
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
        """The value of a setting in the environment; the sandbox is for no site and on no server."""
        value = self._environ.get(spec.variable) or None
        aims = spec.name in {*_TARGETS, _SERVER}
        return None if value and aims and self.profile == SANDBOX else value

    def _stored(self, name: str) -> Any:
        """The value that the profile stores for a setting; for the server, else that of its credential."""
        profile = self.profile or ""
        value = self._file[files.PROFILES].get(profile, {}).get(name)
        if value is None and name == _SERVER and profile:
            from loyaltyctl.config import credentials

            return credentials.stored_origin(self._paths, profile)
        return value

    def _checked(self, spec: Spec, value: Any, source: Source) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            where = f"Correct it in {self._path}."
            raise InvalidData(f"{self._path}: {spec.name} must be text or a number", hint=where)
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
        if value is None:
            table.pop(name, None)
        else:
            table[name] = value
