"""An order's own page says that it is late."""

from datetime import timedelta

from django.utils import timezone

from integrations.models import StatusDeadline
from tests.factories import make_order, make_update
from tests.integrations.people import READER, sign_in
from vitrines.statuses import OrderStatus


def test_order_that_is_late_says_so_beside_what_the_erp_says(client, vitrine):
    StatusDeadline.objects.create(vitrine=vitrine, status=OrderStatus.EM_PREPARACAO, minutes=60)
    since = timezone.now() - timedelta(hours=3)
    order = make_order(vitrine, "7", status=OrderStatus.EM_PREPARACAO, status_at=since)
    make_update(order, OrderStatus.EM_PREPARACAO, created_at=since, due_at=since)
    sign_in(client, *READER)

    page = client.get(f"/pedidos/{vitrine.code}/7/").content.decode()

    assert "Fora do prazo" in page
    assert "em preparação há 3 h" in page
