import pytest

from status_mapping.channels import usual_channel
from vitrines.statuses import OrderStatus

ALL = ("xml", "tracking", "url")


@pytest.mark.parametrize(
    ("status", "channel"),
    [
        (OrderStatus.AGUARDANDO_PAGAMENTO, "url"),
        (OrderStatus.PAGAMENTO_CONFIRMADO, "url"),
        (OrderStatus.EM_PREPARACAO, "url"),
        (OrderStatus.DESPACHADO, "xml"),
        (OrderStatus.EMBARCADO, "tracking"),
        (OrderStatus.ENTREGUE, "tracking"),
        (OrderStatus.CANCELADO, "url"),
        (OrderStatus.PROBLEMAS, "url"),
    ],
)
def test_usual_channel_of_each_status(status, channel):
    assert usual_channel(status, ALL) == channel


def test_first_offered_channel_stands_in_for_the_usual_one():
    assert usual_channel(OrderStatus.DESPACHADO, ("tracking", "url")) == "tracking"
    assert usual_channel(OrderStatus.EMBARCADO, ("url",)) == "url"


def test_status_that_is_not_offered_has_no_channel():
    assert usual_channel(OrderStatus.PROBLEMAS, ()) is None
