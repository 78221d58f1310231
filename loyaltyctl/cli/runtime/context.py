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
    from loyaltyctl.api.orders import Orders
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
    """Context of one run of a command; settings and API client are built on first use.

    A command imports only the libraries that it needs; tests/project/test_startup.py checks this.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.messages = Messages(console)
        self.prompts = Prompts(console, self.messages)
        self.inputs = Inputs(console, self.messages)
        self.output = Output(console, self.messages, lambda: self.settings)
        self.command = ""
        """The command without the program's name, such as `rules apply`; recorded in ledgers."""
        self.interrupt_hint = ""
        """Hint printed if the command is interrupted with Ctrl-C, such as how to resume it."""
        self.setting_errors: list[LoyaltyError] = []
        """Errors collected by `load_valid_settings`."""
        self._dry_run_clients: list[Client] = []

    @classmethod
    def of(cls, ctx: typer.Context) -> Context:
        """Return the context of this run from a Typer context."""
        return cast("Context", ctx.obj)

    @property
    def flags(self) -> Flags:
        """Values of the shared flags, from the console."""
        return self.console.flags

    @property
    def dry_run(self) -> bool:
        """True if this run prints its requests instead of sending them."""
        return self.console.dry_run

    # Settings

    @cached_property
    def paths(self) -> Paths:
        """Paths of the configuration folder and the data folder, and of the files in them."""
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
        """Return the values of flags that override settings, by the name of the setting."""
        from loyaltyctl.config.specs import SPECS

        values = {name: getattr(self.flags, name.replace("-", "_"), None) for name in SPECS}
        return values | {"output": self.flags.format}

    # API client

    @cached_property
    def connection(self) -> Connection:
        """Connection to the site that the settings choose; opened on first use."""
        return self.connect()

    @property
    def rules(self) -> Rules:
        """API resource for the earning rules of the site that the settings choose."""
        return self.connection.client.rules

    @property
    def orders(self) -> Orders:
        """API resource for the orders of the site that the settings choose."""
        return self.connection.client.orders

    def connect(
        self,
        settings: Settings | None = None,
        hooks: Sequence[Hook] = (),
        *,
        endpoint: Endpoint | None = None,
        has_ledger: bool = False,
    ) -> Connection:
        """Return a new connection for the settings of this run, or for those of another profile.

        `has_ledger` means that the command records its changes itself; otherwise a hook records them for
        `rules history`. Raises NotAllowed if there are no credentials.
        """
        from loyaltyctl.cli.runtime import connection
        from loyaltyctl.cli.runtime import endpoint as endpoints

        settings = settings or self.settings
        endpoint = endpoint or endpoints.resolve(settings, self.messages)
        if self.dry_run:
            dry_connection = connection.connect_for_dry_run(endpoint, self.paths, self.console.clock)
            self._dry_run_clients.append(dry_connection.client)
            return dry_connection
        return self._connect_with_hooks(settings, endpoint, hooks, has_ledger=has_ledger)

    def _connect_with_hooks(
        self, settings: Settings, endpoint: Endpoint, hooks: Sequence[Hook], *, has_ledger: bool
    ) -> Connection:
        """Return a connection with `hooks` and the usual hooks: for messages, rule cache and run history."""
        from loyaltyctl.cli.runtime.connection import connect
        from loyaltyctl.cli.runtime.endpoint import describe_target
        from loyaltyctl.cli.runtime.hooks import announce_target, record_changes
        from loyaltyctl.cli.runtime.rule_cache_hook import RuleCacheHook
        from loyaltyctl.config import rule_cache

        cache = RuleCacheHook(
            rule_cache.cache_path(
                self.paths.rule_cache,
                settings.profile,
                self.flags.site_id,
                self.console.environ,
                settings.stored_settings(),
            )
        )
        # The caller's hooks precede those that report a request: the ledger of a run raises if it cannot
        # record a change, so that the change is not sent.
        all_hooks = [*hooks, self.message_hook, cache]
        if endpoint.is_sandbox:
            self.messages.note_once("sandbox: a local stand-in for the API; nothing leaves this machine")
        else:
            all_hooks.insert(0, announce_target(self.messages, lambda: describe_target(settings)))
        if not has_ledger:
            all_hooks.append(record_changes(lambda: self._history_recorder(settings, endpoint)))
        opened = connect(endpoint, self.settings, self.paths, self.console.clock, all_hooks)
        return opened._replace(closers=(*opened.closers, cache.save))

    @cached_property
    def message_hook(self) -> MessageHook:
        """Hook that writes messages about the requests of all connections of this run."""
        from loyaltyctl.cli.runtime.hooks import MessageHook

        return MessageHook(self.messages, trace=self.console.debug)

    def _history_recorder(self, settings: Settings, endpoint: Endpoint) -> Hook:
        """Return the hook that records changes by a command such as `rules update` in the site's ledger."""
        from loyaltyctl.apply.database import ledger_path
        from loyaltyctl.apply.recorder import Recorder
        from loyaltyctl.apply.targets import Target

        target = Target(settings.profile or "", endpoint.origin, endpoint.target)
        path = ledger_path(self.paths.ledgers, endpoint.origin, endpoint.target)
        return Recorder(path, target, self.command, self.console.clock, self.messages.warn_once)

    def show_requests(self) -> None:
        """Print the requests recorded by a dry run; without --dry-run or --curl, print nothing."""
        if self.dry_run:
            self.output.show_requests(
                [request for client in self._dry_run_clients for request in client.prepared_requests]
            )

    def close(self) -> None:
        """Close the API connection of this context, if it was opened."""
        if "connection" in self.__dict__:  # cached_property stores it there: hasattr would open it
            self.connection.close()
