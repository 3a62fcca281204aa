"""*Voltar a editar* and *Levar para a tela*: the page with what was posted, nothing saved."""

import pytest
from pytest_django.asserts import assertNumQueries, assertRedirects

from status_mapping.models import MappingRevision
from status_mapping.queries import tables_of
from status_mapping.tables import StatusRow
from tests.factories import make_vitrine
from tests.status_mapping.page.acts import (
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


def resumed(client, vitrine, form):
    return client.post(url(vitrine, "resume"), form.data)


def test_what_was_typed_is_on_the_page_and_unsaved(client, vitrine, saved):
    form = opened(client, vitrine).fill(
        status_1__platform_status="APPROVED", payment_0__remove=True, reason="troca"
    )
    response = resumed(client, vitrine, form)

    page = Form(response.content)
    assert response.status_code == 200
    assert page.text("//*[@id='retomado']") == [
        "Ainda não foi salvo. 2 linhas diferem do que está salvo. Confira e salve. Descartar"
    ]
    assert page.data == form.data | {"csrfmiddlewaretoken": page.data["csrfmiddlewaretoken"]}
    assert page.text("//*[@id='unsaved']") == ["2 alterações não salvas"]
    assert tables_of(vitrine) == TABLES
    assert MappingRevision.objects.count() == 1


def test_what_was_typed_is_marked_without_a_script(client, vitrine, saved):
    form = opened(client, vitrine).fill(
        status_1__platform_status="APPROVED", status_2__active=False
    )
    page = Form(resumed(client, vitrine, form).content)

    marked = page.tree.xpath("//*[contains(concat(' ', @class, ' '), ' changed ')]")
    assert [field.get("name") for field in marked] == [
        "status-1-platform_status",
        "status-2-active",
    ]


def test_the_page_saves_what_came_back(client, vitrine, saved):
    form = opened(client, vitrine).fill(status_1__platform_status="APPROVED", reason="troca")
    page = Form(resumed(client, vitrine, form).content)

    assertRedirects(send(client, vitrine, page), url(vitrine))
    assert (
        tables_of(vitrine)
        == TABLES.with_row(StatusRow(PAID, "APPROVED", also_receives=("approved",))).normalised()
    )
    assert MappingRevision.objects.get(number=2).reason == "troca"


def test_nothing_typed_says_that_nothing_changed(client, vitrine, saved):
    page = Form(resumed(client, vitrine, opened(client, vitrine)).content)

    assert page.text("//*[@id='retomado']") == [
        "Nada mudou: a tela está como o que está salvo. Voltar"
    ]


def test_errors_are_beside_their_cells(client, vitrine, saved):
    form = opened(client, vitrine).fill(status_1__platform_status="x" * 121)
    response = resumed(client, vitrine, form)

    assert Form(response.content).errors() == {
        "status-1-platform_status": "Use até 120 caracteres (aqui há 121)."
    }


def test_what_somebody_saved_meanwhile_is_told_and_merged(client, vitrine, saved):
    form = opened(client, vitrine).fill(status_1__platform_status="APPROVED")
    save(vitrine, TABLES.with_row(StatusRow(PREPARING, "SEPARATING")), base=1)

    page = Form(resumed(client, vitrine, form).content)

    (banner,) = page.text("//div[@id='mudou']")
    assert "Em preparação: Status da plataforma: “PICKING” → “SEPARATING”" in banner
    assert page.data["status-1-platform_status"] == "APPROVED"
    assert page.data["status-2-platform_status"] == "SEPARATING"
    assert page.data["base_revision"] == "2"


def test_who_comes_by_the_address_gets_the_page_as_stored(client, vitrine):
    assertRedirects(client.get(url(vitrine, "resume")), url(vitrine))
    gone = make_vitrine("LOJA-X", platform="sumiu")
    assertRedirects(client.post(url(gone, "resume")), url(gone))


def test_who_may_not_change_has_nothing_to_resume(client, vitrine, saved):
    form = opened(client, vitrine)
    client.force_login(make_person("joana", "view_statusmapping", "view_vitrine"))

    assert resumed(client, vitrine, form).status_code == 403


def test_a_post_without_the_revision_that_it_began_with_is_refused(client, vitrine):
    assert client.post(url(vitrine, "resume"), {"status-1-platform_status": "x"}).status_code == 400


def test_the_page_keeps_to_its_queries(client, vitrine, saved):
    form = opened(client, vitrine).fill(status_1__platform_status="APPROVED")
    with assertNumQueries(22):
        resumed(client, vitrine, form)
