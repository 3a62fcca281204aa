"""The number beside Atualizações in the menu: what failed, fetched after the page."""

import pytest

from integrations.models import StatusUpdate
from tests.factories import make_vitrine
from tests.integrations.people import READER, sign_in
from tests.integrations.test_listing import make_orders
from tests.integrations.updates.rows import held, refused

pytestmark = pytest.mark.django_db

COUNT = "/menu/contador/"


def told(client):
    return client.get(COUNT).content.decode().strip()


def test_count_is_of_what_failed(client):
    vitrine = make_vitrine()
    refused(vitrine)
    refused(vitrine)
    held(vitrine)
    sign_in(client, *READER)

    assert told(client) == (
        '<span class="count" title="Falharam, à espera de uma pessoa">2'
        '<span class="visually-hidden"> com falha</span></span>'
    )


def test_count_of_nothing_shows_nothing(client):
    held(make_vitrine())
    sign_in(client, *READER)

    assert told(client) == ""


def test_count_goes_to_99_and_is_one_query_however_many_failed(client, django_assert_num_queries):
    vitrine = make_vitrine()
    pattern = refused(vitrine)
    for order in make_orders(vitrine, 120):
        pattern.pk, pattern.order, pattern.uuid = None, order, f"{order.pk:032x}"
        pattern.save(force_insert=True)
    assert StatusUpdate.objects.count() == 121
    sign_in(client, *READER)

    # Session, user, two of permissions, the count.
    with django_assert_num_queries(5):
        assert ">99+<" in told(client)


def test_count_is_kept_by_the_browser_for_a_moment_and_by_nobody_else(client):
    sign_in(client, *READER)

    response = client.get(COUNT)

    assert response.headers["Cache-Control"] == "private, max-age=10"


def test_page_asks_for_the_count_and_holds_none_itself(client):
    refused(make_vitrine())
    sign_in(client, *READER)

    html = client.get("/pedidos/").content.decode()

    assert (
        f'<span class="count" hx-get="{COUNT}" hx-trigger="load" hx-swap="outerHTML"></span>'
        in html
    )


def test_count_needs_the_permission(client):
    sign_in(client, "vitrines.view_order")

    assert client.get(COUNT).status_code == 403
    assert COUNT not in client.get("/pedidos/").content.decode()
