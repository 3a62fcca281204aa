"""A review promises no sending that the lane, or an earlier update of the order, keeps back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.models import Lane, PauseReason, UpdateReason, UpdateState
from integrations.redecide import redecide_due
from tests.factories import make_order, make_update, make_vitrine
from tests.integrations.review.pages import (
    address,
    fields_of,
    hint,
    pill,
    reviewed,
    sentences,
)
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

PAID = OrderStatus.PAGAMENTO_CONFIRMADO
PREPARING = OrderStatus.EM_PREPARACAO
PAUSED = {"paused_at": timezone.now(), "pause_reason": PauseReason.MANUAL}
LATER = timedelta(minutes=5)


def held(vitrine):
    order = make_order(vitrine, status=PREPARING)
    return make_update(order, PREPARING, UpdateState.HELD, reason=UpdateReason.UNMAPPED)


def mapped(client, vitrine):
    """The review of a row for what is held."""
    return reviewed(client, vitrine, status_2__platform_status="separando", status_2__active=True)


@pytest.mark.parametrize(
    ("published", "lane", "until"),
    [
        (True, PAUSED, "quando o envio for retomado"),
        (False, {}, "quando a vitrine for publicada"),
        (False, PAUSED, "quando a vitrine for publicada e o envio for retomado"),
        (True, {"breaker_open_until": LATER}, "quando a plataforma voltar a responder"),
        (True, {"throttled_until": LATER}, "quando o limite da plataforma permitir"),
        (True, {"paced_until": LATER}, "quando o limite da plataforma permitir"),
        (True, PAUSED | {"breaker_open_until": LATER}, "quando o envio for retomado"),
    ],
)
def test_a_lane_that_stands_says_until_when(vitrine, maria, published, lane, until):
    held(vitrine)
    type(vitrine).objects.update(published=published)
    lane = {k: timezone.now() + v if v is LATER else v for k, v in lane.items()}
    Lane.objects.create(vitrine=vitrine, **lane)

    response = mapped(maria, vitrine)

    assert sentences(response)[1:] == [f"1 atualização que aguarda volta à fila; sai {until}."]
    assert pill(response) == ["1 atualização que aguarda volta à fila ao salvar"]
    assert hint(response) == (
        f"O que a loja já aceitou não é enviado de novo por salvar. O que está na fila sai {until}."
    )


@pytest.mark.parametrize(
    "lane",
    [
        {},
        {"breaker_open_until": -LATER},
        {"throttled_until": -LATER},
        {"paced_until": timedelta(seconds=20)},
    ],
)
def test_a_lane_that_sends_lets_go_at_once(vitrine, maria, lane):
    held(vitrine)
    Lane.objects.create(vitrine=vitrine, **{k: timezone.now() + v for k, v in lane.items()})

    response = mapped(maria, vitrine)

    assert sentences(response)[1:] == ["1 atualização que aguarda sai instantes depois de salvo."]
    assert pill(response) == ["1 atualização que aguarda sai ao salvar"]
    assert hint(response) == (
        "O que a loja já aceitou não é enviado de novo por salvar. O que volta à fila sai sozinho, "
        "sem mais nada a fazer."
    )


def test_a_connection_that_cannot_be_used_promises_no_sending(vitrine, maria, settings):
    held(vitrine)
    settings.FIELD_ENCRYPTION_KEYS = ["bm92YS1jaGF2ZS1kZS10ZXN0ZS1jb20tMzItYnl0ZXM="]

    response = mapped(maria, vitrine)

    assert pill(response) == ["1 atualização que aguarda volta à fila ao salvar"]
    assert sentences(response)[1:] == [
        "1 atualização que aguarda volta à fila; sai quando o envio for corrigido e retomado."
    ]


@pytest.mark.parametrize("lane", [PAUSED, {}])
def test_nothing_that_waits_needs_no_pill(vitrine, maria, lane):
    Lane.objects.create(vitrine=vitrine, **lane)

    assert pill(mapped(maria, vitrine)) == []


BEHIND = (
    "1 atualização que aguarda volta à fila; sai depois da atualização anterior do mesmo pedido, "
    "que ainda não saiu."
)
AT_ONCE = "1 atualização que aguarda sai instantes depois de salvo."


@pytest.mark.parametrize(
    ("platform", "state", "reason", "words"),
    [
        ("vtex", UpdateState.FAILED, UpdateReason.REJECTED, BEHIND),
        ("vtex", UpdateState.HELD, UpdateReason.WAITING_INVOICE_XML, BEHIND),
        ("vtex", UpdateState.SENT, UpdateReason.ACCEPTED, AT_ONCE),
        ("vtex", UpdateState.CANCELLED, UpdateReason.CANCELLED, AT_ONCE),
        ("generic", UpdateState.FAILED, UpdateReason.REJECTED, AT_ONCE),
        ("generic", UpdateState.PENDING, "", BEHIND),
    ],
)
def test_an_earlier_update_keeps_it_back_as_the_turns_of_its_order_go(
    maria, platform, state, reason, words
):
    vitrine = make_vitrine(platform=platform)
    order = make_order(vitrine, status=PREPARING)
    make_update(order, PAID, state, reason=reason)
    update = make_update(order, PREPARING, UpdateState.HELD, reason=UpdateReason.UNMAPPED)

    response = mapped(maria, vitrine)
    maria.post(address(vitrine, "mapping_review_save"), fields_of(response))
    redecide_due(now=timezone.now())

    assert [told for told in sentences(response) if "aguarda" in told] == [words]
    assert pill(response) == (
        ["1 atualização que aguarda sai ao salvar"] if words == AT_ONCE else []
    )
    update.refresh_from_db()
    assert (update.state, update.turn) == (UpdateState.PENDING, words == AT_ONCE)


def test_what_goes_into_the_queue_of_a_lane_that_stands_is_counted_whatever_is_ahead(
    vitrine, maria
):
    held(vitrine)
    order = make_order(vitrine, "2", status=PREPARING)
    make_update(order, PAID)
    make_update(order, PREPARING, UpdateState.HELD, reason=UpdateReason.UNMAPPED)
    Lane.objects.create(vitrine=vitrine, **PAUSED)

    response = mapped(maria, vitrine)

    assert pill(response) == ["2 atualizações que aguardam voltam à fila ao salvar"]
    assert [told for told in sentences(response) if "aguarda" in told] == [
        "1 atualização que aguarda volta à fila; sai quando o envio for retomado.",
        BEHIND,
    ]


def test_earlier_ones_that_the_same_save_lets_go_keep_nothing_back(maria):
    vitrine = make_vitrine(platform="vtex")
    order = make_order(vitrine, status=PREPARING)
    make_update(order, PAID, UpdateState.HELD, reason=UpdateReason.UNMAPPED)
    make_update(order, PREPARING, UpdateState.HELD, reason=UpdateReason.UNMAPPED)

    response = reviewed(
        maria,
        vitrine,
        status_1__platform_status="payment-approved",
        status_1__active=True,
        status_2__platform_status="handling",
        status_2__active=True,
    )

    assert [told for told in sentences(response) if "aguarda" in told] == [
        AT_ONCE,
        AT_ONCE,
    ]
