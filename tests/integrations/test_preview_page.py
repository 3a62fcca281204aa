"""*Pré-visualizar*: the requests of a DE-PARA, saved or as typed; no request leaves for a store."""

import re

import pytest
from django.urls import reverse
from lxml import html
from pytest_django.asserts import assertNumQueries

from status_mapping.models import MappingRevision
from tests.factories import (
    make_connection,
    make_invoice,
    make_mapping,
    make_order,
    make_tracking,
    make_vitrine,
)
from tests.html_rules import read_page
from tests.people import client_of
from tests.status_mapping.pages import Form
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

SECRET = "s3gr3d0&da-loja"


@pytest.fixture
def vitrine(httpserver):
    """Its store would count every request; it must not get any."""
    httpserver.expect_request(re.compile(".*")).respond_with_data("não devia", 500)
    vitrine = make_vitrine()
    address = httpserver.url_for("").rstrip("/")
    params = {"base_url": address, "auth_kind": "bearer"}
    make_connection(vitrine, params=params, secrets={"auth_secret": SECRET})
    make_mapping(vitrine, OrderStatus.PAGAMENTO_CONFIRMADO, "pago")
    make_mapping(vitrine, OrderStatus.DESPACHADO, "faturado")
    make_mapping(vitrine, OrderStatus.CANCELADO, "cancelado", active=False)
    yield vitrine
    assert httpserver.log == []


@pytest.fixture
def maria():
    return client_of("Mapeamento")


def url(vitrine):
    return reverse("vitrine_preview", args=[vitrine.code])


def tree(response):
    return html.fromstring(response.content.decode())


def words(element):
    return " ".join(element.text_content().split())


def rows(response):
    """One text for each status."""
    return [words(row) for row in tree(response).xpath("//section/*/*[@class='preview-head']")]


def requests_of(response, status):
    """``METHOD URL`` and the body of each request under one status."""
    found = tree(response).xpath(f"//section/details[summary/*[.='{status}']]//article")
    return [
        (
            words(article.xpath(".//*[@class='asked']")[0]),
            "\n".join(pre.text for pre in article.xpath(".//pre[@aria-label='Corpo']")),
        )
        for article in found
    ]


def typed(vitrine, maria, **values):
    """The form of *Configurações Adicionais* with something typed in it."""
    page = maria.get(reverse("status_mapping:edit", args=[vitrine.code]))
    return Form(page.content).fill(**values).data


def test_the_saved_mapping_is_shown_status_by_status(vitrine, maria):
    response = maria.get(url(vitrine))

    assert response.status_code == 200
    assert rows(response) == [
        "Aguardando pagamento aguarda: sem mapeamento",
        "Pagamento Confirmado → pago · URL 1 requisição",
        "Em preparação aguarda: sem mapeamento",
        "Despachado → faturado · XML 1 requisição",
        "Embarcado aguarda: sem mapeamento",
        "Entregue aguarda: sem mapeamento",
        "Cancelado → cancelado não envia: inativo",
        "Problemas aguarda: sem mapeamento",
    ]


def test_each_request_shows_method_address_headers_and_body(vitrine, maria, httpserver):
    base = httpserver.url_for("").rstrip("/")
    response = maria.get(url(vitrine))

    assert requests_of(response, "Pagamento Confirmado") == [
        (
            f"PUT {base}/pedidos/5550100482/status",
            '{\n  "pedido": "100482",\n  "status": "pago",\n'
            '  "ocorrido_em": "2026-11-23T14:40:00+00:00"\n}',
        )
    ]
    (headers,) = tree(response).xpath(
        "//details[summary/*[.='Pagamento Confirmado']]//pre[@class='headers']"
    )
    assert headers.text.splitlines() == [
        "User-Agent: vitrine-backoffice",
        "Accept: application/json, application/xml;q=0.9, */*;q=0.8",
        "Content-Type: application/json",
        "Authorization: ••••••",
        "Idempotency-Key: 7d4f5e0c-8a51-4f0e-9a53-1c2b3d4e5f60",
    ]


def test_the_channels_that_the_mapping_does_not_choose_are_shown_after_the_chosen_one(
    vitrine, maria, httpserver
):
    base = httpserver.url_for("").rstrip("/")
    asked = [address for address, _ in requests_of(maria.get(url(vitrine)), "Despachado")]

    assert asked == [
        f"POST {base}/pedidos/5550100482/nota-fiscal?status=faturado",
        f"POST {base}/pedidos/5550100482/rastreio",
        f"PUT {base}/pedidos/5550100482/status",
    ]


def test_what_is_typed_and_not_saved_is_shown_and_stays_unsaved(vitrine, maria):
    data = typed(
        vitrine,
        maria,
        status_5__active=True,
        status_2__platform_status="separando",
        status_2__active=True,
    )
    response = maria.post(url(vitrine), data)

    assert response.status_code == 200
    assert [row for row in rows(response) if "requisição" in row] == [
        "Pagamento Confirmado → pago · URL 1 requisição",
        "Em preparação → separando · URL 1 requisição",
        "Despachado → faturado · XML 1 requisição",
        "Cancelado → cancelado · URL 1 requisição",
    ]
    (lead,) = tree(response).xpath("//*[@class='lead-line']")
    assert words(lead).endswith("DE-PARA como está na tela, com 3 alterações não salvas")
    assert MappingRevision.objects.count() == 0


def test_a_channel_chosen_on_the_screen_is_the_one_that_is_shown(vitrine, maria):
    response = maria.post(url(vitrine), typed(vitrine, maria, status_3__channel="tracking"))

    assert "Despachado → faturado · Rastreio 1 requisição" in rows(response)


def test_a_mapping_with_errors_shows_them_and_no_request(vitrine, maria):
    data = typed(vitrine, maria, status_1__platform_status="x" * 200)
    response = maria.post(url(vitrine), data)

    assert response.status_code == 422
    assert rows(response) == []
    (note,) = tree(response).xpath("//*[@role='alert'][contains(., 'corrigir')]")
    assert words(note).startswith(
        "Nada a mostrar ainda: há 1 campo a corrigir em Configurações Adicionais. "
        "Pagamento Confirmado · Status da plataforma: "
    )


def test_a_mistake_in_the_tables_of_types_does_not_matter_here(vitrine, maria):
    data = typed(vitrine, maria) | {"payment-0-word": "x" * 500, "payment-0-erp_code": ""}

    assert maria.post(url(vitrine), data).status_code == 200


def test_a_chosen_order_lends_its_facts(vitrine, maria):
    order = make_order(vitrine, platform_id="9f1c-22")
    make_invoice(order, xml=b"<nfeProc>nota de R$ 10</nfeProc>")
    response = maria.get(url(vitrine), {"pedido": "vt-000100482"})

    (address, body), (last, _) = requests_of(response, "Despachado")
    assert address.endswith("/pedidos/9f1c-22/nota-fiscal?status=faturado")
    assert body == "[XML da NF-e, 32 caracteres]"
    assert last.endswith("/pedidos/9f1c-22/status")


def test_an_order_without_what_the_sending_needs_says_that_it_would_wait(vitrine, maria):
    make_order(vitrine)
    response = maria.get(url(vitrine), {"pedido": "100482"})

    assert "Despachado → faturado aguarda: o pedido ainda não tem o XML da nota" in rows(response)


def test_an_order_of_another_vitrine_is_not_found(vitrine, maria):
    make_order(make_vitrine("LOJA-RJ"), "777")
    response = maria.get(url(vitrine), {"pedido": "777"})

    (field,) = tree(response).xpath("//input[@name='pedido']")
    assert field.get("aria-invalid") == "true"
    (error,) = tree(response).xpath(f"//*[@id='{field.get('aria-describedby')}']")
    assert words(error) == "A vitrine LOJA-SP não tem este pedido."


def test_choosing_an_order_keeps_what_was_typed(vitrine, maria):
    make_order(vitrine, platform_id="9f1c-22")
    data = typed(vitrine, maria, status_1__platform_status="quitado")
    first = maria.post(url(vitrine), data)
    (form,) = tree(first).xpath("//form[contains(@class, 'preview-order')]")
    again = {
        field.get("name"): field.get("value") or ""
        for field in form.xpath(".//input")
        if field.get("name") != "csrfmiddlewaretoken"
    }
    response = maria.post(url(vitrine), again | {"pedido": "100482"})

    ((address, body),) = requests_of(response, "Pagamento Confirmado")
    assert address.endswith("/pedidos/9f1c-22/status")
    assert '"status": "quitado"' in body
    (lead,) = tree(response).xpath("//*[@class='lead-line']")
    assert words(lead).endswith("DE-PARA como está na tela, com 1 alteração não salva")


def test_missing_parameters_are_told_and_an_example_stands_for_them(vitrine, maria):
    vitrine.connection.params = {}
    vitrine.connection.save()
    response = maria.get(url(vitrine))

    (note,) = tree(response).xpath("//*[contains(@class, 'note warn')]")
    assert words(note).startswith(
        "Os parâmetros de envio ainda não servem para enviar. Abrir Envio "
        "Endereço da loja: Preencha este campo."
    )
    ((address, _),) = requests_of(response, "Pagamento Confirmado")
    assert address.endswith("/pedidos/5550100482/status")


def test_a_request_that_cannot_be_made_says_why(vitrine, maria):
    vitrine.connection.params |= {
        "url_body": '{ "telefone": "{{ tracking.url }}", "x": "{{ order.platform_id }}" }'
    }
    vitrine.connection.save()
    order = make_order(vitrine)
    make_tracking(order, "", url="")
    response = maria.get(url(vitrine), {"pedido": order.number})

    assert "Pagamento Confirmado → pago · URL 1 requisição" in rows(response)
    order.trackings.all().delete()
    response = maria.get(url(vitrine), {"pedido": order.number})
    assert "Pagamento Confirmado → pago · URL não pode ser montado" in rows(response)
    (note,) = tree(response).xpath("//section/details[@open]/div/*[contains(@class, 'note bad')]")
    assert words(note) == (
        "O passo 1 de 1 não pode ser montado. "
        "O modelo pede “{{ tracking.url }}”, que está vazio neste envio."
    )


def test_no_secret_reaches_the_page(vitrine, maria):
    told = maria.get(url(vitrine)).content.decode()

    assert SECRET not in told
    assert "s3gr3d0" not in told


def test_a_vitrine_whose_platform_is_gone_says_so(maria):
    response = maria.get(url(make_vitrine("LOJA-X", platform="sumiu")))

    assert response.status_code == 200
    (note,) = tree(response).xpath("//*[@role='alert']")
    assert words(note) == "Não há arquivo de plataforma chamado “sumiu”."


def test_the_button_is_after_salvar_and_opens_beside_what_is_being_typed(vitrine, maria):
    page = Form(maria.get(reverse("status_mapping:edit", args=[vitrine.code])).content)

    save, _, preview = page.element.xpath(".//div[@class='bar']//button")
    assert (save.text, preview.text) == ("Salvar", "Pré-visualizar")
    assert preview.get("formaction") == url(vitrine)
    assert preview.get("formtarget") == "_blank"


def test_whoever_may_only_look_may_preview(vitrine):
    assert client_of("Consulta").get(url(vitrine)).status_code == 200


def test_who_may_not_see_the_connection_may_not_preview(vitrine, client, django_user_model):
    client.force_login(django_user_model.objects.create_user("ninguem"))

    assert client.get(url(vitrine)).status_code == 403


def test_a_post_without_the_revision_that_it_began_with_is_refused(vitrine, maria):
    assert maria.post(url(vitrine), {"status-1-platform_status": "x"}).status_code == 400


def test_the_page_keeps_to_its_queries(vitrine, maria):
    order = make_order(vitrine)
    make_tracking(order)
    with assertNumQueries(10):
        maria.get(url(vitrine))
    with assertNumQueries(14):
        maria.get(url(vitrine), {"pedido": order.number})


def test_the_page_has_nothing_inline_and_every_field_its_label(vitrine, maria):
    page = read_page(maria.get(url(vitrine)).content.decode())

    assert (page.faults, page.h1) == ([], 1)
