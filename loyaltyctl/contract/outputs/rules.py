"""Outputs of `rules`: earning rules, results of changes, triggers, and findings in rules files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

from loyaltyctl.contract.json_values import OMITTED, InlineEnum, Omitted
from loyaltyctl.contract.outputs.errors import Failure
from loyaltyctl.contract.types import ObjectOf
from loyaltyctl.model import bulk, triggers
from loyaltyctl.model.resource_schemas import response_properties
from loyaltyctl.model.rule_table import RULE
from loyaltyctl.model.triggers import Kind, Method

EarningRule: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "EarningRule",
        "An earning rule as the API returns it, including undocumented members.",
        lambda: response_properties(RULE),
    ),
]
Rules = list[EarningRule]
RuleOrRules = EarningRule | list[EarningRule]


class Outcome(NamedTuple):
    """Result for one of the rules given by id (rules pause, resume, delete)."""

    id: Annotated[str, "The id of the rule, as given if the rule does not exist."]
    success: Annotated[bool, "Whether the rule was changed, or needed no change."]
    error: Annotated[Failure | Omitted, "The reason that it failed."] = OMITTED
    changed: Annotated[
        Literal[False] | Omitted, "Present if nothing was sent, because the rule already had that status."
    ] = OMITTED


class Outcomes(NamedTuple):
    """Results for all rules given by id (rules pause, resume, delete)."""

    results: Annotated[list[Outcome], "One result for each id, in the order of the command line."]


BulkError: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "BulkError",
        "The reason that an item was not created; from the API if it gave one.",
        lambda: {
            "code": Annotated[str | None, "Error code, for scripts."],
            "description": Annotated[str | None, "The reason in a sentence."],
        },
    ),
]


class ItemMetadata(NamedTuple):
    """Result of a bulk create for one item of the input."""

    id: Annotated[str | Omitted, "The id of the rule that was created."]
    original_index: Annotated[int, "The index of the item in the input, from 0."]
    # The API's shape has no third state, so an unknown result has no error.
    success: Annotated[bool, "Whether it was created. false without an error: unknown."]
    error: Annotated[BulkError | Omitted, "The reason that it failed."] = OMITTED


class BulkItem(NamedTuple):
    """Item of a bulk create: the result, and the rule created from the item."""

    item_metadata: Annotated[ItemMetadata, "The result for the item."]
    item: Annotated[EarningRule | Omitted, "The rule that was created."] = OMITTED

    @classmethod
    def of(cls, result: bulk.ItemResult) -> BulkItem:
        """Convert the result for one item of a bulk create to its JSON output, in the shape of the API."""
        metadata = ItemMetadata(
            id=result.id if result.item else OMITTED,
            original_index=result.index,
            success=result.status is bulk.ItemStatus.CREATED,
            error=result.error or OMITTED,
        )
        return cls(metadata, result.item.document if result.item else OMITTED)


class BulkMetadata(NamedTuple):
    """Number of items of a bulk create by result."""

    total_successes: Annotated[int, "Items created."]
    total_failures: Annotated[int, "Items not created, or of unknown result."]
    undetailed_failures: Annotated[int, "Always 0: every item is in the results."]


class Bulk(NamedTuple):
    """Results of a bulk create for all items of the input, in the shape of the API's response."""

    results: Annotated[list[BulkItem], "One result for each item of the input."]
    bulk_action_metadata: Annotated[BulkMetadata, "The number of items by result."]

    @classmethod
    def of(cls, results: Sequence[bulk.ItemResult], items: list[BulkItem]) -> Bulk:
        """Convert the results of a bulk create to their JSON output; `items` are already converted."""
        created = sum(result.status is bulk.ItemStatus.CREATED for result in results)
        return cls(items, BulkMetadata(created, len(results) - created, undetailed_failures=0))


class Trigger(NamedTuple):
    """Trigger of earning rules: an activity, the app that reports it, and the permitted award methods."""

    title: Annotated[str, "The activity in words."]
    trigger_activity_type: Annotated[str, "The id of the activity."]
    trigger_app_id: Annotated[str, "The app that reports the activity."]
    kind: Annotated[Kind, "The kind of its rules: who manages them."]
    methods: Annotated[list[Method], "The methods of awarding points that its rules may use."]

    @classmethod
    def of(cls, trigger: triggers.Trigger) -> Trigger:
        """Convert a trigger of earning rules to its JSON output."""
        return cls(trigger.title, trigger.activity_type, trigger.app_id, trigger.kind, [*trigger.methods])


Triggers = list[Trigger]


class Severity(InlineEnum):
    """Severity of a finding in a rules file."""

    ERROR = "error"
    ADVICE = "advice"


class Finding(NamedTuple):
    """Finding about a rules file: an error, or advice (rules validate)."""

    severity: Annotated[Severity, "error: must be fixed. advice: may be unintended."]
    code: Annotated[str, "The kind of problem, for scripts."]
    message: Annotated[str, "The problem in a sentence."]
    field: Annotated[str | None, "The field; null for the whole rule."]
    file: Annotated[str, "The file."]
    line: Annotated[int | None, "The line, from 1; null if unknown."]
    column: Annotated[int | None, "The column, from 1; null if unknown."]


class Findings(NamedTuple):
    """Findings about all rules files (rules validate)."""

    valid: Annotated[bool, "Whether there are no errors."]
    findings: Annotated[list[Finding], "The problems, sorted by file, line and column."]


class FieldChange(NamedTuple):
    """Field of a rule with its current and new value."""

    path: Annotated[str, "The path of the field, such as conversionRate.configs[base].points."]
    old: Annotated[Any, "The current value; null if there is none."]
    new: Annotated[Any, "The new value; null if it is removed."]
