"""Salvar from the review: one revision, and what was ticked decided again in the same step."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertRedirects

from integrations.models import ReplayMode, ReplayRun, UpdateReason, UpdateState
from integrations.redecide import redecide_due
from status_mapping.models import MappingRevision
from status_mapping.operations import save_mapping
from status_mapping.queries import latest_revision_number, tables_of
from status_mapping.tables import StatusRow
from tests.factories import NOW, make_order, make_update
from tests.integrations.review.conftest import TABLES
from tests.integrations.review.pages import address, fields_of, pill, reviewed
from tests.status_mapping.pages import Form, texts
from vitrines.models import AuditEntry
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

PAID = OrderStatus.PAGAMENTO_CONFIRMADO
PREPARING = OrderStatus.EM_PREPARACAO
SENT = OrderStatus.DESPACHADO


def refused(vitrine, number, status=PAID):
    return make_update(
        make_order(vitrine, number, status=status),
        status,
        UpdateState.FAILED,
        reason=UpdateReason.REJECTED,
        finished_at=NOW,
    )


def save(client, vitrine, fields, *again):
    data = fields | {"reenviar": [str(int(status)) for status in again]}
    return client.post(address(vitrine, "mapping_review_save"), data)


def told(client, response):
    return texts(
        client.get(response["Location"]), "//div[@role='status']/div[contains(@class, 'note')]"
    )


def test_what_was_reviewed_is_saved_with_its_reason(vitrine, maria):
    fields = fields_of(reviewed(maria, vitrine, status_1__platform_status="quitado"))

    response = save(maria, vitrine, fields | {"reason": "a loja trocou a palavra"})

    assertRedirects(response, reverse("status_mapping:edit", args=[vitrine.code]))
    assert tables_of(vitrine) == TABLES.with_row(StatusRow(PAID, "quitado")).normalised()
    revision = MappingRevision.objects.get(number=2)
    assert (revision.reason, revision.author_label) == ("a loja trocou a palavra", "mapeamento")
    assert ReplayRun.objects.count() == 0


def test_what_the_review_said_would_leave_leaves_by_itself(vitrine, maria):
    order = make_order(vitrine, status=PREPARING)
    update = make_update(order, state=UpdateState.HELD, reason=UpdateReason.UNMAPPED)
    response = reviewed(
        maria, vitrine, status_2__platform_status="separando", status_2__active=True
    )
    assert pill(response) == ["1 atualização que aguarda sai ao salvar"]

    save(maria, vitrine, fields_of(response))

    assert redecide_due(now=timezone.now()) == 1
    update.refresh_from_db()
    assert (update.state, update.platform_status) == (UpdateState.PENDING, "separando")


def test_what_was_refused_is_decided_again_if_it_is_ticked(vitrine, maria):
    for number in ("1", "2"):
        refused(vitrine, number)
    refused(vitrine, "3", SENT)
    fields = fields_of(reviewed(maria, vitrine, status_1__platform_status="quitado"))

    response = save(maria, vitrine, fields | {"reason": "a loja trocou"}, PAID)

    run = ReplayRun.objects.get()
    assert (run.mode, run.selected, run.started_by_label, run.reason) == (
        ReplayMode.DECIDE,
        2,
        "mapeamento",
        "revisão 2 do DE-PARA: a loja trocou",
    )
    selection = {name: run.selection[name] for name in ("vitrine", "status", "state", "reason")}
    assert selection == {
        "vitrine": "LOJA-SP",
        "status": 1,
        "state": "failed",
        "reason": "rejected",
    }
    assert told(maria, response) == [
        "Revisão 2 salva: 1 linha alterada.",
        f"Pagamento Confirmado: 2 recusadas são decididas de novo, no reprocessamento {run.pk}.",
    ]
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "mapping.save",
        "mapping.save",
        "replay.start",
    ]


def test_each_status_that_is_ticked_has_a_run_of_its_own(vitrine, maria):
    refused(vitrine, "1")
    refused(vitrine, "2", SENT)
    fields = fields_of(
        reviewed(maria, vitrine, status_1__platform_status="q", status_3__platform_status="nf")
    )

    save(maria, vitrine, fields, PAID, SENT)

    runs = ReplayRun.objects.order_by("pk")
    assert [(run.selection["status"], run.selected, run.reason) for run in runs] == [
        (1, 1, "revisão 2 do DE-PARA"),
        (3, 1, "revisão 2 do DE-PARA"),
    ]


def test_a_status_that_the_revision_did_not_change_is_not_decided_again(vitrine, maria):
    refused(vitrine, "1", SENT)
    fields = fields_of(reviewed(maria, vitrine, status_1__platform_status="quitado"))

    response = save(maria, vitrine, fields, SENT)

    assert latest_revision_number(vitrine) == 2
    assert ReplayRun.objects.count() == 0
    assert told(maria, response)[1:] == ["Despachado: não havia recusadas a decidir de novo."]


def test_nothing_left_to_decide_again_is_told(vitrine, maria):
    update = refused(vitrine, "1")
    fields = fields_of(reviewed(maria, vitrine, status_1__platform_status="quitado"))
    type(update).objects.update(state=UpdateState.SENT, reason=UpdateReason.ACCEPTED)

    response = save(maria, vitrine, fields, PAID)

    assert latest_revision_number(vitrine) == 2
    assert ReplayRun.objects.count() == 0
    assert told(maria, response)[1:] == [
        "Pagamento Confirmado: não havia recusadas a decidir de novo."
    ]


def test_a_stale_review_is_told_what_changed_and_starts_nothing(vitrine, maria):
    refused(vitrine, "1")
    fields = fields_of(reviewed(maria, vitrine, status_1__platform_status="quitado"))
    theirs = TABLES.with_row(StatusRow(PREPARING, "separando"))
    save_mapping(vitrine=vitrine, base_revision=1, tables=theirs, author=None, reason="", now=NOW)

    response = save(maria, vitrine, fields | {"reason": "meu motivo"}, PAID)

    assert response.status_code == 409
    page = Form(response.content)
    (banner,) = page.text("//div[@id='mudou']")
    assert "Em preparação: Status da plataforma: “separando”" in banner
    assert page.data["status-1-platform_status"] == "quitado"
    assert page.data["reason"] == "meu motivo"
    assert tables_of(vitrine) == theirs.normalised()
    assert ReplayRun.objects.count() == 0


def test_a_reason_that_may_not_be_stored_saves_nothing(vitrine, maria):
    fields = fields_of(reviewed(maria, vitrine, status_1__platform_status="quitado"))

    response = save(maria, vitrine, fields | {"reason": "x" * 201})

    assert response.status_code == 422
    assert Form(response.content).errors() == {"reason": "Use até 200 caracteres (aqui há 201)."}
    assert latest_revision_number(vitrine) == 1


def test_pressing_twice_saves_and_starts_once(vitrine, maria):
    refused(vitrine, "1")
    fields = fields_of(reviewed(maria, vitrine, status_1__platform_status="quitado"))

    save(maria, vitrine, fields, PAID)
    again = save(maria, vitrine, fields, PAID)

    assert again.status_code == 409
    assert latest_revision_number(vitrine) == 2
    assert ReplayRun.objects.count() == 1


def test_who_may_not_replay_saves_nothing_with_a_box_ticked(vitrine, maria):
    refused(vitrine, "1")
    fields = fields_of(reviewed(maria, vitrine, status_1__platform_status="quitado"))
    Group.objects.get(name="Mapeamento").permissions.remove(
        Permission.objects.get(codename="replay_statusupdate")
    )

    assert save(maria, vitrine, fields, PAID).status_code == 403
    assert latest_revision_number(vitrine) == 1
    assert ReplayRun.objects.count() == 0


@pytest.mark.parametrize("value", ["99", "x", "-1"])
def test_a_box_of_no_status_is_nothing(vitrine, maria, value):
    fields = fields_of(reviewed(maria, vitrine, status_1__platform_status="quitado"))

    response = maria.post(address(vitrine, "mapping_review_save"), fields | {"reenviar": [value]})

    assert response.status_code == 302
    assert latest_revision_number(vitrine) == 2
    assert ReplayRun.objects.count() == 0
