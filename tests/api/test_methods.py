"""Rows of API methods: paths, revisions, and the check of responses."""

from __future__ import annotations

from typing import Any

import pytest

from loyaltyctl.api import methods
from loyaltyctl.api.calls import call
from loyaltyctl.api.methods import (
    CREATE_RULE,
    DELETE_RULE,
    EARNING_RULES,
    GET_RULE,
    LIST_RULES,
    MAX_ITEMS,
    UPDATE_RULE,
    Effect,
    Method,
)
from loyaltyctl.errors import UsageError
from loyaltyctl.sandbox.app import OPERATIONS, operation_of
from tests.conftest import PURCHASE

ROWS = [row for row in vars(methods).values() if isinstance(row, Method)]


def test_the_sandbox_has_one_operation_for_each_method() -> None:
    operations = [operation_of(row.verb, row.path.replace("{id}", PURCHASE)) for row in ROWS]

    assert sorted(map(str, operations)) == sorted(OPERATIONS)


def test_only_a_get_the_token_and_a_search_are_reads() -> None:
    reads = {row for row in ROWS if row.effect is Effect.READ and row.verb != "GET"}

    assert reads == {methods.GET_TOKEN, methods.SEARCH_ORDERS}


def test_a_revision_is_sent_in_the_place_of_the_method() -> None:
    update = call(UPDATE_RULE, "update it", PURCHASE, body={"earningRule": {"title": "A"}}, revision="7")
    delete = call(DELETE_RULE, "delete it", PURCHASE.upper(), revision="7")

    assert update.body == {"earningRule": {"title": "A", "revision": "7"}}
    assert update.target == f"/_api/loyalty-earning-rules/v1/earning-rules/{PURCHASE}"
    assert delete.target == f"{update.path}?revision=7"
    assert delete.ids == (PURCHASE.upper(),)


def test_an_id_that_is_not_a_guid_is_refused() -> None:
    with pytest.raises(UsageError, match="a rule id must be a GUID"):
        call(GET_RULE, "get it", "../other")


@pytest.mark.parametrize(("method", "body", "usable"), [
    (GET_RULE, {"earningRule": {"id": "a"}}, True), (GET_RULE, {"earningRule": {}}, False), (GET_RULE, {"earningRules": []}, False), (GET_RULE, None, False),
    (LIST_RULES, {"earningRules": []}, True), (LIST_RULES, {}, True), (LIST_RULES, {"rules": []}, False), (LIST_RULES, {"earningRules": [5]}, False), (LIST_RULES, [], False),
    (LIST_RULES, {"earningRules": [{}] * (MAX_ITEMS + 1)}, False),
    (methods.BULK_CREATE_RULES, {"results": []}, True), (methods.BULK_CREATE_RULES, {}, False), (DELETE_RULE, {}, True), (DELETE_RULE, [], False), (DELETE_RULE, None, False),
])  # fmt: skip
def test_a_response_needs_the_content_of_its_method(method: Method, body: Any, usable: bool) -> None:
    assert method.accepts(body) is usable


@pytest.mark.parametrize(("body", "ids"), [
    ({"earningRule": {"id": "a"}}, ["a"]), ({"earningRules": [{"id": "a"}, 5, {"id": "b"}]}, ["a", "b"]),
    ({"results": [{"item": {"id": "a"}}, {"itemMetadata": {}}, 5]}, ["a"]), ({}, []), ([], []), (None, []),
])  # fmt: skip
def test_entities_are_found_in_responses_of_every_kind(body: Any, ids: list[str]) -> None:
    assert [entity["id"] for entity in EARNING_RULES.entities(body)] == ids


def test_expected_content_is_described_by_the_resource() -> None:
    assert [row.expected for row in (CREATE_RULE, LIST_RULES)] == ["rule with an id", "list of rules"]
