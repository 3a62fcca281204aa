"""Pages of Pedidos and Atualizações: found by where the last one ended, and counted only so far."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.listing import MOST_COUNTED, WINDOW, listing, place_of, told_place
from integrations.models import StatusUpdate, UpdateState
from integrations.queries import BY_TIME
from tests.factories import NOW, make_order, make_tracking, make_update, make_vitrine
from tests.integrations.people import READER, sign_in
from vitrines.models import Inclusion, InclusionReason, Order
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db


def make_orders(vitrine, count, *, first=0, **fields):
    values = {
        "placed_at": NOW,
        "status": OrderStatus.EM_PREPARACAO,
        "status_at": NOW,
        "inclusion": Inclusion.INCLUDED,
        "inclusion_reason": InclusionReason.DEFAULT,
    }
    numbers = range(first, first + count)
    rows = [Order(vitrine=vitrine, number=f"{n}", **(values | fields)) for n in numbers]
    return Order.objects.bulk_create(rows)


def make_updates(vitrine, count, *, of_a_moment=1):
    """Orders with one accepted update each; so many of them were created at the same time."""
    orders = make_orders(vitrine, count)
    rows = [
        StatusUpdate(
            vitrine=vitrine,
            order=order,
            sequence=1,
            kind="status",
            status=OrderStatus.EM_PREPARACAO,
            state=UpdateState.SENT,
            reason="accepted",
            decided_at=NOW,
            created_at=NOW + timedelta(seconds=place // of_a_moment),
            finished_at=NOW,
        )
        for place, order in enumerate(orders)
    ]
    return StatusUpdate.objects.bulk_create(rows)


def pages(rows, by, begin=""):
    """Every page from ``begin`` on, by ``antes``."""
    asked = begin
    while True:
        page = listing(rows, {"antes": asked}, by=by)
        yield page
        asked = page.older
        if not asked:
            return


@pytest.mark.parametrize("of_a_moment", [1, 7, 200])
def test_pages_hold_each_row_once_however_many_are_of_one_moment(of_a_moment):
    updates = make_updates(make_vitrine(), 120, of_a_moment=of_a_moment)

    found = [update.pk for page in pages(StatusUpdate.objects.all(), BY_TIME) for update in page]

    assert found == [update.pk for update in reversed(updates)]


@pytest.mark.parametrize("of_a_moment", [1, 200])
def test_the_page_before_is_the_one_that_was_left(of_a_moment):
    make_updates(make_vitrine(), 170, of_a_moment=of_a_moment)
    rows = StatusUpdate.objects.all()
    first, second, third, _ = pages(rows, BY_TIME)

    back = listing(rows, {"depois": third.newer}, by=BY_TIME)
    again = listing(rows, {"depois": back.newer}, by=BY_TIME)

    assert (back.object_list, back.newer, back.older) == (
        second.object_list,
        second.newer,
        second.older,
    )
    assert (again.object_list, again.newer) == (first.object_list, "")
    assert (first.newer, len(first.object_list)) == ("", 50)


def test_what_came_meanwhile_is_one_page_further():
    vitrine = make_vitrine()
    make_orders(vitrine, 60)
    first, second = pages(Order.objects.all(), ("id",))
    newest = make_order(vitrine, "novo")

    back = listing(Order.objects.all(), {"depois": second.newer})
    further = listing(Order.objects.all(), {"depois": back.newer})

    assert back.object_list == first.object_list
    assert (further.object_list[:2], further.newer) == ([newest, first.object_list[0]], "")
    assert len(further.object_list) == 50


def test_list_that_was_pruned_meanwhile_begins_at_its_first_page():
    first = listing(Order.objects.all(), {"depois": "7"})

    assert (first.object_list, first.count, first.newer, first.older) == ([], 0, "", "")


def test_page_that_was_removed_meanwhile_is_empty_and_leads_to_none():
    make_orders(make_vitrine(), 1)

    page = listing(Order.objects.all(), {"antes": "1"})

    assert (page.object_list, page.count, page.newer, page.older) == ([], 1, "", "")


@pytest.mark.parametrize(
    ("told", "by", "place"),
    [
        ("42", ("id",), (42,)),
        ("1764000000000001-42", BY_TIME, (datetime(2025, 11, 24, 16, 0, 0, 1, UTC), 42)),
        ("", ("id",), None),
        ("42", BY_TIME, None),
        ("1-2-3", BY_TIME, None),
        ("-42", ("id",), None),
        ("4,2", ("id",), None),
        ("٤٢", ("id",), None),
        ("9" * 19, ("id",), None),
        ("999999999999999999-1", BY_TIME, None),
    ],
)
def test_place_of_an_address_is_taken_or_left(told, by, place):
    assert place_of(told, by) == place


def test_place_is_told_as_it_is_taken():
    update = make_updates(make_vitrine(), 1)[0]
    update.created_at += timedelta(microseconds=123_456)

    assert place_of(told_place(update, BY_TIME), BY_TIME) == (update.created_at, update.pk)


def test_list_is_counted_up_to_ten_thousand(client):
    vitrine = make_vitrine()
    make_orders(vitrine, MOST_COUNTED)
    exact = listing(Order.objects.all(), {})
    make_order(vitrine, "mais-um")
    more = listing(Order.objects.all(), {})
    sign_in(client, *READER)

    html = client.get("/pedidos/").content.decode()

    assert (exact.count, more.count) == (10_000, None)
    assert '<span class="hint">mais de 10.000 no total</span>' in html


def test_list_of_one_page_has_no_other(client):
    make_orders(make_vitrine(), 50)
    sign_in(client, *READER)

    response = client.get("/pedidos/")

    page = response.context["page"]
    assert (len(page.object_list), page.count, page.newer, page.older) == (50, 50, "", "")
    assert 'aria-label="Páginas"' not in response.content.decode()


def test_links_of_a_page_keep_the_filter_and_drop_each_other(client):
    updates = make_updates(make_vitrine(), 120)
    sign_in(client, *READER)
    older = told_place(updates[70], BY_TIME)

    response = client.get(f"/atualizacoes/?state=sent&antes={older}")

    html, page = response.content.decode(), response.context["page"]
    assert f'rel="prev" href="?state=sent&amp;depois={page.newer}"' in html
    assert f'rel="next" href="?state=sent&amp;antes={page.older}"' in html
    assert '<span class="hint">120 no total</span>' in html


@pytest.mark.parametrize("count", [3, 170])
@pytest.mark.parametrize("address", ["/pedidos/", "/atualizacoes/"])
@pytest.mark.parametrize("deep", [False, True])
def test_page_asks_the_database_the_same_however_long_the_list(
    address, count, deep, client, django_assert_num_queries
):
    updates = make_updates(make_vitrine(), count)
    middle = updates[count // 2]
    place = {
        "/pedidos/": str(middle.order_id),
        "/atualizacoes/": told_place(middle, BY_TIME),
    }[address]
    sign_in(client, *READER)

    with django_assert_num_queries({"/pedidos/": 10, "/atualizacoes/": 9}[address]):
        client.get(f"{address}?vitrine=LOJA-SP" + (f"&antes={place}" if deep else ""))


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_trackings_asks_the_database_the_same_for_one_and_three(
    count, client, django_assert_num_queries
):
    order = make_order(make_vitrine())
    for number in range(count):
        tracking = make_tracking(order, f"SQ{number}BR")
        make_update(
            order, state=UpdateState.SENT, reason="accepted", kind="tracking", tracking=tracking
        )
    sign_in(client, *READER)

    with django_assert_num_queries(8):
        html = client.get("/atualizacoes/").content.decode()

    assert html.count("rastreio SQ") == count


# Sifted by the situation ------------------------------------------------------------------


def test_rare_situation_is_looked_for_in_so_many_orders_at_a_time(client):
    vitrine = make_vitrine()
    # Accepted by the store, but for the oldest: nothing was ever decided about it.
    waiting, *told = make_updates(vitrine, WINDOW + 1)
    waiting.delete()
    sign_in(client, *READER)

    first = client.get("/pedidos/?situation=waiting")
    page = first.context["page"]
    second = client.get(f"/pedidos/?situation=waiting&antes={page.older}")

    html = first.content.decode()
    assert (page.object_list, page.older) == ([], str(told[0].order_id))
    assert "Nenhum entre os 1.000 pedidos procurados" in html
    assert f'href="?situation=waiting&amp;antes={page.older}"' in html
    assert [row.order.pk for row in second.context["rows"]] == [waiting.order_id]
    assert second.context["page"].older == ""


def test_search_that_found_some_says_how_far_it_looked(client):
    vitrine = make_vitrine()
    make_updates(vitrine, WINDOW)
    newest = make_order(vitrine, "sem-nada")
    sign_in(client, *READER)

    response = client.get("/pedidos/?situation=waiting")

    html = response.content.decode()
    assert [row.order for row in response.context["rows"]] == [newest]
    assert "Procurado em 1.000 pedidos; há outros mais antigos." in html
    assert ">Continuar a busca</a>" in html


def test_common_situation_fills_its_page_and_goes_on_after_the_last_shown(client):
    vitrine = make_vitrine()
    updates = make_updates(vitrine, 120)
    sign_in(client, *READER)

    found, asked = [], ""
    for _ in range(3):
        response = client.get(f"/pedidos/?situation=up_to_date&antes={asked}")
        found += [row.order.pk for row in response.context["rows"]]
        asked = response.context["page"].older

    assert found == [update.order_id for update in reversed(updates)]
    assert asked == ""


def make_every_situation(vitrine, count):
    """So many orders of each: accepted, refused, inactive, settled and not included."""
    closed = [
        (UpdateState.SENT, "accepted"),
        (UpdateState.FAILED, "rejected"),
        (UpdateState.SKIPPED, "inactive"),
        (UpdateState.CANCELLED, "cancelled"),
    ]
    orders = make_orders(vitrine, count * len(closed))
    StatusUpdate.objects.bulk_create(
        StatusUpdate(
            vitrine=vitrine,
            order=order,
            sequence=1,
            kind="status",
            channel="url",
            platform=vitrine.platform,
            platform_status="PICKING",
            status=order.status,
            state=state,
            reason=reason,
            decided_at=NOW,
            created_at=NOW,
        )
        for order, (state, reason) in zip(orders, closed * count, strict=True)
    )
    make_orders(
        vitrine,
        count,
        first=len(orders),
        status=None,
        status_at=None,
        inclusion=Inclusion.NOT_INCLUDED,
        inclusion_reason=InclusionReason.CANCELLED,
    )


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan is read as SQLite tells it")
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("since=2026-11-20", "order_by_age"),
        ("since=2026-11-20&vitrine=LOJA-SP", "order_of_vitrine_by_age"),
        ("since=2026-11-20&vitrine=LOJA-SP&inclusion=not_included", "order_left_out_by_age"),
        ("since=2026-11-20&until=2026-11-22&vitrine=LOJA-SP&status=4", "order_of_vitrine_by_age"),
    ],
)
def test_orders_of_a_period_are_one_stretch_of_an_index(query, index, client):
    make_orders(make_vitrine(), 1)
    sign_in(client, *READER)
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/pedidos/?{query}")
    queries = [each["sql"] for each in asked if 'FROM "vitrines_order"' in each["sql"]]

    with connection.cursor() as cursor:
        for sql in queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = "\n".join(row[-1] for row in cursor.fetchall())
            assert plan.count(f"INDEX {index} ") == 1
            assert "TEMP B-TREE" not in plan
    assert len(queries) == 2


@pytest.mark.parametrize("count", [1, 60])
@pytest.mark.parametrize(
    ("situation", "queries"),
    [("up_to_date", 9), ("outdated", 9), ("not_sent", 9), ("settled", 9), ("not_included", 9)],
)
def test_sifted_page_asks_the_database_the_same_for_one_order_and_sixty(
    situation, queries, count, client, django_assert_num_queries
):
    make_every_situation(make_vitrine(), count)
    sign_in(client, *READER)

    with django_assert_num_queries(queries):
        response = client.get(f"/pedidos/?situation={situation}")

    assert len(response.context["rows"]) == min(count, 50)
