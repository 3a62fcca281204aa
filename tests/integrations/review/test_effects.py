"""What saving a row does, in sentences."""

import pytest

from integrations.mapping_review.effects import OpenOrders, effect_of, told
from integrations.mapping_review.fates import fate_of
from integrations.models import UpdateReason
from status_mapping.tables import StatusRow
from tests.integrations.review.held import held_update
from tests.status_mapping.platforms import make_platform
from vitrines.statuses import OrderStatus

PAID = OrderStatus.PAGAMENTO_CONFIRMADO
SENT = OrderStatus.DESPACHADO
DELIVERED = OrderStatus.ENTREGUE
UNMAPPED = UpdateReason.UNMAPPED
BY_ALL = make_platform(
    channels={
        "url": [PAID.name, SENT.name, DELIVERED.name],
        "xml": [SENT.name],
        "tracking": [SENT.name],
    }
)
NONE = OpenOrders()


def sentences(status, before, after, *, orders=NONE, held=(), platform=BY_ALL, **more):
    effect = effect_of(
        status=status,
        before=before,
        after=after,
        platform=platform,
        orders=orders,
        held=held,
        **({"queued": 0} | more),
    )
    return list(effect.sentences)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (None, "nada (sem mapeamento)"),
        (StatusRow(PAID, "PAID", active=False), "nada (inativo)"),
        (StatusRow(PAID), "nada (sem mapeamento)"),
        (StatusRow(PAID, "PAID"), "“PAID” por URL"),
        (
            StatusRow(PAID, "PAID", ez_core_status_id="4", ez_core_flow_id="10"),
            "“PAID” por URL (ID Status 4, ID Fluxo 10)",
        ),
    ],
)
def test_told_says_what_the_store_receives(row, words):
    assert told(PAID, row, BY_ALL) == words


def test_told_of_a_status_that_the_platform_does_not_offer():
    platform = make_platform(channels={"url": [SENT.name]})

    assert told(PAID, StatusRow(PAID, "PAID"), platform) == "nada (sem envio)"


def test_told_names_the_channel_that_is_chosen_or_usual():
    assert told(SENT, StatusRow(SENT, "INVOICED"), BY_ALL) == "“INVOICED” por XML"
    assert told(SENT, StatusRow(SENT, "INVOICED", channel="url"), BY_ALL) == "“INVOICED” por URL"


@pytest.mark.parametrize(
    ("orders", "words"),
    [
        (OpenOrders(), "Nenhum pedido aberto está neste status agora."),
        (OpenOrders(to_tell=1), "1 pedido aberto neste status ainda não foi avisado."),
        (OpenOrders(to_tell=1200), "1.200 pedidos abertos neste status ainda não foram avisados."),
        (
            OpenOrders(told={"A": 1}),
            "1 pedido aberto já recebeu “A”; não é avisado de novo.",
        ),
        (
            OpenOrders(told={"A": 3}),
            "3 pedidos abertos já receberam “A”; não são avisados de novo.",
        ),
        (
            OpenOrders(told={"A": 2, "antiga": 1}),
            "3 pedidos abertos já receberam este status; não são avisados de novo.",
        ),
        (
            OpenOrders(told={"": 3}),
            "3 pedidos abertos já receberam este status; não são avisados de novo.",
        ),
        (
            OpenOrders(inactive=1),
            "1 pedido aberto ficou sem aviso, com a linha inativa; só sai se decidido de novo.",
        ),
        (
            OpenOrders(inactive=2),
            "2 pedidos abertos ficaram sem aviso, com a linha inativa; só saem se decididos de "
            "novo.",
        ),
        (OpenOrders(settled=1), "1 pedido aberto não tem aviso a receber."),
        (OpenOrders(settled=2), "2 pedidos abertos não têm aviso a receber."),
    ],
)
def test_open_orders_are_told_apart_by_what_the_store_knows(orders, words):
    assert sentences(PAID, StatusRow(PAID, "A"), StatusRow(PAID, "B"), orders=orders) == [words]


def test_a_row_that_sends_the_same_says_so_and_nothing_of_what_waits():
    before, after = StatusRow(PAID, "A"), StatusRow(PAID, "A", also_receives=("b",))
    held = [fate_of(held_update(PAID, UNMAPPED), after, BY_ALL)]

    assert sentences(PAID, before, after, orders=OpenOrders(to_tell=5), held=held, queued=3) == [
        "O que a loja recebe neste status não muda."
    ]


def test_orders_that_ended_receive_nothing_more():
    assert sentences(DELIVERED, StatusRow(DELIVERED, "A"), StatusRow(DELIVERED, "B")) == [
        "Pedidos neste status já terminaram: vale para os próximos e os que não foram avisados."
    ]


def test_what_leaves_is_counted_and_told_after_the_orders():
    after = StatusRow(PAID, "PAID")
    held = [fate_of(held_update(PAID, UNMAPPED), after, BY_ALL) for _ in range(2)]

    effect = effect_of(
        status=PAID,
        before=None,
        after=after,
        platform=BY_ALL,
        orders=OpenOrders(),
        held=held,
        queued=0,
    )

    assert effect.leaving == 2
    assert list(effect.sentences) == [
        "Nenhum pedido aberto está neste status agora.",
        "2 atualizações que aguardam saem instantes depois de salvo.",
    ]


@pytest.mark.parametrize(
    ("queued", "words"),
    [
        (1, "1 atualização já na fila sai como foi decidida, com o que a linha dizia."),
        (
            1000,
            "1.000 atualizações já na fila saem como foram decididas, com o que a linha dizia.",
        ),
    ],
)
def test_what_is_in_the_queue_leaves_as_it_was_decided(queued, words):
    found = sentences(PAID, StatusRow(PAID, "A"), StatusRow(PAID, "B"), queued=queued)

    assert found[1:] == [words]


@pytest.mark.parametrize(
    ("failed", "words"),
    [
        (1, "1 atualização com falha não sai por salvar: espera por alguém."),
        (2, "2 atualizações com falha não saem por salvar: esperam por alguém."),
    ],
)
def test_what_failed_goes_on_waiting_for_somebody(failed, words):
    found = sentences(PAID, StatusRow(PAID, "A"), StatusRow(PAID, "B"), failed=failed)

    assert found[1:] == [words]
