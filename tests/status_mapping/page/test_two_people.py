"""Two people at once: the second is told what changed and loses no typing."""

import pytest
from pytest_django.asserts import assertRedirects

from status_mapping.queries import latest_revision_number, tables_of
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from tests.factories import make_order, make_user
from tests.status_mapping.page.acts import (
    CANCELLED,
    PAID,
    PREPARING,
    TABLES,
    make_person,
    opened,
    save,
    send,
    url,
)
from tests.status_mapping.pages import Form

pytestmark = pytest.mark.django_db


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
