"""The page, used without JavaScript: every test reads the form, fills it and sends it."""

import json
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from status_mapping.models import MappingRevision
from status_mapping.operations import save_mapping
from status_mapping.queries import latest_revision_number, tables_of
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from tests.factories import make_order, make_user, make_vitrine
from tests.status_mapping.pages import Form
from vitrines.models import AuditEntry, Inclusion, InclusionReason
from vitrines.statuses import OrderStatus

#: Of another year, so that it is told with its date whenever the suite runs.
NOW = datetime(2024, 11, 23, 17, 2, tzinfo=UTC)
PAID = OrderStatus.PAGAMENTO_CONFIRMADO
PREPARING = OrderStatus.EM_PREPARACAO
CANCELLED = OrderStatus.CANCELADO
PROBLEM = OrderStatus.PROBLEMAS
TABLES = MappingTables(
    statuses=(
        StatusRow(PAID, "PAID", also_receives=("approved",)),
        StatusRow(PREPARING, "PICKING"),
        StatusRow(CANCELLED, "CANCELED"),
    ),
    payment_types=(PaymentType("boleto", "5"), PaymentType("pix", "17")),
    delivery_types=(DeliveryType("sedex", "2"),),
)

pytestmark = pytest.mark.django_db


def make_person(username, *permissions):
    user = make_user(username)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


@pytest.fixture
def maria():
    return make_person("maria", "view_statusmapping", "change_statusmapping", "view_vitrine")


@pytest.fixture
def vitrine():
    return make_vitrine(platform="linx_commerce")


@pytest.fixture
def saved(vitrine, maria):
    return save(vitrine, TABLES, base=0, author=maria)


@pytest.fixture
def client(client, maria):
    client.force_login(maria)
    return client


def save(vitrine, tables, *, base, author=None, reason=""):
    return save_mapping(
        vitrine=vitrine, base_revision=base, tables=tables, author=author, reason=reason, now=NOW
    )


def url(vitrine, name="edit"):
    return reverse(f"status_mapping:{name}", args=[vitrine.code])


def opened(client, vitrine):
    return Form(client.get(url(vitrine)).content)


def send(client, vitrine, form):
    return client.post(url(vitrine), form.data)


# ---- what the page shows ----


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
    with assertNumQueries(16):
        client.get(url(vitrine))


# ---- saving ----


def test_save_without_javascript(client, vitrine, saved):
    form = opened(client, vitrine).fill(
        status_1__platform_status="APPROVED",
        status_1__also_receives="captured , paid,",
        status_6__platform_status="FAILED",
        status_6__active=True,
        status_5__processa_inclusao=True,
        payment_0__remove=True,
        payment_2__word="credit",
        payment_2__erp_code="3",
        delivery_0__pickup=True,
        reason="novo fluxo da loja",
    )
    response = send(client, vitrine, form)
    assertRedirects(response, url(vitrine), fetch_redirect_response=False)
    assert tables_of(vitrine) == MappingTables(
        statuses=(
            StatusRow(PAID, "APPROVED", also_receives=("captured", "paid")),
            StatusRow(PREPARING, "PICKING"),
            StatusRow(CANCELLED, "CANCELED", processa_inclusao=True),
            StatusRow(PROBLEM, "FAILED"),
        ),
        payment_types=(PaymentType("credit", "3"), PaymentType("pix", "17")),
        delivery_types=(DeliveryType("sedex", "2", pickup=True),),
    )
    revision = MappingRevision.objects.get(number=2)
    assert (revision.author_label, revision.reason) == ("maria", "novo fluxo da loja")
    page = Form(client.get(url(vitrine)).content)
    assert page.text("//div[contains(@class, 'note ok')]") == [
        "Revisão 2 salva: 6 linhas alteradas."
    ]


def test_save_without_a_change_says_so(client, vitrine, saved):
    make_order(vitrine, "1", payment_type="voucher")
    response = send(client, vitrine, opened(client, vitrine))
    assertRedirects(response, url(vitrine), fetch_redirect_response=False)
    page = Form(client.get(url(vitrine)).content)
    assert page.text("//div[contains(@class, 'note wait')]") == ["Nada mudou."]
    assert latest_revision_number(vitrine) == 1
    assert AuditEntry.objects.count() == 1


def test_save_of_a_declared_row_and_back(client, vitrine):
    send(client, vitrine, opened(client, vitrine).fill(status_6__not_sent=True))
    assert tables_of(vitrine).statuses == (StatusRow(PROBLEM, active=False),)
    send(client, vitrine, opened(client, vitrine).fill(status_6__not_sent=False))
    assert tables_of(vitrine).statuses == ()
    assert latest_revision_number(vitrine) == 2


def test_save_keeps_what_the_page_of_another_platform_does_not_show(client, vitrine, saved):
    tables = TABLES.with_row(StatusRow(PAID, "PAID", ez_core_status_id="2"))
    save(vitrine, tables, base=1)
    vitrine.platform = "generic"
    vitrine.save()
    send(client, vitrine, opened(client, vitrine).fill(status_1__platform_status="APPROVED"))
    assert tables_of(vitrine).row(PAID) == StatusRow(PAID, "APPROVED", ez_core_status_id="2")


# ---- errors ----


def test_errors_are_beside_their_fields_and_nothing_is_stored(client, vitrine, saved):
    form = opened(client, vitrine).fill(
        status_0__platform_status="PENDING",
        status_1__also_receives="x1, x2",
        status_2__also_receives="X1",
        status_4__platform_status="A" * 121,
        status_3__channel="pombo",
        status_7__ez_core_flow_id="1\x072",
        payment_2__word="PIX",
        delivery_1__erp_code="9",
        reason="r" * 201,
    )
    response = send(client, vitrine, form)
    assert response.status_code == 422
    page = Form(response.content)
    assert page.errors() == {
        "status-1-also_receives": "“x1” também está em Em preparação: deixe em uma só.",
        "status-2-also_receives": "“X1” também está em Pagamento Confirmado: deixe em uma só.",
        "status-4-platform_status": "Use até 120 caracteres (aqui há 121).",
        "status-3-channel": "Linx Commerce não oferece este envio para Despachado.",
        "status-7-ez_core_flow_id": (
            "Contém um caractere invisível (U+0007). Apague e digite de novo."
        ),
        "payment-1-word": "“pix” está em mais de uma linha desta tabela.",
        "payment-2-word": "“PIX” está em mais de uma linha desta tabela.",
        "payment-2-erp_code": "Informe o código no ERP.",
        "delivery-1-word": "Informe a palavra da plataforma ou remova a linha.",
        "reason": "Use até 200 caracteres (aqui há 201).",
    }
    assert page.data["status-0-platform_status"] == "PENDING"
    assert page.data["status-4-platform_status"] == "A" * 121
    assert page.data["base_revision"] == "1"
    assert "10 erros" in page.text("//div[@class='bar']//a")
    assert tables_of(vitrine) == TABLES
    assert latest_revision_number(vitrine) == 1


def test_a_row_that_was_emptied_asks_for_its_word(client, vitrine, saved):
    form = opened(client, vitrine).fill(payment_0__word="", payment_0__erp_code="")
    page = Form(send(client, vitrine, form).content)
    assert page.errors() == {
        "payment-0-word": "Informe a palavra da plataforma ou remova a linha.",
        "payment-0-erp_code": "Informe o código no ERP.",
    }
    assert tables_of(vitrine) == TABLES


def test_a_form_without_its_revision_is_refused(client, vitrine, saved):
    form = opened(client, vitrine).fill(base_revision="")
    assert send(client, vitrine, form).status_code == 400
    assert tables_of(vitrine) == TABLES


# ---- two people at once ----


def test_second_saver_is_told_what_changed_and_loses_no_typing(client, vitrine, saved, maria):
    form = opened(client, vitrine)
    ana = make_person("ana", "view_statusmapping", "change_statusmapping")
    theirs = TABLES.with_row(StatusRow(PAID, "APPROVED", also_receives=("approved",))).with_row(
        StatusRow(CANCELLED, "CANCELED", processa_inclusao=True)
    )
    save(vitrine, theirs, base=1, author=ana, reason="mudança da loja")
    form.fill(
        status_1__platform_status="PAYED",
        status_2__also_receives="separating",
        payment_2__word="credit",
        payment_2__erp_code="3",
        payment_0__remove=True,
        reason="meu motivo",
    )
    response = send(client, vitrine, form)
    assert response.status_code == 409
    page = Form(response.content)
    (banner,) = page.text("//div[@id='mudou']")
    assert "ana salvou a revisão 2 em 23/11/2024 às 14:02 (mudança da loja)" in banner
    assert "Pagamento Confirmado: Status da plataforma: “PAID” → “APPROVED”" in banner
    assert "Cancelado: Processa Inclusão: não → sim" in banner
    assert page.conflicts() == ["ana salvou “APPROVED” em 23/11/2024 às 14:02"]
    typed = {
        "base_revision": "2",
        "reason": "meu motivo",
        "status-1-platform_status": "PAYED",
        "status-2-also_receives": "separating",
        "status-5-processa_inclusao": "on",
        "payment-0-remove": "on",
        "payment-2-word": "credit",
        "payment-2-erp_code": "3",
    }
    assert {name: page.data.get(name) for name in typed} == typed
    assert tables_of(vitrine) == theirs.normalised()


def test_second_saver_is_still_offered_the_pending_words(client, vitrine, saved):
    make_order(vitrine, payment_type="voucher", delivery_type="motoboy")
    form = opened(client, vitrine)
    save(vitrine, TABLES.with_row(StatusRow(PAID, "APPROVED")), base=1)

    page = Form(send(client, vitrine, form.fill(status_2__platform_status="SEPARATING")).content)

    assert "voucher" in [v for k, v in page.data.items() if k.startswith("payment-")]
    assert "motoboy" in [v for k, v in page.data.items() if k.startswith("delivery-")]
    assert page.text("//nav[@class='anchors']//span[contains(@class, 'pill')]") == ["1", "1"]


def test_second_saver_saves_by_pressing_salvar_again(client, vitrine, saved):
    form = opened(client, vitrine)
    save(vitrine, TABLES.with_row(StatusRow(PAID, "APPROVED")), base=1)
    refused = send(client, vitrine, form.fill(status_2__platform_status="SEPARATING"))
    response = send(client, vitrine, Form(refused.content))
    assertRedirects(response, url(vitrine))
    assert tables_of(vitrine).statuses == (
        StatusRow(PAID, "APPROVED"),
        StatusRow(PREPARING, "SEPARATING"),
        StatusRow(CANCELLED, "CANCELED"),
    )
    assert latest_revision_number(vitrine) == 3


def test_second_saver_sees_types_that_came_and_went(client, vitrine, saved):
    form = opened(client, vitrine)
    theirs = MappingTables(
        statuses=TABLES.statuses,
        payment_types=(PaymentType("boleto", "5"), PaymentType("credit", "3")),
        delivery_types=(DeliveryType("sedex", "8"),),
    )
    save(vitrine, theirs, base=1, author=make_user("ana"))
    form.fill(payment_1__erp_code="18", delivery_0__remove=True)
    page = Form(send(client, vitrine, form).content)
    words = [page.data[f"payment-{n}-word"] for n in range(3)]
    assert words == ["boleto", "pix", "credit"]
    assert page.data["payment-1-erp_code"] == "18"
    assert page.conflicts() == [
        "ana removeu esta linha em 23/11/2024 às 14:02",
        "ana alterou esta linha em 23/11/2024 às 14:02",
    ]
    send(client, vitrine, page)
    assert [row.word for row in tables_of(vitrine).payment_types] == ["boleto", "credit", "pix"]
    assert tables_of(vitrine).delivery_types == ()


def test_a_conflict_that_no_revision_tells_of_names_nobody(client, vitrine, saved):
    """Rows may be written past Salvar, by a command or in the shell."""
    form = opened(client, vitrine)
    save(vitrine, TABLES.without_row(PREPARING), base=1)
    vitrine.status_mappings.filter(status=PAID).update(platform_status="MANUAL")
    page = Form(send(client, vitrine, form.fill(status_1__platform_status="MEU")).content)
    assert page.conflicts() == ["outra pessoa salvou “MANUAL”"]
    assert page.data["status-1-platform_status"] == "MEU"


# ---- who may ----


def test_page_is_read_only_without_the_permission_to_change(client, vitrine, saved):
    client.force_login(make_person("joana", "view_statusmapping", "view_vitrine"))
    page = opened(client, vitrine)
    assert page.data == {
        "csrfmiddlewaretoken": page.data["csrfmiddlewaretoken"],
        "base_revision": "1",
        "payment-rows": "5",
        "delivery-rows": "4",
    }
    assert page.text("//div[@class='bar']") == []
    (notice,) = page.text("//div[contains(@class, 'note wait')]")
    assert notice.startswith("Somente leitura")


def test_save_without_the_permission_to_change_is_refused(client, vitrine, saved):
    form = opened(client, vitrine).fill(status_1__platform_status="APPROVED")
    client.force_login(make_person("joana", "view_statusmapping", "view_vitrine"))
    assert send(client, vitrine, form).status_code == 403
    assert tables_of(vitrine) == TABLES


@pytest.mark.parametrize("name", ["edit", "history"])
def test_pages_without_the_permission_to_view_are_refused(client, vitrine, name):
    client.force_login(make_person("pedro", "view_vitrine"))
    assert client.get(url(vitrine, name)).status_code == 403


@pytest.mark.parametrize("name", ["edit", "history"])
def test_pages_of_an_unknown_vitrine_are_not_found(client, name):
    assert client.get(reverse(f"status_mapping:{name}", args=["NADA"])).status_code == 404


@pytest.mark.parametrize("name", ["edit", "history"])
def test_pages_without_a_login_ask_for_it(client, vitrine, name):
    client.logout()
    response = client.get(url(vitrine, name))
    assertRedirects(response, f"{reverse('login')}?next={url(vitrine, name)}")


# ---- history ----


def test_history_tells_each_revision_row_by_row(client, vitrine, saved):
    save(vitrine, TABLES.with_row(StatusRow(PAID, "APPROVED")), base=1, reason="troca")
    page = client.get(url(vitrine, "history"))
    shown = page.context["entries"]
    assert [(revision.number, len(changes)) for revision, changes in shown] == [(2, 1), (1, 6)]
    text = page.content.decode()
    assert "troca" in text
    assert "Status da plataforma: “PAID” → “APPROVED”; Também recebe: “approved” → vazio" in text


def test_history_without_revisions_says_so(client, vitrine):
    assert "Nenhuma revisão ainda" in client.get(url(vitrine, "history")).content.decode()


@pytest.mark.parametrize("revisions", [1, 3])
def test_history_costs_the_same_queries_however_long(client, vitrine, revisions):
    for number in range(revisions):
        save(vitrine, MappingTables((StatusRow(PAID, f"PAID{number}"),)), base=number)
    client.get(url(vitrine, "history"))
    with assertNumQueries(8):
        client.get(url(vitrine, "history"))


def test_history_is_paged(client, vitrine):
    for number in range(21):
        save(vitrine, MappingTables((StatusRow(PAID, f"PAID{number}"),)), base=number)
    page = client.get(url(vitrine, "history"), {"page": 2})
    assert [revision.number for revision, _ in page.context["entries"]] == [1]
