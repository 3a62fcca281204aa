"""What saving a row does, in sentences."""

import pytest

from integrations.mapping_review.effects import effect_of, told
from integrations.models import UpdateReason
from status_mapping.tables import StatusRow
from tests.status_mapping.platforms import make_platform
from vitrines.statuses import OrderStatus

PAID = OrderStatus.PAGAMENTO_CONFIRMADO
SENT = OrderStatus.DESPACHADO
DELIVERED = OrderStatus.ENTREGUE
UNMAPPED = UpdateReason.UNMAPPED
NO_XML = UpdateReason.WAITING_INVOICE_XML
NO_TRACKING = UpdateReason.WAITING_TRACKING
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

    assert sentences(PAID, before, after, orders=5, held=[(NO_XML, 2)], queued=3) == [
        "O que a loja recebe neste status não muda."
    ]


def test_orders_that_ended_receive_nothing_more():
    assert sentences(DELIVERED, StatusRow(DELIVERED, "A"), StatusRow(DELIVERED, "B")) == [
        "Pedidos neste status já terminaram: vale para os próximos."
    ]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 aguarda e sai instantes depois de salvo."),
        (3, "3 aguardam e saem instantes depois de salvo."),
    ],
)
def test_what_waits_for_the_row_leaves_by_itself(number, words):
    found = sentences(PAID, None, StatusRow(PAID, "PAID"), held=[(UNMAPPED, number)])

    assert found == ["Nenhum pedido aberto está neste status agora.", words]


def test_what_leaves_is_counted():
    effect = effect_of(
        status=SENT,
        before=None,
        after=StatusRow(SENT, "X", channel="url"),
        platform=BY_ALL,
        orders=0,
        held=[(UNMAPPED, 3), (NO_XML, 2)],
        queued=0,
    )

    assert effect.leaving == 5


def test_what_leaves_only_with_a_fact_says_which():
    (_, words) = sentences(SENT, None, StatusRow(SENT, "X"), held=[(UNMAPPED, 3)])

    assert (
        words
        == "3 aguardam e saem instantes depois de salvo, quando o pedido já tem o XML da nota."
    )


def test_what_waits_for_the_xml_leaves_by_another_channel():
    before, after = StatusRow(SENT, "X"), StatusRow(SENT, "X", channel="url")

    (_, words) = sentences(SENT, before, after, held=[(NO_XML, 2)])

    assert words == "2 aguardam e saem instantes depois de salvo."


def test_what_waits_for_a_fact_that_is_still_needed_goes_on_waiting():
    before, after = StatusRow(SENT, "X"), StatusRow(SENT, "Y")

    assert sentences(SENT, before, after, held=[(NO_XML, 1), (UNMAPPED, 1)])[1:] == [
        "1 aguarda e sai instantes depois de salvo, quando o pedido já tem o XML da nota.",
        "1 continua aguardando o XML da nota.",
    ]


def test_what_waits_is_not_sent_by_a_row_that_is_switched_off():
    found = sentences(PAID, None, StatusRow(PAID, active=False), held=[(UNMAPPED, 2)])

    assert found[1:] == ["2 aguardam e deixam de sair: a linha não envia."]


def test_what_waits_goes_on_waiting_where_the_mapping_is_taken_away():
    found = sentences(SENT, StatusRow(SENT, "X"), None, held=[(NO_TRACKING, 2)])

    assert found[1:] == ["2 continuam aguardando um mapeamento."]


@pytest.mark.parametrize(
    ("queued", "words"),
    [
        (1, "1 já na fila sai como foi decidida, com o que a linha dizia."),
        (1000, "1.000 já na fila saem como foram decididas, com o que a linha dizia."),
    ],
)
def test_what_is_in_the_queue_leaves_as_it_was_decided(queued, words):
    found = sentences(PAID, StatusRow(PAID, "A"), StatusRow(PAID, "B"), queued=queued)

    assert found[1:] == [words]
