"""What a review knows of the orders behind held updates is what the sweep will know."""

from dataclasses import replace

import pytest
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from integrations.delivery.outbox import facts_of
from integrations.mapping_review.counts import waiting_updates
from integrations.models import UpdateKind, UpdateReason, UpdateState
from integrations.redecide import redecide_due
from status_mapping.operations import save_mapping
from status_mapping.tables import StatusRow
from tests.factories import NOW, make_invoice, make_order, make_tracking, make_update
from tests.integrations.review.conftest import TABLES
from tests.integrations.review.pages import address, fields_of, reviewed, sentences
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

SENT = OrderStatus.DESPACHADO


def no_facts(_order):
    pass


def a_note_without_its_xml(order):
    make_invoice(order)


def a_note_with_its_xml(order):
    make_invoice(order, xml=b"<nfeProc/>")


def a_cancelled_note(order):
    make_invoice(order, xml=b"<nfeProc/>", cancelled_at=NOW)


def a_code(order):
    make_tracking(order)


def an_address(order):
    make_tracking(order, "", url="https://rastreio.example/1")


def neither_code_nor_address(order):
    make_tracking(order, "")


def a_code_in_the_place_of_another(order):
    make_tracking(order, "SQ458226057BR", replaces=make_tracking(order, "SW371675211BR"))


def only_what_was_replaced_can_be_followed(order):
    make_tracking(order, "", volume="2", replaces=make_tracking(order))


@pytest.mark.parametrize(
    "known",
    [
        no_facts,
        a_note_without_its_xml,
        a_note_with_its_xml,
        a_cancelled_note,
        a_code,
        an_address,
        neither_code_nor_address,
        a_code_in_the_place_of_another,
        only_what_was_replaced_can_be_followed,
    ],
)
def test_facts_are_those_that_the_decision_will_be_made_with(vitrine, known):
    order = make_order(vitrine, status=SENT)
    known(order)
    make_update(order, SENT, UpdateState.HELD, reason=UpdateReason.UNMAPPED)

    (held,) = waiting_updates(vitrine, [SENT]).held

    assert held.facts == facts_of(order)


@pytest.mark.parametrize("number", [1, 3])
def test_however_many_are_held_they_are_read_at_once(vitrine, number):
    for each in range(number):
        order = make_order(vitrine, str(each), status=SENT)
        make_update(order, SENT, UpdateState.HELD, reason=UpdateReason.UNMAPPED)

    with assertNumQueries(3):
        assert len(waiting_updates(vitrine, [SENT]).held) == number


def test_what_lacks_the_xml_is_not_promised_and_then_held(vitrine, maria):
    tables = TABLES.with_row(StatusRow(SENT, "faturado", channel="tracking"))
    save_mapping(vitrine=vitrine, base_revision=1, tables=tables, author=None, reason="", now=NOW)
    update = make_update(
        make_order(vitrine, status=SENT),
        SENT,
        UpdateState.HELD,
        reason=UpdateReason.WAITING_TRACKING,
        channel="tracking",
    )

    response = reviewed(maria, vitrine, status_3__channel="xml")
    maria.post(address(vitrine, "mapping_review_save"), fields_of(response))

    assert sentences(response)[1:] == ["1 atualização passa a aguardar o XML da nota."]
    assert redecide_due(now=timezone.now()) == 1
    update.refresh_from_db()
    assert (update.state, update.reason) == (
        UpdateState.HELD,
        UpdateReason.WAITING_INVOICE_XML,
    )


def test_a_held_tracking_leaves_though_the_row_goes_by_xml(vitrine, maria):
    tables = replace(TABLES, statuses=())
    save_mapping(vitrine=vitrine, base_revision=1, tables=tables, author=None, reason="", now=NOW)
    order = make_order(vitrine, status=SENT)
    update = make_update(
        order,
        SENT,
        UpdateState.HELD,
        kind=UpdateKind.TRACKING,
        tracking=make_tracking(order),
        reason=UpdateReason.UNMAPPED,
    )

    response = reviewed(
        maria,
        vitrine,
        status_3__platform_status="faturado",
        status_3__active=True,
        status_3__channel="xml",
    )
    maria.post(address(vitrine, "mapping_review_save"), fields_of(response))

    assert sentences(response)[1:] == ["1 atualização que aguarda sai instantes depois de salvo."]
    assert redecide_due(now=timezone.now()) == 1
    update.refresh_from_db()
    assert (update.state, update.channel) == (UpdateState.PENDING, "tracking")
