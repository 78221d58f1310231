"""What the commands of `rules` print that are about single rules."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from loyaltyctl.contract.outputs.shape import Open, Shape, optional
from loyaltyctl.model.json_schema import response_properties
from loyaltyctl.model.rule_table import RULE
from loyaltyctl.model.triggers import Kind, Method


class EarningRule(Open):
    """An earning rule as the API states it; what is not known here is kept."""

    model_config = ConfigDict(json_schema_extra={"properties": response_properties(RULE)})


Rules = list[EarningRule]
RuleOrRules = EarningRule | list[EarningRule]


class Failure(Shape):
    """Why something was not done."""

    code: str = Field(description="What went wrong, for scripts: the API's own code, or one of ours.")
    message: str = Field(description="The same in a sentence.")


class Outcome(Shape):
    """What became of one rule of those that were named."""

    id: str = Field(description="Its id, as the rule has it; as it was given where there is no such rule.")
    success: bool = Field(description="Whether it is done.")
    error: Failure = optional("Why it is not.")
    changed: Literal[False] = optional("Present where nothing was sent: the rule already had that status.")


class Outcomes(Shape):
    """What became of every rule that was named."""

    results: list[Outcome] = Field(description="One for each id, in the order in which they were given.")


class BulkError(Open):
    """Why an item was not created, in the API's words where these are known."""

    code: str | None = optional("For scripts.")
    description: str | None = optional("In a sentence.")


class ItemMetadata(Shape):
    """What became of one item of the input."""

    id: str = optional("The id of the rule that was created.")
    original_index: int = Field(description="Its place in the input, from 0.")
    success: bool = Field(description="Whether it was created. If not, and there is no error, nobody knows.")
    error: BulkError = optional("Why it was not.")


class BulkItem(Shape):
    """One item of the input, and the rule that was made of it."""

    item_metadata: ItemMetadata = Field(description="What became of it.")
    item: EarningRule = optional("The rule that was created.")


class BulkMetadata(Shape):
    """How many items were created."""

    total_successes: int = Field(description="Items that were created.")
    total_failures: int = Field(description="Items that were not, or may not have been.")
    undetailed_failures: int = Field(description="Always 0: every item is in the results.")


class Bulk(Shape):
    """The outcome of a bulk action over a whole input, as the API would answer it."""

    results: list[BulkItem] = Field(description="One for each item of the input.")
    bulk_action_metadata: BulkMetadata = Field(description="How many of each there are.")


class Trigger(Shape):
    """What can set off a rule."""

    title: str = Field(description="What it is, in words.")
    trigger_activity_type: str = Field(description="The activity.")
    trigger_app_id: str = Field(description="The app that reports the activity.")
    kind: Kind = Field(description="Who manages its rules.")
    methods: list[Method] = Field(description="How its rules may award points.")


Triggers = list[Trigger]


class Finding(Shape):
    """One thing that was found in a file of rules."""

    severity: Literal["error", "advice"] = Field(description="Whether it must be mended, or may be meant.")
    code: str = Field(description="What kind of thing it is, for scripts.")
    message: str = Field(description="What it is, in a sentence.")
    field: str | None = Field(description="The field that it is about; null for the whole rule.")
    file: str = Field(description="The file.")
    line: int | None = Field(description="The line, from 1; null where that is not known.")
    column: int | None = Field(description="The column, from 1; null where that is not known.")


class Findings(Shape):
    """Everything that was found in files of rules."""

    valid: bool = Field(description="Whether there are no errors.")
    findings: list[Finding] = Field(description="By file, line and column.")


class FieldChange(Shape):
    """One value that differs."""

    path: str = Field(description="Where it stands in the rule, such as conversionRate.configs[base].points.")
    old: Any = Field(description="What it is; null where there is none.")
    new: Any = Field(description="What it is to be; null where there is to be none.")
