"""Table of the published JSON Schemas: one for each input of a command and each --json output.

The schema of an output has the name of its command, with dashes between the words. Types are
imported only when a schema is requested: completion and the list of schemas need names alone.
"""

from __future__ import annotations

from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.schema_kinds import SchemaKind

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INPUT_DESCRIPTION = "Input of {}."
_MAY_GROW = "Later versions may add members."
_OUTPUT_DESCRIPTION = f"Output of loyaltyctl {{}} --json. {_MAY_GROW}"
_JSONL_DESCRIPTION = " With -o jsonl, a line is one of these $defs: {}."


class Schema(NamedTuple):
    """Published JSON Schema of an input or output: its name, title, description and type.

    `source` is "module:name": a type in a module of `contract`, or a function there that returns the schema.
    `lines` names the types that a line of `-o jsonl` may have, as the module and $defs name them. It is empty
    if a line is the whole output.
    """

    name: str
    kind: SchemaKind
    title: str
    description: str
    source: str
    lines: tuple[str, ...] = ()

    def document(self) -> JsonObject:
        """Return the published JSON Schema of the input or output."""
        (source,) = self._import_sources(self.source.partition(":")[2])
        schema: JsonObject
        if isinstance(source, FunctionType):
            schema = source()
        else:
            from loyaltyctl.contract.json_schema import schema_of  # with pydantic

            schema = schema_of(source)
        about = str(schema.get("description", self.title + "."))
        lines = _JSONL_DESCRIPTION.format(", ".join(self.lines)) if self.lines else ""
        description = f"{about} {self.description}{lines}"
        # `schema` may override the dialect: the schema of rules files has one that editors support.
        return {"$schema": DIALECT} | schema | {"title": self.title, "description": description}

    def line_types(self) -> list[object]:
        """Return the types of the lines of `-o jsonl`: each line of the output is a value of one of them."""
        return self._import_sources(*(self.lines or (self.source.partition(":")[2],)))

    def _import_sources(self, *names: str) -> list[object]:
        """Import the types or functions `names` that this entry of the table of schemas refers to."""
        module = import_module(f"loyaltyctl.contract.{self.source.partition(':')[0]}")
        return [getattr(module, name) for name in names]


def _input(name: str, title: str, commands: str, source: str) -> Schema:
    """Return the entry of the table of schemas for an input; `commands` says which commands read it."""
    return Schema(name, SchemaKind.INPUT, title, _INPUT_DESCRIPTION.format(commands), f"inputs.{source}")


def _output(command: str, title: str, source: str, *lines: str) -> Schema:
    """Return the entry of the table of schemas for the --json output of a command."""
    name = command.replace(" ", "-")
    description = _OUTPUT_DESCRIPTION.format(command)
    return Schema(name, SchemaKind.OUTPUT, title, description, f"outputs.{source}", lines)


def _named_output(name: str, title: str, description: str, source: str, *lines: str) -> Schema:
    """Return the entry of the table of schemas for an output with its own name, such as `error`."""
    return Schema(name, SchemaKind.OUTPUT, title, description, f"outputs.{source}", lines)


_RULE = "rules:EarningRule"
_OUTCOMES = "The result for each rule", "rules:Outcomes", "Outcome"
_SITES = "plans:ChangesOrSites", "Change", "Site"

SCHEMAS = {
    schema.name: schema
    for schema in (
        _input(
            "rules-file",
            "Earning rules of a Wix Loyalty program, for loyaltyctl",
            "-f FILE of the commands of rules and points",
            "rules_file:rules_file_schema",
        ),
        _input("plan-file", "A plan for one site", "rules apply PLAN", "plan_file:PlanFile"),
        _input("orders", "An order: a line of JSONL", "points backtest", "orders:Order"),
        _input(
            "order-source",
            "An order source: the description of an export of orders",
            "--source FILE of points backtest and of orders",
            "order_source:OrderSource",
        ),
        _input(
            "event", "Events in JSON", "events decode, and every command that takes one", "event:EventFile"
        ),
        _output("auth login", "The profile that credentials were stored for", "settings:SignedIn"),
        _output("auth status", "The credentials in use", "settings:AuthStatus"),
        _output("auth logout", "The profile whose credentials were removed", "settings:SignedOut"),
        _output("auth switch", "The new default profile", "settings:Switched"),
        _output("config list", "All settings", "settings:Settings", "Setting"),
        _output("config get", "A setting", "settings:Setting"),
        _output("config set", "A setting that was stored", "settings:Stored"),
        _output("config unset", "A setting that was removed", "settings:Stored"),
        _output("config path", "The paths of the configuration", "settings:ConfigFiles"),
        _output("rules list", "The earning rules of a site", "rules:Rules", "EarningRule"),
        _output("rules get", "One earning rule, or several", "rules:RuleOrRules", "EarningRule"),
        _output("rules create", "The rule that was created", _RULE),
        _output("rules create-custom", "The rule that was created", _RULE),
        _output("rules bulk-create", "The result for each rule of the input", "rules:Bulk", "BulkItem"),
        _output("rules update", "The updated rule", _RULE),
        _output("rules pause", *_OUTCOMES),
        _output("rules resume", *_OUTCOMES),
        _output("rules delete", *_OUTCOMES),
        _output("rules triggers", "Triggers of earning rules", "rules:Triggers", "Trigger"),
        _output("rules export", "The earning rules of a site, for a file", "rules:Rules", "EarningRule"),
        _output("rules validate", "Problems found in rules files", "rules:Findings", "Finding"),
        _output("rules diff", "The changes that rules apply would make", "plans:Changes", "Change"),
        _output("rules apply", "The changes to one site or to several", *_SITES),
        _output("rules copy", "The changes to one site or to several", *_SITES),
        _output("rules rollback", "The changes of a rollback", "plans:Changes", "Change"),
        _output(
            "rules history",
            "The runs from this machine, or the steps of one",
            "plans:RunsOrSteps",
            "Run",
            "Step",
        ),
        _output("orders inspect", "What files of orders are taken for", "orders:OrdersInspected"),
        _output("orders convert", "The file of orders in the plain form", "orders:OrdersConverted"),
        _output(
            "orders sources",
            "The exports that are recognized, or the columns of one",
            "orders:SourcesOrRoles",
            "Source",
            "SourceRole",
        ),
        _output("orders fetch", "The orders that were fetched to a file", "orders:OrdersFetched"),
        _output("points simulate", "Points of purchase amounts", "points:Awards", "Award"),
        _output("points table", "Points of purchase amounts", "points:Awards", "Award"),
        _output(
            "points solve", "The spend for N points, or the rate", "points:SpendsOrRate", "Spend", "Rate"
        ),
        _output(
            "points backtest",
            "Points that rules would have awarded",
            "points:ReportsOrCommand",
            "Group",
            "CommandLine",
        ),
        _output("events decode", "One event, or several", "events:ReadingOrReadings", "Reading"),
        _output(
            "events verify",
            "Verification of one token, or of several",
            "events:VerdictOrVerdicts",
            "Check",
        ),
        _output("events types", "Event types", "events:EventTypes", "EventType"),
        _output(
            "events explain",
            "One event type, several, or fields",
            "events:Explanation",
            "ExplainedType",
            "EventType",
            "FoundField",
        ),
        _output("events keygen", "The files of a key pair", "events:KeyFiles"),
        _output("events send", "Responses of an endpoint", "events:Attempts", "Attempt"),
        _output("events replay", "Responses of an endpoint", "events:Attempts", "Attempt"),
        _named_output(
            "events-listen",
            "A received event",
            f"A line of loyaltyctl events listen -o jsonl. {_MAY_GROW}",
            "events:Reading",
        ),
        _output("sandbox reset", "The number of rules deleted from the sandbox", "settings:SandboxReset"),
        _output("sandbox path", "The path of the sandbox database", "settings:SandboxFile"),
        _output("doctor", "Results of the checks of doctor", "settings:Diagnosis", "Check"),
        _output(
            "schema",
            "A JSON Schema, or the list of all",
            "settings:SchemaOrList",
            "JsonSchema",
            "SchemaEntry",
        ),
        _output("version", "The version, and its environment", "settings:Version"),
        _named_output(
            "error",
            "The error that ended a command",
            _MAY_GROW,
            "errors:Failed",
        ),
        _named_output(
            "requests",
            "The requests of a dry run",
            f"Output of --dry-run --json. {_MAY_GROW}",
            "requests:Requests",
            "Request",
        ),
    )
}
"""All published JSON Schemas, by name."""
