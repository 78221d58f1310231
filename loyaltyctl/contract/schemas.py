"""Every JSON Schema by its name: of what the commands read, and of what they print under `--json`.

An output has the name of its command, with dashes between the words. This table loads none
of the shapes: a schema is made when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.schema_kinds import SchemaKind

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_READ = "What {} reads."
_GROWS = "Later versions may add members."
_PRINTED = f"What loyaltyctl {{}} prints with --json. {_GROWS}"
_LINES = " With -o jsonl, a line is one of these $defs: {}."


class Schema(NamedTuple):
    """One schema: what it describes, where that is met, and the shape that it is made of.

    `shape` is a module of this package and a name in it: a shape, or a function that makes the
    schema. `lines` are the $defs that a line of `-o jsonl` is one of, where a line is not the
    whole.
    """

    name: str
    kind: SchemaKind
    title: str
    description: str
    shape: str
    lines: tuple[str, ...] = ()

    def document(self) -> JsonObject:
        """The schema."""
        from loyaltyctl.contract.json_schema import schema_of

        module, _, name = self.shape.partition(":")
        shape = getattr(import_module(f"loyaltyctl.contract.{module}"), name)
        made: JsonObject = shape() if isinstance(shape, FunctionType) else schema_of(shape)
        about = str(made.get("description", self.title + "."))
        lines = _LINES.format(", ".join(self.lines)) if self.lines else ""
        told = f"{about} {self.description}{lines}"
        return {"$schema": DIALECT} | made | {"title": self.title, "description": told}


def _input(name: str, title: str, by: str, shape: str) -> Schema:
    return Schema(name, SchemaKind.INPUT, title, _READ.format(by), f"inputs.{shape}")


def _output(command: str, title: str, shape: str, *lines: str) -> Schema:
    name = command.replace(" ", "-")
    described = _PRINTED.format(command)
    return Schema(name, SchemaKind.OUTPUT, title, described, f"outputs.{shape}", lines)


def _other(name: str, title: str, description: str, shape: str, *lines: str) -> Schema:
    return Schema(name, SchemaKind.OUTPUT, title, description, f"outputs.{shape}", lines)


_RULE = "rules:EarningRule"
_OUTCOMES = "What became of each rule", "rules:Outcomes", "Outcome"
_SITES = "plans:ChangesOrSites", "Change", "Site"

SCHEMAS = {
    schema.name: schema
    for schema in (
        _input(
            "rules-file",
            "Earning rules of a Wix Loyalty program, for loyaltyctl",
            "-f FILE of the commands of rules and points",
            "rules_file:rules_file",
        ),
        _input("plan-file", "A plan for one site", "rules apply PLAN", "plan_file:PlanFile"),
        _input("orders", "An order, a line of JSONL each", "points backtest", "orders:Order"),
        _input(
            "event", "Events in JSON", "events decode, and every command that takes one", "event:EventFile"
        ),
        _output("auth login", "The profile that has credentials now", "settings:SignedIn"),
        _output("auth status", "The credentials in use", "settings:AuthStatus"),
        _output("auth logout", "The profile that has no credentials now", "settings:SignedOut"),
        _output("auth switch", "The profile that is used from now on", "settings:Switched"),
        _output("config list", "All settings", "settings:Settings", "Setting"),
        _output("config get", "A setting", "settings:Setting"),
        _output("config set", "A setting that was stored", "settings:Stored"),
        _output("config unset", "A setting that was removed", "settings:Stored"),
        _output("config path", "Where the configuration lies", "settings:ConfigFiles"),
        _output("rules list", "The earning rules of a site", "rules:Rules", "EarningRule"),
        _output("rules get", "One earning rule, or several", "rules:RuleOrRules", "EarningRule"),
        _output("rules create", "The rule that was created", _RULE),
        _output("rules create-custom", "The rule that was created", _RULE),
        _output("rules bulk-create", "What became of each rule of the input", "rules:Bulk", "BulkItem"),
        _output("rules update", "The rule as it is now", _RULE),
        _output("rules pause", *_OUTCOMES),
        _output("rules resume", *_OUTCOMES),
        _output("rules delete", *_OUTCOMES),
        _output("rules triggers", "What can set off a rule", "rules:Triggers", "Trigger"),
        _output("rules export", "The earning rules of a site, for a file", "rules:Rules", "EarningRule"),
        _output("rules validate", "What was found in files of rules", "rules:Findings", "Finding"),
        _output("rules diff", "What would be changed", "plans:Changes", "Change"),
        _output("rules apply", "What was changed, on one site or on several", *_SITES),
        _output("rules copy", "What was changed, on one site or on several", *_SITES),
        _output("rules rollback", "What was changed back", "plans:Changes", "Change"),
        _output(
            "rules history",
            "The runs from this machine, or the steps of one",
            "plans:RunsOrSteps",
            "Run",
            "Step",
        ),
        _output("points simulate", "What amounts earn", "points:Awards", "Award"),
        _output("points table", "What amounts earn", "points:Awards", "Award"),
        _output(
            "points solve", "The spend for N points, or the rate", "points:SpendsOrRate", "Spend", "Rate"
        ),
        _output(
            "points backtest",
            "What rules would have given",
            "points:ReportsOrCommand",
            "Group",
            "CommandLine",
        ),
        _output("events decode", "One event, or several", "events:ReadingOrReadings", "Reading"),
        _output(
            "events verify",
            "Whether a token, or each of several, is genuine",
            "events:VerdictOrVerdicts",
            "Check",
        ),
        _output("events types", "The types of events", "events:EventTypes", "EventType"),
        _output(
            "events explain",
            "A type of event, several, or fields",
            "events:Explanation",
            "ExplainedType",
            "EventType",
            "FoundField",
        ),
        _output("events keygen", "The files of a pair of keys", "events:KeyFiles"),
        _output("events send", "How an endpoint answered", "events:Attempts", "Attempt"),
        _output("events replay", "How an endpoint answered", "events:Attempts", "Attempt"),
        _other(
            "events-listen",
            "An event that came in",
            f"What loyaltyctl events listen prints with -o jsonl, a line each. {_GROWS}",
            "events:Reading",
        ),
        _output("sandbox reset", "What was deleted from the sandbox", "settings:SandboxReset"),
        _output("sandbox path", "Where the sandbox keeps its rules", "settings:SandboxFile"),
        _output("doctor", "What is wrong with a set-up", "settings:Diagnosis", "Check"),
        _output(
            "schema", "A JSON Schema, or all there are", "settings:SchemaOrList", "JsonSchema", "SchemaEntry"
        ),
        _output("version", "The version, and what it runs on", "settings:Version"),
        _other(
            "error",
            "Why a command failed",
            f"What every command prints on standard error with --json where it fails. {_GROWS}",
            "errors:Failed",
        ),
        _other(
            "requests",
            "The requests of a dry run",
            f"What every command that sends requests prints with --dry-run --json. {_GROWS}",
            "requests:Requests",
            "Request",
        ),
    )
}
"""Every schema by its name."""
