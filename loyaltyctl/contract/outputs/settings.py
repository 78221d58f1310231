"""Outputs about this program: auth, config, sandbox, doctor, schema and version."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, TypeAlias

from loyaltyctl.contract.json_values import OMITTED, InlineEnum, Omitted
from loyaltyctl.contract.schema_kinds import SchemaKind
from loyaltyctl.contract.types import ObjectOf


class SignedIn(NamedTuple):
    """Profile for which credentials were stored (auth login)."""

    profile: Annotated[str, "The name of the profile."]
    server: Annotated[str, "The origin of the server that the credentials are for."]
    in_use: Annotated[bool, "Whether it is the profile used without -p."]


class AuthStatus(NamedTuple):
    """Credentials in use (auth status), and whether the API accepts them. The sandbox needs none."""

    profile: Annotated[str | None, "The profile in use; null if the environment provides everything."]
    kind: Annotated[str, "The kind of credentials."]
    credential: Annotated[str | Omitted, "The secret, masked: only its last characters."]
    source: Annotated[str, "The source of the credentials."]
    server: Annotated[str | Omitted, "The origin of the server."]
    server_source: Annotated[str | Omitted, "The source of the server setting."]
    site_id: Annotated[str | Omitted | None, "The id of the site."]
    account_id: Annotated[str | Omitted | None, "The id of the account."]
    instance_id: Annotated[str | Omitted | None, "The id of the app instance."]
    target_source: Annotated[str | Omitted, "The source of the site, account or instance id."]
    accepted: Annotated[bool | None, "Whether the API accepts them; null if unknown."]


class SignedOut(NamedTuple):
    """Profile whose credentials were removed (auth logout)."""

    profile: Annotated[str, "Its name."]
    removed: Annotated[bool, "Whether the profile had credentials."]


class Switched(NamedTuple):
    """New default profile (auth switch)."""

    profile: Annotated[str, "Its name."]


class Setting(NamedTuple):
    """Setting with its effective value (config list, config get)."""

    key: Annotated[str, "Its name."]
    value: Annotated[str | None, "The effective value; null if there is none."]
    origin: Annotated[str, "The source of the value, such as flag, environment or default."]


Settings = list[Setting]


class Stored(NamedTuple):
    """Setting that was stored or removed (config set, config unset)."""

    key: Annotated[str, "Its name."]
    value: Annotated[str | None, "The stored value; null if it was removed."]


class ConfigFiles(NamedTuple):
    """Paths of the configuration (config path)."""

    config: Annotated[str, "The settings file."]
    credentials: Annotated[str, "The credentials file."]
    data: Annotated[str, "The folder of the sandbox database and the ledgers."]


class SandboxFile(NamedTuple):
    """Path of the sandbox database (sandbox path)."""

    database: Annotated[str, "The path of the database."]


class SandboxReset(NamedTuple):
    """Number of sites and rules deleted from the sandbox (sandbox reset)."""

    database: Annotated[str, "The path of the database."]
    sites: Annotated[int, "The number of sites that had rules."]
    rules: Annotated[int, "The number of rules deleted."]


class Version(NamedTuple):
    """Version of loyaltyctl and of its environment (version)."""

    version: Annotated[str, "The version of loyaltyctl."]
    python: Annotated[str, "The version of Python."]
    platform: Annotated[str, "The operating system."]


class Status(InlineEnum):
    """Outcome of a check (doctor)."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class Check(NamedTuple):
    """Result of one check (doctor)."""

    name: Annotated[str, "The name of the check."]
    status: Annotated[Status, "The outcome."]
    detail: Annotated[str, "The outcome in words."]
    next: Annotated[str | Omitted, "The next step, after a warning or an error."] = OMITTED


class Counts(NamedTuple):
    """Number of checks by outcome (doctor)."""

    ok: Annotated[int, "Checks without a problem."]
    warnings: Annotated[int, "Checks with a warning."]
    errors: Annotated[int, "Checks with an error."]


class Diagnosis(NamedTuple):
    """Diagnosis: the results of all checks (doctor)."""

    checks: Annotated[list[Check], "The checks, in order of execution."]
    summary: Annotated[Counts, "The number of checks by outcome."]


class SchemaEntry(NamedTuple):
    """Entry of the list of JSON Schemas (schema)."""

    name: Annotated[str, "Its name."]
    kind: Annotated[SchemaKind, "Whether it describes an input or an output."]
    title: Annotated[str, "A short description."]


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
