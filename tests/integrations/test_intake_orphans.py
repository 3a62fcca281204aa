"""What comes before its order is kept, and applied in the order in which it happened."""

from datetime import timedelta

import pytest

from integrations.intake.adoption import adopt_orphans
from integrations.intake.dossiers import Ledger
from integrations.intake.events import receive_event, receive_invoice
from integrations.intake.facts import EventFact, InvoiceFact, OrderIntake, TrackingFact
from integrations.intake.nfe import parse_authorised_nfe
from integrations.intake.orders import receive_order
from integrations.models import Event, EventKind, StatusUpdate
from tests.factories import NOW, make_order
from tests.integrations.caller import SAMPLE_KEY, mapped_vitrine, sample_nfe
from vitrines.models import Invoice, Order, Tracking
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db
S = OrderStatus
K = EventKind
LATER = NOW + timedelta(days=2)


@pytest.fixture
def vitrine():
    return mapped_vitrine()


def event(vitrine, kind, minutes, number="VT-000100482", **fields):
    fact = EventFact(
        order_number=number,
        event_id=f"e-{minutes}",
        kind=kind,
        occurred_at=NOW + timedelta(minutes=minutes),
        **fields,
    )
    return receive_event(vitrine=vitrine, fact=fact, actor_label="t", now=LATER)


def order(vitrine, number="100482"):
    intake = OrderIntake(number=number, platform_status="payment-approved", placed_at=NOW)
    return receive_order(vitrine=vitrine, intake=intake, actor_label="t", now=LATER)


def test_event_without_its_order_is_an_orphan(vitrine):
    answer = event(vitrine, K.RESERVED, 1)
    stored = Event.objects.get()
    assert (stored.outcome, stored.order, stored.order_number) == ("orphan", None, "100482")
    assert (answer.status, answer.updates) == (None, ())
    assert StatusUpdate.objects.count() == 0


def test_orphan_again_is_a_duplicate(vitrine):
    event(vitrine, K.RESERVED, 1)
    assert event(vitrine, K.RESERVED, 1).duplicate


def test_orphans_are_applied_in_order_of_time_when_the_order_comes(vitrine):
    tracking = TrackingFact(code="AA1", carrier_event="posted")
    event(vitrine, K.TRACKING, 30, tracking=tracking)
    event(vitrine, K.RESERVED, 10, number="100482")
    answer = order(vitrine)
    assert answer.status is S.EMBARCADO
    assert list(
        Event.objects.order_by("occurred_at").values_list("kind", "outcome", "status_after")
    ) == [
        ("order_received", "order_included", S.PAGAMENTO_CONFIRMADO),
        ("reserved", "status_changed", S.EM_PREPARACAO),
        ("tracking", "status_changed", S.EMBARCADO),
    ]
    assert list(StatusUpdate.objects.order_by("sequence").values_list("status", "reason")) == [
        (S.PAGAMENTO_CONFIRMADO, "echo"),
        (S.EM_PREPARACAO, ""),
        (S.EMBARCADO, ""),
    ]
    assert Tracking.objects.get().order == answer.order


def test_orphan_note_keeps_its_xml_and_is_linked(vitrine):
    receive_invoice(
        vitrine=vitrine,
        invoice=parse_authorised_nfe(sample_nfe()),
        order_number="VT-100482",
        actor_label="t",
        now=LATER,
    )
    orphan = Invoice.objects.get()
    assert (orphan.order, orphan.order_number) == (None, "100482")
    answer = order(vitrine)
    invoice = Invoice.objects.get()
    assert (invoice.order, bytes(invoice.xml)) == (answer.order, sample_nfe())
    assert answer.status is S.DESPACHADO


def test_orphan_note_that_was_cancelled_ends_in_problemas(vitrine):
    told = InvoiceFact(key=SAMPLE_KEY, number=1687, series=1, issued_at=NOW, total=10)
    event(vitrine, K.INVOICE_CANCELLED, 20, invoice=InvoiceFact(key=SAMPLE_KEY))
    event(vitrine, K.INVOICED, 10, invoice=told)
    assert order(vitrine).status is S.PROBLEMAS


def test_orphans_of_another_order_or_vitrine_stay(vitrine):
    event(vitrine, K.RESERVED, 1, number="999")
    event(mapped_vitrine("LOJA-RJ"), K.RESERVED, 1)
    order(vitrine)
    assert Event.objects.filter(outcome="orphan").count() == 2


def test_duplicate_of_an_adopted_event_answers_what_it_became(vitrine):
    event(vitrine, K.RESERVED, 1)
    order(vitrine)
    again = event(vitrine, K.RESERVED, 1)
    assert (again.duplicate, again.event.outcome, again.status) == (
        True,
        "status_changed",
        S.EM_PREPARACAO,
    )
    assert [update.status for update in again.updates] == [S.EM_PREPARACAO]


def test_orphan_stored_while_its_order_was_is_adopted_after_all(vitrine, monkeypatch):
    """Neither transaction saw the other: the order appears right after the orphan is written."""
    write = Ledger.write

    def write_and_let_the_order_appear(self):
        write(self)
        if not Order.objects.exists():
            make_order(vitrine, "100482")

    monkeypatch.setattr(Ledger, "write", write_and_let_the_order_appear)
    answer = event(vitrine, K.RESERVED, 1)
    assert (answer.event.outcome, answer.status) == ("status_changed", S.EM_PREPARACAO)
    assert [update.status for update in answer.updates] == [S.EM_PREPARACAO]


@pytest.mark.parametrize("again", ["event", "order"])
def test_orphan_that_nobody_lived_to_adopt_is_adopted_when_either_is_told_again(vitrine, again):
    """Both were stored, and whoever ended last died before it adopted."""
    event(vitrine, K.RESERVED, 1)
    order(vitrine)
    Event.objects.filter(kind=K.RESERVED).update(order=None, outcome="orphan", status_change=None)
    Order.objects.update(status=S.PAGAMENTO_CONFIRMADO)
    StatusUpdate.objects.filter(status=S.EM_PREPARACAO).delete()

    if again == "event":
        answer = event(vitrine, K.RESERVED, 1)
        assert (answer.duplicate, answer.status) == (True, S.EM_PREPARACAO)
    else:
        assert order(vitrine).order.status == S.EM_PREPARACAO

    assert Order.objects.get().status == S.EM_PREPARACAO
    assert StatusUpdate.objects.filter(status=S.EM_PREPARACAO).count() == 1


def test_adopting_twice_applies_once(vitrine):
    event(vitrine, K.RESERVED, 1)
    stored = order(vitrine).order
    assert adopt_orphans(vitrine=vitrine, orders=[stored], now=LATER) == []
    assert StatusUpdate.objects.count() == 2
