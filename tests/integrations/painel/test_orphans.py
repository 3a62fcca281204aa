"""*Órfãos*: what the ERP told of orders that the store has not sent, and what to check."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.intake.events import receive_invoice
from integrations.intake.nfe import parse_authorised_nfe
from integrations.models import Event, EventKind, EventOutcome, EventSource
from integrations.needs_a_person.counting import Pile, piles_by_vitrine
from integrations.needs_a_person.orphans import orphan_events, with_meant_orders
from integrations.queries import PAGE_SIZE
from tests.factories import NOW, make_event, make_order, make_vitrine
from tests.html_rules import read_page
from tests.integrations.caller import sample_nfe
from tests.people import client_of
from vitrines.models import Invoice

pytestmark = pytest.mark.django_db


def orphans(vitrine, *numbers, age=timedelta(0), **fields):
    """One of each number, a minute apart, the first one the oldest."""
    values = {
        "source": EventSource.ERP,
        "kind": EventKind.INVOICED,
        "occurred_at": NOW,
        "outcome": EventOutcome.ORPHAN,
    }
    return Event.objects.bulk_create(
        Event(
            vitrine=vitrine,
            external_id=f"e{number}",
            order_number=str(number),
            received_at=NOW - age + timedelta(minutes=place),
            **(values | fields),
        )
        for place, number in enumerate(numbers)
    )


@pytest.fixture
def listed():
    """Asks for the list; its numbers, and the answer."""
    client = client_of("Consulta")

    def ask(query=""):
        response = client.get(f"/orfaos/{query}")
        assert response.status_code == 200
        assert read_page(response.content.decode()).faults == []
        return [orphan.event.order_number for orphan in response.context["orphans"]], response

    return ask


def test_all_of_a_vitrine_can_be_browsed_page_by_page_the_oldest_first(listed):
    vitrine = make_vitrine()
    orphans(make_vitrine("OUTRA"), "1", age=timedelta(days=9))
    orphans(vitrine, *range(100, 100 + PAGE_SIZE + 20))

    first, response = listed("?vitrine=LOJA-SP")
    onward = response.context["page"].older
    second, response = listed(f"?vitrine=LOJA-SP&antes={onward}")
    back, _ = listed(f"?vitrine=LOJA-SP&depois={response.context['page'].newer}")

    assert first == [str(number) for number in range(100, 100 + PAGE_SIZE)]
    assert second == [str(number) for number in range(100 + PAGE_SIZE, 120 + PAGE_SIZE)]
    assert back == first
    assert f"{PAGE_SIZE + 20} no total" in response.content.decode()


def test_without_a_vitrine_those_of_all_are_listed(listed):
    orphans(make_vitrine("LOJA-1"), "1", "2")
    orphans(make_vitrine("LOJA-2"), "3", age=timedelta(days=1))
    make_event(make_order(make_vitrine("LOJA-3")))

    assert listed()[0] == ["3", "1", "2"]


def test_as_many_are_counted_on_the_painel_as_its_button_leads_to(listed):
    """A note that came before its order is one orphan, told by its event: it counts once."""
    vitrine = make_vitrine()
    receive_invoice(
        vitrine=vitrine,
        invoice=parse_authorised_nfe(sample_nfe()),
        order_number="100482",
        actor_label="token erp",
        now=NOW,
    )
    assert Invoice.objects.filter(order=None).count() == 1

    (counted,) = piles_by_vitrine(now=NOW)

    assert counted.piles[Pile.ORPHANS].number == 1
    numbers, response = listed("?vitrine=LOJA-SP")
    assert numbers == ["100482"]
    assert "NF-e 1.687/1" in response.content.decode()


def test_row_says_what_was_told_of_which_order_and_since_when_it_waits(listed):
    vitrine = make_vitrine(order_prefix="VT")
    orphans(
        vitrine,
        "999",
        kind=EventKind.TRACKING,
        payload={"tracking": {"code": "SQ458226057BR"}},
        age=timedelta(hours=2),
    )

    html = listed()[1].content.decode()

    for shown in ("VT-999", "Rastreio", "SQ458226057BR", "23/11 às 11:00", "23/11 às 09:00"):
        assert shown in html
    assert "Procure o pedido na loja." in html


def test_order_that_the_number_names_elsewhere_is_offered(listed):
    """In another vitrine, whose prefix the ERP may have told, or as the platform's number."""
    vitrine, other = make_vitrine(order_prefix="VT"), make_vitrine("LOJA-RJ", order_prefix="RJ")
    orphans(vitrine, "RJ-55", "v1034", "777")
    elsewhere = make_order(other, "55")
    by_platform = make_order(vitrine, "12", platform_id="v1034")
    make_order(other, "1034")

    found = with_meant_orders(list(orphan_events().order_by("id")))

    assert [orphan.meant for orphan in found] == [(elsewhere,), (by_platform,), ()]
    html = listed()[1].content.decode()
    assert '<a href="/pedidos/LOJA-RJ/55/">RJ-55</a> <span class="hint">em LOJA-RJ' in html
    assert '>VT-12</a> <span class="hint">pelo número na plataforma' in html


def test_nothing_to_list_is_said(listed):
    make_vitrine()
    assert "Nenhum órfão" in listed()[1].content.decode()
    assert "Nenhum resultado para este filtro" in listed("?vitrine=LOJA-SP")[1].content.decode()


@pytest.mark.parametrize("number", [1, 30])
def test_list_costs_the_same_with_more_rows(number, django_assert_num_queries):
    client, vitrine = client_of("Consulta"), make_vitrine()
    orphans(vitrine, *range(number))
    with django_assert_num_queries(11):
        # session, user, permissions (2), group; the vitrine asked for, vitrines to choose from;
        # how many, the page, prefixes, orders that may be meant
        client.get("/orfaos/?vitrine=LOJA-SP")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan is read as SQLite tells it")
@pytest.mark.parametrize(
    ("query", "index"),
    [("", "event_orphans_by_time"), ("?vitrine=LOJA-SP", "event_orphans_of_vitrine")],
)
@pytest.mark.parametrize("nth", [1, 2])
def test_page_is_the_beginning_of_an_index(query, index, nth, listed):
    vitrine = make_vitrine()
    orphans(vitrine, *range(PAGE_SIZE + 1))
    if nth > 1:
        onward = listed(query)[1].context["page"].older
        query = f"{query}{'&' if query else '?'}antes={onward}"
    with CaptureQueriesContext(connection) as asked:
        listed(query)
    (sql,) = [q["sql"] for q in asked if 'ORDER BY "integrations_event"' in q["sql"]]

    assert plan_of(sql).count(index) == 1
    assert "TEMP B-TREE" not in plan_of(sql)


def plan_of(sql):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(row[-1] for row in cursor.fetchall())
