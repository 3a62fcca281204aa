"""*Usar as sugestões da plataforma* and *Copiar de outra vitrine*: shown for review, then saved."""

from pathlib import Path

import pytest
from pytest_django.asserts import assertNumQueries, assertRedirects

from status_mapping.models import MappingRevision
from status_mapping.queries import latest_revision_number, tables_of
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from tests.factories import make_order, make_vitrine
from tests.status_mapping.page.acts import (
    CANCELLED,
    PAID,
    PREPARING,
    PROBLEM,
    TABLES,
    make_person,
    opened,
    save,
    send,
    url,
)
from tests.status_mapping.pages import Form
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

SUGGESTING = """
name = "sugere"
label = "Loja Que Sugere"

[mapping.suggestions.PAGAMENTO_CONFIRMADO]
code = "payment-approved"

[mapping.suggestions.EM_PREPARACAO]
code = "handling"
also_receives = ["ready-for-handling", "approved"]

[mapping.suggestions.PROBLEMAS]
active = false

[[send]]
channel = "url"

[[send.steps]]
url = "https://loja.example/status"
"""


@pytest.fixture
def suggesting(settings, tmp_path: Path):
    (tmp_path / "sugere.toml").write_text(SUGGESTING)
    settings.PLATFORMS_DIR = str(tmp_path)
    return make_vitrine("LOJA-PR", platform="sugere")


@pytest.fixture
def source(vitrine):
    """A vitrine to copy from, of another platform than ``vitrine``."""
    other = make_vitrine("LOJA-MG", platform="generic", description="Loja Minas")
    tables = MappingTables(
        statuses=(
            StatusRow(PAID, "pago", also_receives=("aprovado",)),
            StatusRow(PROBLEM, active=False),
        ),
        payment_types=(PaymentType("Pix", "99"), PaymentType("cheque", "7")),
        delivery_types=(DeliveryType("retirada", "R", pickup=True),),
    )
    save(other, tables, base=0)
    return other


def asked(client, vitrine, **query):
    return Form(client.get(url(vitrine), query).content)


def offers(page):
    return page.text("//div[@class='actions']/a | //div[@class='actions']//summary")


def notice(page):
    return page.text("//div[@id='proposta']")


def offered_rows(page):
    return {
        row.xpath("string(.//th)") or row.xpath("string(.//input[@type='text']/@value)"): " ".join(
            row.xpath("string(.//*[@class='offered'])").split()
        )
        for row in page.tree.xpath("//tbody[.//*[@class='offered']]")
    }


def test_suggestions_are_offered_while_a_row_is_unmapped(client, suggesting):
    assert offers(opened(client, suggesting)) == ["Usar as sugestões da plataforma"]
    mapped = (StatusRow(status, status.name) for status in OrderStatus)
    save(suggesting, MappingTables(tuple(mapped)), base=0)
    assert offers(opened(client, suggesting)) == []


def test_suggestions_are_not_offered_by_a_platform_that_has_none(client, vitrine):
    assert offers(opened(client, vitrine)) == []


def test_suggestions_fill_the_unmapped_rows_unsaved(client, suggesting):
    stored = MappingTables((StatusRow(PAID, "pago", also_receives=("approved",)),))
    save(suggesting, stored, base=0)
    page = asked(client, suggesting, sugestoes="1")
    assert notice(page) == [
        "Ainda não foi salvo. As sugestões de Loja Que Sugere preencheram 2 linhas que estavam sem "
        "mapeamento. Confira e salve. Descartar"
    ]
    assert offered_rows(page) == {
        "Em preparação": (
            "Sugestão Ainda sem salvar. “approved” ficou de fora: já é de Pagamento Confirmado."
        ),
        "Problemas": "Sugestão Ainda sem salvar.",
    }
    values = ("status-1-platform_status", "status-2-platform_status", "status-2-also_receives")
    assert [page.data[name] for name in values] == ["pago", "handling", "ready-for-handling"]
    assert page.text("//*[@id='unsaved']") == ["4 alterações não salvas"]
    assert offers(page) == []
    assert tables_of(suggesting) == stored


def test_suggested_cells_are_marked_and_carry_what_is_saved(client, suggesting):
    """Without a script the marks are there; the script counts by ``data-saved``."""
    page = asked(client, suggesting, sugestoes="1")
    marked = page.tree.xpath("//*[contains(concat(' ', @class, ' '), ' changed ')]")
    assert {field.get("name"): field.get("data-saved") for field in marked} == {
        "status-1-platform_status": "",
        "status-1-active": "",
        "status-2-platform_status": "",
        "status-2-also_receives": "",
        "status-2-active": "",
        "status-6-not_sent": "",
    }


def test_suggestions_are_saved_by_salvar(client, suggesting):
    page = asked(client, suggesting, sugestoes="1").fill(status_1__platform_status="pago")
    assertRedirects(send(client, suggesting, page), url(suggesting))
    assert tables_of(suggesting).statuses == (
        StatusRow(PAID, "pago"),
        StatusRow(PREPARING, "handling", also_receives=("ready-for-handling", "approved")),
        StatusRow(PROBLEM, active=False),
    )


@pytest.mark.parametrize("platform", ["sugere", "generic"])
def test_suggestions_that_fill_nothing_say_so(client, suggesting, platform):
    mapped = (StatusRow(status, status.name) for status in OrderStatus)
    save(suggesting, MappingTables(tuple(mapped)), base=0)
    suggesting.platform = platform
    suggesting.save()
    page = asked(client, suggesting, sugestoes="1")
    (told,) = page.text("//div[contains(@class, 'note wait')]")
    assert told.startswith("Não há sugestões de ")
    assert notice(page) == []


def test_vitrines_to_copy_from_come_by_platform(client, vitrine, source):
    make_vitrine("LOJA-VAZIA", platform="linx_commerce")
    alike = make_vitrine("LOJA-RJ", platform="linx_commerce", description="Loja Rio")
    save(alike, TABLES, base=0)
    typed = make_vitrine("LOJA-BA", platform="sumiu", description="Loja Bahia")
    save_types_past_salvar(typed)
    page = opened(client, vitrine)
    assert page.text("//select[@id='copiar_de']//option") == [
        "Escolha…",
        "LOJA-RJ · Loja Rio",
        "LOJA-BA · Loja Bahia · sumiu (arquivo ausente)",
        "LOJA-MG · Loja Minas · Genérica (XML, rastreio ou URL)",
    ]
    groups = page.tree.xpath("//select[@id='copiar_de']/optgroup/@label")
    assert groups == ["Mesmo exportador: Linx Commerce", "Outros exportadores"]


def save_types_past_salvar(vitrine):
    """Its platform's file is gone, so Salvar would refuse."""
    vitrine.payment_type_mappings.create(word="pix", erp_code="17")


def test_copy_shows_the_other_tables_over_the_stored_ones_unsaved(client, vitrine, saved, source):
    page = asked(client, vitrine, copiar_de="LOJA-MG")
    assert notice(page) == [
        "Ainda não foi salvo. 5 linhas mudaram com o DE-PARA de LOJA-MG · Loja Minas. Confira e "
        "salve. O que LOJA-MG não tem fica como está: Em preparação, Cancelado e 2 tipos. Descartar"
    ]
    assert offered_rows(page) == dict.fromkeys(
        ["Pagamento Confirmado", "Problemas", "pix", "cheque", "retirada"],
        "Copiado Ainda sem salvar.",
    )
    assert page.data["reason"] == "Copiado de LOJA-MG"
    assert page.data["base_revision"] == "1"
    assert offers(page) == []
    assert tables_of(vitrine) == TABLES
    assert latest_revision_number(vitrine) == 1


def test_copy_is_saved_by_salvar_as_a_revision_that_says_so(client, vitrine, saved, source):
    page = asked(client, vitrine, copiar_de="loja-mg")
    assertRedirects(send(client, vitrine, page), url(vitrine))
    assert tables_of(vitrine) == MappingTables(
        statuses=(
            StatusRow(PAID, "pago", also_receives=("aprovado",)),
            StatusRow(PREPARING, "PICKING"),
            StatusRow(CANCELLED, "CANCELED"),
            StatusRow(PROBLEM, active=False),
        ),
        payment_types=(
            PaymentType("boleto", "5"),
            PaymentType("cheque", "7"),
            PaymentType("pix", "99"),
        ),
        delivery_types=(
            DeliveryType("retirada", "R", pickup=True),
            DeliveryType("sedex", "2"),
        ),
    )
    revision = MappingRevision.objects.get(vitrine=vitrine, number=2)
    assert (revision.reason, revision.author_label) == ("Copiado de LOJA-MG", "maria")


def test_copy_says_beside_the_row_what_it_leaves_out(client, source):
    delivered = OrderStatus.ENTREGUE
    linx = make_vitrine("LOJA-RJ", platform="linx_commerce")
    save(linx, MappingTables((StatusRow(delivered, "DELIVERED", ez_core_status_id="6"),)), base=0)
    page = asked(client, source, copiar_de="LOJA-RJ")
    assert offered_rows(page) == {
        "Entregue": (
            "Copiado Ainda sem salvar. ID Status EZ Core ficou de fora: Genérica (XML, rastreio "
            "ou URL) não usa."
        )
    }


def test_copy_of_what_is_here_already_says_so(client, vitrine, saved):
    twin = make_vitrine("LOJA-RJ", platform="linx_commerce", description="Loja Rio")
    save(twin, MappingTables((StatusRow(PREPARING, "PICKING"),)), base=0)
    page = asked(client, vitrine, copiar_de="LOJA-RJ")
    assert notice(page) == [
        "Nada a copiar: este DE-PARA já tem o que LOJA-RJ · Loja Rio tem. O que LOJA-RJ não tem "
        "fica como está: Pagamento Confirmado, Cancelado e 3 tipos. Voltar"
    ]
    assert page.text("//*[@id='unsaved' and not(@hidden)]") == []


@pytest.mark.parametrize(
    ("code", "asked_for"),
    [
        ("NADA", "Não há DE-PARA a copiar de “NADA”. "),
        ("LOJA-SP", "Não há DE-PARA a copiar de “LOJA-SP”. "),
        ("a\u200bb\u2028", "Não há DE-PARA a copiar de “ab”. "),
        ("X" * 5000, f"Não há DE-PARA a copiar de “{'X' * 39}…”. "),
        ("", ""),
    ],
)
def test_copy_of_a_vitrine_that_is_not_listed_says_so(client, vitrine, source, code, asked_for):
    response = client.get(url(vitrine), {"copiar_de": code})
    assert response.status_code == 200
    page = Form(response.content)
    assert page.text("//div[@class='note warn']") == [
        f"{asked_for}Escolha uma vitrine da lista em “Copiar de outra vitrine”."
    ]
    assert page.text("//*[@id='unsaved' and not(@hidden)]") == []


def test_copy_of_a_vitrine_that_one_may_not_see_is_of_one_not_listed(client, vitrine, source):
    client.force_login(make_person("rita", "view_statusmapping", "change_statusmapping"))
    assert offers(opened(client, vitrine)) == []
    page = asked(client, vitrine, copiar_de="LOJA-MG")
    assert page.text("//div[@class='note warn']") == ["Não há DE-PARA a copiar de “LOJA-MG”."]
    assert notice(page) == []


@pytest.mark.parametrize("query", [{"sugestoes": "1"}, {"copiar_de": "LOJA-MG"}])
def test_offers_are_nothing_to_who_only_reads(client, suggesting, source, query):
    client.force_login(make_person("joana", "view_statusmapping", "view_vitrine"))
    page = asked(client, suggesting, **query)
    assert notice(page) == []
    assert offers(page) == []


def test_copy_keeps_offering_the_words_that_orders_brought(client, vitrine, saved, source):
    make_order(vitrine, "1", payment_type="voucher")
    make_order(vitrine, "2", payment_type="cheque")
    page = asked(client, vitrine, copiar_de="LOJA-MG")
    words = [page.data[f"payment-{n}-word"] for n in range(4)]
    assert words == ["boleto", "pix", "cheque", "voucher"]


def test_copy_that_somebody_saved_before_is_merged(client, vitrine, saved, source):
    page = asked(client, vitrine, copiar_de="LOJA-MG")
    save(vitrine, TABLES.with_row(StatusRow(PREPARING, "SEPARATING")), base=1)
    response = send(client, vitrine, page)
    assert response.status_code == 409
    merged = Form(response.content)
    assert merged.data["status-1-platform_status"] == "pago"
    assert merged.data["status-2-platform_status"] == "SEPARATING"
    assert merged.data["reason"] == "Copiado de LOJA-MG"


@pytest.mark.parametrize("others", [1, 3])
def test_copy_costs_the_same_queries_however_many_there_are(client, vitrine, saved, others):
    for number in range(others):
        tables = MappingTables(tuple(StatusRow(s, s.name) for s in list(OrderStatus)[: number + 1]))
        save(make_vitrine(f"OUTRA-{number}"), tables, base=0)
    client.get(url(vitrine))
    with assertNumQueries(17):
        client.get(url(vitrine))
    with assertNumQueries(21):
        client.get(url(vitrine), {"copiar_de": "OUTRA-0"})
