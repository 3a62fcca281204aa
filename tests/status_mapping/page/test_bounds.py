"""The largest DE-PARA that may be stored, in place of another one as large."""

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.asserts import assertRedirects

from status_mapping.bounds import MAX_FIELDS, MAX_POSTED, MAX_TYPES
from status_mapping.forms import DeliveryRowForm, PaymentRowForm, SaveForm, StatusRowForm
from status_mapping.mapping_form import BLANK_ROWS
from status_mapping.pending import SHOWN
from status_mapping.queries import tables_of
from status_mapping.spreadsheets.writing import as_csv
from status_mapping.tables import DeliveryType, MappingTables
from tests.status_mapping.page.acts import save, send, url
from tests.status_mapping.pages import Form, tree_of
from vitrines.platforms import get_platform

pytestmark = pytest.mark.django_db


def full(word):
    """As many types of delivery as the table takes, each with its boxes ticked."""
    rows = (DeliveryType(f"{word} {n}", "1", pickup=True, carrier="y") for n in range(MAX_TYPES))
    return MappingTables(delivery_types=tuple(rows)).normalised()


@pytest.fixture
def stored(vitrine):
    save(vitrine, full("velho"), base=0)
    return vitrine


def test_the_form_of_all_rows_that_may_be_posted_has_as_many_fields_as_may_be_posted():
    of_types = len(PaymentRowForm.base_fields) + len(DeliveryRowForm.base_fields)
    counts, token, boxes_of_the_review = 2, 1, 8
    beside = len(SaveForm.base_fields) + counts + token + boxes_of_the_review

    assert 8 * len(StatusRowForm.base_fields) + MAX_POSTED * of_types + beside == MAX_FIELDS
    assert settings.DATA_UPLOAD_MAX_NUMBER_FIELDS == MAX_FIELDS


def test_a_page_may_post_every_row_that_it_shows():
    assert 2 * MAX_TYPES + SHOWN + BLANK_ROWS <= MAX_POSTED


def test_a_full_table_is_imported_in_place_of_a_full_one(client, stored):
    file = as_csv(full("novo"), "delivery_types", get_platform(stored.platform))
    brought = {"arquivo": SimpleUploadedFile("novo.csv", file), "remover": "on"}
    checked = client.post(url(stored, "spreadsheet"), brought)
    carried = {
        field.get("name"): field.get("value") or ""
        for field in tree_of(checked).xpath("//form[button[.='Levar para a tela']]//input")
    }

    response = client.post(url(stored, "resume"), carried)
    assert response.status_code == 200
    assertRedirects(
        send(client, stored, Form(response.content)), url(stored), fetch_redirect_response=False
    )
    assert tables_of(stored) == full("novo")


def test_a_full_table_is_restored_in_place_of_a_full_one(client, stored):
    save(stored, full("novo"), base=1)

    page = Form(client.get(url(stored), {"restaurar": "1"}).content)

    assertRedirects(send(client, stored, page), url(stored), fetch_redirect_response=False)
    assert tables_of(stored) == full("velho")
