"""Results of bulk actions: matched by index, never by position."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.contract.json_values import to_json_value
from loyaltyctl.contract.outputs.rules import Bulk, BulkItem
from loyaltyctl.errors import InvalidData
from loyaltyctl.model.bulk import ItemStatus, read_results
from tests.model.examples import golden

RESPONSE = golden("bulk_create_answer")


def entry(index: Any, *, success: Any = True, rule_id: str = "a", **more: Any) -> dict[str, Any]:
    return {
        "itemMetadata": {"id": rule_id, "originalIndex": index, "success": success, **more},
        "item": {"id": rule_id},
    }


def test_the_response_in_the_reference_is_read_and_written_unchanged() -> None:
    results = read_results(RESPONSE, 1)

    assert [(result.index, result.status, result.title) for result in results] == [
        (0, ItemStatus.CREATED, "Purchase a product")
    ]
    assert to_json_value(Bulk.of(results, [*map(BulkItem.of, results)])) == RESPONSE


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)))
def test_results_in_any_order_are_matched_and_missing_ones_are_unknown(
    order: list[int], missing: set[int]
) -> None:
    response: Any = {"results": [entry(i, rule_id=f"id{i}") for i in order if i not in missing]}

    results = read_results(response, 6)

    assert [result.index for result in results] == list(range(6))
    assert {result.index for result in results if result.status is ItemStatus.UNKNOWN} == missing
    assert all(result.id == f"id{result.index}" for result in results if result.status is ItemStatus.CREATED)


@pytest.mark.parametrize(
    "odd",
    [
        [entry(0), entry(0)],
        [entry(7)],
        [entry(-1)],
        [entry("0")],
        [entry(False)],  # noqa: FBT003 - a value of JSON
        [entry(0, success=None)],
        [entry(0, rule_id="")],
        [{"itemMetadata": 3}],
        [3],
        [],
    ],
)  # fmt: skip
def test_an_ambiguous_result_is_unknown(odd: list[Any]) -> None:
    assert [result.status for result in read_results({"results": odd}, 1)] == [ItemStatus.UNKNOWN]


def test_a_failed_item_has_its_error() -> None:
    [result] = read_results(
        {"results": [entry(0, success=False, error={"code": "X", "description": "no"})]}, 1
    )

    assert (result.status, result.problem) == (ItemStatus.FAILED, "X: no")
    assert to_json_value(BulkItem.of(result).item_metadata) == {
        "originalIndex": 0,
        "success": False,
        "error": {"code": "X", "description": "no"},
    }


@pytest.mark.parametrize("response", [None, [], {}, {"results": {}}])
def test_a_response_without_results_is_invalid(response: Any) -> None:
    with pytest.raises(InvalidData):
        read_results(response, 1)
