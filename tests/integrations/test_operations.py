"""What a person may do to an update, and what it refuses to do."""

import pytest

from integrations.delivery import outbox
from integrations.models import UpdateReason, UpdateState
from integrations.operations import UpdateNotChanged, cancel_update, retry_update
from tests.factories import (
    NOW,
    make_event,
    make_mapping,
    make_order,
    make_update,
    make_user,
    make_vitrine,
)
from vitrines.models import AuditEntry
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

PREPARING = OrderStatus.EM_PREPARACAO


@pytest.fixture
def vitrine():
    return make_vitrine()


@pytest.fixture
def actor():
    return make_user()


def enqueue(vitrine, status=PREPARING):
    order = make_order(vitrine)
    return outbox.enqueue_status(order=order, event=make_event(order), status=status, now=NOW)


def state(update):
    update.refresh_from_db()
    return update.state, update.reason, update.turn


def test_retry_puts_a_rejected_update_back_with_a_new_schedule(vitrine, actor):
    update = make_update(
        make_order(vitrine), state=UpdateState.FAILED, reason="rejected", attempts_made=1
    )

    retry_update(update=update, actor=actor, now=NOW)

    assert state(update) == (UpdateState.PENDING, "", True)
    assert (update.attempts_made, update.due_at, update.finished_at) == (0, NOW, None)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject) == ("update.retry", f"#{update.pk} pedido VT-100482")


def test_retry_of_a_configuration_failure_follows_the_mended_mapping(vitrine, actor):
    row = make_mapping(vitrine, PREPARING, "PICKING", channel="xml")
    update = enqueue(vitrine)
    assert state(update) == (UpdateState.FAILED, UpdateReason.CONFIG, False)
    row.channel = "url"
    row.save()

    retry_update(update=update, actor=actor, now=NOW)

    assert state(update) == (UpdateState.PENDING, "", True)
    assert update.channel == "url"
    assert [d["reason"] for d in update.earlier_decisions] == ["config"]


def test_retry_sends_what_an_inactive_row_skipped_once_it_is_active(vitrine, actor):
    row = make_mapping(vitrine, PREPARING, "PICKING", active=False)
    update = enqueue(vitrine)
    row.active = True
    row.save()

    retry_update(update=update, actor=actor, now=NOW)

    assert state(update) == (UpdateState.PENDING, "", True)


def test_retry_while_the_row_is_inactive_is_refused_and_changes_nothing(vitrine, actor):
    make_mapping(vitrine, PREPARING, "PICKING", active=False)
    update = enqueue(vitrine)

    with pytest.raises(UpdateNotChanged, match="está inativa: marque Ativo"):
        retry_update(update=update, actor=actor, now=NOW)

    assert state(update) == (UpdateState.SKIPPED, UpdateReason.INACTIVE, False)
    assert (update.earlier_decisions, AuditEntry.objects.count()) == ([], 0)


def test_retry_that_would_take_the_store_back_is_refused(vitrine, actor):
    order = make_order(vitrine)
    update = make_update(order, state=UpdateState.FAILED, reason="rejected")
    make_update(order, OrderStatus.DESPACHADO, state=UpdateState.SENT, reason="accepted")

    with pytest.raises(UpdateNotChanged, match="a faria regredir"):
        retry_update(update=update, actor=actor, now=NOW)

    assert state(update)[0] == UpdateState.FAILED


@pytest.mark.parametrize(
    ("before", "reason"), [("sent", "accepted"), ("skipped", "echo"), ("held", "unmapped")]
)
def test_retry_of_what_did_not_fail_is_refused(vitrine, actor, before, reason):
    update = make_update(make_order(vitrine), state=UpdateState(before), reason=reason)

    with pytest.raises(UpdateNotChanged, match="Só uma atualização recusada"):
        retry_update(update=update, actor=actor, now=NOW)


def test_cancel_settles_an_update_and_lets_the_next_go(vitrine, actor):
    order = make_order(vitrine)
    head, behind = make_update(order), make_update(order, turn=False)

    cancel_update(update=head, actor=actor, reason="resolvido no painel da loja", now=NOW)

    assert state(head) == (UpdateState.CANCELLED, UpdateReason.CANCELLED, False)
    assert state(behind) == (UpdateState.PENDING, "", True)
    details = {"update": head.pk, "reason": "resolvido no painel da loja"}
    assert AuditEntry.objects.get().details == details


def test_cancel_of_what_is_being_sent_is_refused(vitrine, actor):
    update = make_update(make_order(vitrine), state=UpdateState.SENDING, turn=True)

    with pytest.raises(UpdateNotChanged):
        cancel_update(update=update, actor=actor, reason="", now=NOW)
