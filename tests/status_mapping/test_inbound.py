from status_mapping.inbound import InboundWord, inbound_words
from status_mapping.tables import StatusRow
from vitrines.statuses import OrderStatus

PREPARING = OrderStatus.EM_PREPARACAO
PAID = OrderStatus.PAGAMENTO_CONFIRMADO
PROBLEM = OrderStatus.PROBLEMAS


def test_a_row_receives_its_own_status_and_its_words():
    words = inbound_words([StatusRow(PAID, "PAID", also_receives=("approved", "Captured"))])
    assert words == {
        "paid": InboundWord(PAID, "PAID", explicit=False),
        "approved": InboundWord(PAID, "approved", explicit=True),
        "captured": InboundWord(PAID, "Captured", explicit=True),
    }


def test_a_shared_status_belongs_to_the_first_row_of_the_process():
    """Embarcado is 7 and Entregue 4: the order of the process counts, not the codes."""
    rows = [StatusRow(OrderStatus.ENTREGUE, "SENT"), StatusRow(OrderStatus.EMBARCADO, "SENT")]
    assert inbound_words(rows) == {"sent": InboundWord(OrderStatus.EMBARCADO, "SENT", False)}


def test_a_shared_status_belongs_to_the_row_that_lists_it():
    rows = [
        StatusRow(PAID, "PROCESSING"),
        StatusRow(PREPARING, "PROCESSING", also_receives=("processing",)),
    ]
    assert inbound_words(rows) == {"processing": InboundWord(PREPARING, "processing", True)}


def test_a_listed_word_wins_over_the_status_of_another_row():
    rows = [StatusRow(PAID, "PAID"), StatusRow(PROBLEM, "", also_receives=("PAID",))]
    assert inbound_words(rows) == {"paid": InboundWord(PROBLEM, "PAID", True)}


def test_a_row_without_words_receives_nothing():
    assert inbound_words([StatusRow(PROBLEM)]) == {}
