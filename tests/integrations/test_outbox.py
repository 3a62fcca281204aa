"""Every decision about telling the platform is a row; only the head of an order has the turn."""

import pytest

from integrations.delivery import outbox
from integrations.models import UpdateReason, UpdateState
from status_mapping.models import MappingRevision
from tests.factories import (
    NOW,
    enqueue_status,
    make_event,
    make_invoice,
    make_mapping,
    make_order,
    make_tracking,
    make_update,
    make_vitrine,
    open_outbox,
)
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

PREPARING = OrderStatus.EM_PREPARACAO
DISPATCHED = OrderStatus.DESPACHADO
BOARDED = OrderStatus.EMBARCADO


@pytest.fixture
def vitrine():
    return make_vitrine()


@pytest.fixture
def order(vitrine):
    return make_order(vitrine)


def enqueue(order, status, **fields):
    return enqueue_status(order=order, event=make_event(order), status=status, now=NOW, **fields)


def write(opened):
    outbox.write_outboxes([opened], opened.rules, opened.staged)


def release_waiting(order):
    opened = open_outbox(order)
    opened.release_waiting(facts=outbox.facts_of(order), now=NOW)
    write(opened)


def outcome(update):
    update.refresh_from_db()
    return update.state, update.reason, update.turn


def test_enqueue_status_mapped_waits_its_dispatch_with_the_row_copied(order, vitrine):
    make_mapping(
        vitrine, PREPARING, "PICKING", ez_core_status_id="4", ez_core_flow_id="10", channel="url"
    )
    MappingRevision.objects.create(
        vitrine=vitrine, number=12, author_label="m", created_at=NOW, before={}, after={}
    )

    update = enqueue(order, PREPARING)

    assert outcome(update) == (UpdateState.PENDING, "", True)
    assert (update.sequence, update.channel, update.due_at) == (1, "url", NOW)
    assert (update.platform_status, update.mapping_revision) == ("PICKING", 12)
    assert (update.ez_core_status_id, update.ez_core_flow_id) == ("4", "10")
    assert update.platform == "generic"
    assert len(update.platform_digest) == 64


def test_enqueue_status_without_a_row_is_held(order):
    update = enqueue(order, PREPARING)

    assert outcome(update) == (UpdateState.HELD, UpdateReason.UNMAPPED, False)
    assert update.finished_at is None


def test_enqueue_status_active_without_a_word_is_held(order, vitrine):
    make_mapping(vitrine, PREPARING, "", active=True)

    assert outcome(enqueue(order, PREPARING)) == (UpdateState.HELD, UpdateReason.UNMAPPED, False)


def test_enqueue_status_inactive_is_skipped(order, vitrine):
    make_mapping(vitrine, PREPARING, "PICKING", active=False)

    update = enqueue(order, PREPARING)

    assert outcome(update) == (UpdateState.SKIPPED, UpdateReason.INACTIVE, False)
    assert update.finished_at == NOW


def test_enqueue_status_by_a_channel_not_offered_for_it_fails_with_the_fix(order, vitrine):
    make_mapping(vitrine, PREPARING, "PICKING", channel="xml")

    update = enqueue(order, PREPARING)

    assert outcome(update) == (UpdateState.FAILED, UpdateReason.NOT_OFFERED, False)
    assert update.detail == (
        "Genérica (XML, rastreio ou URL) não oferece envio por XML para Em preparação. "
        "Escolha outro envio no DE-PARA."
    )


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (DISPATCHED, UpdateReason.WAITING_INVOICE_XML),
        (BOARDED, UpdateReason.WAITING_TRACKING),
    ],
)
def test_enqueue_status_whose_channel_lacks_its_fact_is_held(order, vitrine, status, reason):
    make_mapping(vitrine, status, "WORD")

    assert outcome(enqueue(order, status)) == (UpdateState.HELD, reason, False)


def test_release_waiting_lets_go_only_what_has_its_fact_now(order, vitrine):
    make_mapping(vitrine, DISPATCHED, "INVOICED")
    make_mapping(vitrine, BOARDED, "SHIPPED")
    dispatched, boarded = enqueue(order, DISPATCHED), enqueue(order, BOARDED)
    make_invoice(order, xml=b"<nfeProc/>")

    release_waiting(order)

    assert outcome(dispatched) == (UpdateState.PENDING, "", True)
    assert outcome(boarded) == (UpdateState.HELD, UpdateReason.WAITING_TRACKING, False)


def test_release_waiting_ignores_a_cancelled_note(order, vitrine):
    make_mapping(vitrine, DISPATCHED, "INVOICED")
    update = enqueue(order, DISPATCHED)
    make_invoice(order, xml=b"<nfeProc/>", cancelled_at=NOW)

    release_waiting(order)

    assert outcome(update) == (UpdateState.HELD, UpdateReason.WAITING_INVOICE_XML, False)


def test_enqueue_behind_an_open_update_waits_its_turn(order, vitrine):
    make_mapping(vitrine, PREPARING, "PICKING")
    make_mapping(vitrine, BOARDED, "SHIPPED", channel="url")

    first, second = enqueue(order, PREPARING), enqueue(order, BOARDED)

    assert outcome(first) == (UpdateState.PENDING, "", True)
    assert outcome(second) == (UpdateState.PENDING, "", False)
    assert (first.sequence, second.sequence) == (1, 2)


def test_enqueue_tracking_goes_with_the_row_of_the_current_status(order, vitrine):
    make_mapping(vitrine, OrderStatus.PAGAMENTO_CONFIRMADO, "PAID")
    tracking = make_tracking(order)

    opened = open_outbox(order)
    update = opened.enqueue_tracking(
        event=make_event(order), tracking=tracking, facts=outbox.facts_of(order), now=NOW
    )
    write(opened)

    assert outcome(update) == (UpdateState.PENDING, "", True)
    assert (update.kind, update.channel, update.platform_status) == ("tracking", "tracking", "PAID")
    assert update.tracking == tracking


def test_enqueue_skipped_keeps_the_reason_and_never_takes_the_turn(order):
    opened = open_outbox(order)
    update = opened.enqueue_skipped(
        event=make_event(order), status=PREPARING, reason=UpdateReason.ECHO, now=NOW
    )
    write(opened)

    assert outcome(update) == (UpdateState.SKIPPED, UpdateReason.ECHO, False)


class TestGiveTurns:
    """``UpdateState`` of an order's updates in sequence → which one gets the turn."""

    cases = [
        (["held", "pending"], 1, None),
        (["failed", "pending"], 1, None),
        (["sent", "pending", "pending"], 1, 1),
        (["pending", "sending", "pending"], 1, 1),
        (["skipped", "superseded", "cancelled", "pending"], 3, 3),
        (["sent", "held"], None, None),
    ]

    def rows(self, order, states):
        reasons = {"held": "unmapped", "failed": "rejected", "pending": "", "sending": ""}
        return [
            make_update(
                order,
                state=UpdateState(state),
                reason=reasons.get(state, "accepted"),
                turn=state == "sending",
            )
            for state in states
        ]

    def head(self, order, updates):
        return next((i for i, u in enumerate(updates) if outcome(u)[2]), None)

    @pytest.mark.parametrize(("states", "free", "strict"), cases)
    def test_free_platform(self, order, states, free, strict):
        updates = self.rows(order, states)
        outbox.give_turns([order.pk], strict=False)
        assert self.head(order, updates) == free

    @pytest.mark.parametrize(("states", "free", "strict"), cases)
    def test_strict_platform(self, order, states, free, strict):
        updates = self.rows(order, states)
        outbox.give_turns([order.pk], strict=True)
        assert self.head(order, updates) == strict

    def test_an_earlier_update_released_later_takes_the_turn_back(self, order):
        earlier = make_update(order, turn=False)
        later = make_update(order, turn=True)

        outbox.give_turns([order.pk], strict=False)

        assert (outcome(earlier)[2], outcome(later)[2]) == (True, False)


def test_supersede_older_closes_statuses_and_spares_trackings(order):
    held = make_update(order, state=UpdateState.HELD, reason=UpdateReason.UNMAPPED)
    tracking = make_update(
        order, state=UpdateState.FAILED, reason=UpdateReason.REJECTED, kind="tracking"
    )
    waiting = make_update(order, turn=False)
    sent = make_update(order, state=UpdateState.SENT, reason=UpdateReason.ACCEPTED)
    later = make_update(order, turn=False)

    outbox.supersede_older([sent], now=NOW)

    assert outcome(held)[:2] == (UpdateState.SUPERSEDED, UpdateReason.SUPERSEDED)
    assert outcome(waiting)[:2] == (UpdateState.SUPERSEDED, UpdateReason.SUPERSEDED)
    assert held.superseded_by == sent
    assert outcome(tracking)[0] == UpdateState.FAILED
    assert outcome(later)[0] == UpdateState.PENDING
