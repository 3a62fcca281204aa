"""What becomes of what is held once its row is saved, by what the order really has."""

from dataclasses import replace

import pytest

from integrations.mapping_review.fates import fate_of, told_of
from integrations.models import UpdateKind, UpdateReason
from status_mapping.tables import StatusRow
from tests.integrations.review.held import held_update
from tests.status_mapping.platforms import make_platform
from vitrines.statuses import OrderStatus

PAID = OrderStatus.PAGAMENTO_CONFIRMADO
SENT = OrderStatus.DESPACHADO
UNMAPPED = UpdateReason.UNMAPPED
NO_XML = UpdateReason.WAITING_INVOICE_XML
NO_TRACKING = UpdateReason.WAITING_TRACKING
BY_ALL = make_platform(
    channels={"url": [PAID.name, SENT.name], "xml": [SENT.name], "tracking": [SENT.name]}
)
BY_URL = StatusRow(SENT, "X", channel="url")
BY_XML = StatusRow(SENT, "X", channel="xml")
BY_TRACKING = StatusRow(SENT, "X", channel="tracking")


def sentences(row, *held, platform=BY_ALL, **more):
    return told_of([fate_of(update, row, platform) for update in held], **more)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 atualização que aguarda sai instantes depois de salvo."),
        (1200, "1.200 atualizações que aguardam saem instantes depois de salvo."),
    ],
)
def test_what_waits_for_the_row_leaves_by_itself(number, words):
    held = [held_update(SENT, UNMAPPED) for _ in range(number)]

    assert sentences(BY_URL, *held) == [words]


@pytest.mark.parametrize(
    ("row", "held", "words"),
    [
        (
            BY_XML,
            held_update(SENT, UNMAPPED, xml=False),
            "1 atualização passa a aguardar o XML da nota.",
        ),
        (
            BY_XML,
            held_update(SENT, NO_TRACKING, xml=False, tracking=False),
            "1 atualização passa a aguardar o XML da nota.",
        ),
        (
            BY_TRACKING,
            held_update(SENT, NO_XML, xml=False, tracking=False),
            "1 atualização passa a aguardar o rastreio.",
        ),
        (
            BY_XML,
            held_update(SENT, NO_XML, xml=False),
            "1 atualização continua aguardando o XML da nota.",
        ),
        (None, held_update(SENT, UNMAPPED), "1 atualização continua aguardando um mapeamento."),
        (
            None,
            held_update(SENT, NO_TRACKING, tracking=False),
            "1 atualização passa a aguardar um mapeamento.",
        ),
    ],
)
def test_what_the_order_or_the_row_lacks_is_waited_for(row, held, words):
    assert sentences(row, held) == [words]
    assert not fate_of(held, row, BY_ALL).leaves


@pytest.mark.parametrize(
    ("row", "held"),
    [
        (BY_XML, held_update(SENT, NO_TRACKING, tracking=False)),
        (BY_TRACKING, held_update(SENT, NO_XML, xml=False)),
        (BY_URL, held_update(SENT, NO_XML, xml=False, tracking=False)),
    ],
)
def test_another_channel_lets_go_what_has_all_that_it_needs(row, held):
    assert sentences(row, held) == ["1 atualização que aguarda sai instantes depois de salvo."]


def test_a_tracking_goes_by_tracking_whatever_the_row_says():
    held = held_update(SENT, UNMAPPED, xml=False, kind=UpdateKind.TRACKING)

    assert sentences(BY_XML, held) == ["1 atualização que aguarda sai instantes depois de salvo."]


def test_a_tracking_that_the_platform_cannot_take_is_left_out():
    platform = make_platform(channels={"url": [SENT.name]})
    held = held_update(SENT, UNMAPPED, kind=UpdateKind.TRACKING)

    assert sentences(BY_URL, held, platform=platform) == [
        "1 atualização que aguarda deixa de sair: a plataforma não oferece este envio."
    ]


def test_a_row_that_is_switched_off_sends_nothing():
    row = StatusRow(SENT, active=False)

    assert sentences(row, held_update(SENT, UNMAPPED), held_update(SENT, UNMAPPED)) == [
        "2 atualizações que aguardam deixam de sair: a linha não envia."
    ]


def test_each_fate_is_counted_apart_and_what_leaves_comes_first():
    held = [
        held_update(SENT, UNMAPPED, xml=False),
        held_update(SENT, UNMAPPED),
        held_update(SENT, NO_XML, xml=False),
        held_update(SENT, UNMAPPED, xml=False),
    ]

    assert sentences(BY_XML, *held) == [
        "1 atualização que aguarda sai instantes depois de salvo.",
        "2 atualizações passam a aguardar o XML da nota.",
        "1 atualização continua aguardando o XML da nota.",
    ]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 atualização que aguarda volta à fila; sai quando o envio for retomado."),
        (2, "2 atualizações que aguardam voltam à fila; saem quando o envio for retomado."),
    ],
)
def test_what_is_let_go_into_a_lane_that_stands_says_until_when(number, words):
    held = [held_update(SENT, UNMAPPED) for _ in range(number)]

    assert sentences(BY_URL, *held, until="quando o envio for retomado") == [words]


def test_what_its_order_keeps_back_leaves_after_the_earlier_one():
    free, behind = (fate_of(held_update(SENT, UNMAPPED), BY_URL, BY_ALL) for _ in range(2))

    assert told_of([replace(behind, behind=True), free]) == [
        "1 atualização que aguarda sai instantes depois de salvo.",
        "1 atualização que aguarda volta à fila; sai depois da atualização anterior do mesmo "
        "pedido, que ainda não saiu.",
    ]
