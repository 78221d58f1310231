"""Context of a run: console, messages, prompts, input, output, settings and API client."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from loyaltyctl.cli.runtime.inputs import Inputs
from loyaltyctl.cli.runtime.messages import Messages
from loyaltyctl.cli.runtime.output import Output
from loyaltyctl.cli.runtime.prompts import Prompts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import typer

    from loyaltyctl.api.client import Client
    from loyaltyctl.api.hooks import Hook
    from loyaltyctl.api.rules import Rules
    from loyaltyctl.cli.runtime.connection import Connection
    from loyaltyctl.cli.runtime.console import Console
    from loyaltyctl.cli.runtime.endpoint import Endpoint
    from loyaltyctl.cli.runtime.flags import Flags
    from loyaltyctl.cli.runtime.hooks import MessageHook
    from loyaltyctl.config.paths import Paths
    from loyaltyctl.config.settings import Settings
    from loyaltyctl.errors import LoyaltyError


class Context:
    """Context of one run; settings and client are built when they are first used.

    A command loads only what it uses: tests/project/test_startup.py lists the libraries of each.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.messages = Messages(console)
        self.prompts = Prompts(console, self.messages)
        self.inputs = Inputs(console, self.messages)
        self.output = Output(console, self.messages, lambda: self.settings)
        self.command = ""
        """The words of the command, without the program's name."""
        self.interrupt_hint = ""
        """Sentence for a person who ends the command with Ctrl-C."""
        self.setting_errors: list[LoyaltyError] = []
        """Errors collected by `load_valid_settings`."""
        self._dry_runs: list[Client] = []

    @classmethod
    def of(cls, ctx: typer.Context) -> Context:
        """Return the context of a running command."""
        return cast("Context", ctx.obj)

    @property
    def flags(self) -> Flags:
        """The shared flags."""
        return self.console.flags

    @property
    def dry_run(self) -> bool:
        """True if requests are printed instead of sent."""
        return self.console.dry_run

    # Settings

    @cached_property
    def paths(self) -> Paths:
        """Folders and files of configuration and data."""
        from loyaltyctl.config.paths import Paths

        return Paths.of(self.console.environ)

    @cached_property
    def settings(self) -> Settings:
        """Settings from flags, environment and files."""
        from loyaltyctl.config.settings import Settings

        return Settings(self.paths, self.console.environ, self._setting_flags())

    def load_valid_settings(self) -> None:
        """Load settings, collecting errors in `setting_errors` instead of raising the first one."""
        from loyaltyctl.config.settings import Settings

        self.settings, self.setting_errors = Settings.load_valid(
            self.paths, self.console.environ, self._setting_flags()
        )

    def _setting_flags(self) -> Mapping[str, str | None]:
        from loyaltyctl.config.specs import SPECS

        values = {name: getattr(self.flags, name.replace("-", "_"), None) for name in SPECS}
        return values | {"output": self.flags.format}

    # API client

    @cached_property
    def connection(self) -> Connection:
        """Connection to the site of the settings."""
        return self.connect()

    @property
    def rules(self) -> Rules:
        """Earning rules of that site."""
        return self.connection.client.rules

    def connect(
        self,
        settings: Settings | None = None,
        hooks: Sequence[Hook] = (),
        *,
        endpoint: Endpoint | None = None,
        has_ledger: bool = False,
    ) -> Connection:
        """Return a new connection for the settings of this run, or of another profile.

        Its session calls `hooks` before its own ones: the ledger of a run can keep a change from being
        sent. Without a ledger, changes are recorded for `rules history`. Raises NotAllowed if there are no
        credentials.
        """
        from loyaltyctl.cli.runtime import connection
        from loyaltyctl.cli.runtime import endpoint as endpoints

        settings = settings or self.settings
        endpoint = endpoint or endpoints.resolve(settings, self.messages)
        if self.dry_run:
            made = connection.connect_dry(endpoint, self.paths, self.console.clock)
            self._dry_runs.append(made.client)
            return made
        return self._connect(settings, endpoint, hooks, has_ledger=has_ledger)

    def _connect(
        self, settings: Settings, endpoint: Endpoint, hooks: Sequence[Hook], *, has_ledger: bool
    ) -> Connection:
        from loyaltyctl.cli.runtime.connection import connect
        from loyaltyctl.cli.runtime.endpoint import describe_target
        from loyaltyctl.cli.runtime.hooks import announce_target, record_changes
        from loyaltyctl.cli.runtime.rule_cache import RuleCache
        from loyaltyctl.config import rule_cache

        cache = RuleCache(
            rule_cache.path_for(
                self.paths.rule_cache,
                settings.profile,
                self.flags.site_id,
                self.console.environ,
                settings.stored_settings(),
            )
        )
        all_hooks = [*hooks, self.message_hook, cache]
        if endpoint.is_sandbox:
            self.messages.note_once("sandbox: a local stand-in for the API; nothing leaves this machine")
        else:
            all_hooks.insert(0, announce_target(self.messages, lambda: describe_target(settings)))
        if not has_ledger:
            all_hooks.append(record_changes(lambda: self._recorder(settings, endpoint)))
        made = connect(endpoint, self.settings, self.paths, self.console.clock, all_hooks)
        return made._replace(closers=(*made.closers, cache.save))

    @cached_property
    def message_hook(self) -> MessageHook:
        """Hook that writes messages about the work of all sessions."""
        from loyaltyctl.cli.runtime.hooks import MessageHook

        return MessageHook(self.messages, trace=self.console.debug)

    def _recorder(self, settings: Settings, endpoint: Endpoint) -> Hook:
        from loyaltyctl.apply.database import ledger_path
        from loyaltyctl.apply.recorder import Recorder
        from loyaltyctl.apply.targets import Target

        target = Target(settings.profile or "", endpoint.origin, endpoint.target)
        path = ledger_path(self.paths.ledgers, endpoint.origin, endpoint.target)
        return Recorder(path, target, self.command, self.console.clock, self.messages.warn_once)

    def show_requests(self) -> None:
        """Print the requests of a dry run; without --dry-run or --curl, print nothing."""
        if self.dry_run:
            self.output.show_requests(
                [request for client in self._dry_runs for request in client.prepared_requests]
            )

    def close(self) -> None:
        """Close the connection, if it was opened."""
        if "connection" in self.__dict__:
            self.connection.close()
