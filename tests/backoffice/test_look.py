"""What every page has alike: the keys, htmx held to our policy, guarded forms, empty lists that
say what to do, one badge for one state."""

import json
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from integrations.models import UpdateReason, UpdateState
from tests.factories import make_order, make_update, make_vitrine
from tests.html_rules import read_page
from tests.people import GROUPS, client_of, make_superuser, signed_in
from vitrines.platforms import all_platforms
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db


def html_of(client, address):
    response = client.get(address)
    assert response.status_code == 200
    html = response.content.decode()
    assert read_page(html).faults == []
    return html


@pytest.fixture
def client():
    return signed_in(make_superuser())


# Keys -------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", GROUPS)
def test_every_page_lists_the_keys_of_the_pages_that_one_may_open(group):
    html = html_of(client_of(group), "/")

    letters = re.findall(r'<a [^>]*data-go="(\w)"', html)
    listed = re.findall(r"<dt><kbd>g</kbd> <kbd>(\w)</kbd></dt>", html)
    assert letters == ["i", "p", "a", "v"]
    assert sorted(listed) == sorted(letters)
    assert '<dialog class="keys-dialog" id="atalhos" aria-labelledby="t-atalhos">' in html


def test_key_that_leads_nowhere_for_this_user_is_not_listed(django_user_model):
    nobody = django_user_model.objects.create_user("ninguem")

    html = html_of(signed_in(nobody), "/")

    assert re.findall(r'data-go="(\w)"', html) == ["i"]
    assert re.findall(r"<kbd>g</kbd> <kbd>(\w)</kbd>", html) == ["i"]


def test_keys_of_one_letter_can_be_switched_off(client):
    html = html_of(client, "/")

    assert 'type="checkbox" id="atalhos-ligados" checked' in html


# htmx -------------------------------------------------------------------------------------


def test_htmx_is_held_to_our_policy_and_keeps_no_page_after_signing_out(client):
    html = html_of(client, "/")

    [config] = re.findall(r"<meta name=\"htmx-config\" content='([^']+)'>", html)
    assert json.loads(config) == {
        "includeIndicatorStyles": False,
        "allowEval": False,
        "allowScriptTags": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "refreshOnHistoryMiss": True,
    }


def test_no_template_asks_htmx_to_evaluate_anything(settings):
    [templates] = settings.TEMPLATES[0]["DIRS"]
    evaluated = re.compile(r"\bhx-on|hx-(?:vals|vars|headers)=.js:|hx-trigger=\"[^\"]*\[")

    found = [path for path in templates.rglob("*.html") if evaluated.search(path.read_text())]

    assert found == []


@pytest.mark.parametrize(
    ("address", "action"),
    [
        ("/vitrines/LOJA-SP/", "/vitrines/LOJA-SP/pausar/"),
        ("/pedidos/LOJA-SP/100482/", "/atualizacoes/{update}/reenviar/"),
        ("/atualizacoes/{update}/", "/atualizacoes/{update}/resolvido-fora/"),
    ],
)
def test_small_form_comes_back_in_place_and_is_a_form_without_javascript(address, action, client):
    order = make_order(make_vitrine(), status=OrderStatus.EM_PREPARACAO)
    update = make_update(order, state=UpdateState.FAILED, reason=UpdateReason.REJECTED)

    html = html_of(client, address.format(update=update.pk))

    [form] = re.findall(rf'<form [^>]*action="{action.format(update=update.pk)}"[^>]*>', html)
    assert 'method="post"' in form
    assert (
        'hx-boost="true" hx-target="#conteudo" hx-select="#conteudo" '
        'hx-swap="outerHTML show:none" hx-push-url="false"'
    ) in form


# Forms that a person works at -------------------------------------------------------------


@pytest.mark.parametrize("name", ["vitrines:edit", "connection"])
def test_main_form_is_saved_by_its_key_and_guarded(name, client):
    html = html_of(client, reverse(name, args=[make_vitrine().code]))

    assert re.search(r"<form [^>]*data-save data-guard>", html)
    assert 'data-save-button aria-keyshortcuts="Control+S">Salvar</button>' in html
    assert 'data-dirty role="status" hidden>Alterações não salvas</span>' in html


def test_form_that_comes_back_with_errors_is_unsaved(client):
    html = client.post("/vitrines/nova/", {}).content.decode()

    assert re.search(r"<form [^>]*data-save data-guard data-unsaved>", html)
    assert 'data-dirty role="status">Alterações não salvas</span>' in html


def test_connection_that_one_may_not_change_is_neither(client):
    vitrine = make_vitrine()

    html = html_of(client_of("Operação"), f"/vitrines/{vitrine.code}/envio/")

    assert "data-save" not in html
    assert "data-guard" not in html


# Empty lists ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/pedidos/", "Nenhum pedido ainda"),
        ("/atualizacoes/", "Nenhuma atualização ainda"),
        ("/atualizacoes/?agrupar=causa", "Nada falhou e nada aguarda"),
        ("/atualizacoes/reprocessamentos/", "Nenhum reprocessamento ainda"),
        ("/vitrines/", "Cadastre a primeira"),
        ("/tokens/", "Emita o primeiro"),
        ("/buscar/", "O que você procura?"),
        ("/", "Cadastre a primeira vitrine"),
    ],
)
def test_empty_list_says_what_to_do(address, words, client):
    assert words in html_of(client, address)


@pytest.mark.parametrize(
    ("address", "cleared"),
    [
        ("/pedidos/?status=5", "/pedidos/"),
        ("/atualizacoes/?state=failed&sel=7", "?sel=7"),
        ("/atualizacoes/?agrupar=causa&state=failed", "?agrupar=causa"),
        ("/vitrines/?q=nada", "/vitrines/"),
    ],
)
def test_list_that_a_filter_emptied_offers_to_clear_it(address, cleared, client):
    make_vitrine()

    html = html_of(client, address)

    assert "Nenhum resultado para este filtro" in html
    assert f'<a href="{cleared}">Limpar filtros</a>' in html


# Badges -----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/pedidos/", "/buscar/?q=100482"])
def test_status_of_an_order_has_one_badge_everywhere(address, client):
    for code in ("LOJA-SP", "LOJA-RJ"):
        make_order(make_vitrine(code), status=OrderStatus.CANCELADO)

    assert '<span class="pill bad">Cancelado</span>' in html_of(client, address)


@pytest.mark.parametrize("address", ["/atualizacoes/", "/atualizacoes/?agrupar=causa"])
def test_state_of_an_update_has_one_badge_everywhere(address, client):
    make_update(make_order(make_vitrine()), state=UpdateState.FAILED, reason=UpdateReason.EXHAUSTED)

    html = html_of(client, address)

    assert re.search(
        r'<span class="pill bad">Falhou</span>\s*<span class="hint">tentativas esgotadas</span>',
        html,
    )


def test_badge_says_without_its_colour_what_its_colour_says():
    css = Path(finders.find("backoffice/app.css")).read_text()

    for tone in ("ok", "wait", "warn", "bad"):
        assert f".pill.{tone} {{ --sign: url(" in css


# Help beside each field -------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["/vitrines/nova/", "/tokens/emitir/", "/vitrines/LOJA-SP/testar-envio/"],
)
def test_every_field_has_its_help(address, client):
    make_vitrine()

    form = client.get(address).context["form"]

    assert [field.name for field in form.visible_fields() if not field.help_text] == []


@pytest.mark.parametrize("name", sorted(all_platforms()))
def test_every_parameter_of_a_platform_has_its_help(name):
    assert [param.name for param in all_platforms()[name].params if not param.help] == []
