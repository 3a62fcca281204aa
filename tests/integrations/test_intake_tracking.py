"""Volumes and carriers: every event of the table, several volumes, none overwritten."""

from datetime import timedelta

import pytest

from integrations.intake.events import receive_event
from integrations.intake.facts import EventFact, TrackingFact
from integrations.intake.orders import decide_held_order
from integrations.models import EventKind, StatusUpdate
from tests.factories import NOW, add_inbound_word, make_order
from tests.integrations.caller import mapped_vitrine
from vitrines.facts import VolumeCount, load_volumes
from vitrines.models import Tracking
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db
S = OrderStatus
K = EventKind


@pytest.fixture
def order():
    return make_order(mapped_vitrine(), status=S.DESPACHADO)


def receive(order, minutes, kind=K.TRACKING, **tracking):
    fact = EventFact(
        order_number=order.number,
        event_id=f"t-{minutes}-{tracking.get('code')}",
        kind=kind,
        occurred_at=NOW + timedelta(minutes=minutes),
        tracking=TrackingFact(**tracking) if tracking else None,
    )
    return receive_event(
        vitrine=order.vitrine, fact=fact, actor_label="t", now=NOW + timedelta(days=2)
    )


def rows():
    return list(Tracking.objects.order_by("id").values_list("volume", "code", "carrier_event"))


def told(answer):
    return [(update.kind, update.status, update.channel) for update in answer.updates]


@pytest.mark.parametrize(
    ("carrier_event", "status"),
    [
        ("posted", S.EMBARCADO),
        ("in_transit", S.EMBARCADO),
        ("out_for_delivery", S.EMBARCADO),
        ("delivered", S.ENTREGUE),
        ("exception", S.PROBLEMAS),
        ("returned", S.PROBLEMAS),
        ("attempt_failed", None),
        ("available_for_pickup", None),
        ("", None),
    ],
)
def test_carrier_event_means_a_status_or_only_a_tracking(order, carrier_event, status):
    answer = receive(order, 1, code="SQ458226057BR", carrier_event=carrier_event)
    order.refresh_from_db()
    assert order.current_status is (status or S.DESPACHADO)
    assert answer.event.outcome == ("status_changed" if status else "fact_recorded")
    statuses = [update.status for update in answer.updates if update.kind == "status"]
    assert statuses == ([status] if status else [])


def test_tracking_carried_by_the_status_update_is_not_told_twice(order):
    answer = receive(order, 1, code="SQ458226057BR", carrier_event="posted")
    assert told(answer) == [("status", S.EMBARCADO, "tracking")]
    assert answer.updates[0].tracking.code == "SQ458226057BR"


def test_tracking_whose_status_goes_by_another_channel_is_told_by_itself(order):
    order.vitrine.status_mappings.filter(status=S.EMBARCADO).update(channel="url")
    answer = receive(order, 1, code="SQ458226057BR", carrier_event="posted")
    assert told(answer) == [
        ("status", S.EMBARCADO, "url"),
        ("tracking", S.EMBARCADO, "tracking"),
    ]


def test_tracking_whose_status_is_inactive_is_still_told(order):
    order.vitrine.status_mappings.filter(status=S.PROBLEMAS).update(active=False)
    answer = receive(order, 1, code="SQ458226057BR", carrier_event="exception")
    assert [(update.kind, update.state) for update in answer.updates] == [
        ("status", "skipped"),
        ("tracking", "skipped"),
    ]


def test_tracking_without_a_change_of_status_is_its_own_update(order):
    receive(order, 1, code="SQ458226057BR", carrier_event="posted")
    answer = receive(order, 2, code="SQ458226057BR", carrier_event="in_transit")
    assert answer.event.outcome == "status_unchanged"
    assert told(answer) == [("tracking", S.EMBARCADO, "tracking")]


def test_tracking_told_again_without_news_is_not_sent_again(order):
    receive(order, 1, code="SQ458226057BR", carrier_event="posted")
    answer = receive(order, 2, code="SQ458226057BR", carrier_event="posted")
    assert answer.updates == ()


def test_late_tracking_with_a_new_code_is_told_though_the_status_stays(order):
    order.vitrine.status_mappings.filter(status=S.ENTREGUE).update(channel="url")
    receive(order, 5, kind=K.DELIVERED)
    answer = receive(order, 1, kind=K.BOARDED, code="SQ458226057BR")
    assert told(answer) == [
        ("status", S.EMBARCADO, ""),
        ("tracking", S.ENTREGUE, "tracking"),
    ]
    assert [update.reason for update in answer.updates] == ["regression", ""]


def test_tracking_lets_go_the_status_that_waited_for_it_and_is_told_by_it(order):
    held = receive(order, 1, kind=K.BOARDED).updates[0]
    assert (held.state, held.reason) == ("held", "waiting_tracking")
    answer = receive(order, 2, code="SQ458226057BR", carrier_event="in_transit")
    held.refresh_from_db()
    assert (held.state, answer.updates) == ("pending", ())


def test_second_volume_never_overwrites_the_first(order):
    receive(order, 1, code="AA1", volume="1", carrier_event="posted")
    receive(order, 2, code="BB2", volume="2", carrier_event="posted")
    receive(order, 3, code="AA1", volume="1", carrier_event="in_transit")
    assert rows() == [("1", "AA1", "in_transit"), ("2", "BB2", "posted")]


def test_codes_tell_the_volumes_apart_when_nobody_numbers_them(order):
    receive(order, 1, code="AA1", carrier_event="posted")
    receive(order, 2, code="BB2", carrier_event="posted")
    receive(order, 3, code="AA1", carrier_event="in_transit")
    assert rows() == [("1", "AA1", "in_transit"), ("2", "BB2", "posted")]


def test_addresses_tell_the_volumes_apart_when_there_is_no_code(order):
    receive(order, 1, url="https://t.exemplo.com.br/a")
    receive(order, 2, url="https://t.exemplo.com.br/b")
    receive(order, 3, url="https://t.exemplo.com.br/a", carrier_event="posted")
    assert list(Tracking.objects.order_by("id").values_list("volume", "url", "carrier_event")) == [
        ("1", "https://t.exemplo.com.br/a", "posted"),
        ("2", "https://t.exemplo.com.br/b", ""),
    ]


def test_code_that_comes_later_completes_its_volume(order):
    receive(order, 1, url="https://t.exemplo.com.br/a", volume="1")
    answer = receive(order, 2, code="AA1", volume="1")
    row = Tracking.objects.get()
    assert (row.code, row.url) == ("AA1", "https://t.exemplo.com.br/a")
    assert told(answer) == [("tracking", S.DESPACHADO, "tracking")]


def test_older_event_of_a_volume_fills_gaps_and_overwrites_nothing(order):
    receive(order, 5, code="AA1", carrier_event="in_transit", description="Em trânsito")
    receive(order, 1, code="AA1", carrier_event="posted", carrier="Correios")
    row = Tracking.objects.get()
    assert (row.carrier_event, row.description, row.carrier) == (
        "in_transit",
        "Em trânsito",
        "Correios",
    )
    assert row.occurred_at == NOW + timedelta(minutes=5)


def test_description_never_outlives_its_event(order):
    receive(order, 1, code="AA1", carrier_event="posted", description="Postado")
    receive(order, 2, code="AA1", carrier_event="in_transit")
    assert Tracking.objects.get().description == ""


def test_exception_older_than_what_the_volume_already_told_makes_no_problem(order):
    receive(order, 1, code="AA1", carrier_event="posted")
    receive(order, 10, code="AA1", carrier_event="in_transit")
    answer = receive(order, 5, code="AA1", carrier_event="exception")
    assert (answer.event.outcome, answer.status) == ("late", S.EMBARCADO)


def test_order_is_delivered_only_with_its_last_volume(order):
    receive(order, 1, code="AA1", volume="1", carrier_event="posted")
    receive(order, 2, code="BB2", volume="2", carrier_event="posted")
    first = receive(order, 3, code="AA1", volume="1", carrier_event="delivered")
    assert (first.event.outcome, first.status) == ("fact_recorded", S.EMBARCADO)
    assert told(first) == [("tracking", S.EMBARCADO, "tracking")]
    volumes = load_volumes([order])[order.pk]
    assert volumes.count() == VolumeCount(delivered=1, expected=2)
    last = receive(order, 4, kind=K.DELIVERED, volume="2")
    assert last.status is S.ENTREGUE


def test_order_waits_for_the_volumes_that_were_announced(order):
    first = receive(order, 1, code="AA1", volumes=3, carrier_event="delivered")
    assert first.status is S.DESPACHADO
    receive(order, 2, code="BB2", carrier_event="delivered")
    last = receive(order, 3, code="CC3", carrier_event="delivered")
    assert last.status is S.ENTREGUE


def test_delivered_without_a_tracking_delivers_every_volume(order):
    receive(order, 1, code="AA1", volumes=3, carrier_event="posted")
    receive(order, 2, code="BB2", carrier_event="posted")
    answer = receive(order, 3, kind=K.DELIVERED)
    assert answer.status is S.ENTREGUE
    assert rows() == [("1", "AA1", "delivered"), ("2", "BB2", "delivered")]


def test_volume_on_its_way_does_not_solve_another_ones_problem(order):
    receive(order, 1, code="AA1", volume="1", carrier_event="posted")
    receive(order, 2, code="BB2", volume="2", carrier_event="exception")
    answer = receive(order, 3, code="AA1", volume="1", carrier_event="in_transit")
    assert (answer.event.outcome, answer.status) == ("fact_recorded", S.PROBLEMAS)
    answer = receive(order, 4, code="BB2", volume="2", carrier_event="in_transit")
    assert answer.status is S.EMBARCADO


def test_tracking_for_an_order_without_a_status_is_kept_and_tells_nothing():
    order = make_order(mapped_vitrine(), status=None, inclusion="held", inclusion_reason="unmapped")
    answer = receive(order, 1, code="AA1", carrier_event="attempt_failed")
    assert (answer.event.outcome, answer.status, answer.updates) == ("fact_recorded", None, ())
    assert StatusUpdate.objects.count() == 0
    assert rows() == [("1", "AA1", "attempt_failed")]


def without_status(vitrine, **fields):
    held = {"status": None, "inclusion": "held", "inclusion_reason": "unmapped"}
    return make_order(vitrine, **(held | fields))


def test_tracking_of_an_order_without_status_is_told_with_its_first_status():
    order = without_status(mapped_vitrine())
    waiting = receive(order, 1, code="AA1", carrier_event="available_for_pickup")
    assert (waiting.event.outcome, told(waiting)) == ("fact_recorded", [])

    answer = receive(order, 2, K.RESERVED)

    assert told(answer) == [
        ("status", S.EM_PREPARACAO, "url"),
        ("tracking", S.EM_PREPARACAO, "tracking"),
    ]
    assert answer.updates[1].tracking.code == "AA1"


def test_tracking_of_a_held_order_is_told_once_its_word_is_mapped():
    order = without_status(mapped_vitrine(), platform_status="antifraude")
    receive(order, 1, code="AA1", carrier_event="available_for_pickup")
    row = order.vitrine.status_mappings.get(status=S.PAGAMENTO_CONFIRMADO)
    add_inbound_word(row, "antifraude")

    decide_held_order(order=order, now=NOW + timedelta(days=2))

    updates = order.status_updates.order_by("sequence").values_list("kind", "state", "reason")
    assert list(updates) == [("status", "skipped", "echo"), ("tracking", "pending", "")]
