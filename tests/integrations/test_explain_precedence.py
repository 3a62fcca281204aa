"""Which of several updates, and which of several obstacles, is the one cause. Plain data only."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.explaining.causes import (
    Cause,
    LaneFacts,
    OrderFacts,
    ShopFacts,
    UpdateFacts,
    cause_of,
)
from vitrines.statuses import OrderStatus

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
PREPARING = OrderStatus.EM_PREPARACAO
DISPATCHED = OrderStatus.DESPACHADO
BOARDED = OrderStatus.EMBARCADO
LATER = NOW + timedelta(minutes=1)


def update(sequence, status, state, reason="", **fields):
    values = {"kind": "status", "turn": False, "due_at": NOW}
    return UpdateFacts(
        id=sequence, sequence=sequence, status=status, state=state, reason=reason, **values | fields
    )


def decide(status, *updates, lane=None, published=True):
    shop = ShopFacts("LOJA-SP", "Genérica", published=published, lane=lane or LaneFacts())
    return cause_of(OrderFacts(status=status), shop, updates, NOW)


def of(decision):
    return decision.cause, decision.update and decision.update.id


def test_latest_status_update_decides():
    decision = decide(
        DISPATCHED,
        update(1, PREPARING, "sent", "accepted"),
        update(2, DISPATCHED, "failed", "rejected"),
    )

    assert of(decision) == (Cause.REJECTED, 2)


def test_late_fact_after_an_accepted_status_does_not_decide():
    decision = decide(
        DISPATCHED,
        update(1, DISPATCHED, "sent", "accepted"),
        update(2, PREPARING, "skipped", "regression"),
    )

    assert of(decision) == (Cause.ACCEPTED, 1)


def test_late_fact_about_the_present_status_is_why_the_store_is_not_told():
    decision = decide(
        PREPARING,
        update(1, OrderStatus.PROBLEMAS, "skipped", "inactive"),
        update(2, PREPARING, "skipped", "regression"),
    )

    assert of(decision) == (Cause.REGRESSION_BLOCKED, 2)


def test_status_that_no_update_speaks_of_has_no_event():
    decision = decide(DISPATCHED, update(1, PREPARING, "sent", "accepted"))

    assert of(decision) == (Cause.NO_EVENT_YET, None)


@pytest.mark.parametrize(
    ("state", "reason", "cause"),
    [
        ("failed", "rejected", Cause.REJECTED),
        ("held", "unmapped", Cause.UNMAPPED),
        ("pending", "", Cause.QUEUED_BEHIND),
    ],
)
def test_open_tracking_goes_before_an_accepted_status(state, reason, cause):
    tracking = update(2, BOARDED, state, reason, kind="tracking", turn=state == "pending")

    decision = decide(BOARDED, update(1, BOARDED, "sent", "accepted"), tracking)

    assert of(decision) == (cause, 2)


def test_failed_tracking_goes_before_a_later_one_in_the_queue():
    decision = decide(
        BOARDED,
        update(1, BOARDED, "sent", "accepted"),
        update(2, BOARDED, "failed", "exhausted", kind="tracking"),
        update(3, BOARDED, "pending", kind="tracking", turn=True),
    )

    assert of(decision) == (Cause.EXHAUSTED, 2)


def test_refused_status_goes_before_its_open_tracking():
    decision = decide(
        BOARDED,
        update(1, BOARDED, "failed", "rejected"),
        update(2, BOARDED, "failed", "exhausted", kind="tracking"),
    )

    assert of(decision) == (Cause.REJECTED, 1)


@pytest.mark.parametrize("reason", ["accepted", "already_applied"])
def test_sent_tracking_leaves_the_accepted_status(reason):
    decision = decide(
        BOARDED,
        update(1, BOARDED, "sent", reason),
        update(2, BOARDED, "sent", "accepted", kind="tracking"),
    )

    assert of(decision) == (Cause(reason), 1)


def test_update_waiting_its_turn_tells_why_the_head_waits():
    decision = decide(
        DISPATCHED,
        update(1, PREPARING, "pending", turn=True, attempts_made=2, due_at=LATER),
        update(2, DISPATCHED, "pending"),
    )

    assert of(decision) == (Cause.QUEUED_BEHIND, 2)
    assert of(decision.behind) == (Cause.RETRYING, 1)


def test_strict_platform_waits_behind_the_earliest_stuck_update():
    decision = decide(
        BOARDED,
        update(1, PREPARING, "failed", "rejected"),
        update(2, DISPATCHED, "held", "unmapped"),
        update(3, BOARDED, "pending"),
    )

    assert of(decision) == (Cause.QUEUED_BEHIND, 3)
    assert of(decision.behind) == (Cause.REJECTED, 1)


@pytest.mark.parametrize(
    ("state", "attempts_made", "cause"),
    [
        ("pending", 0, Cause.QUEUED_BEHIND),
        ("pending", 3, Cause.RETRYING),
        ("sending", 0, Cause.QUEUED_BEHIND),
        ("sending", 3, Cause.RETRYING),
    ],
)
def test_head_of_a_healthy_lane_is_retrying_once_it_was_tried(state, attempts_made, cause):
    head = update(1, PREPARING, state, turn=True, attempts_made=attempts_made)

    decision = decide(PREPARING, head)

    assert (of(decision), decision.behind) == ((cause, 1), None)


STOPPED = {"paused_at": NOW, "pause_reason": "manual"}
REFUSED = {"paused_at": NOW, "pause_reason": "auth_refused"}
BROKEN = {"breaker_open_until": LATER}
THROTTLED = {"throttled_until": LATER}


@pytest.mark.parametrize(
    ("lane", "published", "cause"),
    [
        (STOPPED, True, Cause.LANE_PAUSED),
        ({**STOPPED, "pause_reason": "gone"}, True, Cause.LANE_PAUSED),
        ({**STOPPED, "pause_reason": "config"}, True, Cause.LANE_PAUSED),
        (REFUSED, True, Cause.AUTH_REFUSED),
        (REFUSED, False, Cause.LANE_PAUSED),
        (BROKEN | REFUSED, True, Cause.AUTH_REFUSED),
        (BROKEN | THROTTLED, True, Cause.BREAKER_OPEN),
        (THROTTLED, True, Cause.THROTTLED),
        ({"breaker_open_until": NOW}, True, Cause.RETRYING),
        ({"throttled_until": NOW}, True, Cause.RETRYING),
    ],
)
def test_stopped_lane_is_the_cause_of_what_waits_in_it(lane, published, cause):
    head = update(1, PREPARING, "pending", turn=True, attempts_made=1)

    assert of(decide(PREPARING, head, lane=LaneFacts(**lane), published=published)) == (cause, 1)


def test_stopped_lane_is_not_the_cause_of_what_is_already_told():
    sent = update(1, PREPARING, "sent", "accepted")

    assert of(decide(PREPARING, sent, lane=LaneFacts(**STOPPED))) == (Cause.ACCEPTED, 1)


@pytest.mark.parametrize(
    ("inclusion", "reason", "cause"),
    [
        ("held", "unmapped", Cause.INBOUND_UNMAPPED),
        ("not_included", "cancelled", Cause.NOT_INCLUDED_CANCELLED),
        ("not_included", "inactive", Cause.NOT_INCLUDED_INACTIVE),
        ("included", "default", Cause.NO_EVENT_YET),
    ],
)
def test_order_without_a_status_is_explained_by_its_inclusion(inclusion, reason, cause):
    order = OrderFacts(status=None, inclusion=inclusion, inclusion_reason=reason)

    assert of(cause_of(order, ShopFacts("LOJA-SP", "Genérica"), (), NOW)) == (cause, None)
