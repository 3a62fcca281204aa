"""What the page shows: every test reads the form that a browser would get."""

import json

import pytest
from pytest_django.asserts import assertNumQueries

from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from tests.factories import make_order, make_vitrine
from tests.status_mapping.page.acts import (
    PAID,
    PROBLEM,
    TABLES,
    opened,
    save,
    url,
)
from vitrines.models import Inclusion, InclusionReason
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db


def test_page_shows_all_eight_rows_in_the_order_of_the_process(client, vitrine):
    form = opened(client, vitrine)
    assert form.text("//section[@id='status-de-pedidos']//tbody//th") == [
        "Aguardando pagamento",
        "Pagamento Confirmado",
        "Em preparação",
        "Despachado",
        "Embarcado",
        "Entregue",
        "Cancelado",
        "Problemas",
    ]


def test_page_tells_what_each_row_does(client, vitrine):
    save(vitrine, TABLES.with_row(StatusRow(PROBLEM, active=False)), base=0)
    form = opened(client, vitrine)
    effects = form.text("//*[@data-effect='out']")
    assert effects == [
        "aguarda (sem mapeamento)",
        "envia",
        "envia",
        "aguarda (sem mapeamento)",
        "aguarda (sem mapeamento)",
        "aguarda (sem mapeamento)",
        "envia",
        "não envia (inativo)",
    ]
    assert form.text("//*[@data-effect='in']") == [
        "—",
        "Inclui o pedido: sim (padrão)",
        "Inclui o pedido: sim (padrão)",
        "—",
        "—",
        "—",
        "Inclui o pedido: não (padrão)",
        "Inclui o pedido: não (inativo)",
    ]
    assert form.text("//*[@id='unmapped-count']") == ["4 status sem mapeamento"]


def test_page_gives_the_script_the_words_of_every_state(client, vitrine):
    """The keys are: code filled, Ativo, Processa Inclusão, anything else."""
    form = opened(client, vitrine)
    (row,) = form.tree.xpath("//tbody[.//input[@name='status-5-platform_status']]")
    effects = json.loads(row.get("data-effects"))
    assert len(effects) == 16
    assert effects["0000"] == ["aguarda (sem mapeamento)", "—"]
    assert effects["0001"] == ["não envia (inativo)", "Inclui o pedido: não (inativo)"]
    assert effects["0100"] == ["aguarda (sem mapeamento)", "Inclui o pedido: não (padrão)"]
    assert effects["1100"] == ["envia", "Inclui o pedido: não (padrão)"]
    assert effects["1110"] == ["envia", "Inclui o pedido: sim (forçado)"]
    assert effects["1000"] == ["não envia (inativo)", "Inclui o pedido: não (inativo)"]


def test_page_offers_only_the_channels_of_the_platform(client, vitrine):
    form = opened(client, vitrine)
    options = {
        status: form.text(f"//select[@name='status-{int(status)}-channel']/option")
        for status in (PAID, OrderStatus.DESPACHADO, OrderStatus.EMBARCADO)
    }
    assert options == {
        PAID: ["Padrão (URL)", "URL"],
        OrderStatus.DESPACHADO: ["Padrão (XML)", "XML", "Rastreio", "URL"],
        OrderStatus.EMBARCADO: ["Padrão (Rastreio)", "XML", "Rastreio", "URL"],
    }


def test_page_has_the_ez_core_columns_only_where_the_platform_asks(client, vitrine):
    headers = "//section[@id='status-de-pedidos']//thead//th"
    plain = make_vitrine("LOJA-RJ", platform="generic")
    assert opened(client, vitrine).text(headers) == [
        "Status da vitrine",
        "Status da plataforma",
        "Também recebe",
        "Envio",
        "ID Status EZ Core",
        "ID Fluxo EZ Core",
        "Ativo",
        "Processa Inclusão",
    ]
    assert opened(client, plain).text(headers) == [
        "Status da vitrine",
        "Status da plataforma",
        "Também recebe",
        "Envio",
        "Ativo",
        "Processa Inclusão",
    ]


def test_every_input_has_a_label(client, vitrine, saved):
    form = opened(client, vitrine)
    for field in form.element.xpath(".//input[not(@type='hidden')] | .//select"):
        labels = form.tree.xpath(f"//label[@for='{field.get('id')}']") or field.xpath(
            "ancestor::label"
        )
        assert labels[0].text_content().strip(), field.get("name")


def test_page_warns_beside_the_row_and_counts(client, vitrine):
    save(vitrine, MappingTables((StatusRow(PAID, "", ez_core_status_id="2"),)), base=0)
    form = opened(client, vitrine)
    assert form.text("//tbody[.//input[@name='status-1-active']]//*[@class='warning']") == [
        "Aviso Ativo sem status da plataforma: as atualizações aguardam até haver um.",
        "Aviso Linx Commerce pede ID Fluxo EZ Core neste status.",
    ]
    assert "2 avisos" in form.text("//div[@class='bar']//*[contains(@class, 'pill')]")


def test_page_shows_the_words_by_which_orders_are_held(client, vitrine, saved):
    for number in ("1", "2", "3"):
        held(vitrine, number, "payment_review")
    held(vitrine, "4", "Payment_Review ")
    held(vitrine, "5", "fraud")
    held(vitrine, "6", "APPROVED")
    form = opened(client, vitrine)
    assert form.text("//div[contains(@class, 'held')]") == [
        "Palavras da plataforma sem mapeamento: “payment_review” (4 pedidos), “fraud” (1 pedido). "
        "Escreva cada uma em Também recebe e salve."
    ]


def held(vitrine, number, word):
    return make_order(
        vitrine,
        number,
        platform_status=word,
        status=None,
        inclusion=Inclusion.HELD,
        inclusion_reason=InclusionReason.UNMAPPED,
    )


def test_page_suggests_the_types_that_orders_brought(client, vitrine, saved):
    make_order(vitrine, "1", payment_type="voucher", delivery_type="motoboy")
    make_order(vitrine, "2", payment_type="VOUCHER", delivery_type="SEDEX")
    make_order(make_vitrine("LOJA-RJ"), "3", payment_type="cheque")
    form = opened(client, vitrine)
    assert form.data["payment-2-word"] == "VOUCHER"
    assert form.data["delivery-1-word"] == "motoboy"
    assert form.text("//*[contains(@class, 'types')]//tr[@class='row-note']") == [
        "Pendente 2 pedidos vieram com esta palavra. Informe o código no ERP para mapeá-la.",
        "Pendente 1 pedido veio com esta palavra. Informe o código no ERP para mapeá-la.",
    ]


def test_page_of_a_platform_that_is_not_installed_says_so(client):
    vitrine = make_vitrine(platform="vtex_antiga")
    response = client.get(url(vitrine))
    assert response.status_code == 200
    assert "não está instalado" in response.content.decode()


@pytest.mark.parametrize("types", [1, 30])
def test_page_costs_the_same_queries_however_much_is_mapped(client, vitrine, types):
    tables = MappingTables(
        statuses=tuple(StatusRow(s, s.name, also_receives=(f"w{s}",)) for s in OrderStatus),
        payment_types=tuple(PaymentType(f"p{n}", "1") for n in range(types)),
        delivery_types=tuple(DeliveryType(f"d{n}", "1") for n in range(types)),
    )
    save(vitrine, tables, base=0)
    for number in range(types):
        make_order(vitrine, str(number), payment_type=f"x{number}", delivery_type=f"y{number}")
    client.get(url(vitrine))
    with assertNumQueries(17):
        client.get(url(vitrine))
