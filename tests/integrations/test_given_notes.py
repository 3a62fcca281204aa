"""The XML of a note that a person has and the ERP did not hand over."""

import uuid

import pytest

from integrations.corrections import CorrectionRefused, give_invoice
from integrations.intake.facts import InvoiceFact
from integrations.intake.nfe import InvalidInvoice
from integrations.models import Event, EventKind, EventSource, StatusUpdate
from tests.factories import make_user
from tests.integrations.correcting import give, note_for, states
from tests.integrations.shop import Shop
from vitrines.facts import InvoiceOfAnotherOrder
from vitrines.models import AuditAction, AuditEntry, Invoice
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(httpserver):
    return Shop(httpserver)


@pytest.fixture
def maria():
    return make_user("maria")


def waiting_xml(shop):
    """The ERP told the note and not its file."""
    note = note_for(shop)
    shop.receive()
    shop.row(OrderStatus.DESPACHADO, channel="xml")
    told_note = InvoiceFact(
        key=note.key,
        number=note.number,
        series=note.series,
        issued_at=note.issued_at,
        total=note.total,
    )
    shop.tell(EventKind.INVOICED, invoice=told_note)
    return note


def test_xml_lets_go_what_waited_for_it_byte_for_byte(shop, maria, httpserver):
    note = waiting_xml(shop)
    held = shop.last
    assert (held.state, held.reason) == ("held", "waiting_invoice_xml")
    shop.wait(minutes=5)

    done = give(shop, maria, note.xml)
    shop.dispatch()

    assert [(u.pk, u.state) for u in done.updates] == [(held.pk, "pending")]
    assert httpserver.log[-1][0].get_data() == note.xml
    assert states(shop)[-1] == ("status", "sent", "accepted")


def test_xml_is_an_event_of_the_screen_and_its_audit_tells_no_consumer(shop, maria):
    note = waiting_xml(shop)

    give(shop, maria, note.xml)

    event = Event.objects.get(source=EventSource.SCREEN)
    assert (event.kind, event.actor_label, event.outcome) == (
        "invoiced",
        "maria",
        "status_unchanged",
    )
    told_note = {"key": note.key, "number": 29_248, "series": 3}
    entry = AuditEntry.objects.get()
    assert entry.action == AuditAction.ORDER_INVOICE
    assert entry.details == {
        "before": told_note | {"xml": False},
        "after": told_note | {"xml": True},
    }
    assert Invoice.objects.get().has_xml


def test_xml_that_the_erp_never_told_moves_the_order_as_if_it_had(shop, maria):
    shop.receive()
    note = note_for(shop)
    shop.wait(minutes=5)

    done = give(shop, maria, note.xml)

    assert shop.order.current_status is OrderStatus.DESPACHADO
    assert [(u.status, u.state) for u in done.updates] == [(3, "pending")]


def test_refused_note_goes_out_again_with_the_new_one(shop, maria, httpserver):
    note = waiting_xml(shop)
    give(shop, maria, note.xml)
    shop.answer(422, 200)
    shop.dispatch()
    refused = shop.last
    shop.wait(minutes=5)

    other = note_for(shop, number=29_249)
    give(shop, maria, other.xml)
    shop.dispatch()

    refused.refresh_from_db()
    assert refused.state == "sent"
    assert httpserver.log[-1][0].get_data() == other.xml


def test_same_xml_twice_is_one_by_its_press_and_refused_by_another(shop, maria):
    note, key = waiting_xml(shop), uuid.uuid4()
    give(shop, maria, note.xml, key)

    assert give(shop, maria, note.xml, key).repeated is True
    with pytest.raises(CorrectionRefused, match="já está guardado; nada mudou"):
        give(shop, maria, note.xml)
    assert Event.objects.filter(source=EventSource.SCREEN).count() == 1


def test_note_that_names_another_order_is_refused(shop, maria):
    shop.receive(number="100483")
    shop.receive()

    with pytest.raises(CorrectionRefused, match="A nota é do pedido VT-100483"):
        give(shop, maria, note_for(shop, "VT-100483").xml)

    assert (Invoice.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_note_that_was_told_for_another_order_is_refused(shop, maria):
    note = note_for(shop, "1")
    shop.receive()
    other = shop.receive(number="100483")
    give_invoice(order=other, xml=note.xml, key=uuid.uuid4(), actor=maria, now=shop.now)

    with pytest.raises(InvoiceOfAnotherOrder):
        give(shop, maria, note.xml)

    assert Invoice.objects.get().order == other


def test_note_that_is_not_accepted_by_the_api_is_not_accepted_here(shop, maria):
    shop.receive()

    with pytest.raises(InvalidInvoice, match="DOCTYPE"):
        give(shop, maria, b"<!DOCTYPE x><nfeProc/>")

    assert StatusUpdate.objects.filter(status=3).count() == 0
