"""What saving a row does, in sentences."""

import pytest

from integrations.mapping_review.effects import effect_of, told
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


def sentences(status, before, after, *, orders=0, held=(), queued=0, platform=BY_ALL):
    effect = effect_of(
        status=status,
        before=before,
        after=after,
        platform=platform,
        orders=orders,
        held=held,
        queued=queued,
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
        (0, "Nenhum pedido aberto está neste status agora."),
        (1, "1 pedido aberto neste status receberia “B” por URL em vez de “A” por URL."),
        (1200, "1.200 pedidos abertos neste status receberiam “B” por URL em vez de “A” por URL."),
    ],
)
def test_open_orders_would_receive_something_else(orders, words):
    assert sentences(PAID, StatusRow(PAID, "A"), StatusRow(PAID, "B"), orders=orders) == [words]


def test_a_row_that_sends_the_same_says_so_and_nothing_of_what_waits():
    before, after = StatusRow(PAID, "A"), StatusRow(PAID, "A", also_receives=("b",))
    held = [fate_of(held_update(PAID, UNMAPPED), after, BY_ALL)]

    assert sentences(PAID, before, after, orders=5, held=held, queued=3) == [
        "O que a loja recebe neste status não muda."
    ]


def test_orders_that_ended_receive_nothing_more():
    assert sentences(DELIVERED, StatusRow(DELIVERED, "A"), StatusRow(DELIVERED, "B")) == [
        "Pedidos neste status já terminaram: vale para os próximos."
    ]


def test_what_leaves_is_counted_and_told_after_the_orders():
    after = StatusRow(PAID, "PAID")
    held = [fate_of(held_update(PAID, UNMAPPED), after, BY_ALL) for _ in range(2)]

    effect = effect_of(
        status=PAID, before=None, after=after, platform=BY_ALL, orders=0, held=held, queued=0
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
