"""The whole way of an operator: from an order that is wrong to a store that is right."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.services.browser.conftest import NARROW, SignIn
from tests.services.browser.operator import (
    LOJA_SP,
    PROBLEMAS,
    cell,
    expect_message,
    search,
    wait_for_situation,
    why,
)
from tests.services.browser.site import Site
from tests.services.browser.watching import Watch

pytestmark = pytest.mark.services

#: Every broken order of the sample: who looks, what it is searched by, the sentence, the button.
BROKEN = [
    (
        "operacao",
        "100492",
        "O envio #35 (Despachado) vai por XML e espera o XML autorizado da NF-e 100.492/1.",
        "Informar o XML da nota",
    ),
    (
        "operacao",
        "VT-100493",
        "O envio #38 (Embarcado) vai por rastreio e espera um código ou endereço de rastreio.",
        "Informar o rastreio",
    ),
    (
        "mapeamento",
        "DY948852112BR",
        "Problemas não tem linha no DE-PARA: o envio #42 espera o mapeamento.",
        "Mapear Problemas",
    ),
    (
        "mapeamento",
        "000100495",
        "A loja informou “fraud_review”, que nenhuma linha do DE-PARA recebe: "
        "o pedido espera sem status.",
        "Mapear “fraud_review”",
    ),
    (
        "operacao",
        "55014",
        "A plataforma recusou o envio: “OrderInvoice.Code is required”.",
        "Reenviar depois de corrigir",
    ),
    (
        "mapeamento",
        "55012",
        "A linha Em preparação do DE-PARA estava com Ativo desmarcado (revisão 1): "
        "o envio #14 não saiu.",
        "Ativar a linha Em preparação",
    ),
    (
        "mapeamento",
        "100483",
        "O pedido chegou da loja já cancelado (“canceled”), e pedido cancelado não é incluído.",
        "Marcar Processa Inclusão em Cancelado",
    ),
]


@pytest.mark.parametrize(("who", "known", "sentence", "button"), BROKEN)
def test_search_leads_to_why_and_to_what_to_do(
    who: str, known: str, sentence: str, button: str, sign_in: SignIn
) -> None:
    """One press in the search box, one on the button: two clicks."""
    page = sign_in(who)

    search(page, known)

    expect(page.locator(".why .sentence")).to_have_text(sentence)
    action = page.locator(".why-actions").get_by_text(button, exact=True)
    expect(action).to_be_visible()
    assert action.evaluate("element => element.tagName") in ("A", "BUTTON")


def test_held_order_leaves_once_its_status_is_mapped_reviewed_and_saved(
    sign_in: SignIn, site: Site
) -> None:
    page = sign_in("mapeamento")
    search(page, "100494")
    page.get_by_role("link", name="Mapear Problemas").click()

    page.locator(cell(PROBLEMAS)).fill("on_hold")
    page.get_by_role("button", name="Revisar").click()
    expect(page.locator("h1")).to_have_text("Revisar antes de salvar")
    expect(page.get_by_text("1 atualização que aguarda sai ao salvar")).to_be_visible()
    expect(page.locator("table.reviewed")).to_contain_text("“on_hold”")
    page.get_by_role("button", name="Salvar").click()

    page.wait_for_url(f"**{LOJA_SP}")
    expect_message(page, r"Revisão 2 salva: 1 linha alterada")
    search(page, "100494")
    wait_for_situation(page, "Loja em dia")
    assert re.match(r"A loja aceitou Problemas como “on_hold”", why(page))
    store = page.request.get(site.store_url).text()
    assert "on_hold" in store


def test_word_of_a_store_is_mapped_by_keyboard_alone(sign_in: SignIn) -> None:
    """No mouse: keys to the page, arrows in the grid, Ctrl+S."""
    page = sign_in("mapeamento")
    page.keyboard.press("g")
    page.keyboard.press("v")
    page.wait_for_url("**/vitrines/")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/pedidos/")
    search(page, "100495")
    page.wait_for_url("**/pedidos/LOJA-SP/100495/")
    _tab_to(page, "Mapear “fraud_review”")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{LOJA_SP}**")

    page.locator(cell(0, "also_receives")).focus()
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    page.keyboard.type("fraud_review")
    page.keyboard.press("Control+s")

    expect_message(page, r"Revisão \d+ salva: 1 linha alterada")
    assert page.locator(cell(2, "also_receives")).input_value() == "fraud_review"
    search(page, "100495")
    wait_for_situation(page, "Loja em dia")


def _tab_to(page: Page, label: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == label:
            return
    raise AssertionError(f"no Tab leads to “{label}”")


def test_tracking_is_given_on_the_orders_page_and_goes_out(sign_in: SignIn, watch: Watch) -> None:
    watch.expected.append("422")
    page = sign_in("operacao", viewport=NARROW, has_touch=True, is_mobile=True)
    page.goto("/pedidos/LOJA-SP/100493/")
    page.get_by_role("link", name="Informar o rastreio").click()

    form = page.locator("form").filter(has=page.locator("[name=code]"))
    form.locator("[name=code]").fill("SQ458226056BR")
    form.get_by_role("button").first.click()
    expect(page.locator("#rastreio_code_error")).to_have_text(
        "O dígito verificador de SQ458226056BR devia ser 7, e é 6: algum algarismo está trocado. "
        "Confira o código na etiqueta."
    )
    form.locator("[name=code]").fill("SQ458226057BR")
    with page.expect_navigation():
        form.get_by_role("button").first.click()

    wait_for_situation(page, "Loja em dia")
    assert why(page).startswith("A loja aceitou Embarcado como “shipped”")


def test_without_javascript_a_status_is_mapped_and_saved(sign_in: SignIn) -> None:
    page = sign_in("mapeamento", java_script_enabled=False)
    page.goto("/vitrines/LOJA-RJ/configuracoes-adicionais/")
    page.locator(cell(2, "active")).check()
    page.get_by_role("button", name="Revisar").click()
    expect(page.locator("h1")).to_have_text("Revisar antes de salvar")
    page.get_by_role("button", name="Voltar a editar").click()
    assert page.locator(cell(2, "active")).is_checked()

    page.get_by_role("button", name="Salvar").click()

    expect_message(page, r"Revisão 2 salva: 1 linha alterada")
