"""Saving without JavaScript: the form is read, filled and sent; errors stand beside the fields."""

import pytest
from pytest_django.asserts import assertRedirects

from status_mapping.models import MappingRevision
from status_mapping.queries import latest_revision_number, tables_of
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from tests.factories import make_order
from tests.status_mapping.page.acts import (
    CANCELLED,
    PAID,
    PREPARING,
    PROBLEM,
    TABLES,
    opened,
    save,
    send,
    url,
)
from tests.status_mapping.pages import Form
from vitrines.models import AuditEntry

pytestmark = pytest.mark.django_db


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


def test_a_word_that_was_copied_with_other_spaces_is_saved_with_plain_ones(client, vitrine):
    """They look the same, and are another word to the platform."""
    nbsp = "\u00a0"
    form = opened(client, vitrine).fill(
        status_1__platform_status=f"{nbsp}em{nbsp}separação",
        status_1__also_receives=f"a{nbsp}b, c",
        status_1__active=True,
    )

    assert send(client, vitrine, form).status_code == 302
    assert tables_of(vitrine).statuses == (
        StatusRow(PAID, "em separação", also_receives=("a b", "c")),
    )


def test_a_pending_word_with_other_spaces_that_is_left_as_it_was_is_no_row(client, vitrine, saved):
    make_order(vitrine, payment_type="cartão\u00a0de crédito")

    assert send(client, vitrine, opened(client, vitrine)).status_code == 302
    assert tables_of(vitrine) == TABLES
