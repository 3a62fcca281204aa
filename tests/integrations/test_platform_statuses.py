"""*Buscar status da plataforma*: what the platform tells fills the suggestions and is kept."""

import pytest
from django.urls import reverse
from lxml import html
from pytest_httpserver import HTTPServer
from werkzeug import Response

from integrations.models import Connection
from integrations.platform_statuses import StatusesNotFetched, fetch_statuses
from status_mapping.models import PlatformStatusList, StatusMapping
from status_mapping.operations import save_mapping
from status_mapping.tables import MappingTables, StatusRow
from tests.factories import NOW, make_connection, make_user, make_vitrine
from tests.people import client_of
from tests.status_mapping.pages import Form
from vitrines.secrets import MASK
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

REFUSED = "A plataforma recusou a credencial: confira os parâmetros na aba Envio."
TOKEN = "segredo-da-loja-9"
FILE = """
name = "store_data"
label = "Loja Própria"

[[params]]
name = "base_url"
label = "Endereço"
kind = "url"
required = true

[[params]]
name = "token"
label = "Token"
secret = true

[auth]
kind = "query"
query = { access_token = "{{ secrets.token }}" }

[list_statuses]
url = "{{ params.base_url }}/orders/statuses"
statuses = "body.OrderStatuses[*].OrderStatus.{code: id, label: status}"
error_message = "body.message"

[[send]]
channel = "url"

[[send.steps]]
method = "PUT"
url = "{{ params.base_url }}/orders/{{ order.number }}"
"""


def told(*pairs):
    return {"OrderStatuses": [{"OrderStatus": {"id": i, "status": s}} for i, s in pairs]}


@pytest.fixture
def vitrine(tmp_path, settings, httpserver):
    (tmp_path / "store_data.toml").write_text(FILE)
    settings.PLATFORMS_DIR = str(tmp_path)
    vitrine = make_vitrine(platform="store_data")
    make_connection(
        vitrine,
        params={"base_url": httpserver.url_for("").rstrip("/")},
        secrets={"token": TOKEN},
    )
    return vitrine


@pytest.fixture
def maria():
    return make_user("maria")


def answer(httpserver: HTTPServer, body, status=200):
    httpserver.expect_request(
        "/orders/statuses", method="GET", query_string={"access_token": TOKEN}
    ).respond_with_json(body, status=status)


def fetch(vitrine, actor=None):
    return fetch_statuses(vitrine=vitrine, actor=actor, now=NOW)


def test_statuses_are_kept_with_their_date_and_who_asked(vitrine, maria, httpserver):
    answer(httpserver, told((16, "Enviado"), ("4", "Finalizado")))

    fetch(vitrine, maria)

    kept = PlatformStatusList.objects.get(vitrine=vitrine)
    assert kept.statuses == [
        {"code": "16", "label": "Enviado"},
        {"code": "4", "label": "Finalizado"},
    ]
    assert (kept.platform, kept.fetched_at, kept.fetched_by) == ("store_data", NOW, "maria")


def test_asking_again_replaces_the_list(vitrine, httpserver):
    answer(httpserver, told((1, "A")))
    fetch(vitrine)
    httpserver.clear()
    answer(httpserver, told((2, "B")))
    fetch(vitrine)

    assert PlatformStatusList.objects.get().statuses == [{"code": "2", "label": "B"}]


def test_what_is_no_status_is_passed_over(vitrine, httpserver):
    strange = [(None, "x"), (True, "y"), ({"a": 1}, "z"), (" 7\n", "Sete\x00"), (7, "again")]
    answer(httpserver, told(*strange, ("8", None)))

    assert [(s.code, s.label) for s in fetch(vitrine)] == [("7", "Sete"), ("8", "8")]


def test_secret_that_a_store_gives_back_is_not_kept(vitrine, httpserver):
    statuses = told(("1", f"Olá, {TOKEN}"), (TOKEN, "x"))
    httpserver.expect_request("/orders/statuses").respond_with_json(statuses)
    fetch_statuses(vitrine=vitrine, actor=None, now=NOW)
    kept = PlatformStatusList.objects.get().statuses
    assert kept == [{"code": "1", "label": f"Olá, {MASK}"}, {"code": MASK, "label": "x"}]


def test_code_that_equals_a_short_secret_stays_what_it_is(vitrine, httpserver):
    Connection.objects.update(secrets={"token": "31"})
    httpserver.expect_request("/orders/statuses").respond_with_json(told(("314", "Pago")))
    fetch_statuses(vitrine=vitrine, actor=None, now=NOW)
    assert PlatformStatusList.objects.get().statuses == [{"code": "314", "label": "Pago"}]


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"message": "Sem permissão"}, 403, f"{REFUSED} Sem permissão"),
        ({"message": f"token {TOKEN} inválido"}, 401, f"{REFUSED} token {MASK} inválido"),
        ({"OrderStatuses": []}, 200, "A resposta de Loja Própria não traz nenhum status."),
        ({"outra": "coisa"}, 200, "A resposta de Loja Própria não traz nenhum status."),
        ([1, 2], 200, "A resposta de Loja Própria não traz nenhum status."),
    ],
)
def test_answer_without_a_list_is_told_and_keeps_the_old_one(
    vitrine, httpserver, body, status, sentence
):
    answer(httpserver, told((16, "Enviado")))
    fetch(vitrine)
    httpserver.clear()
    answer(httpserver, body, status)

    with pytest.raises(StatusesNotFetched) as refused:
        fetch(vitrine)

    assert str(refused.value) == sentence
    assert PlatformStatusList.objects.get().statuses == [{"code": "16", "label": "Enviado"}]


def test_incomplete_connection_asks_nothing(vitrine, httpserver):
    Connection.objects.update(params={})

    with pytest.raises(StatusesNotFetched, match="Complete antes os parâmetros"):
        fetch(vitrine)
    assert httpserver.log == []


def test_platform_that_cannot_be_asked_is_told():
    with pytest.raises(StatusesNotFetched) as refused:
        fetch(make_vitrine(platform="generic"))
    assert str(refused.value) == "Genérica (XML, rastreio ou URL) não informa seus status."


TOKEN_AUTH = """
[auth]
kind = "token_exchange"
query = { access_token = "{{ token.access }}" }

[auth.exchange]
url = "{{ params.base_url }}/auth"
json = '''{ "code": "{{ secrets.token }}" }'''
access_token = "body.access_token"

[list"""


def test_token_that_the_platform_refuses_is_renewed_once(tmp_path, settings, vitrine, httpserver):
    head, rest = FILE.split("[auth]")
    settings.PLATFORMS_DIR = str(tmp_path / "with_token")
    (tmp_path / "with_token").mkdir()
    (tmp_path / "with_token" / "store_data.toml").write_text(
        head + TOKEN_AUTH + rest.split("[list", 1)[1]
    )
    for token, status in (("first", 401), ("second", 200)):
        httpserver.expect_ordered_request("/auth").respond_with_json({"access_token": token})
        httpserver.expect_ordered_request(
            "/orders/statuses", query_string={"access_token": token}
        ).respond_with_json(told((4, "Finalizado")), status=status)

    assert [status.code for status in fetch(vitrine)] == ["4"]
    assert len(httpserver.log) == 4
    httpserver.check()


# On the page


@pytest.fixture
def client():
    return client_of("Mapeamento")


def page_of(vitrine):
    return reverse("status_mapping:edit", args=[vitrine.code])


def press(client, vitrine, form):
    return client.post(reverse("platform_statuses", args=[vitrine.code]), form.data)


def options(response):
    tree = html.fromstring(response.content.decode())
    return {o.get("value"): o.text for o in tree.xpath("//datalist[@id='offered-statuses']/option")}


def test_button_keeps_what_was_typed_and_fills_the_suggestions(client, vitrine, httpserver):
    answer(httpserver, told((16, "Enviado"), (4, "Finalizado")))
    form = Form(client.get(page_of(vitrine)).content).fill(status_3__platform_status="16")

    response = press(client, vitrine, form)

    assert response.status_code == 200
    assert options(response) == {"16": "Enviado", "4": "Finalizado"}
    assert b"<details open><summary>2 status buscados" in response.content
    again = Form(response.content)
    assert again.data["status-3-platform_status"] == "16"
    assert "16 é “Enviado” na plataforma." in again.row(3)
    assert (
        "A plataforma informou 2 status. A lista está abaixo da tabela de Status de Pedidos."
        in response.content.decode()
    )
    assert StatusMapping.objects.count() == 0


def test_mapped_code_that_has_vanished_is_warned_of(client, vitrine, httpserver):
    row = StatusRow(OrderStatus.DESPACHADO, "16")
    save_mapping(
        vitrine=vitrine,
        base_revision=0,
        tables=MappingTables(statuses=(row,)),
        author=None,
        reason="",
        now=NOW,
    )
    answer(httpserver, told((4, "Finalizado")))
    fetch(vitrine)

    row = Form(client.get(page_of(vitrine)).content).row(3)

    assert "“16” não está entre os status que Loja Própria informou." in row


def test_free_text_is_still_saved(client, vitrine, httpserver):
    answer(httpserver, told((4, "Finalizado")))
    fetch(vitrine)
    form = Form(client.get(page_of(vitrine)).content).fill(status_3__platform_status="outro")

    assert client.post(page_of(vitrine), form.data).status_code == 302
    assert StatusMapping.objects.get().platform_status == "outro"


def test_platform_that_does_not_answer_leaves_the_page_as_typed(client, vitrine, httpserver):
    httpserver.expect_request("/orders/statuses").respond_with_response(Response("", 500))
    form = Form(client.get(page_of(vitrine)).content).fill(status_3__platform_status="16")

    response = press(client, vitrine, form)

    assert Form(response.content).data["status-3-platform_status"] == "16"
    told = "Os status não foram buscados. Tente de novo mais tarde. A plataforma está com problemas"
    assert told in response.content.decode()


def test_credential_that_is_refused_says_where_to_look(client, vitrine, httpserver):
    httpserver.expect_request("/orders/statuses").respond_with_response(Response("", 401))
    form = Form(client.get(page_of(vitrine)).content)

    response = press(client, vitrine, form)

    assert f"Os status não foram buscados. {REFUSED}" in response.content.decode()


def test_first_button_of_the_form_saves(client, vitrine):
    tree = html.fromstring(client.get(page_of(vitrine)).content.decode())
    form = tree.get_element_by_id("mapping")
    buttons = [
        b for b in tree.iter("button") if b.get("form") == "mapping" or form in b.iterancestors()
    ]
    first = buttons[0]
    assert (first.text, first.get("formaction"), first.get("tabindex")) == ("Salvar", None, "-1")


def test_address_of_the_button_leads_back_to_the_page(client, vitrine, httpserver):
    response = client.get(reverse("platform_statuses", args=[vitrine.code]))

    assert (response.status_code, response["Location"]) == (302, page_of(vitrine))
    assert httpserver.log == []


@pytest.mark.parametrize("number", [1, 30])
def test_button_costs_the_same_however_many_statuses_there_are(
    client, vitrine, httpserver, django_assert_num_queries, number
):
    form = Form(client.get(page_of(vitrine)).content)
    answer(httpserver, told(*((place, f"Status {place}") for place in range(number))))

    with django_assert_num_queries(28):
        assert press(client, vitrine, form).status_code == 200


def test_list_of_the_platform_used_before_is_not_offered(client, vitrine, httpserver):
    answer(httpserver, told((4, "Finalizado")))
    fetch(vitrine)
    PlatformStatusList.objects.update(platform="another")

    assert options(client.get(page_of(vitrine))) == {}


def test_who_may_only_look_cannot_ask(vitrine, httpserver):
    client = client_of("Operação")

    assert b"Buscar status da plataforma" not in client.get(page_of(vitrine)).content
    assert client.post(reverse("platform_statuses", args=[vitrine.code])).status_code == 403
    assert httpserver.log == []


def test_codes_go_into_the_column_that_the_platform_numbers():
    client, vitrine = client_of("Mapeamento"), make_vitrine(platform="linx_commerce")
    PlatformStatusList.objects.create(
        vitrine=vitrine,
        platform="linx_commerce",
        statuses=[{"code": "12", "label": "Enviado"}],
        fetched_at=NOW,
    )
    sent = StatusRow(OrderStatus.DESPACHADO, "SHIPPED", ez_core_status_id="12", ez_core_flow_id="3")
    paid = StatusRow(
        OrderStatus.PAGAMENTO_CONFIRMADO, "PAID", ez_core_status_id="99", ez_core_flow_id="3"
    )
    save_mapping(
        vitrine=vitrine,
        base_revision=0,
        tables=MappingTables(statuses=(sent, paid)),
        author=None,
        reason="",
        now=NOW,
    )

    form = Form(client.get(page_of(vitrine)).content)

    assert "12 é “Enviado” na plataforma." in form.row(3)
    assert "não está entre" not in form.row(3)
    assert "“99” não está entre os status que Linx Commerce informou." in form.row(1)
    (field,) = form.tree.xpath("//input[@name='status-3-ez_core_status_id']")
    assert field.get("list") == "offered-statuses"
