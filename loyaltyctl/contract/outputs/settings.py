"""What the commands about this program print: auth, config, sandbox, doctor, schema, version."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from loyaltyctl.contract.outputs.shape import Open, Shape, optional
from loyaltyctl.contract.schemas import SchemaKind


class SignedIn(Shape):
    """A profile that has credentials now."""

    profile: str = Field(description="Its name.")
    server: str = Field(description="The origin that the credentials are for.")
    in_use: bool = Field(description="Whether it is the one that is used when -p names none.")


class AuthStatus(Shape):
    """Which credentials are in use, and whether the API accepts them. The sandbox has none."""

    profile: str | None = Field(description="The profile in use; null where the environment says it all.")
    kind: str = Field(description="The kind of credentials.")
    credential: str = optional("Its beginning, for recognition.")
    source: str = Field(description="Where they come from.")
    server: str = optional("The origin that calls go to.")
    server_source: str = optional("Where the server comes from.")
    site_id: str | None = optional("The site that calls are for.")
    account_id: str | None = optional("The account that calls are for.")
    instance_id: str | None = optional("The instance of the app, on whose site it acts.")
    target_source: str = optional("Where the site, the account or the instance comes from.")
    accepted: bool | None = Field(description="Whether the API accepts them; null where that is not known.")


class SignedOut(Shape):
    """A profile that has no credentials now."""

    profile: str = Field(description="Its name.")
    removed: bool = Field(description="Whether it had any.")


class Switched(Shape):
    """The profile that is used from now on."""

    profile: str = Field(description="Its name.")


class Setting(Shape):
    """A setting as it is in force."""

    key: str = Field(description="Its name.")
    value: str | None = Field(description="Its value; null where it has none.")
    origin: str = Field(description="Where the value comes from, such as flag, environment or default.")


Settings = list[Setting]


class Stored(Shape):
    """A setting as it is stored now."""

    key: str = Field(description="Its name.")
    value: str | None = Field(description="Its value; null where it is not stored any more.")


class ConfigFiles(Shape):
    """Where the configuration lies."""

    config: str = Field(description="The file of settings.")
    credentials: str = Field(description="The file of credentials.")
    data: str = Field(description="The folder of the sandbox and the journals.")


class SandboxFile(Shape):
    """Where the sandbox keeps its rules."""

    database: str = Field(description="The file.")


class SandboxReset(SandboxFile):
    """What was deleted from the sandbox."""

    sites: int = Field(description="How many sites had rules of their own.")
    rules: int = Field(description="How many rules they had.")


class Version(Shape):
    """The version, and what it runs on."""

    version: str = Field(description="The version of loyaltyctl.")
    python: str = Field(description="The version of Python.")
    platform: str = Field(description="The system.")


class Check(Shape):
    """One thing that was looked at."""

    name: str = Field(description="What it is about.")
    status: Literal["ok", "warning", "error"] = Field(description="What was found.")
    detail: str = Field(description="The same in words.")
    next: str = optional("What to do next; with a warning or an error.")


class Counts(Shape):
    """How many checks found what."""

    ok: int = Field(description="How many found nothing wrong.")
    warnings: int = Field(description="How many found what may not be wanted.")
    errors: int = Field(description="How many found what would end a command.")


class Diagnosis(Shape):
    """What is wrong with a set-up."""

    checks: list[Check] = Field(description="All checks, in their order.")
    summary: Counts = Field(description="How many found what.")


class SchemaEntry(Shape):
    """One schema of those that there are."""

    name: str = Field(description="Its name.")
    kind: SchemaKind = Field(description="Whether it is of what is read, or of what is printed.")
    title: str = Field(description="What it describes.")


class JsonSchema(Open):
    """A JSON Schema."""

    title: str = Field(description="What it describes.")
    description: str = Field(description="Where that is read or printed.")
    definitions: dict[str, Any] = Field(
        default_factory=dict, alias="$defs", description="The shapes that stand in it in several places."
    )


SchemaOrList = JsonSchema | list[SchemaEntry]
