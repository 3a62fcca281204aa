"""Two people at the settings of one vitrine: what each of them sees, saves and keeps."""

import pytest

from tests.integrations.alarms.settings_pages import (
    ADDRESS,
    FILLED,
    STORED,
    errors,
    fields_of,
    stored,
)
from tests.integrations.alarms.world import SECRET
from tests.people import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(vitrine):
    return client_of("Mapeamento")


def test_who_saves_later_takes_over_what_the_other_changed_and_keeps_what_they_typed(
    client, other, at_two
):
    client.post(ADDRESS, FILLED)
    mine, theirs = (fields_of(each.get(ADDRESS)) for each in (client, other))
    other.post(ADDRESS, theirs | {"recipients": "maria@loja.example", "repeat_hours": ""})
    response = client.post(ADDRESS, mine | {"silent_hours": "9"})
    assert response.status_code == 409
    assert stored()["silent_hours"] == 4
    assert errors(response) == {
        "__all__": [
            "Outra pessoa salvou enquanto você editava. Nada do que você mudou foi salvo ainda, e "
            "o que você digitou continua aqui: confira e salve de novo.",
            "O que mudou e já está no formulário: E-mails: maria@loja.example (maria, às 14:02); "
            "Repetir a cada (horas): em branco (maria, às 14:02).",
        ]
    }
    assert client.post(ADDRESS, fields_of(response)).status_code == 302
    assert stored() == STORED | {
        "silent_hours": 9,
        "recipients": ["maria@loja.example"],
        "repeat_hours": None,
        "version": 3,
    }


def test_field_that_both_changed_is_named_with_the_value_now_and_the_typing_stays(
    client, other, at_two
):
    client.post(ADDRESS, FILLED)
    mine, theirs = (fields_of(each.get(ADDRESS)) for each in (client, other))
    other.post(ADDRESS, theirs | {"silent_hours": "6"})
    response = client.post(ADDRESS, mine | {"silent_hours": "9"})
    assert errors(response)["silent_hours"] == [
        "Foi alterado enquanto você editava (maria, às 14:02) e agora está: 6. Para manter o que "
        "está digitado, salve de novo."
    ]
    assert response.context["form"]["silent_hours"].value() == 9
    assert client.post(ADDRESS, fields_of(response)).status_code == 302
    assert stored()["silent_hours"] == 9


def test_secret_that_another_changed_is_told_and_one_that_was_typed_is_asked_for_again(
    client, other, at_two
):
    client.post(ADDRESS, FILLED)
    mine, theirs = (fields_of(each.get(ADDRESS)) for each in (client, other))
    other.post(ADDRESS, theirs | {"webhook_secret": SECRET})
    response = client.post(ADDRESS, mine | {"webhook_secret": SECRET})
    asked, changed = errors(response)["__all__"]
    assert asked.endswith("confira e salve de novo. Digite o segredo de novo.")
    assert changed == (
        "O que mudou e já está no formulário: Segredo do webhook: trocado (maria, às 14:02)."
    )
    assert SECRET not in response.content.decode()


def test_form_that_carries_nothing_seen_overwrites_nothing_in_silence(client):
    client.post(ADDRESS, FILLED)
    response = client.post(ADDRESS, FILLED | {"silent_hours": "9"})
    assert (response.status_code, list(errors(response))) == (409, ["__all__", "silent_hours"])
    assert stored() == STORED
