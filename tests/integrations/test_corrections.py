"""What a person puts right goes the ERP's way: stored, audited, and told by the same rules."""

import uuid
from datetime import timedelta

import pytest

from integrations.intake.facts import TrackingFact
from integrations.models import Event, EventKind, EventSource
from tests.factories import make_user
from tests.integrations.correcting import RIGHT, THIRD, WRONG, correct, row_of, rows, states, told
from tests.integrations.shop import Shop
from vitrines.models import AuditAction, AuditEntry
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(httpserver):
    return Shop(httpserver)


@pytest.fixture
def maria():
    return make_user("maria")


def test_tracking_lets_go_what_waited_for_it(shop, maria, httpserver):
    shop.receive()
    shop.tell(EventKind.BOARDED)
    held = shop.last
    assert (held.state, held.reason) == ("held", "waiting_tracking")
    shop.wait(minutes=5)

    done = correct(shop, maria)

    assert [(u.pk, u.state) for u in done.updates] == [(held.pk, "pending")]
    shop.dispatch()
    assert (told(httpserver), states(shop)[-1]) == ([RIGHT], ("status", "sent", "accepted"))


def test_tracking_is_kept_as_an_event_of_the_screen_and_audited(shop, maria):
    shop.receive()
    shop.tell(EventKind.BOARDED)

    correct(shop, maria, carrier="Correios", url="https://rastreio.example/1")

    event = Event.objects.get(source=EventSource.SCREEN)
    assert (event.kind, event.order, event.actor_label) == ("tracking", shop.order, "maria")
    assert (event.outcome, event.occurred_at) == ("fact_recorded", shop.order.status_at)
    assert event.payload["tracking"] == {
        "code": RIGHT,
        "carrier": "Correios",
        "url": "https://rastreio.example/1",
        "volume": "",
        "volumes": None,
        "carrier_event": "",
        "description": "",
    }
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.subject) == (
        AuditAction.ORDER_TRACKING,
        maria,
        "pedido VT-100482",
    )
    assert entry.details == {
        "before": {},
        "after": {"code": RIGHT, "carrier": "Correios", "url": "https://rastreio.example/1"},
    }


def test_late_tracking_is_an_update_of_its_own(shop, maria, httpserver):
    shop.receive()
    shop.row(OrderStatus.EMBARCADO, channel="url")
    shop.tell(EventKind.BOARDED)
    shop.dispatch()

    correct(shop, maria)
    shop.dispatch()

    assert states(shop)[-2:] == [
        ("status", "sent", "accepted"),
        ("tracking", "sent", "accepted"),
    ]
    assert told(httpserver) == [RIGHT]


def test_second_volume_is_added_beside_the_first(shop, maria):
    shop.receive()
    shop.track(code=WRONG)

    correct(shop, maria, RIGHT)

    assert rows(shop) == [("1", WRONG, None), ("2", RIGHT, None)]


def test_tracking_of_an_order_without_a_status_waits_for_one(shop, maria, httpserver):
    shop.unmap(OrderStatus.PAGAMENTO_CONFIRMADO)
    shop.receive()

    done = correct(shop, maria)

    assert (done.updates, rows(shop)) == ((), [("1", RIGHT, None)])
    assert shop.dispatch() is not None
    assert told(httpserver) == []


def test_carriers_event_from_before_the_correction_is_no_older_event(shop, maria):
    shop.receive()
    shop.wait(hours=2)
    correct(shop, maria)

    seen = TrackingFact(code=RIGHT, carrier="Correios", carrier_event="posted")
    shop.tell(EventKind.TRACKING, occurred_at=shop.now - timedelta(hours=1), tracking=seen)

    assert shop.order.current_status is OrderStatus.EMBARCADO
    assert row_of(shop, RIGHT).carrier_event == "posted"


# One press, counted once ------------------------------------------------------------------


def test_same_press_twice_is_one_event(shop, maria):
    shop.receive()
    shop.tell(EventKind.BOARDED)
    key = uuid.uuid4()
    first = correct(shop, maria, key=key)
    again = correct(shop, maria, key=key)

    assert (first.repeated, again.repeated, again.updates) == (False, True, ())
    assert Event.objects.filter(source=EventSource.SCREEN).count() == 1
    assert AuditEntry.objects.filter(action=AuditAction.ORDER_TRACKING).count() == 1


def test_same_correction_twice_is_one_though_the_row_has_changed_by_then(shop, maria):
    shop.receive()
    shop.track(code=WRONG)
    key, row = uuid.uuid4(), row_of(shop, WRONG)
    correct(shop, maria, row=row, key=key)

    assert correct(shop, maria, row=row, key=key).repeated is True
    assert rows(shop) == [("1", WRONG, None), ("1", RIGHT, WRONG)]


def test_form_gone_back_to_and_changed_counts_anew(shop, maria):
    shop.receive()
    key = uuid.uuid4()
    correct(shop, maria, RIGHT, key=key)
    correct(shop, maria, THIRD, key=key)

    assert rows(shop) == [("1", RIGHT, None), ("2", THIRD, None)]
