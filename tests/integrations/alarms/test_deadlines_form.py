"""The limits of time by status, as people set them, one or two at a time."""

import pytest

from integrations.models import StatusDeadline
from tests.factories import make_vitrine
from tests.integrations.alarms.settings_pages import (
    ADDRESS,
    DEADLINES,
    fields_of,
)
from tests.integrations.alarms.world import limit
from tests.people import client_of
from vitrines.models import AuditAction, AuditEntry
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(vitrine):
    return client_of("Mapeamento")


def minutes():
    return dict(StatusDeadline.objects.values_list("status", "minutes"))


def limits(client):
    return fields_of(client.get(ADDRESS), "deadlines_form")


def test_deadlines_are_set_changed_and_removed_with_their_audit(client, vitrine):
    client.post(DEADLINES, {"DESPACHADO": "120", "EM_PREPARACAO": "1440", "ENTREGUE": ""})
    assert minutes() == {OrderStatus.DESPACHADO: 120, OrderStatus.EM_PREPARACAO: 1440}
    changes = {"DESPACHADO": "90", "EM_PREPARACAO": ""}
    response = client.post(DEADLINES, limits(client) | changes)
    assert (response.status_code, response["Location"]) == (302, ADDRESS)
    assert minutes() == {OrderStatus.DESPACHADO: 90}
    later, first = AuditEntry.objects.filter(action=AuditAction.DEADLINE_SAVE)
    assert first.subject == "Em preparação: 24 h; Despachado: 2 h"
    assert later.subject == "Em preparação: sem prazo; Despachado: 1 h 30 min"
    assert later.details == {"minutes": {"EM_PREPARACAO": [1440, None], "DESPACHADO": [120, 90]}}
    client.post(DEADLINES, limits(client))
    assert AuditEntry.objects.count() == 2


def test_two_who_change_different_deadlines_both_keep_theirs(client, other):
    mine, theirs = limits(client), limits(other)
    other.post(DEADLINES, theirs | {"EMBARCADO": "60"})
    assert client.post(DEADLINES, mine | {"DESPACHADO": "120"}).status_code == 302
    assert minutes() == {OrderStatus.DESPACHADO: 120, OrderStatus.EMBARCADO: 60}


def test_deadline_that_another_removed_meanwhile_stays_removed(client, other, vitrine):
    limit(vitrine, OrderStatus.EMBARCADO, minutes=60)
    mine, theirs = limits(client), limits(other)
    other.post(DEADLINES, theirs | {"EMBARCADO": ""})
    client.post(DEADLINES, mine | {"DESPACHADO": "120"})
    assert minutes() == {OrderStatus.DESPACHADO: 120}


def test_same_deadline_changed_by_two_is_refused_naming_who_and_what_it_is_now(
    client, other, at_two
):
    mine, theirs = limits(client), limits(other)
    other.post(DEADLINES, theirs | {"DESPACHADO": "90", "EMBARCADO": "60"})
    response = client.post(DEADLINES, mine | {"DESPACHADO": "120", "ENTREGUE": "30"})
    form = response.context["deadlines_form"]
    assert response.status_code == 409
    assert form.errors["DESPACHADO"] == [
        "Foi alterado enquanto você editava (maria, às 14:02) e agora está: 1 h 30 min. Para "
        "manter o que está digitado, salve de novo."
    ]
    assert minutes() == {OrderStatus.DESPACHADO: 90, OrderStatus.EMBARCADO: 60}
    shown = fields_of(response, "deadlines_form")
    assert (shown["DESPACHADO"], shown["ENTREGUE"], shown["EMBARCADO"]) == (120, 30, 60)
    assert client.post(DEADLINES, shown).status_code == 302
    assert minutes() == {
        OrderStatus.DESPACHADO: 120,
        OrderStatus.EMBARCADO: 60,
        OrderStatus.ENTREGUE: 30,
    }


def test_deadlines_of_another_vitrine_stay(client):
    limit(make_vitrine("LOJA-RJ"), minutes=30)
    client.post(DEADLINES, {"DESPACHADO": "120"})
    assert sorted(StatusDeadline.objects.values_list("vitrine__code", "minutes")) == [
        ("LOJA-RJ", 30),
        ("LOJA-SP", 120),
    ]


@pytest.mark.parametrize("wrong", ["0", "-5", "43201", "duas horas"])
def test_deadline_that_makes_no_sense_is_said_and_nothing_saved(client, wrong):
    response = client.post(DEADLINES, {"DESPACHADO": wrong, "EMBARCADO": "60"})
    assert response.context["deadlines_form"].errors == {
        "DESPACHADO": ["Informe um número inteiro de 1 a 43200, ou deixe em branco."]
    }
    assert f'value="{wrong}"' in response.content.decode()
    assert (minutes(), AuditEntry.objects.count()) == ({}, 0)
