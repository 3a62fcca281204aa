"""*Histórico*: a revision whole, any two compared, one restored as a new one."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from status_mapping import revisions
from status_mapping.models import MappingRevision
from status_mapping.queries import latest_revision_number, tables_of
from status_mapping.tables import MappingTables, PaymentType, StatusRow
from tests.factories import make_vitrine
from tests.html_rules import read_page
from tests.status_mapping.page.acts import (
    PAID,
    PREPARING,
    TABLES,
    make_person,
    opened,
    save,
    send,
    url,
)
from tests.status_mapping.pages import Form, texts, tree_of
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

LATER = TABLES.with_row(StatusRow(PAID, "APPROVED")).without_row(PREPARING)


@pytest.fixture
def twice(vitrine, saved, maria):
    """Revision 1 is ``TABLES``, 2 is ``LATER``."""
    save(vitrine, LATER, base=1, author=maria, reason="mudança da loja")
    return vitrine


def revision_url(vitrine, number):
    return reverse("status_mapping:revision", args=[vitrine.code, number])


def test_history_offers_to_compare_the_two_latest(client, twice):
    response = client.get(url(twice, "history"))

    assert texts(response, "//button[.='Comparar as marcadas']") == ["Comparar as marcadas"]
    checked = tree_of(response).xpath("//input[@type='radio'][@checked]")
    assert {field.get("name"): field.get("value") for field in checked} == {"de": "1", "ate": "2"}


def test_one_revision_has_nothing_to_be_compared_with(client, vitrine, saved):
    response = client.get(url(vitrine, "history"))

    assert texts(response, "//input[@type='radio']") == []
    assert texts(response, "//button[.='Comparar as marcadas']") == []


def test_two_revisions_are_compared_row_by_row(client, twice):
    response = client.get(url(twice, "compare_revisions"), {"de": "1", "ate": "2"})

    assert texts(response, "//*[@id='t-diferencas']") == ["Da revisão 1 à revisão 2"]
    assert texts(response, "//table[contains(@class, 'differences')]/tbody/tr") == [
        "Status de Pedidos Pagamento Confirmado Status da plataforma: “PAID” → “APPROVED”; "
        "Também recebe: “approved” → vazio",
        "Status de Pedidos Em preparação ficou sem mapeamento (era Status da plataforma: "
        "“PICKING”; Ativo: sim)",
    ]


def test_revisions_are_compared_backwards_as_well(client, twice):
    response = client.get(url(twice, "compare_revisions"), {"de": "2", "ate": "1"})

    (first, _) = texts(response, "//table[contains(@class, 'differences')]/tbody/tr")
    assert first.endswith(
        "Status da plataforma: “APPROVED” → “PAID”; Também recebe: vazio → “approved”"
    )


def test_what_was_there_before_the_first_revision_is_number_zero(client, twice):
    response = client.get(url(twice, "compare_revisions"), {"de": "0", "ate": "1"})

    assert texts(response, "//*[@id='t-diferencas']") == [
        "De antes da primeira revisão à revisão 1"
    ]
    assert len(texts(response, "//table[contains(@class, 'differences')]/tbody/tr")) == 6


def test_without_numbers_the_two_latest_are_compared(client, twice):
    response = client.get(url(twice, "compare_revisions"))

    assert texts(response, "//*[@id='t-diferencas']") == ["Da revisão 1 à revisão 2"]


def test_a_revision_compared_with_itself_has_no_difference(client, twice):
    response = client.get(url(twice, "compare_revisions"), {"de": "2", "ate": "2"})

    assert texts(response, "//div[@class='empty']/b") == ["Nenhuma diferença"]


@pytest.mark.parametrize("number", ["99", "x", "-1", "9" * 40, "１"])
def test_a_revision_that_is_not_there_is_named(client, twice, number):
    response = client.get(url(twice, "compare_revisions"), {"de": number, "ate": "2"})

    assert response.status_code == 200
    assert texts(response, "//*[@role='alert']") == [
        f"Não há revisão “{number if len(number) < 40 else number[:40]}” desta vitrine."
    ]


def selected(response):
    """What pressing *Comparar* again would ask for."""
    return {
        select.get("name"): select.xpath("string((option[@selected] | option[1])[last()]/@value)")
        for select in tree_of(response).xpath("//form//select")
    }


def test_old_revisions_that_are_compared_are_among_those_to_choose_from(client, twice, monkeypatch):
    for number in range(2, 6):
        save(twice, LATER.with_row(StatusRow(PAID, f"PAID{number}")), base=number)
    monkeypatch.setattr(revisions, "CHOOSABLE", 3)

    response = client.get(url(twice, "compare_revisions"), {"de": "2", "ate": "1"})

    assert [option.number for option in response.context["options"]] == [6, 5, 4, 2, 1]
    assert selected(response) == {"de": "2", "ate": "1"}


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ({"de": "0", "ate": "1"}, {"de": "0", "ate": "1"}),
        ({"de": "99", "ate": "1"}, {"de": "2", "ate": "1"}),
        ({"de": "1", "ate": "99"}, {"de": "1", "ate": "2"}),
    ],
)
def test_what_was_asked_for_stays_chosen_also_beside_one_that_is_not_there(
    client, twice, asked, chosen
):
    assert selected(client.get(url(twice, "compare_revisions"), asked)) == chosen


def test_without_any_revision_there_is_nothing_to_compare(client, vitrine):
    response = client.get(url(vitrine, "compare_revisions"))

    assertRedirects(response, url(vitrine, "history"))


def test_a_revision_is_shown_whole(client, twice):
    response = client.get(revision_url(twice, 1))

    rows = texts(response, "//table[contains(@class, 'sides')]/tbody/tr")
    assert rows[:3] == [
        "Aguardando pagamento sem mapeamento",
        "Pagamento Confirmado Status da plataforma: “PAID” Também recebe: “approved” Ativo: sim",
        "Em preparação Status da plataforma: “PICKING” Ativo: sim",
    ]
    assert rows[8:] == [
        "“boleto” Código no ERP: “5” Ativo: sim",
        "“pix” Código no ERP: “17” Ativo: sim",
        "“sedex” Código no ERP: “2” Ativo: sim",
    ]
    assert texts(response, "//div[@class='actions']/a") == [
        "Comparar com a atual (2)",
        "Restaurar esta revisão…",
    ]


def test_the_latest_revision_is_not_offered_to_be_restored(client, twice):
    response = client.get(revision_url(twice, 2))

    assert texts(response, "//div[@class='actions']/a") == []
    assert texts(response, "//span[@class='pill ok']") == ["é a atual"]


@pytest.mark.parametrize("number", [0, 3, 10**30])
def test_a_revision_that_is_not_there_is_not_found(client, twice, number):
    assert client.get(revision_url(twice, number)).status_code == 404


def test_a_revision_of_another_vitrine_is_not_found(client, twice):
    other = make_vitrine("LOJA-RJ", platform="linx_commerce")

    assert client.get(revision_url(other, 1)).status_code == 404


def test_a_restored_revision_is_shown_unsaved_and_saved_as_a_new_one(client, twice):
    page = Form(client.get(url(twice), {"restaurar": "1"}).content)

    assert page.text("//*[@id='proposta']") == [
        "Ainda não foi salvo. 2 linhas voltam ao que era na revisão 1, de maria em 23/11/2024 às "
        "14:02. Confira e salve. Descartar"
    ]
    assert page.data["reason"] == "restaura a revisão 1"
    assert page.data["base_revision"] == "2"
    assert tables_of(twice) == LATER.normalised()

    assertRedirects(send(client, twice, page), url(twice))
    assert tables_of(twice) == TABLES
    revision = MappingRevision.objects.get(vitrine=twice, number=3)
    assert (revision.reason, revision.author_label) == ("restaura a revisão 1", "maria")


def test_restoring_takes_away_what_the_revision_did_not_have(client, vitrine, saved):
    more = MappingTables(
        statuses=(*TABLES.statuses, StatusRow(OrderStatus.ENTREGUE, "DELIVERED")),
        payment_types=(*TABLES.payment_types, PaymentType("voucher", "9")),
        delivery_types=TABLES.delivery_types,
    )
    save(vitrine, more, base=1)

    page = Form(client.get(url(vitrine), {"restaurar": "1"}).content)
    assert page.data["status-4-platform_status"] == ""
    assert page.data["payment-2-remove"] == "on"

    send(client, vitrine, page)
    assert tables_of(vitrine) == TABLES


def test_restoring_takes_a_word_back_from_the_row_that_has_it_by_now(client, vitrine, saved):
    moved = TABLES.with_row(StatusRow(PAID, "PAID")).with_row(
        StatusRow(PREPARING, "PICKING", also_receives=("Approved",))
    )
    save(vitrine, moved, base=1)

    page = Form(client.get(url(vitrine), {"restaurar": "1"}).content)

    assertRedirects(send(client, vitrine, page), url(vitrine))
    assert tables_of(vitrine) == TABLES


def test_restoring_what_is_there_already_says_so(client, twice):
    page = Form(client.get(url(twice), {"restaurar": "2"}).content)

    assert page.text("//*[@id='proposta']") == [
        "Nada a restaurar: este DE-PARA já está como na revisão 2. Voltar"
    ]


def test_restoring_what_somebody_saved_over_meanwhile_is_merged(client, twice):
    page = Form(client.get(url(twice), {"restaurar": "1"}).content)
    save(twice, LATER.with_row(StatusRow(OrderStatus.ENTREGUE, "DELIVERED")), base=2)

    response = send(client, twice, page)

    assert response.status_code == 409
    merged = Form(response.content)
    assert merged.data["status-1-platform_status"] == "PAID"
    assert merged.data["status-4-platform_status"] == "DELIVERED"
    assert latest_revision_number(twice) == 3


@pytest.mark.parametrize("number", ["99", "x", ""])
def test_restoring_a_revision_that_is_not_there_says_so(client, twice, number):
    page = Form(client.get(url(twice), {"restaurar": number}).content)

    assert page.text("//div[@class='note warn']") == [f"Não há revisão “{number}” a restaurar."]
    assert page.text("//*[@id='proposta']") == []


def test_restoring_is_nothing_to_who_only_reads(client, twice):
    client.force_login(make_person("joana", "view_statusmapping", "view_vitrine"))

    assert opened(client, twice).text("//*[@id='proposta']") == []
    page = Form(client.get(url(twice), {"restaurar": "1"}).content)
    assert page.text("//*[@id='proposta']") == []
    assert texts(client.get(revision_url(twice, 1)), "//div[@class='actions']/a") == [
        "Comparar com a atual (2)"
    ]


@pytest.mark.parametrize("name", ["compare_revisions", "compare", "spreadsheet"])
def test_pages_without_the_permission_to_view_are_refused(client, twice, name):
    client.force_login(make_person("pedro", "view_vitrine"))

    assert client.get(url(twice, name)).status_code == 403
    assert client.get(revision_url(twice, 1)).status_code == 403


@pytest.mark.parametrize("more", [0, 3])
def test_the_pages_keep_to_their_queries(client, twice, more):
    for number in range(more):
        save(twice, LATER.with_row(StatusRow(PAID, f"PAID{number}")), base=number + 2)
    client.get(url(twice, "history"))
    with assertNumQueries(9):
        client.get(url(twice, "compare_revisions"), {"de": "1", "ate": "2"})
    with assertNumQueries(8):
        client.get(revision_url(twice, 1))
    with assertNumQueries(18):
        client.get(url(twice), {"restaurar": "1"})


def test_the_pages_keep_the_rules(client, twice):
    addresses = [
        url(twice, "history"),
        url(twice, "compare_revisions"),
        revision_url(twice, 1),
        f"{url(twice)}?restaurar=1",
    ]
    pages = [read_page(client.get(address).content.decode()) for address in addresses]

    assert [(page.faults, page.h1) for page in pages] == [([], 1)] * 4
