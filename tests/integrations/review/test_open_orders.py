"""Open orders of a status, by what the store was told of it: only what is to tell can change."""

from datetime import timedelta

import pytest
from pytest_django.asserts import assertNumQueries

from integrations.mapping_review.counts import latest_orders, open_orders
from integrations.mapping_review.effects import OpenOrders
from integrations.models import UpdateKind, UpdateReason, UpdateState
from tests.factories import NOW, make_order, make_update, make_vitrine
from tests.integrations.review.pages import reviewed, sentences
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

PAID = OrderStatus.PAGAMENTO_CONFIRMADO
PREPARING = OrderStatus.EM_PREPARACAO
DELIVERED = OrderStatus.ENTREGUE
ACCEPTED = {"reason": UpdateReason.ACCEPTED, "platform_status": "pago", "finished_at": NOW}


def found(vitrine, *statuses):
    return open_orders(latest_orders(vitrine), statuses)


@pytest.mark.parametrize(
    ("state", "reason", "counted"),
    [
        (UpdateState.HELD, UpdateReason.UNMAPPED, OpenOrders(to_tell=1)),
        (UpdateState.FAILED, UpdateReason.EXHAUSTED, OpenOrders(to_tell=1)),
        (UpdateState.PENDING, "", OpenOrders(to_tell=1)),
        (UpdateState.SENDING, "", OpenOrders(to_tell=1)),
        (UpdateState.SENT, UpdateReason.ACCEPTED, OpenOrders(told={"pago": 1})),
        (UpdateState.SENT, UpdateReason.ALREADY_APPLIED, OpenOrders(told={"pago": 1})),
        (UpdateState.SKIPPED, UpdateReason.INACTIVE, OpenOrders(inactive=1)),
        (UpdateState.SKIPPED, UpdateReason.ECHO, OpenOrders(settled=1)),
        (UpdateState.CANCELLED, UpdateReason.CANCELLED, OpenOrders(settled=1)),
    ],
)
def test_an_order_counts_by_what_tells_its_status(vitrine, state, reason, counted):
    make_update(make_order(vitrine), PAID, state, reason=reason, platform_status="pago")

    assert found(vitrine, PAID) == {PAID: counted}


def test_an_order_that_nothing_tells_of_has_nothing_to_receive(vitrine):
    make_order(vitrine)

    assert found(vitrine, PAID) == {PAID: OpenOrders(settled=1)}


def test_the_last_telling_of_a_status_counts(vitrine):
    order = make_order(vitrine, status=PREPARING)
    make_update(order, PREPARING, UpdateState.SENT, **ACCEPTED)
    make_update(order, OrderStatus.PROBLEMAS, UpdateState.SENT, **ACCEPTED)
    make_update(order, PREPARING, UpdateState.HELD, reason=UpdateReason.UNMAPPED)

    assert found(vitrine, PREPARING) == {PREPARING: OpenOrders(to_tell=1)}


def test_neither_a_repeat_nor_a_tracking_makes_a_status_untold(vitrine):
    order = make_order(vitrine)
    told = make_update(order, PAID, UpdateState.SENT, **ACCEPTED)
    make_update(order, PAID, UpdateState.FAILED, reason="rejected", replay_of=told, place=1)
    make_update(order, PAID, UpdateState.HELD, kind=UpdateKind.TRACKING, reason="unmapped")

    assert found(vitrine, PAID) == {PAID: OpenOrders(told={"pago": 1})}


def test_orders_in_other_statuses_vitrines_or_ended_are_not_counted(vitrine):
    for place, status in ((vitrine, PREPARING), (vitrine, DELIVERED), (make_vitrine("RJ"), PAID)):
        make_update(
            make_order(place, str(status), status=status), PAID, UpdateState.SENT, **ACCEPTED
        )

    assert found(vitrine, PAID, DELIVERED) == {PAID: OpenOrders(), DELIVERED: OpenOrders()}


@pytest.mark.parametrize("number", [1, 3])
def test_however_many_orders_there_are_two_queries_count_them(vitrine, number):
    for each in range(number):
        make_update(make_order(vitrine, str(each)), PAID, UpdateState.SENT, **ACCEPTED)

    with assertNumQueries(2):
        assert found(vitrine, PAID, PREPARING)[PAID] == OpenOrders(told={"pago": number})


def test_the_review_separates_who_was_told_from_who_is_still_to_be_told(vitrine, maria):
    for number in ("1", "2", "3"):
        make_update(make_order(vitrine, number), PAID, UpdateState.SENT, **ACCEPTED)
    make_update(make_order(vitrine, "4"), PAID, UpdateState.HELD, reason=UpdateReason.UNMAPPED)
    later = NOW + timedelta(hours=1)
    make_update(make_order(vitrine, "5"), PAID, UpdateState.PENDING, due_at=later)
    make_update(make_order(vitrine, "6"), PAID, UpdateState.FAILED, reason=UpdateReason.EXHAUSTED)

    response = reviewed(maria, vitrine, status_1__platform_status="quitado")

    assert sentences(response) == [
        "3 pedidos abertos neste status ainda não foram avisados.",
        "3 pedidos abertos já receberam “pago”; não são avisados de novo.",
        "1 atualização que aguarda sai instantes depois de salvo.",
        "1 atualização já na fila sai como foi decidida, com o que a linha dizia.",
        "1 atualização com falha não sai por salvar: espera por alguém.",
    ]
