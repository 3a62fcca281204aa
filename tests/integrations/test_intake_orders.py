"""Order intake: the store's word, Processa Inclusão, holds, echoes, prefix and zeros."""

from datetime import timedelta
from decimal import Decimal

import pytest

from integrations.intake.facts import InvalidFact, OrderIntake
from integrations.intake.orders import decide_held_order, receive_order
from integrations.models import Event, StatusUpdate
from tests.factories import NOW, add_inbound_word, make_mapping, make_vitrine
from tests.integrations.caller import mapped_vitrine
from vitrines.models import Order, OrderStatusChange
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db
PLACED = NOW - timedelta(hours=2)


def intake(word, number="VT-100482", **fields):
    return OrderIntake(number=number, platform_status=word, placed_at=PLACED, **fields)


def receive(vitrine, word, now=NOW, **fields):
    return receive_order(vitrine=vitrine, intake=intake(word, **fields), actor_label="t", now=now)


def outcomes():
    return list(Event.objects.order_by("id").values_list("kind", "outcome"))


def updates():
    return list(StatusUpdate.objects.order_by("id").values_list("status", "state", "reason"))


def test_order_with_a_known_word_is_included_with_its_status():
    answer = receive(mapped_vitrine(), "payment-approved", platform_id="v-1", payment_type="pix")
    order = Order.objects.get()
    assert answer.created
    assert (order.number, order.platform_id, order.payment_type) == ("100482", "v-1", "pix")
    assert (order.inclusion, order.inclusion_reason) == ("included", "default")
    assert order.current_status is OrderStatus.PAGAMENTO_CONFIRMADO
    assert order.status_at == PLACED
    assert outcomes() == [("order_received", "order_included")]


def test_status_that_came_from_the_store_is_never_told_back():
    receive(mapped_vitrine(), "payment-approved")
    assert updates() == [(OrderStatus.PAGAMENTO_CONFIRMADO, "skipped", "echo")]


@pytest.mark.parametrize("word", ["PAYMENT-APPROVED", "  payment-approved ", "Aprovado"])
def test_word_is_found_whatever_its_case_and_among_also_receives(word):
    vitrine = make_vitrine()
    row = make_mapping(vitrine, OrderStatus.PAGAMENTO_CONFIRMADO, "payment-approved")
    add_inbound_word(row, "aprovado")
    assert receive(vitrine, word).status is OrderStatus.PAGAMENTO_CONFIRMADO


def test_cancelled_order_is_not_included_by_default():
    answer = receive(mapped_vitrine(), "canceled")
    assert (answer.order.inclusion, answer.order.inclusion_reason) == ("not_included", "cancelled")
    assert answer.status is None
    assert outcomes() == [("order_received", "order_not_included")]
    assert updates() == []


def test_cancelled_order_is_included_when_processa_inclusao_forces_it():
    vitrine = make_vitrine()
    make_mapping(vitrine, OrderStatus.CANCELADO, "canceled", processa_inclusao=True)
    answer = receive(vitrine, "canceled")
    assert (answer.order.inclusion, answer.order.inclusion_reason) == ("included", "forced")
    assert answer.status is OrderStatus.CANCELADO


def test_order_under_an_inactive_row_is_not_included_even_when_forced():
    vitrine = make_vitrine()
    make_mapping(
        vitrine, OrderStatus.EM_PREPARACAO, "handling", active=False, processa_inclusao=True
    )
    answer = receive(vitrine, "handling")
    assert (answer.order.inclusion, answer.order.inclusion_reason) == ("not_included", "inactive")


def test_order_with_an_unknown_word_is_held_and_decided_once_it_is_mapped():
    vitrine = make_vitrine()
    order = receive(vitrine, "aguardando-antifraude").order
    assert (order.inclusion, order.inclusion_reason, order.status) == ("held", "unmapped", None)
    assert outcomes() == [("order_received", "order_held")]

    make_mapping(vitrine, OrderStatus.AGUARDANDO_PAGAMENTO, "aguardando-antifraude")
    decide_held_order(order=order, now=NOW + timedelta(hours=1))
    order.refresh_from_db()
    assert (order.inclusion, order.inclusion_reason) == ("included", "default")
    assert order.current_status is OrderStatus.AGUARDANDO_PAGAMENTO
    change = OrderStatusChange.objects.get()
    assert (change.occurred_at, change.recorded_at) == (PLACED, NOW + timedelta(hours=1))
    assert change.cause == "DE-PARA revisão 0: aguardando-antifraude"
    assert outcomes() == [("order_received", "order_held"), ("order_redecided", "order_included")]
    assert Event.objects.last().status_change == change
    assert updates() == [(OrderStatus.AGUARDANDO_PAGAMENTO, "skipped", "echo")]


def test_held_order_stays_held_while_its_word_is_unknown():
    order = receive(make_vitrine(), "antifraude").order
    decide_held_order(order=order, now=NOW)
    order.refresh_from_db()
    assert (order.inclusion, order.status) == ("held", None)
    assert outcomes() == [("order_received", "order_held")]


def test_included_order_with_an_unknown_word_stays_included_and_resolves_itself():
    vitrine = make_vitrine()
    make_mapping(vitrine, OrderStatus.PAGAMENTO_CONFIRMADO, "paid")
    receive(vitrine, "paid")
    order = receive(vitrine, "cancelled-by-buyer").order
    assert (order.inclusion, order.inclusion_reason) == ("included", "unmapped")
    assert order.current_status is OrderStatus.PAGAMENTO_CONFIRMADO

    make_mapping(vitrine, OrderStatus.CANCELADO, "cancelled-by-buyer")
    decide_held_order(order=order, now=NOW)
    order.refresh_from_db()
    assert (order.inclusion, order.inclusion_reason) == ("included", "default")
    assert order.current_status is OrderStatus.CANCELADO


def test_order_not_included_is_decided_again_by_a_later_word():
    vitrine = mapped_vitrine()
    receive(vitrine, "canceled")
    answer = receive(vitrine, "payment-approved")
    assert not answer.created
    assert (answer.order.inclusion, answer.order.inclusion_reason) == ("included", "default")
    assert answer.status is OrderStatus.PAGAMENTO_CONFIRMADO
    assert outcomes() == [
        ("order_received", "order_not_included"),
        ("order_received", "order_included"),
    ]


def test_order_not_included_is_decided_again_by_the_same_word_once_its_row_changed():
    vitrine = make_vitrine()
    row = make_mapping(vitrine, OrderStatus.CANCELADO, "canceled")
    receive(vitrine, "canceled")
    row.processa_inclusao = True
    row.save()
    assert receive(vitrine, "canceled").order.inclusion_reason == "forced"


def test_included_order_moves_forward_with_the_stores_word_and_leaves_an_echo():
    vitrine = mapped_vitrine()
    receive(vitrine, "payment-pending")
    answer = receive(vitrine, "payment-approved", now=NOW + timedelta(minutes=5))
    assert answer.status is OrderStatus.PAGAMENTO_CONFIRMADO
    assert outcomes()[1] == ("order_received", "status_changed")
    assert updates() == [
        (OrderStatus.AGUARDANDO_PAGAMENTO, "skipped", "echo"),
        (OrderStatus.PAGAMENTO_CONFIRMADO, "skipped", "echo"),
    ]


def test_word_behind_the_orders_status_is_kept_and_takes_nothing_back():
    vitrine = mapped_vitrine()
    receive(vitrine, "handling")
    answer = receive(vitrine, "payment-approved")
    assert answer.status is OrderStatus.EM_PREPARACAO
    assert answer.order.platform_status == "payment-approved"
    assert outcomes()[1] == ("order_received", "late")
    assert len(updates()) == 1


@pytest.mark.parametrize(
    ("first", "then", "repeated"),
    [
        ("invoiced", "delivery-problem", "invoiced"),
        ("delivery-problem", "shipped", "delivery-problem"),
    ],
)
def test_word_repeated_late_by_the_store_neither_solves_nor_makes_a_problem(first, then, repeated):
    vitrine = mapped_vitrine()
    receive(vitrine, first)
    status = receive(vitrine, then).status
    answer = receive(vitrine, repeated, now=NOW + timedelta(minutes=1))
    assert answer.status is status
    assert outcomes()[2] == ("order_received", "late")


def test_same_order_again_writes_nothing():
    vitrine = mapped_vitrine()
    receive(vitrine, "payment-approved", platform_id="v-1")
    answer = receive(vitrine, "payment-approved", platform_id="v-1", number="000100482")
    assert (answer.created, answer.duplicate) == (False, True)
    assert (Order.objects.count(), Event.objects.count(), len(updates())) == (1, 1, 1)


def test_new_detail_under_the_same_word_is_kept():
    vitrine = mapped_vitrine()
    receive(vitrine, "payment-approved", delivery_type="SEDEX")
    answer = receive(vitrine, "payment-approved", platform_id="v-1")
    assert not answer.duplicate
    order = Order.objects.get()
    assert (order.platform_id, order.delivery_type) == ("v-1", "SEDEX")
    assert outcomes()[1] == ("order_received", "fact_recorded")


def test_total_corrected_to_nothing_is_a_new_detail():
    vitrine = mapped_vitrine()
    receive(vitrine, "payment-approved", total=Decimal("10.00"))
    answer = receive(vitrine, "payment-approved", total=Decimal("0.00"))
    assert (answer.duplicate, answer.order.total) == (False, Decimal("0.00"))


@pytest.mark.parametrize("number", ["VT-100482", "vt-00100482", "100482", "  000100482  "])
def test_prefix_and_leading_zeros_name_the_same_order(number):
    vitrine = mapped_vitrine()
    receive(vitrine, "payment-pending", number="100482")
    assert not receive(vitrine, "payment-approved", number=number).created
    assert Order.objects.get().number == "100482"


def test_one_number_in_two_vitrines_is_two_orders():
    receive(mapped_vitrine(), "payment-approved")
    receive(mapped_vitrine("LOJA-RJ", order_prefix=""), "payment-approved", number="100482")
    assert Order.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"number": "VT-"}, {"number": "Informe o número do pedido, além do prefixo."})],
)
def test_order_without_a_number_is_not_stored(fields, wrong):
    with pytest.raises(InvalidFact) as refused:
        receive(mapped_vitrine(), "payment-approved", **fields)
    assert refused.value.fields == wrong
    assert Order.objects.count() == 0


def test_order_placed_in_the_future_is_not_stored_beyond_five_minutes():
    vitrine = mapped_vitrine()
    with pytest.raises(InvalidFact) as refused:
        receive(vitrine, "payment-approved", now=PLACED - timedelta(minutes=5, seconds=1))
    assert list(refused.value.fields) == ["placed_at"]
    assert Order.objects.count() == 0
    assert receive(vitrine, "payment-approved", now=PLACED - timedelta(minutes=5)).created
