"""`events types` and `events explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.model.events.catalog import EVENT_TYPES, EventType

if TYPE_CHECKING:
    from tests.conftest import Run


def test_types_lists_them_all(run: Run) -> None:
    listed = run("events types --json").json()

    assert [one["eventType"] for one in listed] == [kind.name for kind in EVENT_TYPES]
    assert listed[3] == {
        "eventType": "wix.loyalty.v1.program_updated",
        "entityFqdn": "wix.loyalty.v1.program",
        "slug": "updated",
        "title": "Loyalty program was updated",
        "handlers": ["wixLoyalty_onProgramUpdated", "programs.onProgramUpdated"],
    }
    assert run("events types -o id").out.split() == [kind.name for kind in EVENT_TYPES]
    assert run("events types").out.count("\n") == len(EVENT_TYPES)


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.name)
@pytest.mark.sampled
def test_a_type_is_explained(kind: EventType, run: Run) -> None:
    document = run(f"events explain {kind.name} --json").json()
    shown = run(f"events explain {kind.name} -o table").out

    assert document["fires"] == kind.fires
    assert document["quirks"] == [*kind.quirks]
    assert document["example"]["entityFqdn"] == kind.entity.fqdn
    assert all({"path", "kind", "about"} <= {*field} for field in document["fields"])
    for text in (kind.name, kind.title, kind.fires, kind.velo, kind.sdk, *kind.quirks):
        assert text in shown
    assert all(field["path"] in shown for field in document["fields"])
    assert '  "entityFqdn": ' in shown
    if kind.velo:
        assert run(f"events explain {kind.velo} --json").json()["eventType"] == kind.name


def test_the_example_of_a_type_is_an_event(run: Run) -> None:
    for kind in EVENT_TYPES:
        example = run(f"events explain {kind.name} --query example").out

        assert run("events decode - --json", stdin=example).json()["eventType"] == kind.name


def test_a_field_is_explained(run: Run) -> None:
    balance = run("events explain points.balance --json").json()

    assert balance == [
        {
            "path": "entity.points.balance",
            "kind": "whole number",
            "about": "Points available: earned plus adjusted, minus redeemed.",
            "eventTypes": [
                f"wix.loyalty.v1.account_{slug}" for slug in ("created", "updated", "points_updated")
            ],
        }
    ]
    assert run("events explain entityEventSequence").out.startswith("event.entityEventSequence\tcount\t")
    assert "values" in run("events explain identity.identityType --json").json()[0]
    assert len(run("events explain status --json").json()) > 1
    assert run("events explain entity.points.balance -o id").out == "entity.points.balance\n"


def test_a_name_of_several_types_lists_them(run: Run) -> None:
    assert run("events explain onCouponDeleted -o id").out.split() == [
        "wix.loyalty.v1.coupon_deleted",
        "wix.ecommerce.coupons.v2.coupon_deleted",
    ]


@pytest.mark.parametrize("what", ["xyzzy", "updated", "", "entity.", "."])
def test_what_is_neither_type_nor_field_is_not_found(what: str, run: Run) -> None:
    ended = run(["events", "explain", what, "--json"], code=3)

    assert ended.error()["code"] == "NOT_FOUND"
    assert "no event type or field" in ended.error()["message"]
