"""The outcome of BulkCreate, item by item.

    {"results": [{"itemMetadata": {id?, originalIndex, success, error?}, "item"?}],
     "bulkActionMetadata": {totalSuccesses, totalFailures, undetailedFailures}}

Answers are matched by `originalIndex`, never by position; an item that no answer
mentions, or two do, is unknown, which is not the same as failed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyaltyctl.intake.values import Json, JsonObject


class ItemStatus(StrEnum):
    """What became of one item."""

    CREATED = "created"
    FAILED = "failed"
    UNKNOWN = "unknown"
    UNSENT = "unsent"


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One item of a bulk action; `index` counts in what was sent, or in the input file."""

    index: int
    status: ItemStatus
    title: str = ""
    item: EarningRule | None = None
    error: JsonObject | None = None

    @property
    def id(self) -> str:
        return self.item.id if self.item else ""

    @property
    def problem(self) -> str:
        """The error in a sentence; empty where there is none."""
        parts = [str(part) for name in ("code", "description") if (part := (self.error or {}).get(name))]
        return ": ".join(parts)

    def document(self) -> JsonObject:
        """The result in the API's own shape."""
        metadata: JsonObject = {"id": self.id} if self.item else {}
        metadata |= {"originalIndex": self.index, "success": self.status is ItemStatus.CREATED}
        if self.error:
            metadata["error"] = self.error
        stated: JsonObject = {"itemMetadata": metadata}
        if self.item:
            stated["item"] = self.item.document
        return stated


def summary(results: Iterable[ItemResult]) -> JsonObject:
    """`results` as the API's bulk answer."""
    listed = list(results)
    created = sum(result.status is ItemStatus.CREATED for result in listed)
    return {
        "results": [result.document() for result in listed],
        "bulkActionMetadata": {
            "totalSuccesses": created,
            "totalFailures": len(listed) - created,
            "undetailedFailures": 0,
        },
    }


def read_results(answer: Json, sent: int) -> list[ItemResult]:
    """What `answer` says of `sent` items, one result for each, in the order they were sent.

    Raises InvalidData where it is no bulk answer at all.
    """
    listed = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        raise InvalidData("the answer to a bulk action has no results")
    stated = [result for result in map(_read_result, listed) if result and result.index in range(sent)]
    times = Counter(result.index for result in stated)
    known = {result.index: result for result in stated if times[result.index] == 1}
    return [known.get(i, ItemResult(i, ItemStatus.UNKNOWN)) for i in range(sent)]


def _read_result(value: Json) -> ItemResult | None:
    """One entry of `results`; None where it does not say which item it is about, or what became of it."""
    metadata = value.get("itemMetadata") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(metadata, dict):
        return None
    index, success = metadata.get("originalIndex", 0), metadata.get("success")
    if not isinstance(index, int) or not isinstance(success, bool):
        return None
    if not success:
        error = metadata.get("error")
        return ItemResult(
            index, ItemStatus.FAILED, error=error if isinstance(error, dict) else {"code": "UNKNOWN"}
        )
    item = value.get("item")
    rule = EarningRule.read(item if isinstance(item, dict) else {"id": metadata.get("id")})
    return ItemResult(index, ItemStatus.CREATED, rule.title, rule) if rule.id else None
