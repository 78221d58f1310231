"""Error responses in every shape, as exceptions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.api.error_responses import error_from_response
from loyaltyctl.errors import Conflict, InvalidData, LoyaltyError, NotAllowed, NotFound, TryLater
from tests.intake.test_strict_json import VALUES

OUTDATED: Any = {"message": "Outdated revision for entity id", "details": {"applicationError": {"code": "INVALID_REVISION", "data": {"revisionViolation": {"entityId": "x"}}}}}  # fmt: skip
INVALID: Any = {"message": "validation failed", "details": {"validationError": {"fieldViolations": [{"field": "earningRule.title", "description": "too long", "ruleName": "MAX_LENGTH"}, {"field": "x"}]}}}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, InvalidData), (401, NotAllowed), (403, NotAllowed), (404, NotFound), (409, Conflict), (412, InvalidData), (422, InvalidData), (428, InvalidData), (429, TryLater), (500, TryLater), (502, TryLater), (503, TryLater), (599, TryLater), (507, LoyaltyError), (418, LoyaltyError), (451, LoyaltyError)],
)  # fmt: skip
def test_every_status_becomes_an_error_even_without_a_body(status: int, kind: type[LoyaltyError]) -> None:
    error = error_from_response("do it", status, {}, "req-1")

    assert type(error) is kind
    assert error.message.startswith("could not do it: ")
    assert error.message.endswith(f"({status} HTTP_{status})")
    assert (error.http_status, error.request_id) == (status, "req-1")


def test_the_code_and_the_message_are_those_of_the_api() -> None:
    error = error_from_response("update it", 409, OUTDATED, None)

    assert error.reason == "INVALID_REVISION"
    assert error.message == "could not update it: Outdated revision for entity id (409 INVALID_REVISION)"


def test_every_violation_is_a_detail() -> None:
    error = error_from_response("create it", 400, INVALID, None)

    assert [(detail.field, detail.message, detail.rule) for detail in error.details] == [
        ("earningRule.title", "too long", "MAX_LENGTH"),
        ("x", "is not valid", ""),
    ]


@given(st.sampled_from([400, 409, 500]), VALUES)
def test_every_body_becomes_an_error(status: int, body: Any) -> None:
    assert error_from_response("do it", status, body, None).message
    assert error_from_response("do it", status, {"message": body, "details": body}, None).message
    assert error_from_response(
        "do it",
        status,
        {"details": {"validationError": {"fieldViolations": body}, "applicationError": body}},
        None,
    ).message


def test_a_long_message_is_cut() -> None:
    assert len(error_from_response("do it", 400, {"message": "x" * 10_000}, None).message) < 600
