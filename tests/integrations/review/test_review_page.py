"""*Revisar*: the difference, what it does, real orders and the warnings; nothing is saved."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from integrations.mapping_review import counts
from integrations.models import ReplayRun, UpdateReason, UpdateState
from status_mapping.models import MappingRevision
from status_mapping.operations import save_mapping
from status_mapping.queries import latest_revision_number, tables_of
from status_mapping.tables import StatusRow
from tests.factories import NOW, make_order, make_update, make_vitrine
from tests.html_rules import read_page
from tests.integrations.review.conftest import TABLES
from tests.integrations.review.pages import (
    address,
    boxes,
    fields_of,
    pill,
    reviewed,
    sentences,
    typed,
)
from tests.people import client_of
from tests.status_mapping.pages import Form, texts
from vitrines.models import Inclusion, InclusionReason
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

PAID = OrderStatus.PAGAMENTO_CONFIRMADO
PREPARING = OrderStatus.EM_PREPARACAO
SENT = OrderStatus.DESPACHADO


def rows(response):
    return texts(response, "//table[contains(@class, 'reviewed')]/tbody/tr")


def examples(response):
    return texts(response, "//details[contains(@class, 'preview')]/summary")


def sides(response):
    """What each example tells before and after, with its request."""
    return texts(
        response, "//details[contains(@class, 'preview')]//div[contains(@class, 'two')]/div"
    )


def accepted(order, status, word):
    return make_update(
        order,
        status,
        UpdateState.SENT,
        reason=UpdateReason.ACCEPTED,
        platform_status=word,
        finished_at=NOW,
    )


def test_the_button_is_beside_salvar_and_stays_on_the_page(vitrine, maria):
    page = typed(maria, vitrine)

    buttons = page.element.xpath(".//div[@class='bar']//button")
    assert [button.text for button in buttons] == ["Salvar", "Revisar", "Pré-visualizar"]
    assert (buttons[1].get("formaction"), buttons[1].get("formtarget")) == (address(vitrine), None)


def test_each_row_that_changes_says_what_and_for_how_many(vitrine, maria):
    for number in ("1", "2", "3"):
        accepted(make_order(vitrine, number), PAID, "pago")
    make_update(
        make_order(vitrine, "4", status=SENT),
        SENT,
        UpdateState.HELD,
        reason=UpdateReason.WAITING_INVOICE_XML,
    )
    accepted(make_order(make_vitrine("LOJA-RJ"), "5"), PAID, "pago")

    response = reviewed(maria, vitrine, status_1__platform_status="quitado", status_3__active=False)

    assert response.status_code == 200
    assert rows(response) == [
        "Pagamento Confirmado Status da plataforma: “pago” → “quitado” "
        "antes “pago” por URL agora “quitado” por URL "
        "3 pedidos abertos já receberam “pago”; não são avisados de novo.",
        "Despachado Ativo: sim → não antes “faturado” por URL agora nada (inativo) "
        "1 pedido aberto neste status ainda não foi avisado. "
        "1 atualização que aguarda deixa de sair: a linha não envia.",
    ]
    assert tables_of(vitrine) == TABLES
    assert MappingRevision.objects.count() == 1


def test_what_waits_for_the_row_leaves_by_itself_and_is_counted(vitrine, maria):
    for number in ("1", "2", "3"):
        order = make_order(vitrine, number, status=PREPARING)
        make_update(order, state=UpdateState.HELD, reason=UpdateReason.UNMAPPED)

    response = reviewed(
        maria, vitrine, status_2__platform_status="separando", status_2__active=True
    )

    (row,) = rows(response)
    assert row.endswith("3 atualizações que aguardam saem instantes depois de salvo.")
    assert pill(response) == ["3 atualizações que aguardam saem ao salvar"]


def test_what_was_refused_is_offered_to_be_decided_again(vitrine, maria):
    for number in ("1", "2"):
        make_update(
            make_order(vitrine, number), PAID, UpdateState.FAILED, reason=UpdateReason.REJECTED
        )
    make_update(make_order(vitrine, "3"), PAID, UpdateState.FAILED, reason=UpdateReason.EXHAUSTED)
    make_update(make_order(vitrine, "4"), SENT, UpdateState.FAILED, reason=UpdateReason.REJECTED)

    response = reviewed(maria, vitrine, status_1__platform_status="quitado")

    assert boxes(response) == {"1": "Reenviar também as 2 recusadas deste status (decidir de novo)"}
    assert ReplayRun.objects.count() == 0


@pytest.mark.parametrize(
    "typed",
    [{"status_1__active": False}, {"status_1__platform_status": ""}],
)
def test_what_was_refused_is_not_offered_by_a_row_that_sends_nothing(vitrine, maria, typed):
    make_update(make_order(vitrine), PAID, UpdateState.FAILED, reason=UpdateReason.REJECTED)

    response = reviewed(maria, vitrine, **typed)

    assert boxes(response) == {}
    assert sentences(response)[-1] == "1 recusada fica como está."


def test_what_was_refused_is_only_told_to_who_may_not_replay(vitrine, maria):
    make_update(make_order(vitrine), PAID, UpdateState.FAILED, reason=UpdateReason.REJECTED)
    Group.objects.get(name="Mapeamento").permissions.remove(
        Permission.objects.get(codename="replay_statusupdate")
    )

    response = reviewed(maria, vitrine, status_1__platform_status="quitado")

    assert boxes(response) == {}
    assert rows(response)[0].endswith("1 recusada fica como está.")


def test_real_orders_are_rendered_by_the_old_row_and_by_the_new(vitrine, maria):
    make_order(vitrine, "1", platform_id="9f1c-22")
    make_order(vitrine, "2", status=PREPARING)

    response = reviewed(maria, vitrine, status_1__platform_status="quitado")

    assert examples(response) == ["Pedido VT-1 em Pagamento Confirmado"]
    before, after = sides(response)
    assert before.startswith("Com a linha de hoje Pagamento Confirmado → pago · URL 1 requisição")
    assert '"status": "pago"' in before
    assert "/pedidos/9f1c-22/status" in before
    assert after.startswith("Com a linha nova Pagamento Confirmado → quitado · URL 1 requisição")
    assert '"status": "quitado"' in after
    assert "s3gr3d0" not in response.content.decode()


def test_three_orders_are_shown_of_as_many_rows_as_there_are(vitrine, maria):
    for number in ("1", "2", "3", "4"):
        make_order(vitrine, number)
    make_order(vitrine, "5", status=SENT)

    response = reviewed(
        maria, vitrine, status_1__platform_status="quitado", status_3__platform_status="nf"
    )

    assert examples(response) == [
        "Pedido VT-4 em Pagamento Confirmado",
        "Pedido VT-5 em Despachado",
        "Pedido VT-3 em Pagamento Confirmado",
    ]


def test_where_no_order_has_the_status_the_latest_are_shown_as_if_they_had(vitrine, maria):
    make_order(vitrine, "1")

    response = reviewed(maria, vitrine, status_3__platform_status="nf")

    assert examples(response) == ["Pedido VT-1 como se estivesse em Despachado"]


def test_a_row_that_sends_the_same_has_no_example(vitrine, maria):
    make_order(vitrine, "1")

    response = reviewed(maria, vitrine, status_1__also_receives="approved")

    assert examples(response) == []
    (row,) = rows(response)
    assert row.endswith("“pago” por URL (igual) O que a loja recebe neste status não muda.")


def test_words_that_the_new_tables_know_release_their_orders(vitrine, maria):
    held = {"inclusion": Inclusion.HELD, "inclusion_reason": InclusionReason.UNMAPPED}
    make_order(vitrine, "1", status=None, platform_status="approved", **held)
    make_order(vitrine, "2", status=None, platform_status="outra", **held)

    response = reviewed(maria, vitrine, status_1__also_receives="approved")

    assert texts(response, "//div[@class='note ok']") == [
        "Palavras que deixam de ser desconhecidas: “approved” (1 pedido). Os pedidos são decididos "
        "de novo instantes depois de salvo."
    ]


def test_types_that_change_are_told(vitrine, maria):
    response = reviewed(maria, vitrine, payment_0__erp_code="18")

    assert texts(response, "//ul[@class='changes']/li") == [
        "Tipos de Pagamentos · “pix”: Código no ERP: “17” → “18”"
    ]


def test_warnings_are_told(vitrine, maria):
    response = reviewed(maria, vitrine, status_1__platform_status="")

    assert texts(response, "//*[@id='t-avisos']/ancestor::section//li") == [
        "Aviso Pagamento Confirmado: Ativo sem status da plataforma: as atualizações aguardam até "
        "haver um."
    ]


def test_nothing_typed_has_nothing_to_save(vitrine, maria):
    response = reviewed(maria, vitrine)

    assert texts(response, "//div[@class='empty']/b") == ["Nada muda"]
    assert texts(response, "//button[not(@hidden)][@formaction]") == ["Voltar a editar"]
    assert texts(response, "//div[@class='bar']//button[not(@disabled)]") == ["Voltar a editar"]


def test_errors_are_shown_on_the_page_beside_their_cells(vitrine, maria):
    response = reviewed(maria, vitrine, status_1__platform_status="x" * 121)

    assert response.status_code == 422
    assert Form(response.content).errors() == {
        "status-1-platform_status": "Use até 120 caracteres (aqui há 121)."
    }


def test_a_stale_form_is_told_what_changed_and_loses_no_typing(vitrine, maria):
    form = typed(maria, vitrine, status_1__platform_status="quitado")
    theirs = TABLES.with_row(StatusRow(PREPARING, "separando"))
    save_mapping(vitrine=vitrine, base_revision=1, tables=theirs, author=None, reason="", now=NOW)

    response = maria.post(address(vitrine), form.data)

    assert response.status_code == 409
    page = Form(response.content)
    (banner,) = page.text("//div[@id='mudou']")
    assert "Em preparação: Status da plataforma: “separando”" in banner
    assert page.data["status-1-platform_status"] == "quitado"
    assert page.data["status-2-platform_status"] == "separando"


def test_a_review_can_be_left_for_the_page_with_all_that_was_typed(vitrine, maria):
    form = typed(maria, vitrine, status_1__platform_status="quitado", reason="troca")
    response = maria.post(address(vitrine), form.data)

    back = maria.post(reverse("status_mapping:resume", args=[vitrine.code]), fields_of(response))

    page = Form(back.content)
    assert page.data == form.data | {"csrfmiddlewaretoken": page.data["csrfmiddlewaretoken"]}
    assert latest_revision_number(vitrine) == 1


def test_a_vitrine_that_cannot_send_is_reviewed_without_examples(vitrine, maria, settings):
    make_order(vitrine, "1")
    form = typed(maria, vitrine, status_1__platform_status="quitado")
    settings.FIELD_ENCRYPTION_KEYS = ["bm92YS1jaGF2ZS1kZS10ZXN0ZS1jb20tMzItYnl0ZXM="]

    response = maria.post(address(vitrine), form.data)

    assert response.status_code == 200
    assert len(rows(response)) == 1
    assert examples(response) == []
    (note,) = texts(response, "//div[contains(@class, 'note warn')]")
    assert note.startswith("Sem exemplos: Nenhuma chave de FIELD_ENCRYPTION_KEYS")


def test_orders_are_counted_among_the_latest_only(vitrine, maria, monkeypatch):
    monkeypatch.setattr(counts, "LOOKED_AT", 2)
    for number in ("1", "2", "3"):
        accepted(make_order(vitrine, number), PAID, "pago")

    response = reviewed(maria, vitrine, status_1__platform_status="quitado")

    assert sentences(response) == [
        "2 pedidos abertos já receberam “pago”; não são avisados de novo."
    ]
    (hint,) = texts(response, "//p[contains(@class, 'grid-help')]")
    assert hint.endswith("Pedidos contados entre os 10.000 mais recentes da vitrine.")


def test_updates_are_counted_up_to_a_limit(vitrine, maria, monkeypatch):
    monkeypatch.setattr(counts, "LOOKED_AT", 2)
    for number in ("1", "2", "3"):
        order = make_order(vitrine, number, status=PREPARING)
        make_update(order, state=UpdateState.HELD, reason=UpdateReason.UNMAPPED)

    response = reviewed(
        maria, vitrine, status_2__platform_status="separando", status_2__active=True
    )

    assert rows(response)[0].endswith("2 atualizações que aguardam saem instantes depois de salvo.")
    (hint,) = texts(response, "//p[contains(@class, 'grid-help')]")
    assert hint.endswith("Atualizações contadas até 10.000 em cada estado: pode haver mais.")


def test_who_comes_by_the_address_gets_the_page(vitrine, maria):
    edit = reverse("status_mapping:edit", args=[vitrine.code])

    assertRedirects(maria.get(address(vitrine)), edit)
    assertRedirects(maria.get(address(vitrine, "mapping_review_save")), edit)
    gone = make_vitrine("LOJA-X", platform="sumiu")
    assertRedirects(maria.post(address(gone)), reverse("status_mapping:edit", args=[gone.code]))


@pytest.mark.parametrize("group", ["Consulta", "Operação"])
def test_who_may_not_change_has_nothing_to_review(vitrine, maria, group):
    form = typed(maria, vitrine, status_1__platform_status="quitado")
    client = client_of(group)

    assert client.post(address(vitrine), form.data).status_code == 403
    assert client.post(address(vitrine, "mapping_review_save"), form.data).status_code == 403
    assert latest_revision_number(vitrine) == 1


def test_a_post_without_the_revision_that_it_began_with_is_refused(vitrine, maria):
    assert maria.post(address(vitrine), {"status-1-platform_status": "x"}).status_code == 400


@pytest.mark.parametrize("more", [0, 20])
def test_the_page_keeps_to_its_queries(vitrine, maria, more):
    for number in range(3 + more):
        order = make_order(vitrine, str(number + 1))
        make_update(order, PAID, UpdateState.HELD, reason=UpdateReason.UNMAPPED)
    form = typed(maria, vitrine, status_1__platform_status="quitado")
    with assertNumQueries(35):
        maria.post(address(vitrine), form.data)
    form.fill(status_3__platform_status="nf", status_4__platform_status="fim")
    with assertNumQueries(35):
        maria.post(address(vitrine), form.data)


def test_the_page_keeps_the_rules(vitrine, maria):
    make_update(make_order(vitrine), PAID, UpdateState.FAILED, reason=UpdateReason.REJECTED)
    page = read_page(reviewed(maria, vitrine, status_1__platform_status="q").content.decode())

    assert (page.faults, page.h1) == ([], 1)
