"""What a person may do to an update, and what it refuses to do."""

import pytest

from integrations.models import StatusUpdate, UpdateReason, UpdateState
from integrations.operations import (
    UpdateNotChanged,
    cancel_update,
    decide_update,
    pause_lane,
    resume_lane,
    retry_update,
)
from integrations.replay.advancing import advance_replays
from tests.factories import (
    NOW,
    enqueue_status,
    make_event,
    make_mapping,
    make_order,
    make_update,
    make_user,
    make_vitrine,
)
from tests.integrations.replay.replaying import begin
from tests.memory_broker import memory_queue
from vitrines.models import AuditEntry, Vitrine
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
    return enqueue_status(order=order, event=make_event(order), status=status, now=NOW)


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
    assert entry.details == {"update": update.pk, "mode": "renderizar"}


def test_retry_of_a_configuration_failure_follows_the_mended_mapping(vitrine, actor):
    row = make_mapping(vitrine, PREPARING, "PICKING", channel="xml")
    update = enqueue(vitrine)
    assert state(update) == (UpdateState.FAILED, UpdateReason.NOT_OFFERED, False)
    row.channel = "url"
    row.save()

    retry_update(update=update, actor=actor, now=NOW)

    assert state(update) == (UpdateState.PENDING, "", True)
    assert update.channel == "url"
    assert [d["reason"] for d in update.earlier_decisions] == ["not_offered"]


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


def test_retry_of_a_failure_that_the_mapping_does_not_mend_is_refused(vitrine, actor):
    make_mapping(vitrine, PREPARING, "PICKING", channel="xml")
    update = enqueue(vitrine)

    with pytest.raises(UpdateNotChanged, match="Nada mudou: a plataforma não oferece este envio"):
        retry_update(update=update, actor=actor, now=NOW)

    assert state(update) == (UpdateState.FAILED, UpdateReason.NOT_OFFERED, False)
    assert (update.earlier_decisions, AuditEntry.objects.count()) == ([], 0)


def test_retry_of_what_was_decided_for_another_platform_is_decided_again(vitrine, actor):
    make_mapping(vitrine, PREPARING, "1")
    update = make_update(make_order(vitrine), state=UpdateState.FAILED, reason="rejected")
    Vitrine.objects.update(platform="woocommerce")

    retry_update(update=update, actor=actor, now=NOW)

    assert state(update) == (UpdateState.PENDING, "", True)
    assert (update.platform, update.platform_status) == ("woocommerce", "1")


def test_retry_of_what_was_skipped_before_a_repeat_goes_behind_it(vitrine, actor):
    make_mapping(vitrine, PREPARING, "PICKING")
    order = make_order(vitrine)
    paid = make_update(order, OrderStatus.PAGAMENTO_CONFIRMADO, UpdateState.SENT, reason="accepted")
    skipped = make_update(order, state=UpdateState.SKIPPED, reason="inactive")
    repeat = make_update(order, OrderStatus.PAGAMENTO_CONFIRMADO, replay_of=paid, place=1)

    done = retry_update(update=skipped, actor=actor, now=NOW)

    assert (done.replay_of, done.place, done.sequence) == (skipped, 2, 4)
    assert [state(update)[2] for update in (skipped, repeat, done)] == [False, True, False]


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


# Whoever gives a lane work wakes it


@pytest.fixture
def lanes(settings):
    with memory_queue("lanes", settings) as queue:
        yield queue


def woken(lanes):
    [(_, (vitrine_id,))] = lanes.take(1)
    return vitrine_id


@pytest.mark.django_db(transaction=True)
def test_retry_and_cancel_wake_the_lane(lanes, vitrine, actor):
    order = make_order(vitrine)
    failed = make_update(order, state=UpdateState.FAILED, reason="rejected")
    make_update(order, turn=False)

    retry_update(update=failed, actor=actor, now=NOW)
    assert woken(lanes) == vitrine.pk
    cancel_update(update=failed, actor=actor, reason="feito na loja", now=NOW)
    assert woken(lanes) == vitrine.pk


@pytest.mark.django_db(transaction=True)
def test_resuming_wakes_the_lane_and_pausing_does_not(lanes, vitrine, actor):
    pause_lane(vitrine=make_vitrine("OUTRA"), actor=actor, reason="manutenção", now=NOW)
    resume_lane(vitrine=vitrine, actor=actor, now=NOW)

    assert woken(lanes) == vitrine.pk


@pytest.mark.django_db(transaction=True)
def test_replay_wakes_the_lane_of_what_it_queued(lanes, vitrine):
    begin("renderizar", make_update(make_order(vitrine), state=UpdateState.FAILED, reason="config"))

    advance_replays(now=NOW)

    assert woken(lanes) == vitrine.pk


# Deciding one again -----------------------------------------------------------------------


def test_decide_takes_todays_row_for_what_failed(vitrine, actor):
    row = make_mapping(vitrine, PREPARING, "PICKING")
    update = enqueue(vitrine)
    StatusUpdate.objects.update(state="failed", reason="rejected", turn=False, finished_at=NOW)
    row.platform_status = "SEPARANDO"
    row.save()

    decide_update(update=update, actor=actor, now=NOW)

    assert state(update) == (UpdateState.PENDING, "", True)
    assert update.platform_status == "SEPARANDO"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.subject) == (
        "update.decide",
        actor,
        f"#{update.pk} pedido VT-100482",
    )
    assert entry.details == {"update": update.pk}


def test_decide_of_what_waits_lets_it_go_once_it_is_mapped(vitrine, actor):
    update = enqueue(vitrine)
    assert state(update) == (UpdateState.HELD, UpdateReason.UNMAPPED, False)
    make_mapping(vitrine, PREPARING, "PICKING")

    decide_update(update=update, actor=actor, now=NOW)

    assert state(update) == (UpdateState.PENDING, "", True)


def test_decide_that_would_change_nothing_is_refused(vitrine, actor):
    update = enqueue(vitrine)

    with pytest.raises(UpdateNotChanged, match="Nada mudou"):
        decide_update(update=update, actor=actor, now=NOW)

    assert state(update) == (UpdateState.HELD, UpdateReason.UNMAPPED, False)
    assert (update.earlier_decisions, AuditEntry.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("was", "reason"),
    [
        (UpdateState.SENT, UpdateReason.ACCEPTED),
        (UpdateState.PENDING, ""),
        (UpdateState.CANCELLED, UpdateReason.CANCELLED),
        (UpdateState.SUPERSEDED, UpdateReason.SUPERSEDED),
        (UpdateState.SKIPPED, UpdateReason.ECHO),
        (UpdateState.SKIPPED, UpdateReason.REGRESSION),
        (UpdateState.SKIPPED, UpdateReason.NOT_OFFERED),
    ],
)
def test_decide_is_refused_for_what_is_told_or_closed(was, reason, vitrine, actor):
    make_mapping(vitrine, PREPARING, "PICKING")
    update = enqueue(vitrine)
    StatusUpdate.objects.update(state=was, reason=reason, turn=False)

    with pytest.raises(UpdateNotChanged, match="Só se decide de novo o que falhou"):
        decide_update(update=update, actor=actor, now=NOW)

    assert AuditEntry.objects.count() == 0
