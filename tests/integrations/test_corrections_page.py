"""*Corrigir* on the order's page: the forms, who sees them, and what they say."""

import uuid

import pytest
from django.utils import timezone

from backoffice.templatetags.backoffice_ui import audit_details
from integrations.models import Event, EventKind, EventSource
from tests.html_rules import read_page
from tests.integrations.correcting import RIGHT, WRONG
from tests.integrations.correction_pages import (
    CORRECTOR,
    NOTE,
    PAGE,
    TRACKING,
    errors,
    fields,
    messages,
    tree_of,
    typed,
)
from tests.integrations.people import READER, sign_in
from tests.integrations.shop import Shop
from tests.people import client_of
from vitrines.models import AuditEntry, Tracking

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(httpserver):
    return Shop(httpserver)


@pytest.fixture
def boarded(shop):
    shop.receive()
    shop.tell(EventKind.BOARDED)
    return shop.last


def test_action_that_waits_for_a_tracking_leads_to_the_open_form(client, boarded):
    sign_in(client, *CORRECTOR)

    tree = tree_of(client.get(PAGE))

    (button,) = tree.xpath("//div[@class='why-actions']/a[contains(@class, 'btn-brand')]")
    assert (button.text, button.get("href")) == (
        "Informar o rastreio",
        f"{PAGE}?corrigir=rastreio#rastreio",
    )
    (folded,) = tree.xpath("//details[contains(@class, 'corrections')]")
    assert "open" in folded.attrib
    assert [form.get("id") for form in folded.xpath(".//form")] == ["rastreio", "nota"]


def test_forms_are_folded_where_nothing_waits_for_them_and_open_by_the_address(client, shop):
    shop.receive()
    sign_in(client, *CORRECTOR)

    for address, opened in [(PAGE, False), (f"{PAGE}?corrigir=nota", True)]:
        (folded,) = tree_of(client.get(address)).xpath("//details[contains(@class, 'corrections')]")
        assert ("open" in folded.attrib) is opened


def test_reader_sees_the_next_step_and_no_form(client, boarded):
    sign_in(client, *READER)

    page = client.get(PAGE).content.decode()

    assert "Próximo passo:</b> Informar o rastreio" in page
    assert "corrigir/" not in page


@pytest.mark.parametrize("address", [TRACKING, NOTE])
def test_correction_is_refused_to_consulta(address, boarded):
    client = client_of("Consulta")

    assert client.post(address, {"code": RIGHT, "key": str(uuid.uuid4())}).status_code == 403
    assert Tracking.objects.count() == 0


@pytest.mark.parametrize("group", ["Operação", "Mapeamento", "Administração"])
def test_correction_is_open_to_whoever_may_send_again(group, boarded):
    client = client_of(group)

    response = client.post(TRACKING, typed(client, code=RIGHT), follow=True)

    assert messages(response) == [f"Rastreio guardado. O envio #{boarded.pk} voltou à fila."]


@pytest.mark.parametrize(("address", "anchor"), [(TRACKING, "rastreio"), (NOTE, "nota")])
def test_reload_of_a_refused_form_leads_back_to_it(address, anchor, client, boarded):
    sign_in(client, *CORRECTOR)

    assert client.get(address).headers["Location"] == f"{PAGE}#{anchor}"


@pytest.mark.parametrize(
    "address", ["/pedidos/LOJA-SP/9/corrigir/rastreio/", "/pedidos/X/1/corrigir/nota/"]
)
def test_correction_of_an_unknown_order_is_404(address, client, boarded):
    sign_in(client, *CORRECTOR)

    assert client.post(address, {}).status_code == 404


def test_tracking_is_stored_and_the_store_told_in_one_press(client, boarded, shop, httpserver):
    sign_in(client, *CORRECTOR, username="maria")

    response = client.post(TRACKING, typed(client, code="sq 458 226 057 br", carrier="Correios"))

    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    row = Tracking.objects.get()
    assert (row.code, row.carrier, row.order) == (RIGHT, "Correios", shop.order)
    shop.now = timezone.now()
    shop.dispatch()
    assert f'"{RIGHT}"' in httpserver.log[-1][0].get_data(as_text=True)
    explanation = client.get(PAGE).context["explanation"]
    assert explanation.cause == "accepted"
    told = next(entry for entry in explanation.timeline if entry.title == "Rastreio informado")
    assert (told.text, told.note) == (
        f"{RIGHT} · Correios",
        "informado nesta página por maria · fato guardado, sem mudança de status",
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"code": "SQ458226051BR"},
            "O dígito verificador de SQ458226051BR devia ser 7, e é 1: algum algarismo está "
            "trocado. Confira o código na etiqueta.",
        ),
        (
            {"code": "123", "carrier": "Correios"},
            "Um código dos Correios tem 2 letras, 9 algarismos e 2 letras, como SQ458226057BR. "
            "Confira o código e a transportadora.",
        ),
        ({}, "Informe o código de rastreio ou o endereço."),
        ({"url": "javascript:alert(1)"}, "Deve ser um endereço http:// ou https:// completo."),
        ({"url": "ftp://x.example/1"}, "Deve ser um endereço http:// ou https:// completo."),
        ({"url": "https://x.example/a b"}, "Deve ser um endereço http:// ou https:// completo."),
        ({"url": "https://x.example/\u202e"}, "Deve ser um endereço http:// ou https:// completo."),
    ],
)
def test_refused_tracking_is_told_beside_its_field_and_keeps_what_was_typed(
    changes, told, client, boarded
):
    sign_in(client, *CORRECTOR)

    response = client.post(TRACKING, typed(client, **changes))

    assert response.status_code == 422
    assert told in errors(response)
    again = fields(response)
    assert {name: again[name] for name in changes} == changes
    assert (Tracking.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_all_that_is_wrong_is_told_at_once(client, boarded):
    sign_in(client, *CORRECTOR)

    response = client.post(TRACKING, typed(client, code="SQ458226051BR", url="x"))

    assert errors(response) == [
        "O dígito verificador de SQ458226051BR devia ser 7, e é 1: algum algarismo está trocado. "
        "Confira o código na etiqueta.",
        "Deve ser um endereço http:// ou https:// completo.",
    ]


def test_code_of_another_carrier_is_taken_as_it_is(client, boarded):
    sign_in(client, *CORRECTOR)

    client.post(TRACKING, typed(client, code="jt-0099 88", carrier="Jadlog"))

    assert Tracking.objects.get().code == "jt-0099 88"


def test_form_opens_with_the_latest_row_and_mends_it(client, shop):
    shop.receive()
    shop.track(code=WRONG)
    sign_in(client, *CORRECTOR)
    opened = typed(client)
    assert (opened["code"], opened["carrier"], opened["url"]) == (WRONG, "Correios", "")

    client.post(TRACKING, opened | {"code": RIGHT})

    right = Tracking.objects.get(code=RIGHT)
    assert right.replaces.code == WRONG
    page = client.get(PAGE)
    assert page.context["followed"] == [right]
    shown = " ".join(tree_of(page).xpath("//ul[@class='replaced']/li")[0].text_content().split())
    assert shown == f"{WRONG} · Correios substituído por {RIGHT}"
    titles = [(e.title, e.text) for e in page.context["explanation"].newest_first]
    assert ("Rastreio corrigido", f"volume 1 · {RIGHT} · Correios · no lugar de {WRONG}") in titles


def test_other_rows_and_a_new_volume_are_one_link_away(client, shop):
    shop.receive()
    shop.track(code=WRONG)
    shop.track(code=RIGHT)
    first = Tracking.objects.get(code=WRONG)
    sign_in(client, *CORRECTOR)

    assert typed(client)["code"] == RIGHT
    assert typed(client, f"{PAGE}?rastreio={first.pk}")["code"] == WRONG
    new = typed(client, f"{PAGE}?rastreio=novo")
    assert (new["code"], new["corrects"]) == ("", "")


def test_address_that_leads_to_the_old_code_is_noticed(client, shop):
    shop.receive()
    shop.track(code=WRONG)
    sign_in(client, *CORRECTOR)

    response = client.post(
        TRACKING, typed(client, code=RIGHT, url=f"https://rastreio.example/{WRONG}")
    )

    assert errors(response) == [f"O endereço ainda leva ao código antigo, {WRONG}."]


def test_address_of_the_right_code_is_taken_where_the_old_one_is_a_piece_of_it(client, shop):
    shop.receive()
    shop.track(code="1234567890123")
    sign_in(client, *CORRECTOR)
    url = "https://rastreio.example/12345678901234"

    response = client.post(
        TRACKING, typed(client, code="12345678901234", carrier="Jadlog", url=url)
    )

    assert response.status_code == 302
    right = Tracking.objects.get(code="12345678901234")
    assert (right.replaces.code, right.url) == ("1234567890123", url)


def test_code_cannot_be_emptied(client, shop):
    shop.receive()
    shop.track(code=WRONG)
    sign_in(client, *CORRECTOR)

    response = client.post(TRACKING, typed(client, code=""))

    assert errors(response) == ["Informe o código certo: o antigo só sai se outro entra."]


def test_double_submit_is_stored_once_and_says_so(client, boarded):
    sign_in(client, *CORRECTOR)
    sent = typed(client, code=RIGHT)
    client.post(TRACKING, sent)

    response = client.post(TRACKING, sent, follow=True)

    assert messages(response)[-1] == (
        "Isto já estava guardado: o mesmo botão foi apertado duas vezes."
    )
    assert Event.objects.filter(source=EventSource.SCREEN).count() == 1


def test_stale_form_says_what_changed_and_is_saved_by_the_next_press(client, shop):
    shop.receive()
    shop.track(code=WRONG)
    sign_in(client, *CORRECTOR)
    stale = typed(client)
    client.post(TRACKING, stale | {"code": RIGHT})

    response = client.post(TRACKING, stale | {"code": "SW371675211BR", "key": str(uuid.uuid4())})

    assert response.status_code == 422
    assert errors(response) == [
        f"O rastreio mudou enquanto você digitava: agora é {RIGHT} · Correios. "
        "Confira e salve de novo."
    ]
    assert fields(response)["code"] == "SW371675211BR"
    assert client.post(TRACKING, fields(response)).status_code == 302
    assert Tracking.objects.get(code="SW371675211BR").replaces.code == RIGHT


@pytest.mark.parametrize("sent", [{}, {"key": "x"}, {"key": "", "corrects": "x", "code": RIGHT}])
def test_form_that_is_not_ours_stores_nothing(sent, client, boarded):
    sign_in(client, *CORRECTOR)

    assert client.post(TRACKING, sent).status_code == 422
    assert client.post(NOTE, sent).status_code == 422
    assert Tracking.objects.count() == 0


def test_platform_file_that_is_gone_is_told_and_nothing_is_stored(client, boarded, shop):
    sign_in(client, *CORRECTOR)
    sent = typed(client, code=RIGHT)
    type(shop.vitrine).objects.update(platform="sumiu")

    response = client.post(TRACKING, sent)

    assert response.status_code == 422
    assert "O arquivo do exportador “sumiu” está ausente ou com erro." in (
        response.content.decode()
    )
    assert (fields(response)["code"], Tracking.objects.count()) == (RIGHT, 0)


def test_correction_is_told_on_the_page_of_its_vitrine(client, shop):
    shop.receive()
    shop.track(code=WRONG)
    sign_in(client, *CORRECTOR, "vitrines.view_vitrine", "vitrines.view_auditentry")

    client.post(TRACKING, typed(client, code=RIGHT))

    assert audit_details(AuditEntry.objects.get()) == (
        f"pedido VT-100482: {WRONG} Correios → {RIGHT} Correios"
    )
    assert RIGHT in client.get("/vitrines/LOJA-SP/").content.decode()


@pytest.mark.parametrize("corrects", ["0", "999999999999999999999999", "-1"])
def test_row_of_no_order_is_refused(corrects, client, boarded):
    sign_in(client, *CORRECTOR)

    response = client.post(TRACKING, typed(client, code=RIGHT, corrects=corrects))

    assert (response.status_code, Tracking.objects.count()) == (422, 0)


def test_page_with_errors_keeps_the_rules_of_every_page(client, shop):
    shop.receive()
    shop.track(code=WRONG)
    sign_in(client, *CORRECTOR)

    response = client.post(TRACKING, typed(client, code="SQ458226051BR"))

    assert response.status_code == 422
    assert read_page(response.content.decode()).faults == []
