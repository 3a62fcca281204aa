"""Two vitrines' DE-PARA side by side."""

import pytest
from pytest_django.asserts import assertNumQueries

from status_mapping.tables import MappingTables, PaymentType, StatusRow
from tests.factories import make_vitrine
from tests.html_rules import read_page
from tests.status_mapping.page.acts import PAID, PREPARING, TABLES, make_person, save, url
from tests.status_mapping.pages import texts, tree_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(vitrine, saved):
    """Differs from ``vitrine`` in one row, and has one that it lacks."""
    other = make_vitrine("LOJA-RJ", platform="generic", description="Loja Rio")
    tables = MappingTables(
        statuses=(
            StatusRow(PAID, "pago", also_receives=("approved",)),
            StatusRow(PREPARING, "PICKING"),
        ),
        payment_types=(PaymentType("boleto", "5"), PaymentType("pix", "18")),
        delivery_types=TABLES.delivery_types,
    )
    save(other, tables, base=0)
    return other


def compared(client, vitrine, code):
    return client.get(url(vitrine, "compare"), {"com": code})


def rows(response):
    return texts(response, "//table[contains(@class, 'sides')]/tbody/tr")


def test_both_are_beside_each_other_status_by_status(client, vitrine, other):
    response = compared(client, vitrine, "loja-rj")

    assert texts(response, "//thead/tr") == [
        "Status da vitrine LOJA-SP LOJA-RJ",
        "Palavra da plataforma LOJA-SP LOJA-RJ",
        "Palavra da plataforma LOJA-SP LOJA-RJ",
    ]
    assert rows(response)[:3] == [
        "Aguardando pagamento = igual sem mapeamento sem mapeamento",
        "Pagamento Confirmado ≠ difere "
        "≠difere: Status da plataforma: “PAID” Também recebe: “approved” Ativo: sim "
        "≠difere: Status da plataforma: “pago” Também recebe: “approved” Ativo: sim",
        "Em preparação = igual Status da plataforma: “PICKING” Ativo: sim "
        "Status da plataforma: “PICKING” Ativo: sim",
    ]
    assert rows(response)[6] == (
        "Cancelado ≠ difere Status da plataforma: “CANCELED” Ativo: sim sem mapeamento"
    )


def test_the_tables_of_types_are_compared_as_well(client, vitrine, other):
    response = compared(client, vitrine, "LOJA-RJ")

    assert rows(response)[8:] == [
        "“boleto” = igual Código no ERP: “5” Ativo: sim Código no ERP: “5” Ativo: sim",
        "“pix” ≠ difere ≠difere: Código no ERP: “17” Ativo: sim ≠difere: Código no ERP: “18” "
        "Ativo: sim",
        "“sedex” = igual Código no ERP: “2” Ativo: sim Código no ERP: “2” Ativo: sim",
    ]
    assert texts(response, "//*[contains(@class, 'compare-sum')]") == [
        "3 linhas diferem: a célula que difere está em negrito, com o sinal ≠."
    ]


def test_the_other_one_is_offered_to_be_copied(client, vitrine, other):
    response = compared(client, vitrine, "LOJA-RJ")

    (link,) = tree_of(response).xpath("//div[@class='actions']/a")
    assert (link.text, link.get("href")) == (
        "Copiar de LOJA-RJ…",
        f"{url(vitrine)}?copiar_de=LOJA-RJ",
    )


def test_who_may_only_look_is_not_offered_to_copy(client, vitrine, other):
    client.force_login(make_person("joana", "view_statusmapping", "view_vitrine"))
    response = compared(client, vitrine, "LOJA-RJ")

    assert response.status_code == 200
    assert texts(response, "//div[@class='actions']/a") == []


def test_two_that_are_alike_say_so(client, vitrine, saved):
    twin = make_vitrine("LOJA-PR", platform="linx_commerce")
    save(twin, TABLES, base=0)

    assert texts(compared(client, vitrine, "LOJA-PR"), "//*[contains(@class, 'compare-sum')]") == [
        "As três tabelas são iguais nas duas vitrines."
    ]


def test_the_page_first_asks_which_one(client, vitrine, other):
    response = client.get(url(vitrine, "compare"))

    assert texts(response, "//select[@id='com']//option") == [
        "Escolha…",
        "LOJA-RJ · Loja Rio · Genérica (XML, rastreio ou URL)",
    ]
    assert rows(response) == []


@pytest.mark.parametrize("code", ["NADA", "LOJA-SP", "X" * 5000])
def test_a_vitrine_that_is_not_listed_is_named(client, vitrine, other, code):
    response = compared(client, vitrine, code)

    shown = code if len(code) <= 40 else f"{code[:39]}…"
    assert texts(response, "//*[@role='alert']") == [
        f"Não há DE-PARA a comparar de “{shown}”. Escolha uma vitrine da lista."
    ]


def test_without_another_vitrine_there_is_nothing_to_compare(client, vitrine, saved):
    assert texts(client.get(url(vitrine, "compare")), "//div[@class='empty']/b") == [
        "Nenhuma outra vitrine tem DE-PARA"
    ]


def test_who_may_not_see_vitrines_may_not_compare_them(client, vitrine, other):
    client.force_login(make_person("rita", "view_statusmapping", "change_statusmapping"))

    assert compared(client, vitrine, "LOJA-RJ").status_code == 403


@pytest.mark.parametrize("others", [0, 3])
def test_the_page_keeps_to_its_queries(client, vitrine, other, others):
    for number in range(others):
        save(make_vitrine(f"OUTRA-{number}"), TABLES, base=0)
    compared(client, vitrine, "LOJA-RJ")
    with assertNumQueries(15):
        compared(client, vitrine, "LOJA-RJ")


def test_the_page_keeps_the_rules(client, vitrine, other):
    page = read_page(compared(client, vitrine, "LOJA-RJ").content.decode())

    assert (page.faults, page.h1) == ([], 1)
