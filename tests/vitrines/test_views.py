"""The pages of Vitrines, as a person walks them."""

import pytest
from django.utils import timezone

from integrations.models import Lane, PauseReason, UpdateReason, UpdateState
from tests.factories import make_connection, make_order, make_update, make_vitrine
from tests.people import client_of, make_superuser, member_of, signed_in
from vitrines.models import AuditAction, AuditEntry, Vitrine
from vitrines.operations import version_of

pytestmark = pytest.mark.django_db

FILLED = {
    "code": "LOJA-SP",
    "description": "Loja São Paulo",
    "platform": "generic",
    "published": "on",
    "log_policy": "errors",
    "order_prefix": "VT",
}


def _codes(response):
    return [vitrine.code for vitrine in response.context["page"].object_list]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["A-1", "B-2", "C-3"]),
        ("b-", ["B-2"]),
        ("recife", ["C-3"]),
        ("linx", ["B-2"]),
        ("Linx Commerce", ["B-2"]),
        ("genérica", ["A-1", "C-3"]),
        ("nada disso", []),
    ],
)
def test_list_finds_by_code_description_and_platform(text, found):
    make_vitrine("C-3", description="Loja Recife")
    make_vitrine("A-1", description="Loja Natal")
    make_vitrine("B-2", description="Loja Olinda", platform="linx_commerce")
    assert _codes(client_of("Consulta").get("/vitrines/", {"q": text})) == found


def test_list_without_vitrines_says_what_to_do():
    html = client_of("Administração").get("/vitrines/").content.decode()
    assert "Nenhuma vitrine cadastrada" in html
    assert 'href="/vitrines/nova/"' in html


@pytest.mark.parametrize("number", [1, 3])
def test_list_asks_the_database_the_same_for_one_row_and_three(django_assert_num_queries, number):
    client = client_of("Consulta")
    for place in range(number):
        vitrine = make_vitrine(f"LOJA-{place}")
        make_update(make_order(vitrine))
        Lane.objects.create(vitrine=vitrine)
    with django_assert_num_queries(9):
        # session, user, permissions (2), group; count, page, lanes, counts by state
        client.get("/vitrines/")


@pytest.mark.parametrize("number", [1, 3])
def test_detail_asks_the_database_the_same_for_one_update_and_three(
    django_assert_num_queries, number
):
    client = client_of("Consulta")
    vitrine = make_vitrine()
    for place in range(number):
        order = make_order(vitrine, f"10{place}")
        make_update(order, state=UpdateState.SENT, reason=UpdateReason.ACCEPTED)
    with django_assert_num_queries(12):
        # session, user, permissions (2), group; vitrine, audit, lane, counts, next retry, last
        # accepted, parameters
        client.get("/vitrines/LOJA-SP/")


def test_detail_of_a_vitrine_that_cannot_send_says_what_is_missing():
    make_vitrine(platform="vtex")
    html = client_of("Consulta").get("/vitrines/LOJA-SP/").content.decode()
    told = "Endereço da conta, Chave de aplicação (appKey), Token de aplicação (appToken)."
    assert f"<b>Nada pode ser enviado ainda:</b> falta preencher ou corrigir {told}" in html
    assert '<span class="pill warn">Falta configurar</span>' in html
    assert '<a href="/vitrines/LOJA-SP/envio/">Abrir Envio</a>' in html


def test_detail_of_a_vitrine_that_can_send_shows_how_the_sending_stands():
    make_connection(make_vitrine(), params={"base_url": "https://loja.exemplo.com.br"})
    html = client_of("Consulta").get("/vitrines/LOJA-SP/").content.decode()
    assert "Nada pode ser enviado" not in html
    assert '<span class="pill ok">Em dia</span>' in html


@pytest.mark.parametrize(
    ("group", "button"), [("Consulta", "Testes de envio"), ("Operação", "Testar envio…")]
)
def test_detail_names_the_tests_by_what_one_may_do(group, button):
    make_vitrine()
    html = client_of(group).get("/vitrines/LOJA-SP/").content.decode()
    assert f'href="/vitrines/LOJA-SP/testar-envio/">{button}</a>' in html


def test_create_registers_the_vitrine_and_leads_to_it():
    admin = member_of("Administração")
    response = signed_in(admin).post("/vitrines/nova/", FILLED)
    vitrine = Vitrine.objects.get()
    assert (response.status_code, response["Location"]) == (302, "/vitrines/LOJA-SP/")
    assert (vitrine.code, vitrine.platform, vitrine.order_prefix) == ("LOJA-SP", "generic", "VT")
    assert AuditEntry.objects.get().actor == admin


def test_create_with_an_error_stores_nothing_and_keeps_the_typing():
    response = client_of("Administração").post("/vitrines/nova/", FILLED | {"code": "LOJA SP"})
    html = response.content.decode()
    assert Vitrine.objects.count() == 0
    assert 'value="LOJA SP"' in html
    assert 'aria-describedby="id_code_error id_code_helptext"' in html
    assert "Use letras maiúsculas, números, hífen ou sublinhado, sem espaços." in html


def test_edit_saves_and_shows_the_change_on_the_page():
    vitrine = make_vitrine()
    client = client_of("Mapeamento")
    form = FILLED | {"description": "Loja Centro", "version": version_of(vitrine)}
    response = client.post("/vitrines/LOJA-SP/editar/", form, follow=True)
    html = response.content.decode()
    assert "Vitrine salva." in html
    assert "descrição: Loja São Paulo → Loja Centro" in html
    assert AuditEntry.objects.get().action == AuditAction.VITRINE_CHANGE


def test_edit_opened_before_another_person_saved_is_told_and_may_save_again():
    vitrine = make_vitrine()
    client = client_of("Mapeamento")
    form = FILLED | {"description": "Minha", "version": version_of(vitrine)}
    Vitrine.objects.get().save()

    told = client.post("/vitrines/LOJA-SP/editar/", form)
    assert told.status_code == 200
    assert "Outra pessoa alterou esta vitrine enquanto você editava." in told.content.decode()
    assert Vitrine.objects.get().description == "Loja São Paulo"

    again = form | {"version": told.context["form"]["version"].value()}
    assert client.post("/vitrines/LOJA-SP/editar/", again).status_code == 302
    assert Vitrine.objects.get().description == "Minha"


def test_edit_with_another_platform_shows_the_box_that_confirms_it():
    vitrine = make_vitrine(platform="linx_commerce")
    client = client_of("Mapeamento")
    form = FILLED | {"version": version_of(vitrine)}
    html = client.post("/vitrines/LOJA-SP/editar/", form).content.decode()
    assert 'name="confirm_platform"' in html
    assert Vitrine.objects.get().platform == "linx_commerce"

    client.post("/vitrines/LOJA-SP/editar/", form | {"confirm_platform": "on"})
    assert Vitrine.objects.get().platform == "generic"


def test_unknown_vitrine_is_not_found():
    client = signed_in(make_superuser())
    for address in ("/vitrines/NADA/", "/vitrines/NADA/editar/", "/vitrines/NADA/envio/"):
        assert client.get(address).status_code == 404


def test_detail_offers_configuracoes_adicionais_and_the_integration_id():
    vitrine = make_vitrine()
    html = client_of("Consulta").get("/vitrines/LOJA-SP/").content.decode()
    assert 'href="/vitrines/LOJA-SP/configuracoes-adicionais/"' in html
    assert str(vitrine.integration_id) in html
    assert "Editar" not in html


def test_detail_of_a_paused_lane_says_who_and_why_and_offers_to_resume():
    vitrine = make_vitrine()
    operator = member_of("Operação", username="olga")
    Lane.objects.create(
        vitrine=vitrine,
        paused_at=timezone.now(),
        pause_reason=PauseReason.MANUAL,
        pause_note="Manutenção da loja",
        paused_by=operator,
    )
    html = signed_in(operator).get("/vitrines/LOJA-SP/").content.decode()
    assert "por olga: pausada por uma pessoa." in html
    assert "Manutenção da loja" in html
    assert 'action="/vitrines/LOJA-SP/retomar/"' in html
    assert 'action="/vitrines/LOJA-SP/pausar/"' not in html


def test_detail_offers_no_pause_to_who_may_only_look():
    make_vitrine()
    html = client_of("Consulta").get("/vitrines/LOJA-SP/").content.decode()
    assert 'action="/vitrines/LOJA-SP/pausar/"' not in html


def test_page_escapes_what_people_typed():
    make_vitrine(description="<script>alert(1)</script>")
    client = client_of("Consulta")
    for address in ("/vitrines/", "/vitrines/LOJA-SP/"):
        html = client.get(address).content.decode()
        assert "<script>alert(1)" not in html
        assert "&lt;script&gt;alert(1)" in html


def test_vitrine_whose_platform_file_is_gone_says_so_on_its_page():
    make_vitrine(platform="sumiu")
    html = client_of("Consulta").get("/vitrines/LOJA-SP/").content.decode()
    assert "Não há arquivo da plataforma “sumiu”:" in html
