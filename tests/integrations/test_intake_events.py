"""ERP events: the nine kinds, once each, late ones, notes and their cancellation."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from integrations.intake.events import EventIdReused, receive_event, receive_invoice
from integrations.intake.facts import EventFact, InvalidFact, InvoiceFact, TrackingFact
from integrations.intake.nfe import parse_authorised_nfe
from integrations.models import Event, EventKind, StatusUpdate
from tests.factories import NOW, make_order
from tests.integrations.caller import SAMPLE_KEY, VALID_KEY, mapped_vitrine, sample_nfe
from vitrines.facts import InvoiceOfAnotherOrder
from vitrines.models import Invoice, OrderStatusChange
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db
S = OrderStatus
K = EventKind
XML_PROBLEM = (
    "protNFe.infProt.cStat: A nota não está autorizada: cStat 110 (Autorizado o uso da NF-e). "
    "São aceitos 100 e 150."
)


@pytest.fixture
def order():
    return make_order(mapped_vitrine())


def note(key=SAMPLE_KEY, number=1687, **fields):
    values = {"series": 1, "issued_at": NOW, "total": Decimal("389.70")}
    return InvoiceFact(key=key, number=number, **(values | fields))


def fact(kind, minutes=1, **fields):
    values = {"order_number": "VT-100482", "event_id": f"e-{kind}-{minutes}"}
    occurred_at = NOW + timedelta(minutes=minutes)
    return EventFact(kind=kind, occurred_at=occurred_at, **(values | fields))


def receive(order, event):
    now = NOW + timedelta(days=2)
    return receive_event(vitrine=order.vitrine, fact=event, actor_label="token ERP", now=now)


def told():
    return list(
        StatusUpdate.objects.order_by("id").values_list("kind", "status", "state", "reason")
    )


@pytest.mark.parametrize(
    ("kind", "fields", "status"),
    [
        (K.PAYMENT_CONFIRMED, {}, S.PAGAMENTO_CONFIRMADO),
        (K.RESERVED, {}, S.EM_PREPARACAO),
        (K.INVOICED, {"invoice": note()}, S.DESPACHADO),
        (K.BOARDED, {}, S.EMBARCADO),
        (K.DELIVERED, {}, S.ENTREGUE),
        (K.CANCELLED, {}, S.CANCELADO),
        (K.PROBLEM, {}, S.PROBLEMAS),
        (K.TRACKING, {"tracking": TrackingFact(code="X1", carrier_event="posted")}, S.EMBARCADO),
    ],
)
def test_kind_brings_the_order_to_its_status(kind, fields, status):
    order = make_order(mapped_vitrine(), status=S.AGUARDANDO_PAGAMENTO)
    answer = receive(order, fact(kind, **fields))
    order.refresh_from_db()
    assert order.current_status is status
    assert answer.status is status
    assert answer.event.outcome == "status_changed"
    change = OrderStatusChange.objects.get()
    assert (change.from_status, change.to_status) == (S.AGUARDANDO_PAGAMENTO, status)
    assert answer.event.status_change == change
    assert [update.status for update in answer.updates] == [status]


def test_event_keeps_who_sent_it_and_what_it_said(order):
    answer = receive(order, fact(K.INVOICED, invoice=note(xml=sample_nfe())))
    event = Event.objects.get(pk=answer.event.pk)
    assert (event.source, event.actor_label, event.order_number) == ("erp", "token ERP", "100482")
    assert event.payload == {
        "invoice": {
            "key": SAMPLE_KEY,
            "number": 1687,
            "series": 1,
            "issued_at": "2018-08-16T16:28:18-03:00",
            "total": "5780.00",
            "xml": True,
        }
    }


def test_event_again_answers_with_the_first_outcome_and_changes_nothing(order):
    first = receive(order, fact(K.RESERVED))
    receive(order, fact(K.INVOICED, 2, invoice=note()))
    again = receive(order, fact(K.RESERVED))
    assert again.duplicate
    assert again.event.pk == first.event.pk
    assert again.status is S.EM_PREPARACAO
    assert [update.pk for update in again.updates] == [update.pk for update in first.updates]
    assert (Event.objects.count(), len(told())) == (2, 2)


@pytest.mark.parametrize("other", [{"kind": K.CANCELLED}, {"order_number": "999"}])
def test_event_id_used_for_another_fact_is_refused(order, other):
    receive(order, fact(K.RESERVED))
    with pytest.raises(EventIdReused) as refused:
        receive(order, replace(fact(K.RESERVED), **other))
    assert refused.value.first.kind == K.RESERVED
    assert (Event.objects.count(), len(told())) == (1, 1)


def test_one_event_id_in_two_vitrines_is_two_events(order):
    other = make_order(mapped_vitrine("LOJA-RJ"))
    receive(order, fact(K.RESERVED))
    assert not receive(other, fact(K.RESERVED)).duplicate


def test_late_event_is_stored_and_takes_nothing_back(order):
    receive(order, fact(K.BOARDED, 5))
    answer = receive(order, fact(K.RESERVED, 1))
    order.refresh_from_db()
    assert order.current_status is S.EMBARCADO
    assert (answer.event.outcome, answer.status) == ("late", S.EMBARCADO)
    assert told()[1] == ("status", S.EM_PREPARACAO, "skipped", "regression")


def test_late_invoice_is_kept_though_the_status_stays(order):
    receive(order, fact(K.BOARDED, 5))
    answer = receive(order, fact(K.INVOICED, 1, invoice=note(xml=sample_nfe())))
    assert answer.event.outcome == "late"
    assert bytes(Invoice.objects.get().xml) == sample_nfe()


def test_same_status_by_another_event_leaves_no_update(order):
    answer = receive(order, fact(K.PAYMENT_CONFIRMED))
    assert (answer.event.outcome, answer.updates) == ("status_unchanged", ())
    assert told() == []


def test_nothing_follows_a_cancelled_order(order):
    receive(order, fact(K.CANCELLED, 1))
    answer = receive(order, fact(K.INVOICED, 2, invoice=note()))
    order.refresh_from_db()
    assert (order.current_status, answer.event.outcome) == (S.CANCELADO, "late")
    assert Invoice.objects.get().order == order


def test_problem_is_left_by_a_later_step_and_not_by_an_older_one(order):
    receive(order, fact(K.PROBLEM, 10))
    assert receive(order, fact(K.BOARDED, 5)).event.outcome == "late"
    assert receive(order, fact(K.DELIVERED, 15)).status is S.ENTREGUE


def test_event_that_fails_half_way_stores_nothing(order, monkeypatch):
    order.vitrine.platform = "inexistente"
    order.vitrine.save()
    with pytest.raises(Exception, match="inexistente"):
        receive(order, fact(K.INVOICED, invoice=note()))
    order.refresh_from_db()
    assert order.current_status is S.PAGAMENTO_CONFIRMADO
    assert (Event.objects.count(), Invoice.objects.count()) == (0, 0)


def test_xml_in_an_event_is_kept_byte_for_byte_and_its_facts_prevail(order):
    receive(order, fact(K.INVOICED, invoice=note(xml=sample_nfe())))
    invoice = Invoice.objects.get()
    assert bytes(invoice.xml) == sample_nfe()
    assert invoice.total == Decimal("5780.00")
    assert invoice.issued_at == datetime.fromisoformat("2018-08-16T16:28:18-03:00")


@pytest.mark.parametrize(
    ("invoice", "fields"),
    [
        (
            note(xml=sample_nfe().replace(b"<cStat>100", b"<cStat>110")),
            {"invoice.xml": XML_PROBLEM},
        ),
        (
            note(key=VALID_KEY, number=47428, xml=sample_nfe()),
            {"invoice.xml": f"O XML é da nota {SAMPLE_KEY}, não de invoice.key."},
        ),
    ],
)
def test_xml_that_does_not_prove_the_note_is_refused(order, invoice, fields):
    with pytest.raises(InvalidFact) as refused:
        receive(order, fact(K.INVOICED, invoice=invoice))
    assert refused.value.fields == fields
    assert (Event.objects.count(), Invoice.objects.count()) == (0, 0)


def test_xml_received_after_the_note_completes_it_and_stays(order):
    receive(order, fact(K.INVOICED, invoice=note()))
    xml = sample_nfe()
    receive(order, fact(K.INVOICED, 2, invoice=note(xml=xml)))
    receive(order, fact(K.INVOICED, 3, invoice=note(xml=xml + b"\n")))
    assert bytes(Invoice.objects.get().xml) == xml


def test_note_of_another_order_is_refused(order):
    other = make_order(order.vitrine, "200")
    receive(order, fact(K.INVOICED, invoice=note()))
    with pytest.raises(InvoiceOfAnotherOrder) as refused:
        receive(other, fact(K.INVOICED, 2, order_number="200", invoice=note()))
    assert str(refused.value) == f"A nota {SAMPLE_KEY} já pertence ao pedido 100482."
    other.refresh_from_db()
    assert (other.current_status, Event.objects.count()) == (S.PAGAMENTO_CONFIRMADO, 1)


def cancel(key=None, minutes=10):
    return fact(K.INVOICE_CANCELLED, minutes, invoice=InvoiceFact(key=key) if key else None)


@pytest.mark.parametrize("key", [SAMPLE_KEY, None])
def test_cancelling_the_current_note_brings_the_order_to_problemas(order, key):
    receive(order, fact(K.INVOICED, invoice=note()))
    answer = receive(order, cancel(key))
    assert answer.status is S.PROBLEMAS
    assert Invoice.objects.get().cancelled_at == NOW + timedelta(minutes=10)


def test_cancelling_an_older_note_is_only_recorded(order):
    receive(order, fact(K.INVOICED, 1, invoice=note()))
    newer = note(key=VALID_KEY, number=47428, issued_at=NOW + timedelta(minutes=5))
    receive(order, fact(K.INVOICED, 5, invoice=newer))
    answer = receive(order, cancel(SAMPLE_KEY))
    assert (answer.event.outcome, answer.status) == ("fact_recorded", S.DESPACHADO)
    assert list(Invoice.objects.exclude(cancelled_at=None).values_list("chave_nfe", flat=True)) == [
        SAMPLE_KEY
    ]


def test_new_note_after_the_cancelled_one_despatches_again(order):
    receive(order, fact(K.INVOICED, 1, invoice=note()))
    receive(order, cancel(SAMPLE_KEY, 10))
    newer = note(key=VALID_KEY, number=47428, issued_at=NOW + timedelta(minutes=20))
    assert receive(order, fact(K.INVOICED, 20, invoice=newer)).status is S.DESPACHADO


def test_note_told_after_its_cancellation_despatches_nothing(order):
    assert receive(order, cancel(SAMPLE_KEY)).event.outcome == "fact_recorded"
    answer = receive(order, fact(K.INVOICED, 1, invoice=note()))
    assert (answer.event.outcome, answer.status) == ("late", S.PAGAMENTO_CONFIRMADO)
    assert Invoice.objects.get().cancelled_at == NOW + timedelta(minutes=10)


def test_cancelling_when_there_is_no_note_is_only_recorded(order):
    answer = receive(order, cancel())
    assert (answer.event.outcome, answer.status) == ("fact_recorded", S.PAGAMENTO_CONFIRMADO)


def send_xml(order, order_number="", now=NOW):
    return receive_invoice(
        vitrine=order.vitrine,
        invoice=parse_authorised_nfe(sample_nfe()),
        order_number=order_number,
        actor_label="t",
        now=now,
    )


def test_xml_of_a_note_told_before_finds_its_order_by_the_key(order):
    receive(order, fact(K.INVOICED, invoice=note()))
    answer = send_xml(order)
    assert (answer.event.external_id, answer.event.order) == (f"nfe:{SAMPLE_KEY}", order)
    assert answer.event.outcome == "status_unchanged"
    assert bytes(Invoice.objects.get().xml) == sample_nfe()


def test_xml_again_is_a_duplicate(order):
    assert send_xml(order, "100482").status is S.DESPACHADO
    assert send_xml(order, "VT-00100482").duplicate
    assert send_xml(order).duplicate


def test_xml_that_names_no_order_is_refused(order):
    with pytest.raises(InvalidFact) as refused:
        send_xml(order)
    assert refused.value.fields == {
        "order": "A nota não traz o pedido (compra/xPed). Informe-o no endereço: ?order=."
    }
    assert Invoice.objects.count() == 0
