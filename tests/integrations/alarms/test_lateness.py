"""What makes an order late, and how that is said. ``test_deadlines`` asks the database the same."""

from datetime import timedelta

import pytest

from integrations.alarms.lateness import is_late, sentence, span
from integrations.explaining.causes import UpdateFacts
from tests.factories import NOW
from vitrines.statuses import OrderStatus

HOUR = timedelta(hours=1)
DISPATCHED = OrderStatus.DESPACHADO


def late(update_state, since=HOUR, limit=HOUR):
    update = UpdateFacts(1, 1, "status", DISPATCHED, update_state)
    return is_late(DISPATCHED, NOW - since, limit, [update], NOW)


@pytest.mark.parametrize("state", ["pending", "sending", "held", "failed"])
def test_order_is_late_from_its_limit_on(state):
    assert late(state)
    assert not late(state, since=HOUR - timedelta(seconds=1))


@pytest.mark.parametrize("state", ["sent", "skipped", "superseded", "cancelled"])
def test_order_is_not_late_once_nothing_is_to_be_told(state):
    assert not late(state)


def test_order_without_an_update_is_not_late():
    assert not is_late(DISPATCHED, NOW - HOUR, HOUR, [], NOW)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (OrderStatus.AGUARDANDO_PAGAMENTO, "aguardando pagamento há 2 h"),
        (OrderStatus.PAGAMENTO_CONFIRMADO, "pago há 2 h"),
        (OrderStatus.EM_PREPARACAO, "em preparação há 2 h"),
        (OrderStatus.DESPACHADO, "despachado há 2 h"),
        (OrderStatus.EMBARCADO, "embarcado há 2 h"),
        (OrderStatus.ENTREGUE, "entregue há 2 h"),
        (OrderStatus.CANCELADO, "cancelado há 2 h"),
        (OrderStatus.PROBLEMAS, "com problemas há 2 h"),
    ],
)
def test_sentence_names_each_status_as_what_became_of_the_order(status, said):
    shown = "PICKING (Em preparação)"
    assert sentence(status, NOW - 2 * HOUR, shown, NOW) == (
        f"{said} e a loja ainda mostra PICKING (Em preparação)"
    )


def test_sentence_of_a_store_that_was_told_nothing():
    assert sentence(DISPATCHED, NOW - HOUR, "", NOW) == (
        "despachado há 1 h e a loja ainda não recebeu nenhum status"
    )


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (-5, "0 min"),
        (0, "0 min"),
        (59, "59 min"),
        (60, "1 h"),
        (150, "2 h 30 min"),
        (179, "2 h 59 min"),
        (239, "3 h"),
        (47 * 60, "47 h"),
        (48 * 60, "2 dias"),
        (10_000, "6 dias"),
    ],
)
def test_span_says_what_matters(minutes, said):
    assert span(timedelta(minutes=minutes, seconds=30)) == said
