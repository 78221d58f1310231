"""What the commands about this program print: auth, config, sandbox, doctor, schema, version."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, TypeAlias

from loyaltyctl.contract.json_schema import ObjectOf
from loyaltyctl.contract.json_values import OMITTED, InlineEnum, Omitted
from loyaltyctl.contract.schema_kinds import SchemaKind


class SignedIn(NamedTuple):
    """A profile that has credentials now."""

    profile: Annotated[str, "Its name."]
    server: Annotated[str, "The origin that the credentials are for."]
    in_use: Annotated[bool, "Whether it is the one that is used when -p names none."]


class AuthStatus(NamedTuple):
    """Which credentials are in use, and whether the API accepts them. The sandbox has none."""

    profile: Annotated[str | None, "The profile in use; null where the environment says it all."]
    kind: Annotated[str, "The kind of credentials."]
    credential: Annotated[str | Omitted, "Its beginning, for recognition."]
    source: Annotated[str, "Where they come from."]
    server: Annotated[str | Omitted, "The origin that calls go to."]
    server_source: Annotated[str | Omitted, "Where the server comes from."]
    site_id: Annotated[str | Omitted | None, "The site that calls are for."]
    account_id: Annotated[str | Omitted | None, "The account that calls are for."]
    instance_id: Annotated[str | Omitted | None, "The instance of the app, on whose site it acts."]
    target_source: Annotated[str | Omitted, "Where the site, the account or the instance comes from."]
    accepted: Annotated[bool | None, "Whether the API accepts them; null where that is not known."]


class SignedOut(NamedTuple):
    """A profile that has no credentials now."""

    profile: Annotated[str, "Its name."]
    removed: Annotated[bool, "Whether it had any."]


class Switched(NamedTuple):
    """The profile that is used from now on."""

    profile: Annotated[str, "Its name."]


class Setting(NamedTuple):
    """A setting as it is in force."""

    key: Annotated[str, "Its name."]
    value: Annotated[str | None, "Its value; null where it has none."]
    origin: Annotated[str, "Where the value comes from, such as flag, environment or default."]


Settings = list[Setting]


class Stored(NamedTuple):
    """A setting as it is stored now."""

    key: Annotated[str, "Its name."]
    value: Annotated[str | None, "Its value; null where it is not stored any more."]


class ConfigFiles(NamedTuple):
    """Where the configuration lies."""

    config: Annotated[str, "The file of settings."]
    credentials: Annotated[str, "The file of credentials."]
    data: Annotated[str, "The folder of the sandbox and the journals."]


class SandboxFile(NamedTuple):
    """Where the sandbox keeps its rules."""

    database: Annotated[str, "The file."]


class SandboxReset(NamedTuple):
    """Number of sites and rules deleted from the sandbox."""

    database: Annotated[str, "The file."]
    sites: Annotated[int, "How many sites had rules of their own."]
    rules: Annotated[int, "How many rules they had."]


class Version(NamedTuple):
    """The version, and what it runs on."""

    version: Annotated[str, "The version of loyaltyctl."]
    python: Annotated[str, "The version of Python."]
    platform: Annotated[str, "The system."]


class Status(InlineEnum):
    """Outcome of a check of doctor."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class Check(NamedTuple):
    """One thing that was looked at."""

    name: Annotated[str, "What it is about."]
    status: Annotated[Status, "What was found."]
    detail: Annotated[str, "The same in words."]
    next: Annotated[str | Omitted, "What to do next; with a warning or an error."] = OMITTED


class Counts(NamedTuple):
    """How many checks found what."""

    ok: Annotated[int, "How many found nothing wrong."]
    warnings: Annotated[int, "How many found what may not be wanted."]
    errors: Annotated[int, "How many found what would end a command."]


class Diagnosis(NamedTuple):
    """What is wrong with a set-up."""

    checks: Annotated[list[Check], "All checks, in their order."]
    summary: Annotated[Counts, "How many found what."]


class SchemaEntry(NamedTuple):
    """One schema of those that there are."""

    name: Annotated[str, "Its name."]
    kind: Annotated[SchemaKind, "Whether it is of what is read, or of what is printed."]
    title: Annotated[str, "What it describes."]


JsonSchema: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "JsonSchema",
        "A JSON Schema.",
        lambda: {
            "title": Annotated[str, "Short description."],
            "description": Annotated[str, "Description, with the command that reads or prints it."],
            "$defs": Annotated[dict[str, Any], "The schemas that it refers to."],
        },
        required=("title", "description"),
    ),
]
SchemaOrList = JsonSchema | list[SchemaEntry]
