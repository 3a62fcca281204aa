"""A vitrine that changed its platform: ids that its page no longer shows."""

import pytest

from status_mapping.queries import tables_of
from status_mapping.tables import MappingTables, StatusRow
from tests.status_mapping.page.acts import PAID, opened, save, send, url
from tests.status_mapping.pages import Form, texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def moved(vitrine):
    """Had ids for a platform that it no longer has; the page of this one does not show them."""
    row = StatusRow(PAID, "PAID", ez_core_status_id="4", ez_core_flow_id="10")
    save(vitrine, MappingTables((row,)), base=0)
    vitrine.platform = "generic"
    vitrine.save()
    return vitrine


def emptied(form, **more):
    return form.fill(status_1__platform_status="", status_1__active=False, **more)


def test_a_row_that_is_emptied_is_not_mapped_whatever_it_has_that_the_page_does_not_show(
    client, moved
):
    assert send(client, moved, emptied(opened(client, moved))).status_code == 302
    assert tables_of(moved) == MappingTables()


def test_a_row_that_is_emptied_may_be_declared_not_to_be_sent(client, moved):
    assert (
        send(client, moved, emptied(opened(client, moved), status_1__not_sent=True)).status_code
        == 302
    )
    assert tables_of(moved).statuses == (StatusRow(PAID, active=False),)


def test_a_row_that_is_filled_keeps_what_the_page_does_not_show(client, moved):
    send(client, moved, opened(client, moved).fill(status_1__platform_status="pago"))

    assert tables_of(moved).statuses == (
        StatusRow(PAID, "pago", ez_core_status_id="4", ez_core_flow_id="10"),
    )


def test_a_revision_that_did_not_map_a_row_is_restored_without_it(client, moved):
    save(moved, MappingTables(), base=1)
    save(moved, MappingTables((StatusRow(PAID, "PAID", ez_core_status_id="4"),)), base=2)

    page = Form(client.get(url(moved), {"restaurar": "2"}).content)
    send(client, moved, page)

    assert tables_of(moved) == MappingTables()


def test_a_row_that_a_spreadsheet_empties_is_not_mapped(client, moved):
    lines = "Status da vitrine\tStatus da plataforma\tAtivo\nPagamento Confirmado\t\tnão"

    response = client.post(url(moved, "spreadsheet"), {"colado": lines})

    assert texts(response, "//ul[@class='changes']/li") == [
        "Pagamento Confirmado: ficou sem mapeamento (era Status da plataforma: “PAID”; ID Status "
        "EZ Core: “4”; ID Fluxo EZ Core: “10”; Ativo: sim)"
    ]
