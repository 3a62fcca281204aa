"""Contents go from what is finished; the rest of the record stays, and says that they went."""

from datetime import timedelta

import pytest

from integrations.contents import hold_contents, without_contents
from integrations.models import AttemptClass, DeliveryAttempt, SendTest
from integrations.pruning import BATCH, Removed, prune
from integrations.replay.sameness import recorded_requests
from integrations.retention import Retention
from tests.factories import NOW, make_order, make_vitrine
from tests.integrations.people import READER, sign_in
from tests.integrations.pruning.past import (
    CLOSED,
    LONG_AGO,
    OPEN,
    RETENTION,
    STEP,
    old_attempt,
    old_invoice,
    old_order,
    old_test,
    old_update,
)
from vitrines.models import Invoice, Order
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db
A_WHILE_AGO = NOW - timedelta(days=100)
LATELY = NOW - timedelta(days=89)
EMPTIED = STEP | {
    "request_headers": {},
    "request_body": None,
    "response_headers": {},
    "response_body": None,
    "kept_days": 90,
}
BARE = STEP | {
    "request_headers": {},
    "request_body": None,
    "response_headers": {},
    "response_body": None,
}


@pytest.fixture
def order():
    return old_order(make_vitrine(), at=A_WHILE_AGO)


def pruned(retention=RETENTION):
    return prune(now=NOW, retention=retention)


# Tries ------------------------------------------------------------------------------------


def test_old_try_loses_its_contents_and_keeps_the_rest(order):
    attempt = old_attempt(old_update(order), at=A_WHILE_AGO, steps=[STEP, BARE])

    done = pruned()

    attempt.refresh_from_db()
    assert (attempt.steps, attempt.holds_contents) == ([EMPTIED, BARE], False)
    assert (attempt.outcome, attempt.http_status, attempt.message) == ("rejected", 422, "não")
    assert done.by_vitrine[order.vitrine_id] == {Removed.ATTEMPT_CONTENTS: 1}


def test_contents_are_removed_once(order):
    attempt = old_attempt(old_update(order), at=A_WHILE_AGO)
    pruned()

    again = prune(now=NOW, retention=Retention(bodies_days=30, rows_days=0))

    attempt.refresh_from_db()
    assert attempt.steps == [EMPTIED]
    assert again.by_vitrine == {}


@pytest.mark.parametrize("state", CLOSED)
def test_try_of_a_closed_update_is_emptied(state, order):
    attempt = old_attempt(old_update(order, state), at=A_WHILE_AGO)

    pruned()

    attempt.refresh_from_db()
    assert attempt.steps == [EMPTIED]


@pytest.mark.parametrize("state", OPEN)
def test_try_of_an_open_update_keeps_what_a_person_has_to_read(state, order):
    attempt = old_attempt(old_update(order, state), at=A_WHILE_AGO)

    assert pruned().by_vitrine == {}
    attempt.refresh_from_db()
    assert (attempt.steps, attempt.holds_contents) == ([STEP], True)


def test_open_update_keeps_no_contents_of_the_others_of_its_order(order):
    open_one = old_attempt(old_update(order, "failed"), at=A_WHILE_AGO)
    closed = old_attempt(old_update(order), at=A_WHILE_AGO)

    pruned()

    assert list(DeliveryAttempt.objects.filter(holds_contents=True)) == [open_one]
    closed.refresh_from_db()
    assert closed.steps == [EMPTIED]


@pytest.mark.parametrize(("seconds", "emptied"), [(0, False), (1, True)])
def test_try_is_emptied_once_it_is_older_than_its_retention(seconds, emptied, order):
    attempt = old_attempt(old_update(order), at=NOW - timedelta(days=90, seconds=seconds))

    pruned()

    attempt.refresh_from_db()
    assert attempt.holds_contents is not emptied


def test_zero_days_keep_contents_for_ever(order):
    attempt = old_attempt(old_update(order), at=A_WHILE_AGO)
    old_test(order, at=A_WHILE_AGO)
    old_invoice(order, at=A_WHILE_AGO)

    assert pruned(Retention(bodies_days=0, rows_days=730)).by_vitrine == {}
    attempt.refresh_from_db()
    assert attempt.steps == [STEP]


def test_try_without_contents_is_not_looked_at(order):
    old_attempt(old_update(order), at=A_WHILE_AGO, steps=[BARE], holds_contents=False)

    assert pruned().by_vitrine == {}


def test_many_batches_empty_all(order):
    update = old_update(order)
    DeliveryAttempt.objects.bulk_create(
        DeliveryAttempt(
            update=update,
            number=number,
            started_at=A_WHILE_AGO,
            duration_ms=1,
            outcome=AttemptClass.TRANSIENT,
            steps=[STEP],
            worker="w",
        )
        for number in range(1, BATCH + 2)
    )

    assert pruned().by_vitrine[order.vitrine_id][Removed.ATTEMPT_CONTENTS] == BATCH + 1
    assert not DeliveryAttempt.objects.filter(holds_contents=True).exists()


def test_what_was_told_can_still_be_told_again_byte_for_byte(order):
    update = old_update(order)
    old_attempt(update, at=A_WHILE_AGO)
    before = recorded_requests([update.pk])

    pruned()

    assert recorded_requests([update.pk]) == before == {update.pk: {"1": "5f2a"}}


@pytest.mark.parametrize(
    ("steps", "holds"),
    [([], False), ([BARE], False), ([EMPTIED], False), ([BARE, STEP], True)],
)
def test_steps_hold_contents_where_one_of_them_does(steps, holds):
    assert hold_contents(steps) is holds


def test_emptying_changes_no_record_it_was_given():
    step = dict(STEP)

    assert without_contents([step], kept_days=90) == [EMPTIED]
    assert step == STEP


# Tests and notes --------------------------------------------------------------------------


def test_old_test_loses_its_contents_and_keeps_the_rest(order):
    old, young = old_test(order, at=A_WHILE_AGO), old_test(order, at=LATELY)

    done = pruned()

    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.steps, old.http_status, old.holds_contents) == ([EMPTIED], 422, False)
    assert young.steps == [STEP]
    assert done.by_vitrine[order.vitrine_id] == {Removed.TEST_CONTENTS: 1}
    assert SendTest.objects.count() == 2


@pytest.mark.parametrize("status", [OrderStatus.ENTREGUE, OrderStatus.CANCELADO])
def test_xml_of_an_ended_order_goes_and_the_note_stays(status, order):
    Order.objects.update(status=status)
    note = old_invoice(order, at=A_WHILE_AGO)

    done = pruned()

    note.refresh_from_db()
    assert (bytes(note.xml), note.xml_removed_at, note.number) == (b"", NOW, 12345)
    assert done.by_vitrine[order.vitrine_id] == {Removed.INVOICE_XML: 1}


@pytest.mark.parametrize("status", set(OrderStatus) - {OrderStatus.ENTREGUE, OrderStatus.CANCELADO})
def test_xml_of_an_order_under_way_stays(status, order):
    Order.objects.update(status=status)
    old_invoice(order, at=A_WHILE_AGO)

    assert pruned().by_vitrine == {}
    assert Invoice.objects.exclude(xml=b"").count() == 1


@pytest.mark.parametrize("state", OPEN)
def test_xml_that_may_still_be_told_stays(state, order):
    old_update(order, state)
    old_invoice(order, at=A_WHILE_AGO)

    pruned()

    assert Invoice.objects.exclude(xml=b"").count() == 1


def test_xml_of_an_order_that_ended_lately_stays(order):
    Order.objects.update(status_at=LATELY)
    old_invoice(order, at=A_WHILE_AGO)

    assert pruned().by_vitrine == {}


def test_xml_that_came_lately_stays(order):
    old_invoice(order, at=LATELY)

    assert pruned().by_vitrine == {}


def test_xml_of_a_note_without_an_order_stays_with_the_note():
    note = old_invoice(make_order(make_vitrine()), at=A_WHILE_AGO)
    Invoice.objects.update(order=None)

    assert pruned().by_vitrine == {}
    note.refresh_from_db()
    assert bytes(note.xml) == b"<nfeProc/>"


# Screens ----------------------------------------------------------------------------------

WENT = "Conteúdo removido: guardado por 90 dias (retenção de conteúdos)."


def test_pages_say_by_which_rule_contents_went(client, order):
    update = old_update(order)
    old_attempt(update, at=A_WHILE_AGO)
    test = old_test(order, at=A_WHILE_AGO)
    note = old_invoice(order, at=A_WHILE_AGO)
    pruned()
    sign_in(client, *READER, "integrations.view_sendtest")

    update_page = client.get(f"/atualizacoes/{update.pk}/").content.decode()
    test_page = client.get(f"/vitrines/LOJA-SP/testar-envio/{test.pk}/").content.decode()
    order_page = client.get("/pedidos/LOJA-SP/1/").content.decode()

    assert update_page.count(WENT) == test_page.count(WENT) == 2
    assert "Conteúdo não guardado" not in update_page
    assert "PUT http://127.0.0.1/pedidos/1/status" in update_page
    assert f"NF-e {note.number:,}".replace(",", ".") in order_page
    assert "(XML removido pela retenção em 23/11/2026)" in order_page


def test_failed_step_goes_on_saying_its_error(client, order):
    update = old_update(order)
    old_attempt(update, at=A_WHILE_AGO, steps=[STEP | {"error": "não respondeu em 20 s"}])
    pruned()
    sign_in(client, *READER)

    html = client.get(f"/atualizacoes/{update.pk}/").content.decode()

    assert "não respondeu em 20 s" in html
    assert html.count(WENT) == 1


def test_order_of_long_ago_is_explained_from_what_is_left(client, order):
    update = old_update(order, status=OrderStatus.ENTREGUE, at=LONG_AGO)
    old_attempt(update, at=LONG_AGO)
    prune(now=NOW, retention=Retention(bodies_days=90, rows_days=0))
    sign_in(client, *READER)

    response = client.get("/pedidos/LOJA-SP/1/")

    assert response.context["explanation"].cause == "accepted"
