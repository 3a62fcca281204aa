"""What each mode does with an update, as the store sees it."""

import pytest

from integrations.delivery.sending import NOT_THE_SAME
from integrations.models import Connection, StatusUpdate, UpdateReason, UpdateState
from tests.factories import (
    make_mapping,
    make_order,
    make_tracking,
    make_update,
    make_vitrine,
)
from tests.integrations.dispatcher.dispatching import dispatch, enqueue
from tests.integrations.replay.replaying import (
    DISPATCHED,
    PREPARING,
    fresh,
    items,
    now_in_queue,
    outcome,
    replay,
    state,
)
from vitrines.models import Order, Vitrine
from vitrines.platforms import get_platform

pytestmark = pytest.mark.django_db

OTHER_BODY = '{ "novo": "{{ mapping.platform_status }}" }'


def keys(store):
    return [request.headers["Idempotency-Key"] for request in store.requests]


def bodies(store):
    return [request.get_data() for request in store.requests]


def change_template(vitrine):
    connection = Connection.objects.get(vitrine=vitrine)
    connection.params = {**connection.params, "url_body": OTHER_BODY}
    connection.save()


def row_of(vitrine, status):
    return vitrine.status_mappings.get(status=status)


@pytest.fixture
def sent(vitrine, store, clock):
    update = enqueue(vitrine)
    dispatch(clock)
    assert state(update) == (UpdateState.SENT, UpdateReason.ACCEPTED, False)
    return update


@pytest.fixture
def refused(vitrine, store, clock):
    store.script(422, 200)
    update = enqueue(vitrine)
    dispatch(clock)
    assert state(update) == (UpdateState.FAILED, UpdateReason.REJECTED, False)
    return update


# Reenviar: the same bytes


def test_accepted_update_is_sent_again_byte_for_byte_as_a_new_one(sent, store, clock):
    before = StatusUpdate.objects.filter(pk=sent.pk).values().get()

    run = replay("reenviar", sent)
    [repeat] = now_in_queue(run)
    dispatch(clock)

    assert StatusUpdate.objects.filter(pk=sent.pk).values().get() == before
    assert state(repeat) == (UpdateState.SENT, UpdateReason.ACCEPTED, False)
    assert (repeat.replay_of, repeat.place, repeat.sequence) == (sent, 1, 2)
    assert (repeat.replay_run, repeat.event) == (run, sent.event)
    first, second = bodies(store)
    assert first == second
    assert keys(store) == [str(sent.uuid), str(repeat.uuid)]


def test_refused_update_is_sent_again_byte_for_byte_under_its_own_key(refused, store, clock):
    run = replay("reenviar", refused)

    assert now_in_queue(run) == [refused]
    assert (fresh(refused).attempts_made, state(refused)) == (0, (UpdateState.PENDING, "", True))
    dispatch(clock)
    first, second = bodies(store)
    assert first == second
    assert keys(store) == [str(refused.uuid)] * 2


def test_bytes_that_would_differ_are_left_out_and_nothing_is_sent(sent, vitrine, store, clock):
    change_template(vitrine)

    run = replay("reenviar", sent)
    dispatch(clock)

    assert outcome(run) == ("left_out", "different")
    assert (len(store.requests), StatusUpdate.objects.count()) == (1, 1)


def test_facts_that_changed_make_other_bytes(sent, store, clock):
    Order.objects.update(platform_id="outro-id")

    assert outcome(replay("reenviar", sent)) == ("left_out", "different")


def test_bytes_that_differ_only_when_they_are_sent_are_not_sent(sent, vitrine, store, clock):
    [repeat] = now_in_queue(replay("reenviar", sent))
    change_template(vitrine)

    dispatch(clock)

    assert state(repeat) == (UpdateState.FAILED, UpdateReason.CONFIG, False)
    assert fresh(repeat).detail == NOT_THE_SAME
    assert len(store.requests) == 1


def test_bytes_that_cannot_be_compared_yet_are_compared_when_they_are_sent(
    vitrine, store, clock, settings
):
    connection = Connection.objects.get(vitrine=vitrine)
    connection.params |= {"auth_kind": "bearer"}
    connection.secrets = {"auth_secret": "chave"}
    connection.save()
    sent = enqueue(vitrine)
    dispatch(clock)
    keys = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = ["bm92YS1jaGF2ZS1kZS10ZXN0ZS1jb20tMzItYnl0ZXM="]

    [repeat] = now_in_queue(replay("reenviar", sent))
    settings.FIELD_ENCRYPTION_KEYS = keys
    dispatch(clock)

    assert state(repeat) == (UpdateState.SENT, UpdateReason.ACCEPTED, False)


def test_update_that_was_never_sent_has_no_bytes_to_repeat(vitrine):
    update = make_update(make_order(vitrine), state=UpdateState.FAILED, reason="config")

    assert outcome(replay("reenviar", update)) == ("left_out", "no_record")


def test_body_that_tells_its_own_id_tells_the_same_id_again(vitrine, store, clock):
    connection = Connection.objects.get(vitrine=vitrine)
    connection.params["url_body"] = '{ "id": "{{ event.update_id }}", "status": "x" }'
    connection.save()
    sent = enqueue(vitrine)
    dispatch(clock)

    [repeat] = now_in_queue(replay("reenviar", sent))
    dispatch(clock)
    [again] = now_in_queue(replay("reenviar", fresh(repeat), now=clock.now))
    dispatch(clock)

    assert str(sent.uuid).encode() in bodies(store)[0]
    assert bodies(store) == bodies(store)[:1] * 3
    assert keys(store) == [str(update.uuid) for update in (sent, repeat, again)]


# Renderizar de novo: the same decision, today's template


def test_accepted_update_is_rendered_by_todays_template(sent, vitrine, store, clock):
    row_of(vitrine, PREPARING).delete()
    change_template(vitrine)

    [repeat] = now_in_queue(replay("renderizar", sent))
    dispatch(clock)

    assert state(repeat) == (UpdateState.SENT, UpdateReason.ACCEPTED, False)
    assert bodies(store)[1] == b'{"novo": "PICKING"}'
    assert (repeat.platform_status, repeat.channel) == ("PICKING", "url")


def test_refused_update_is_rendered_by_todays_template(refused, vitrine, store, clock):
    change_template(vitrine)

    replay("renderizar", refused)
    dispatch(clock)

    assert state(refused) == (UpdateState.SENT, UpdateReason.ACCEPTED, False)
    assert fresh(refused).platform_digest == get_platform("generic").digest
    assert bodies(store)[1] == b'{"novo": "PICKING"}'


# Decidir de novo: today's DE-PARA


def test_accepted_update_is_decided_by_todays_mapping(sent, vitrine, store, clock):
    row_of(vitrine, PREPARING).delete()
    make_mapping(vitrine, PREPARING, "SEPARANDO", channel="url")

    [repeat] = now_in_queue(replay("decidir", sent))
    dispatch(clock)

    assert store.told == ["PICKING", "SEPARANDO"]
    assert (fresh(sent).platform_status, fresh(repeat).platform_status) == ("PICKING", "SEPARANDO")


def test_refused_update_is_decided_by_todays_mapping_and_keeps_what_was_decided(
    refused, vitrine, store, clock
):
    row = row_of(vitrine, PREPARING)
    row.platform_status = "SEPARANDO"
    row.save()

    replay("decidir", refused)
    dispatch(clock)

    assert store.told == ["PICKING", "SEPARANDO"]
    earlier = fresh(refused).earlier_decisions
    assert [(d["platform_status"], d["reason"]) for d in earlier] == [("PICKING", "rejected")]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"active": False}, "inactive"),
        ({"platform_status": ""}, "unmapped"),
        ({"channel": "xml"}, "not_offered"),
    ],
)
def test_what_todays_mapping_would_not_send_is_left_out_unchanged(
    changes, reason, sent, vitrine, store, clock
):
    row = row_of(vitrine, PREPARING)
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()

    assert outcome(replay("decidir", sent)) == ("left_out", reason)
    assert (StatusUpdate.objects.count(), state(sent)[0]) == (1, UpdateState.SENT)


@pytest.mark.parametrize("platform_status", ["", None])
def test_refused_update_whose_row_is_gone_stays_refused(platform_status, refused, vitrine):
    if platform_status is None:
        vitrine.status_mappings.filter(status=PREPARING).delete()
    else:
        vitrine.status_mappings.filter(status=PREPARING).update(platform_status="")

    assert outcome(replay("decidir", refused)) == ("left_out", "unmapped")
    assert state(refused) == (UpdateState.FAILED, "rejected", False)
    assert fresh(refused).earlier_decisions == []


def test_skipped_update_is_sent_once_its_row_is_active(vitrine, store, clock):
    row = row_of(vitrine, PREPARING)
    row.active = False
    row.save()
    skipped = enqueue(vitrine)
    assert outcome(replay("decidir", skipped)) == ("left_out", "inactive")
    row.active = True
    row.save()

    run = replay("decidir", skipped)
    dispatch(clock)

    assert now_in_queue(run) == [skipped]
    assert state(skipped) == (UpdateState.SENT, UpdateReason.ACCEPTED, False)


def test_held_update_that_still_lacks_its_mapping_is_left_out(vitrine):
    row_of(vitrine, PREPARING).delete()
    held = enqueue(vitrine)

    assert outcome(replay("decidir", held)) == ("left_out", "unmapped")
    assert state(held) == (UpdateState.HELD, UpdateReason.UNMAPPED, False)


@pytest.fixture
def wants_the_xml(vitrine):
    """Today's row of Despachado sends the NF-e, which no order has."""
    row = row_of(vitrine, DISPATCHED)
    row.channel = "xml"
    row.save()


def test_failed_update_whose_row_now_wants_the_xml_waits_for_it(vitrine, wants_the_xml):
    failed = make_update(make_order(vitrine), DISPATCHED, UpdateState.FAILED, reason="rejected")

    run = replay("decidir", failed)

    assert items(run) == [(failed.pk, "waiting", "")]
    assert state(failed) == (UpdateState.HELD, UpdateReason.WAITING_INVOICE_XML, False)
    assert outcome(replay("decidir", failed)) == ("left_out", "waits_for_fact")


def test_accepted_update_whose_row_now_wants_the_xml_stays_as_it_is(vitrine, wants_the_xml):
    sent = make_update(make_order(vitrine), DISPATCHED, UpdateState.SENT, reason="accepted")

    assert outcome(replay("decidir", sent)) == ("left_out", "waits_for_fact")
    assert StatusUpdate.objects.count() == 1


def test_update_of_another_platform_can_only_be_decided_again(sent, store, clock):
    Vitrine.objects.update(platform="linx_commerce")

    assert outcome(replay("reenviar", sent)) == ("left_out", "other_platform")
    assert outcome(replay("renderizar", sent)) == ("left_out", "other_platform")


def test_channel_that_the_file_no_longer_offers_is_left_out(vitrine):
    update = make_update(
        make_order(vitrine), state=UpdateState.FAILED, reason="rejected", channel="xml"
    )

    assert outcome(replay("renderizar", update)) == ("left_out", "not_offered")


@pytest.mark.parametrize("mode", ["reenviar", "renderizar", "decidir"])
def test_update_whose_xml_is_no_longer_kept_is_left_out(mode, vitrine, wants_the_xml):
    sent = make_update(
        make_order(vitrine), DISPATCHED, UpdateState.SENT, reason="accepted", channel="xml"
    )

    assert outcome(replay(mode, sent)) == ("left_out", "waits_for_fact")


def test_vitrine_without_its_platform_file_leaves_all_out(vitrine):
    update = make_update(make_order(vitrine), state=UpdateState.FAILED, reason="rejected")
    Vitrine.objects.update(platform="sumiu")
    StatusUpdate.objects.update(platform="sumiu")

    run = replay("renderizar", update)

    assert (outcome(run), state(update)[0]) == (("left_out", "no_platform"), UpdateState.FAILED)


def test_update_that_nobody_can_decide_keeps_no_other_waiting(vitrine, caplog):
    broken, whole = enqueue(vitrine, number="1"), enqueue(vitrine, number="2")
    StatusUpdate.objects.update(state=UpdateState.FAILED, reason="rejected", turn=False)
    StatusUpdate.objects.filter(pk=broken.pk).update(status=99)

    run = replay("decidir", broken, whole)

    assert items(run) == [(broken.pk, "left_out", "error"), (whole.pk, "queued", "")]
    assert [record.getMessage() for record in caplog.records] == [
        f"update {broken.pk} could not be replayed"
    ]


def test_tracking_that_was_told_is_told_again(vitrine, store, clock):
    order = make_order(vitrine)
    told = make_update(
        order,
        DISPATCHED,
        UpdateState.SENT,
        reason="accepted",
        kind="tracking",
        channel="tracking",
        tracking=make_tracking(order),
    )

    [repeat] = now_in_queue(replay("renderizar", told))
    dispatch(clock)

    assert state(repeat) == (UpdateState.SENT, UpdateReason.ACCEPTED, False)
    assert (repeat.kind, repeat.tracking) == ("tracking", told.tracking)


def test_repeats_of_a_strict_platform_keep_their_turn():
    order = make_order(make_vitrine("LOJA-VTEX", platform="vtex"))
    failed = make_update(order, PREPARING, UpdateState.FAILED, reason="rejected")
    behind = make_update(order, PREPARING, turn=False)

    run = replay("renderizar", failed)

    assert now_in_queue(run) == [failed]
    assert [state(update)[2] for update in (failed, behind)] == [True, False]
