"""What the commands of `rules` print that are about single rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

from loyaltyctl.contract.json_schema import ObjectOf
from loyaltyctl.contract.json_values import OMITTED, InlineEnum, Omitted
from loyaltyctl.contract.outputs.errors import Failure
from loyaltyctl.model import bulk, triggers
from loyaltyctl.model.json_schema import response_properties
from loyaltyctl.model.rule_table import RULE
from loyaltyctl.model.triggers import Kind, Method

EarningRule: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "EarningRule",
        "An earning rule as the API returns it, with the members that are not known here.",
        lambda: response_properties(RULE),
    ),
]
Rules = list[EarningRule]
RuleOrRules = EarningRule | list[EarningRule]


class Outcome(NamedTuple):
    """What became of one rule of those that were named."""

    id: Annotated[str, "Its id, as the rule has it; as it was given where there is no such rule."]
    success: Annotated[bool, "Whether it is done."]
    error: Annotated[Failure | Omitted, "Why it is not."] = OMITTED
    changed: Annotated[
        Literal[False] | Omitted, "Present where nothing was sent: the rule already had that status."
    ] = OMITTED


class Outcomes(NamedTuple):
    """What became of every rule that was named."""

    results: Annotated[list[Outcome], "One for each id, in the order in which they were given."]


BulkError: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "BulkError",
        "The reason that an item was not created, in the API's words if they are known.",
        lambda: {
            "code": Annotated[str | None, "Error code, for scripts."],
            "description": Annotated[str | None, "The reason in a sentence."],
        },
    ),
]


class ItemMetadata(NamedTuple):
    """What became of one item of the input."""

    id: Annotated[str | Omitted, "The id of the rule that was created."]
    original_index: Annotated[int, "Its place in the input, from 0."]
    success: Annotated[bool, "Whether it was created. If not, and there is no error, nobody knows."]
    error: Annotated[BulkError | Omitted, "Why it was not."] = OMITTED


class BulkItem(NamedTuple):
    """One item of the input, and the rule that was made of it."""

    item_metadata: Annotated[ItemMetadata, "What became of it."]
    item: Annotated[EarningRule | Omitted, "The rule that was created."] = OMITTED

    @classmethod
    def of(cls, result: bulk.ItemResult) -> BulkItem:
        """Return an item's result in the shape of the API's response."""
        metadata = ItemMetadata(
            id=result.id if result.item else OMITTED,
            original_index=result.index,
            success=result.status is bulk.ItemStatus.CREATED,
            error=result.error or OMITTED,
        )
        return cls(metadata, result.item.document if result.item else OMITTED)


class BulkMetadata(NamedTuple):
    """How many items were created."""

    total_successes: Annotated[int, "Items that were created."]
    total_failures: Annotated[int, "Items that were not, or may not have been."]
    undetailed_failures: Annotated[int, "Always 0: every item is in the results."]


class Bulk(NamedTuple):
    """The outcome of a bulk action over a whole input, as the API would answer it."""

    results: Annotated[list[BulkItem], "One for each item of the input."]
    bulk_action_metadata: Annotated[BulkMetadata, "How many of each there are."]

    @classmethod
    def of(cls, results: Sequence[bulk.ItemResult], items: list[BulkItem]) -> Bulk:
        """Return results in the shape of the API's response to a bulk action."""
        created = sum(result.status is bulk.ItemStatus.CREATED for result in results)
        return cls(items, BulkMetadata(created, len(results) - created, undetailed_failures=0))


class Trigger(NamedTuple):
    """What can set off a rule."""

    title: Annotated[str, "What it is, in words."]
    trigger_activity_type: Annotated[str, "The activity."]
    trigger_app_id: Annotated[str, "The app that reports the activity."]
    kind: Annotated[Kind, "Who manages its rules."]
    methods: Annotated[list[Method], "How its rules may award points."]

    @classmethod
    def of(cls, trigger: triggers.Trigger) -> Trigger:
        """Return a trigger with the members that are published."""
        return cls(trigger.title, trigger.activity_type, trigger.app_id, trigger.kind, [*trigger.methods])


Triggers = list[Trigger]


class Severity(InlineEnum):
    """How much a finding matters."""

    ERROR = "error"
    ADVICE = "advice"


class Finding(NamedTuple):
    """One thing that was found in a file of rules."""

    severity: Annotated[Severity, "Whether it must be mended, or may be meant."]
    code: Annotated[str, "What kind of thing it is, for scripts."]
    message: Annotated[str, "What it is, in a sentence."]
    field: Annotated[str | None, "The field that it is about; null for the whole rule."]
    file: Annotated[str, "The file."]
    line: Annotated[int | None, "The line, from 1; null where that is not known."]
    column: Annotated[int | None, "The column, from 1; null where that is not known."]


class Findings(NamedTuple):
    """Everything that was found in files of rules."""

    valid: Annotated[bool, "Whether there are no errors."]
    findings: Annotated[list[Finding], "By file, line and column."]


class FieldChange(NamedTuple):
    """One value that differs."""

    path: Annotated[str, "Where it stands in the rule, such as conversionRate.configs[base].points."]
    old: Annotated[Any, "What it is; null where there is none."]
    new: Annotated[Any, "What it is to be; null where there is to be none."]
