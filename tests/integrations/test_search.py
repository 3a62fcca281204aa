"""One box finds an order, however it is named."""

import pytest

from integrations.search import LIMIT, find
from tests.factories import (
    CHAVE_NFE,
    make_invoice,
    make_order,
    make_tracking,
    make_update,
    make_vitrine,
)
from tests.integrations.people import READER, sign_in
from tests.integrations.shop import Shop
from vitrines.models import Invoice

pytestmark = pytest.mark.django_db

ORDER_PAGE = "/pedidos/LOJA-SP/100482/"


@pytest.fixture
def order():
    order = make_order(make_vitrine(), "100482", platform_id="8F2C-AB")
    make_invoice(order, number=29248, series=3)
    make_tracking(order, "SQ458226057BR")
    return order


@pytest.mark.parametrize(
    "term",
    [
        "100482",
        "VT-100482",
        "vt-000100482",
        "VT100482",
        " 000100482 ",
        "8F2C-AB",
        "8f2c-ab",
        "29248",
        "29.248",
        "NF-e 29248",
        "29248/3",
        CHAVE_NFE,
        f"NFe{CHAVE_NFE}",
        " ".join(CHAVE_NFE[i : i + 4] for i in range(0, 44, 4)),
        "SQ458226057BR",
        "sq 458 226 057 br",
    ],
)
def test_search_opens_the_only_order_it_finds(term, client, order):
    sign_in(client, *READER)

    response = client.get("/buscar/", {"q": term})

    assert (response.status_code, response.headers["Location"]) == (302, ORDER_PAGE)


def test_alphanumeric_key_is_found(client, order):
    key = "352611A2B3C4D5E6F7550030000292481000123450"
    key = f"{key[:18]}95{key[18:]}"
    Invoice.objects.update(chave_nfe=key)

    assert [hit.how for hit in find(key.lower()).hits] == ["NF-e 29.248/3"]


@pytest.mark.parametrize("term", ["100483", "29249", "29248/1", "RJ-100482", "%", "' OR 1=1"])
def test_search_without_a_hit_says_what_was_searched(term, client, order):
    sign_in(client, *READER)

    response = client.get("/buscar/", {"q": term})

    assert response.status_code == 200
    assert "o código de rastreio, em todas as vitrines" in response.content.decode()


def test_empty_search_asks_what_to_look_for(client):
    sign_in(client, *READER)

    assert "O que você procura?" in client.get("/buscar/?q=%20").content.decode()


def test_search_lists_orders_of_several_vitrines(client, order):
    other = make_order(make_vitrine("LOJA-RJ", order_prefix="RJ"), "100482")
    sign_in(client, *READER)

    response = client.get("/buscar/?q=100482")

    hits = [(hit.order, hit.how) for hit in response.context["result"].hits]
    assert hits == [(other, "número do pedido"), (order, "número do pedido")]


def test_prefix_leaves_only_the_vitrine_that_uses_it(order):
    make_order(make_vitrine("LOJA-RJ", order_prefix="RJ"), "100482")

    assert [hit.order for hit in find("VT-100482").hits] == [order]


def test_order_found_in_several_ways_is_listed_once(client, order):
    make_tracking(order, "100482")

    assert [hit.how for hit in find("100482").hits] == ["número do pedido"]


def test_facts_that_wait_for_their_order_are_found(client, httpserver):
    Shop(httpserver).invoice()
    sign_in(client, *READER)

    by_number = client.get("/buscar/?q=VT-100482").context["result"]
    by_note = client.get("/buscar/?q=29248").context["result"]

    assert [orphan.what for orphan in by_number.orphans] == ["Faturado"]
    assert [(o.what, o.order_number) for o in by_note.orphans] == [("NF-e 29.248/3", "100482")]


def test_search_stops_at_its_limit_and_says_so(client):
    for number in range(LIMIT + 2):
        make_order(make_vitrine(f"LOJA-{number}"), "1")

    result = find("1")

    assert (len(result.hits), result.cut) == (LIMIT, True)


@pytest.mark.parametrize("term", ["x" * 5000, "𝟙𝟚𝟛", "9" * 40, "²"])
def test_search_survives_any_text(term, client, order):
    sign_in(client, *READER)

    assert client.get("/buscar/", {"q": term}).status_code == 200


@pytest.mark.parametrize("orders", [1, 3])
def test_search_costs_the_same_with_more_hits(orders, django_assert_num_queries):
    for number in range(orders):
        order = make_order(make_vitrine(f"LOJA-{number}"), "29248")
        make_invoice(order, number=29248)
        make_tracking(order, "29248")

    with django_assert_num_queries(5):
        assert len(find("29248").hits) == orders


def test_search_asks_no_longer_question_with_more_vitrines(django_assert_num_queries):
    for number in range(60):
        make_order(make_vitrine(f"LOJA-{number}", order_prefix=f"P{number}"), "100482")

    with django_assert_num_queries(4) as asked:
        (hit,) = find("P7-100482").hits

    assert hit.order.vitrine.code == "LOJA-7"
    assert max(query["sql"].count("order_number") for query in asked.captured_queries) < 10
    assert max(query["sql"].count('"number" = ') for query in asked.captured_queries) < 10


def test_search_needs_the_permission(client):
    sign_in(client)

    assert client.get("/buscar/?q=1").status_code == 403


def test_update_is_found_as_the_screens_name_it(order):
    update = make_update(order)

    assert [(hit.order, hit.how) for hit in find(f"#{update.pk}").hits] == [
        (order, f"envio #{update.pk}")
    ]
