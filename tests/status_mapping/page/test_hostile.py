"""Whatever is posted in place of what the page has: refused in words, nothing saved, no fault."""

import pytest

from status_mapping.bounds import MAX_POSTED
from status_mapping.queries import latest_revision_number, tables_of
from tests.factories import make_order
from tests.status_mapping.page.acts import TABLES, opened, send, url
from tests.status_mapping.pages import Form

pytestmark = pytest.mark.django_db


@pytest.fixture
def form(client, vitrine, saved):
    """With a pending word in the first row after the stored ones."""
    make_order(vitrine, payment_type="voucher", delivery_type="motoboy")
    return opened(client, vitrine)


def assert_nothing_saved(vitrine):
    assert (tables_of(vitrine), latest_revision_number(vitrine)) == (TABLES, 1)


@pytest.mark.parametrize("value", ["\0", "\u200b", "x" * 5_000])
@pytest.mark.parametrize("name", ["payment-0-origin", "delivery-0-origin"])
def test_a_row_whose_origin_is_unknown_is_taken_for_one_that_was_added(
    client, vitrine, form, name, value
):
    assert form.data[name]
    form.data[name] = value

    assert send(client, vitrine, form).status_code == 302
    assert client.post(url(vitrine, "resume"), form.data).status_code == 200
    assert_nothing_saved(vitrine)


@pytest.mark.parametrize("value", ["\0", "x" * 5_000])
@pytest.mark.parametrize("name", ["payment-2-suggested", "delivery-1-suggested"])
def test_a_row_whose_suggestion_is_another_one_is_taken_for_one_that_was_typed(
    client, vitrine, form, name, value
):
    assert form.data[name]
    form.data[name] = value
    code = name.replace("suggested", "erp_code")

    response = send(client, vitrine, form)
    assert response.status_code == 422
    assert Form(response.content).errors() == {code: "Informe o código no ERP."}
    assert client.post(url(vitrine, "resume"), form.data).status_code == 200
    assert_nothing_saved(vitrine)


def test_no_input_of_the_page_makes_a_fault_of_a_nul(client, vitrine, form):
    """Of a row of each kind, and beside them, also those that no person sees. A box is ticked by
    any value."""
    rows = ("status-1-", "payment-2-", "delivery-0-", "payment-rows", "base_revision", "reason")
    for name in [name for name in form.data if name.startswith(rows)]:
        response = client.post(url(vitrine), form.data | {name: "\0"})
        assert response.status_code in {302, 400, 422}, name
    assert_nothing_saved(vitrine)


@pytest.mark.parametrize("name", ["payment-rows", "delivery-rows"])
def test_a_form_that_lost_its_rows_on_the_way_removes_none(client, vitrine, form, name):
    for count in (None, "", "\0", "x", "-1", "٣", "9" * 30, str(MAX_POSTED + 1)):
        data = {key: value for key, value in form.data.items() if key != name}
        data |= {} if count is None else {name: count}
        for page in ("edit", "resume"):
            assert client.post(url(vitrine, page), data).status_code == 400, count
    assert_nothing_saved(vitrine)


@pytest.mark.parametrize("base", ["", "\0", "-1", "x", "1e3"])
def test_a_form_that_names_no_revision_is_refused(client, vitrine, form, base):
    assert send(client, vitrine, form.fill(base_revision=base)).status_code == 400
    assert_nothing_saved(vitrine)


@pytest.mark.parametrize("base", ["2", "9" * 10, "9" * 30])
def test_a_form_that_names_a_revision_to_come_is_stale(client, vitrine, form, base):
    assert send(client, vitrine, form.fill(base_revision=base)).status_code == 409
    assert_nothing_saved(vitrine)
