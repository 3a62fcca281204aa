"""A saved mapping releases what waited for it, without being told what that is."""

import logging
from datetime import timedelta

import pytest
from django.test import Client

from integrations.explain import explain_order
from integrations.intake.facts import OrderIntake
from integrations.intake.orders import receive_order
from integrations.models import StatusUpdate, UpdateReason, UpdateState
from integrations.redecide import CHUNK, REST, redecide_due
from status_mapping.models import MappingRevision
from tests.factories import (
    NOW,
    add_inbound_word,
    enqueue_status,
    make_event,
    make_mapping,
    make_order,
    make_user,
    make_vitrine,
)
from vitrines.models import Inclusion, InclusionReason, Order, Vitrine
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def vitrine():
    return make_vitrine()


def save_revision(vitrine, number=1):
    MappingRevision.objects.create(
        vitrine=vitrine, number=number, author_label="m", created_at=NOW, before={}, after={}
    )


def held(vitrine, status=OrderStatus.EM_PREPARACAO, number="1"):
    order = make_order(vitrine, number)
    return enqueue_status(order=order, event=make_event(order), status=status, now=NOW)


def undecidable(vitrine, count):
    """Held updates that no code can decide: there is no such status."""
    orders = Order.objects.bulk_create(
        Order(vitrine=vitrine, number=f"a{n}", placed_at=NOW, inclusion="included")
        for n in range(count)
    )
    return StatusUpdate.objects.bulk_create(
        StatusUpdate(
            vitrine=vitrine,
            order=order,
            sequence=1,
            kind="status",
            status=99,
            state=UpdateState.HELD,
            reason=UpdateReason.UNMAPPED,
            created_at=NOW,
            decided_at=NOW,
        )
        for order in orders
    )


def test_held_update_is_sent_once_its_row_appears(vitrine):
    update = held(vitrine)
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")
    save_revision(vitrine)

    assert redecide_due(now=NOW) == 1

    update.refresh_from_db()
    assert (update.state, update.turn, update.platform_status) == ("pending", True, "PICKING")
    assert update.mapping_revision == 1


def test_held_update_whose_row_is_inactive_is_skipped(vitrine):
    update = held(vitrine)
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, active=False)
    save_revision(vitrine)

    redecide_due(now=NOW)

    update.refresh_from_db()
    assert (update.state, update.reason) == (UpdateState.SKIPPED, UpdateReason.INACTIVE)


def test_held_update_without_a_new_revision_is_not_looked_at(vitrine):
    held(vitrine)

    assert redecide_due(now=NOW) == 0


def test_held_update_that_stays_held_is_looked_at_once_per_revision(vitrine):
    held(vitrine)
    save_revision(vitrine)

    assert redecide_due(now=NOW) == 1
    assert redecide_due(now=NOW) == 0


def test_update_waiting_for_xml_leaves_when_its_row_says_url(vitrine):
    row = make_mapping(vitrine, OrderStatus.DESPACHADO, "INVOICED")
    update = held(vitrine, OrderStatus.DESPACHADO)
    assert update.reason == UpdateReason.WAITING_INVOICE_XML
    row.channel = "url"
    row.save()
    save_revision(vitrine)

    redecide_due(now=NOW)

    update.refresh_from_db()
    assert (update.state, update.channel) == (UpdateState.PENDING, "url")


def test_order_that_cannot_be_decided_keeps_no_other_waiting(vitrine, caplog):
    broken, update = held(vitrine, number="1"), held(vitrine, number="2")
    StatusUpdate.objects.filter(pk=broken.pk).update(status=99)
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")
    save_revision(vitrine)

    assert redecide_due(now=NOW) == 1
    assert redecide_due(now=NOW) == 0

    update.refresh_from_db()
    assert update.state == UpdateState.PENDING
    told = f"order {broken.order_id} of LOJA-SP could not be decided again"
    assert [record.getMessage() for record in caplog.records] == [told, told]


def test_others_are_decided_however_many_orders_cannot_be(vitrine, caplog):
    caplog.set_level(logging.CRITICAL)
    broken = undecidable(vitrine, CHUNK + 1)
    updates = [held(vitrine, number=f"b{n}") for n in range(2)]
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")
    save_revision(vitrine)

    decided = 0
    while more := redecide_due(now=NOW):
        decided += more

    assert decided == 2
    assert [StatusUpdate.objects.get(pk=u.pk).state for u in updates] == ["pending"] * 2
    waiting = StatusUpdate.objects.filter(pk__in=[update.pk for update in broken])
    assert set(waiting.values_list("state", "checked_revision")) == {("held", 0)}


def test_order_that_cannot_be_decided_is_tried_again_later_and_not_each_second(vitrine, caplog):
    update = held(vitrine)
    StatusUpdate.objects.filter(pk=update.pk).update(status=99)
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")
    save_revision(vitrine)
    assert redecide_due(now=NOW) == 0
    StatusUpdate.objects.filter(pk=update.pk).update(status=OrderStatus.EM_PREPARACAO)

    assert redecide_due(now=NOW + REST - timedelta(seconds=1)) == 0
    assert len(caplog.records) == 1

    assert redecide_due(now=NOW + REST) == 1


def test_new_revision_ends_the_rest(vitrine):
    update = held(vitrine)
    StatusUpdate.objects.filter(pk=update.pk).update(status=99)
    save_revision(vitrine)
    assert redecide_due(now=NOW) == 0
    StatusUpdate.objects.filter(pk=update.pk).update(status=OrderStatus.EM_PREPARACAO)
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")

    save_revision(vitrine, 2)

    assert redecide_due(now=NOW) == 1


def test_sweep_that_has_had_enough_goes_on_where_it_stopped(vitrine, caplog):
    caplog.set_level(logging.CRITICAL)
    undecidable(vitrine, CHUNK)
    update = held(vitrine, number="b")
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")
    save_revision(vitrine)

    decided = [redecide_due(now=NOW, enough=lambda: True) for _ in range(2)]

    assert decided == [0, 1]
    update.refresh_from_db()
    assert update.state == UpdateState.PENDING


def test_vitrine_whose_platform_file_is_gone_keeps_no_other_waiting(vitrine):
    gone = make_vitrine("SUMIU")
    held(gone)
    update = held(vitrine)
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")
    Vitrine.objects.filter(pk=gone.pk).update(platform="sumiu")
    save_revision(gone)
    save_revision(vitrine)

    assert redecide_due(now=NOW) == 1

    update.refresh_from_db()
    assert update.state == UpdateState.PENDING


def test_another_vitrines_revision_releases_nothing(vitrine):
    update = held(vitrine)
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")
    save_revision(make_vitrine("OUTRA"))

    assert redecide_due(now=NOW) == 0

    update.refresh_from_db()
    assert update.state == UpdateState.HELD


def test_held_order_is_included_once_its_word_is_known(vitrine):
    order = make_order(
        vitrine,
        status=None,
        platform_status="approved",
        inclusion=Inclusion.HELD,
        inclusion_reason=InclusionReason.UNMAPPED,
    )
    make_event(order, "order_received", source="platform", outcome="order_held")
    row = make_mapping(vitrine, OrderStatus.PAGAMENTO_CONFIRMADO, "PAID")
    add_inbound_word(row, "Approved")
    save_revision(vitrine)

    assert redecide_due(now=NOW) == 1

    order.refresh_from_db()
    assert (order.inclusion, order.status) == ("included", OrderStatus.PAGAMENTO_CONFIRMADO)
    assert order.mapping_revision == 1
    assert [(u.state, u.reason) for u in order.status_updates.all()] == [("skipped", "echo")]
    assert redecide_due(now=NOW) == 0


def test_mapping_page_says_how_many_updates_wait_for_a_row(vitrine):
    held(vitrine, number="1")
    held(vitrine, number="2")
    held(make_vitrine("OUTRA"), number="3")
    client = Client()
    client.force_login(make_user(is_superuser=True))

    page = client.get("/vitrines/LOJA-SP/configuracoes-adicionais/").content.decode()

    link = "/atualizacoes/?vitrine=LOJA-SP&amp;status=2&amp;reason=unmapped"
    assert f'<a href="{link}">2 atualizações</a>' in page
    assert "esperam este mapeamento: vão para a fila de envio ao salvar." in page


def test_timeline_goes_on_saying_that_the_update_waited(vitrine):
    update = held(vitrine)
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")
    save_revision(vitrine)
    later = NOW + timedelta(minutes=3)

    redecide_due(now=later)

    timeline = explain_order(update.order, now=later).timeline
    said = [(e.at, e.title, e.text, e.note) for e in timeline if e.kind == "decision"]
    name, what = f"Envio #{update.pk}", "Em preparação"
    assert said == [
        (NOW, f"{name} aguardando: sem mapeamento", what, "DE-PARA da revisão 0"),
        (
            later,
            f"{name} liberado, na fila",
            f"{what} → PICKING · URL",
            "DE-PARA da revisão 1 (igual ao de agora)",
        ),
    ]


def test_timeline_goes_on_saying_that_the_order_waited(vitrine):
    intake = OrderIntake(number="7", platform_status="fraud_review", placed_at=NOW)
    order = receive_order(vitrine=vitrine, intake=intake, actor_label="loja", now=NOW).order
    row = make_mapping(vitrine, OrderStatus.PROBLEMAS, "on_hold")
    add_inbound_word(row, "fraud_review")
    save_revision(vitrine)
    later = NOW + timedelta(minutes=3)

    redecide_due(now=later)

    order.refresh_from_db()
    said = [
        (e.at, e.title, e.text, e.note)
        for e in explain_order(order, now=later).timeline
        if e.kind == "event"
    ]
    assert said == [
        (
            NOW,
            "Pedido aguardando mapeamento",
            "a loja informou “fraud_review”",
            "pedido aguardando mapeamento · loja",
        ),
        (
            later,
            "Pedido integrado, decidido de novo",
            "a loja informou “fraud_review” → Problemas",
            "incluído (padrão) · DE-PARA revisão 1",
        ),
    ]
