"""Options and arguments that the commands of `events` share, and functions that read their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Argument, Option

from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.file_options import FILE_HINT, check_file_name, check_file_names
from loyaltyctl.cli.runtime.public_keys import public_keys
from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake import timestamps
from loyaltyctl.intake.documents import display_name
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.events.catalog import EventType
    from loyaltyctl.model.events.event import Event
    from loyaltyctl.tokens.keys import PrivateKey
    from loyaltyctl.webhooks.event_files import InputItem
    from loyaltyctl.webhooks.reader import EventReader

Inputs = Annotated[
    list[str],
    Argument(
        metavar="FILE|-...",
        help="Files of tokens or events; - reads standard input.",
        show_default=False,
    ),
]
PublicKeyFiles = Annotated[
    list[str] | None,
    Option(
        "--public-key",
        metavar="FILE",
        help="Verify signatures with this key; may be repeated. (Default: the one that is set.)",
        show_default=False,
    ),
]
PrivateKeyFile = Annotated[
    str, Option("--key", metavar="FILE", help="The private key to sign with.", show_default=False)
]
Issuer = Annotated[str | None, Option("--issuer", metavar="TEXT", help="Require this iss.")]
Audience = Annotated[str | None, Option("--audience", metavar="TEXT", help="Require this aud.")]
RequireExp = Annotated[bool, Option("--require-exp", help="Reject tokens without an exp.")]
MaxAge = Annotated[
    str | None, Option("--max-age", metavar="TIME", help="Reject tokens issued longer ago, such as 2h.")
]
Leeway = Annotated[
    str | None,
    Option("--leeway", metavar="TIME", help="Allowed difference of clocks, such as 30s. (0s; 60s for iat.)"),
]
At = Annotated[str | None, Option("--at", metavar="TIME", help="Check times as of then, not now.")]
Type = Annotated[str | None, Option("--type", metavar="TYPE", help="Use a sample of this event type.")]
Set = Annotated[
    list[str] | None,
    Option(
        "--set",
        metavar="PATH=VALUE",
        help="Set a field, such as entity.title=Gift; may be repeated.",
        show_default=False,
    ),
]
FromRule = Annotated[
    str | None, Option("--from-rule", metavar="ID", help="Use the current state of this rule of the site.")
]
To = Annotated[str, Option("--to", metavar="URL", help="The endpoint.", show_default=False)]

RULE_UPDATED = "loyalty_earning_rule_updated"
"""Default of --type with --from-rule."""


class TrustOptions(NamedTuple):
    """Options of `events` commands for the key and the policy with which tokens are verified."""

    public_key: PublicKeyFiles = None
    issuer: Issuer = None
    audience: Audience = None
    require_exp: RequireExp = False
    max_age: MaxAge = None
    leeway: Leeway = None

    def reader(self, ctx: Context, at: str | None = None) -> EventReader:
        """Return an event reader with the values of these options.

        Its keys are those of --public-key, or else of the settings. Its time is `at`, or else now.
        """
        from loyaltyctl.tokens.verification import Policy
        from loyaltyctl.webhooks.reader import EventReader

        max_age = None if self.max_age is None else timestamps.parse_duration(self.max_age, "--max-age")
        policy = Policy(self.issuer, self.audience, self.require_exp, max_age)
        if self.leeway is not None:
            leeway = timestamps.parse_duration(self.leeway, "--leeway")
            policy = policy._replace(leeway=leeway, skew=leeway)
        now = ctx.console.clock.time()
        if at is not None:
            time = timestamps.parse_option(at, "--at", now)
            ctx.messages.note(f"times are checked as of {timestamps.format_utc(time)}")
            now = time.timestamp()
        return EventReader(public_keys(ctx.settings, ctx.inputs, self.public_key), now, policy)


class EventOptions(NamedTuple):
    """Options of `events` commands that define the event to sign or send."""

    type_: Type = None
    file: flags.File = None
    from_rule: FromRule = None
    set_: Set = None

    def document(self, ctx: Context) -> JsonObject:
        """Return the event that the options define, with the changes of --set.

        With -f, it is the event in the file. Otherwise, it is a sample; with --from-rule, a sample with a
        rule of the site.
        """
        from loyaltyctl.model.events import paths

        kind, document = self._event_before_set(ctx)
        for change in self.set_ or ():
            path, equals, text = change.partition("=")
            if not equals:
                raise UsageError(f"--set takes PATH=VALUE, got {quoted(change)}")
            paths.set_event_field(document, kind, path, text)
        return document

    def _event_before_set(self, ctx: Context) -> tuple[EventType | None, JsonObject]:
        """Return the type and the content of the event that the options define, without the changes of --set.

        The type is None if the catalog does not have it.
        """
        from loyaltyctl.model.events import samples
        from loyaltyctl.model.events.catalog import EARNING_RULE
        from loyaltyctl.model.events.names import find_event_type

        if (self.type_ is None and self.from_rule is None) == (self.file is None):
            raise UsageError("give either --type (a sample) or -f (an event from a file)")
        now = ctx.console.clock.time()
        if self.file is not None:
            event = _read_single_event(ctx, check_file_name(self.file, "-f", FILE_HINT))
            return event.kind, samples.from_event(event, now)
        kind = find_event_type(self.type_ or RULE_UPDATED)
        if self.from_rule is None:
            return kind, samples.create_sample(kind, now)
        if kind.entity is not EARNING_RULE:
            raise UsageError(f"--from-rule takes types of earning rule events only, not {kind.name}")
        return kind, samples.create_sample(kind, now, ctx.rules.find(self.from_rule).document)


def private_key(ctx: Context, path: str) -> PrivateKey:
    """Read the private key in the file of the option --key."""
    from loyaltyctl.tokens.keys import PrivateKey

    return PrivateKey.parse(
        ctx.inputs.read_text(check_file_name(path, "--key", FILE_HINT)), display_name(path)
    )


def read_file_arguments(ctx: Context, paths: list[str]) -> Iterator[InputItem]:
    """Read the files that the arguments of an `events` command name: yield their tokens and JSON values."""
    from loyaltyctl.webhooks import event_files

    check_file_names(paths, "an argument", FILE_HINT)
    for path in paths:
        with ctx.inputs.open(path) as file:
            yield from event_files.read_items(file, display_name(path))


def _read_single_event(ctx: Context, file: str) -> Event:
    """Read the only event in the file of -f, an option that commands of `events` share.

    Raises InvalidData unless the file has exactly one event.
    """
    from loyaltyctl.webhooks.reader import EventReader

    found = [*read_file_arguments(ctx, [file])]
    if len(found) != 1:
        raise InvalidData(f"{display_name(file)} has {len(found):,} events; only one can be signed")
    return EventReader(None, ctx.console.clock.time()).read(found[0]).event
