"""Parse the response of the API's BulkCreate into one result for each item.

    {"results": [{"itemMetadata": {id?, originalIndex, success, error?}, "item"?}],
     "bulkActionMetadata": {totalSuccesses, totalFailures, undetailedFailures}}

Results are matched to items by `originalIndex`, never by position. An item without a result, or
with two, is UNKNOWN: its rule may have been created, so it must not be reported as failed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject


class ItemStatus(StrEnum):
    """Status of an item after a bulk create."""

    CREATED = "created"
    FAILED = "failed"
    UNKNOWN = "unknown"
    UNSENT = "unsent"


@dataclass(frozen=True, slots=True)
class ItemResult:
    """Result of a bulk create for one item.

    `index` is the position of the item, from 0: in the request at first, later in the whole input.
    """

    index: int
    status: ItemStatus
    title: str = ""
    item: EarningRule | None = None
    error: JsonObject | None = None

    @property
    def id(self) -> str:
        """Id of the rule that the bulk create made for the item; empty if it is not known."""
        return self.item.id if self.item else ""

    @property
    def problem(self) -> str:
        """Code and description of the error of the bulk create for the item; empty if there is none."""
        parts = [str(part) for name in ("code", "description") if (part := (self.error or {}).get(name))]
        return ": ".join(parts)


def read_results(response: Json, sent: int) -> list[ItemResult]:
    """Parse a bulk response: return a result for each of the `sent` items, in the order of the request.

    Raises InvalidData if `response` has no list of results.
    """
    listed = response.get("results") if isinstance(response, dict) else None
    if not isinstance(listed, list):
        raise InvalidData("the response to a bulk action has no results")
    parsed = [result for result in map(_read_result, listed) if result and result.index in range(sent)]
    times = Counter(result.index for result in parsed)
    known = {result.index: result for result in parsed if times[result.index] == 1}
    return [known.get(i, ItemResult(i, ItemStatus.UNKNOWN)) for i in range(sent)]


def _read_result(value: Json) -> ItemResult | None:
    """Parse one of the `results` in a bulk response; return None if it is malformed."""
    metadata = value.get("itemMetadata") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(metadata, dict):
        return None
    # The index is optional in the SDK's types; a missing one is read as 0.
    index, success = metadata.get("originalIndex", 0), metadata.get("success")
    if type(index) is not int or not isinstance(success, bool):
        return None
    if not success:
        error = metadata.get("error")
        return ItemResult(
            index, ItemStatus.FAILED, error=error if isinstance(error, dict) else {"code": "UNKNOWN"}
        )
    # `item` is optional in the reference: the id in the metadata identifies the rule too.
    item = value.get("item")
    rule = EarningRule.read(item if isinstance(item, dict) else {"id": metadata.get("id")})
    return ItemResult(index, ItemStatus.CREATED, rule.title, rule) if rule.id else None
