"""Somebody saves while a page is being read: no page claims a revision that it does not show.

A page that did would save what it shows over what the other person saved, and nobody would be told.
"""

import pytest

from status_mapping.queries import latest_revision_number, tables_of
from status_mapping.tables import StatusRow
from tests.factories import make_vitrine
from tests.status_mapping.meanwhile import saving_before_read
from tests.status_mapping.page.acts import PAID, PREPARING, TABLES, opened, save, send, url
from tests.status_mapping.pages import Form, tree_of

pytestmark = pytest.mark.django_db

THEIRS = TABLES.with_row(StatusRow(PAID, "APPROVED"))
PASTED = "Palavra da plataforma\tCódigo no ERP\tDescrição\tAtivo\npix\t18\t\tsim"
#: Read after the revision, the words, the statuses and the types of payment.
THE_TYPES_OF_DELIVERY = 4


def open_(client, vitrine):
    return lambda: client.get(url(vitrine))


def copy(client, vitrine):
    source = make_vitrine(f"{vitrine.code}-FONTE", platform="linx_commerce")
    save(source, TABLES.with_row(StatusRow(PREPARING, "SEPARATING")).without_row(PAID), base=0)
    return lambda: client.get(url(vitrine), {"copiar_de": source.code})


def suggest(client, vitrine):
    return lambda: client.get(url(vitrine), {"sugestoes": "1"})


def restore(client, vitrine):
    return lambda: client.get(url(vitrine), {"restaurar": "1"})


def save_over_another(client, vitrine):
    form = opened(client, vitrine)
    save(vitrine, TABLES.with_row(StatusRow(PREPARING, "SEPARATING")), base=1)
    return lambda: send(client, vitrine, form.fill(status_5__platform_status="VOID"))


def resume(client, vitrine):
    form = opened(client, vitrine).fill(status_5__platform_status="VOID")
    return lambda: client.post(url(vitrine, "resume"), form.data)


@pytest.mark.parametrize("act", [open_, copy, suggest, restore, save_over_another, resume])
def test_a_page_shows_what_the_revision_that_it_names_has(client, vitrine, act):
    """Whenever the other one saves, from the first read of the page to the last."""
    for number in range(100):
        vitrine = make_vitrine(f"LOJA-{number}", platform="linx_commerce")
        save(vitrine, TABLES, base=0)
        ask = act(client, vitrine)
        with saving_before_read(number, vitrine, THEIRS) as saving:
            response = ask()
        if not saving.saved:
            break
        if tables_of(vitrine).row(PAID).platform_status == "PAID":
            continue  # rolled back with a save that was refused; the lock forbids it to be there
        page = Form(response.content)
        (field,) = page.tree.xpath("//input[@name='status-1-platform_status']")
        names_theirs = page.data["base_revision"] == str(latest_revision_number(vitrine))
        assert not names_theirs or field.get("data-saved") == "APPROVED", f"read {number}"
    assert number > 4
    assert not saving.saved


def test_a_dry_run_carries_what_the_revision_that_it_names_has(client, vitrine):
    for number in range(100):
        vitrine = make_vitrine(f"LOJA-{number}", platform="linx_commerce")
        save(vitrine, TABLES, base=0)
        with saving_before_read(number, vitrine, THEIRS) as saving:
            response = client.post(url(vitrine, "spreadsheet"), {"colado": PASTED})
        if not saving.saved:
            break
        carried = {
            field.get("name"): field.get("value")
            for field in tree_of(response).xpath("//form[button[.='Levar para a tela']]//input")
        }
        shown = (carried["base_revision"], carried["status-1-platform_status"])
        assert shown in {("1", "PAID"), ("1", "APPROVED"), ("2", "APPROVED")}, f"read {number}"
    assert number > 4
    assert not saving.saved


def test_what_was_saved_while_the_page_was_read_is_merged_not_reverted(client, vitrine, saved):
    with saving_before_read(THE_TYPES_OF_DELIVERY, vitrine, THEIRS):
        form = opened(client, vitrine)
    response = send(client, vitrine, form.fill(status_5__platform_status="VOID"))

    assert response.status_code == 409
    page = Form(response.content)
    assert page.data["status-1-platform_status"] == "APPROVED"
    assert page.conflicts() == []
    send(client, vitrine, page)
    assert {row.status: row.platform_status for row in tables_of(vitrine).statuses} == {
        PAID: "APPROVED",
        PREPARING: "PICKING",
        5: "VOID",
    }
