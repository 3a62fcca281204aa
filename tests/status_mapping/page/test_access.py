"""Who may see the page, who may save it, and its history."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from status_mapping.queries import tables_of
from status_mapping.tables import MappingTables, StatusRow
from tests.status_mapping.page.acts import (
    PAID,
    TABLES,
    make_person,
    opened,
    save,
    send,
    url,
)

pytestmark = pytest.mark.django_db


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
