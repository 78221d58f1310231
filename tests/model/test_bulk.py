"""Bulk answers, matched by what they say and not by where they stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.errors import InvalidData
from loyaltyctl.model.bulk import ItemStatus, read_results, summary
from tests.model.examples import golden

ANSWER = golden("bulk_create_answer")


def entry(index: Any, *, success: Any = True, rule_id: str = "a", **more: Any) -> dict[str, Any]:
    return {
        "itemMetadata": {"id": rule_id, "originalIndex": index, "success": success, **more},
        "item": {"id": rule_id},
    }


def test_the_answer_of_the_reference_is_read_and_said_again() -> None:
    results = read_results(ANSWER, 1)

    assert [(result.index, result.status, result.title) for result in results] == [
        (0, ItemStatus.CREATED, "Purchase a product")
    ]
    assert summary(results) == ANSWER


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)))
def test_the_order_means_nothing_and_what_is_missing_is_unknown(order: list[int], missing: set[int]) -> None:
    answer: Any = {"results": [entry(i, rule_id=f"id{i}") for i in order if i not in missing]}

    results = read_results(answer, 6)

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
        [entry(0, success=None)],
        [entry(0, rule_id="")],
        [{"itemMetadata": 3}],
        [3],
        [],
    ],
)  # fmt: skip
def test_what_says_nothing_clear_is_unknown(odd: list[Any]) -> None:
    assert [result.status for result in read_results({"results": odd}, 1)] == [ItemStatus.UNKNOWN]


def test_a_refused_item_says_why() -> None:
    [result] = read_results(
        {"results": [entry(0, success=False, error={"code": "X", "description": "no"})]}, 1
    )

    assert (result.status, result.problem) == (ItemStatus.FAILED, "X: no")
    assert result.document()["itemMetadata"] == {
        "originalIndex": 0,
        "success": False,
        "error": {"code": "X", "description": "no"},
    }


@pytest.mark.parametrize("answer", [None, [], {}, {"results": {}}])
def test_an_answer_without_results_is_none(answer: Any) -> None:
    with pytest.raises(InvalidData):
        read_results(answer, 1)
