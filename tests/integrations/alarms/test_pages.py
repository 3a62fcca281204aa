"""*Alarmes* of all vitrines, the list of late orders, and the section for the Painel."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from integrations.alarms.deadlines import deadlines_overview
from integrations.alarms.raising import raise_alarms
from integrations.models import AlarmNotice
from tests.factories import make_vitrine
from tests.integrations.alarms.world import EMAIL, late_order, limit, pause, want
from tests.people import client_of
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def ago():
    """Two hours and a minute before the pages look."""
    return timezone.now() - 2 * HOUR - timedelta(minutes=1)


def get(address, group="Consulta"):
    return client_of(group).get(address).content.decode()


def test_page_without_anything_says_what_to_do(db):
    html = get("/alarmes/")
    assert "Nenhum alarme aberto" in html
    assert "Nenhum aviso foi enviado ainda." in html
    assert "Nenhuma vitrine cadastrada" in html


def test_page_shows_what_is_open_what_was_told_and_who_wants_what(vitrine, ago):
    make_vitrine("LOJA-RJ")
    want(vitrine, auth_refused=True, late_orders=True)
    pause(vitrine, at=ago)
    raise_alarms(now=timezone.now())
    AlarmNotice.objects.update(
        state="failed", error="O servidor de e-mail não aceitou: caixa cheia", sent_to=EMAIL
    )
    response = client_of("Consulta").get("/alarmes/")
    html = response.content.decode()
    assert "A plataforma recusou a credencial." in html
    assert 'href="/vitrines/LOJA-SP/envio/">Resolver' in html
    assert '<span class="pill bad">Não entregue</span>' in html
    assert "O servidor de e-mail não aceitou: caixa cheia" in html
    rows = [
        (row.vitrine.code, [kind.label for kind in row.kinds], row.channels)
        for row in response.context["vitrines"]
    ]
    assert rows == [
        ("LOJA-RJ", [], ()),
        ("LOJA-SP", ["Credencial recusada", "Pedidos fora do prazo"], ("E-mail",)),
    ]


def test_page_costs_the_same_with_one_vitrine_and_with_four(
    vitrine, ago, django_assert_num_queries
):
    want(vitrine, auth_refused=True)
    pause(vitrine, at=ago)
    raise_alarms(now=timezone.now())
    client = client_of("Consulta")
    client.get("/alarmes/")
    with django_assert_num_queries(9):
        client.get("/alarmes/")
    for code in ("A", "B", "C"):
        other = make_vitrine(code)
        want(other, auth_refused=True)
        pause(other, at=ago)
    raise_alarms(now=timezone.now())
    with django_assert_num_queries(9):
        client.get("/alarmes/")


# Late orders


def test_list_shows_the_oldest_first_and_why(vitrine, ago):
    late_order(vitrine, "1", at=ago, shows=OrderStatus.EM_PREPARACAO)
    late_order(vitrine, "2", at=ago - HOUR)
    limit(vitrine)
    response = client_of("Consulta").get("/pedidos/fora-do-prazo/")
    assert [(row.order.number, row.sentence) for row in response.context["late"]] == [
        ("2", "despachado há 3 h e a loja ainda mostra PAID"),
        ("1", "despachado há 2 h 1 min e a loja ainda mostra PICKING (Em preparação)"),
    ]
    html = response.content.decode()
    assert 'href="/pedidos/LOJA-SP/2/">VT-2</a>' in html
    assert "Despachado há 2 h 1 min e a loja ainda mostra PICKING (Em preparação)" in html


def test_list_is_narrowed_by_vitrine_and_status(vitrine, ago):
    other = make_vitrine("LOJA-RJ")
    for each in (vitrine, other):
        limit(each)
        limit(each, OrderStatus.EMBARCADO)
        late_order(each, "1", at=ago)
        late_order(each, "2", at=ago, status=OrderStatus.EMBARCADO)
    client = client_of("Consulta")
    response = client.get("/pedidos/fora-do-prazo/?vitrine=LOJA-RJ&status=7")
    assert [(row.order.vitrine.code, row.order.number) for row in response.context["late"]] == [
        ("LOJA-RJ", "2")
    ]
    nothing = client.get("/pedidos/fora-do-prazo/?vitrine=LOJA-RJ&status=5").content.decode()
    assert "Nenhum pedido fora do prazo com este filtro" in nothing


def test_list_of_none_says_where_limits_are_set(db):
    assert "informe-os na aba Alarmes da vitrine" in get("/pedidos/fora-do-prazo/")


def test_list_costs_the_same_with_one_order_and_with_many(vitrine, ago, django_assert_num_queries):
    limit(vitrine)
    late_order(vitrine, "1", at=ago)
    client = client_of("Consulta")
    client.get("/pedidos/fora-do-prazo/")
    with django_assert_num_queries(11):
        client.get("/pedidos/fora-do-prazo/")
    for number in range(2, 12):
        late_order(vitrine, str(number), at=ago)
    with django_assert_num_queries(11):
        client.get("/pedidos/fora-do-prazo/")


# On the Painel


def drawn(deadlines):
    return render_to_string("integrations/_painel_deadlines.html", {"deadlines": deadlines})


def test_section_of_the_painel_leads_to_the_orders(vitrine, ago):
    late_order(vitrine, "1", at=ago)
    limit(vitrine)
    html = drawn(deadlines_overview(timezone.now()))
    assert "despachado há 2 h 1 min e a loja ainda mostra PAID." in html
    assert 'href="/pedidos/fora-do-prazo/?vitrine=LOJA-SP&amp;status=3">Ver pedidos' in html


def test_section_of_the_painel_is_not_drawn_for_none():
    assert drawn([]).strip() == ""
