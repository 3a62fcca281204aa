"""The token of a lane: obtained, used again, renewed in time and when it is refused."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from werkzeug import Response

from integrations.connections import save_connection, stored_connection
from integrations.explain import explain_update
from integrations.models import Connection, Lane, PauseReason, PlatformToken, UpdateState
from integrations.operations import resume_lane
from tests.factories import NOW, make_user
from tests.integrations.platform_token.story import (
    SENT,
    WAITING,
    dispatch,
    enqueue,
    lane,
    outcomes,
    states,
)
from tests.people import make_superuser, signed_in
from vitrines.secrets import MASK

pytestmark = pytest.mark.django_db


# In time


def test_first_sending_obtains_a_token_and_the_next_run_uses_it_again(vitrine, shop, clock):
    enqueue(vitrine, 1)
    assert dispatch(clock) == 1
    clock.pass_by(minutes=50)
    enqueue(vitrine, 2, 3)
    assert dispatch(clock) == 2

    assert shop.grants == ["client_credentials"]
    # Two orders go side by side.
    assert sorted(shop.calls) == [(str(number), "acc3ss-1-tok", 200) for number in (1, 2, 3)]
    token = PlatformToken.objects.get()
    assert (token.number, token.obtained_at) == (1, NOW)
    assert token.expires_at == NOW + timedelta(hours=1)
    assert (token.renewing_by, token.renewing_until, token.on_trial) == ("", None, False)


def test_nothing_due_asks_for_no_token(vitrine, shop, clock):
    assert dispatch(clock) == 0
    assert shop.grants == []


def test_token_is_renewed_a_minute_before_it_runs_out(vitrine, shop, clock):
    enqueue(vitrine, 1)
    dispatch(clock)
    clock.pass_by(minutes=58, seconds=59)
    enqueue(vitrine, 2)
    dispatch(clock)
    assert shop.grants == ["client_credentials"]

    clock.pass_by(seconds=1)
    enqueue(vitrine, 3)
    dispatch(clock)

    assert shop.grants == ["client_credentials", "refresh_token"]
    assert shop.calls[-1] == ("3", "acc3ss-2-tok", 200)
    assert states(vitrine) == [SENT, SENT, SENT]


def test_short_token_is_renewed_a_tenth_of_its_life_before(vitrine, shop, clock):
    shop.expires_in = 100
    enqueue(vitrine, 1)
    dispatch(clock)
    for seconds, number in ((89, 2), (1, 3)):
        clock.pass_by(seconds=seconds)
        enqueue(vitrine, number)
        dispatch(clock)

    assert [token for _, token, _ in shop.calls] == ["acc3ss-1-tok", "acc3ss-1-tok", "acc3ss-2-tok"]


def test_spent_refresh_token_falls_back_to_the_credential(vitrine, shop, clock):
    enqueue(vitrine, 1)
    dispatch(clock)
    shop.refresh = "já usado por outro"
    clock.pass_by(hours=2)
    enqueue(vitrine, 2)
    dispatch(clock)

    assert shop.grants == ["client_credentials", "refresh_token", "client_credentials"]
    assert states(vitrine) == [SENT, SENT]


# Refused


def test_refusal_in_the_middle_of_a_window_renews_once_and_all_are_accepted(vitrine, shop, clock):
    """Eight are in flight with a token that the store has just forgotten."""
    enqueue(vitrine, 0)
    dispatch(clock)
    shop.forget_token()
    shop.barrier = threading.Barrier(8, action=lambda: setattr(shop, "barrier", None))
    enqueue(vitrine, *range(1, 21))

    assert dispatch(clock) == 28

    assert shop.grants == ["client_credentials", "refresh_token"]
    refused = [call for call in shop.calls if call[2] == 401]
    assert [token for _, token, _ in refused] == ["acc3ss-1-tok"] * 8
    assert len(shop.calls) == 1 + 8 + 20
    assert states(vitrine) == [SENT] * 21
    assert (lane(vitrine).paused_at, lane(vitrine).transient_failures) == (None, 0)
    token = PlatformToken.objects.get()
    assert (token.number, token.refused_at, token.on_trial) == (2, None, False)


def test_refused_try_is_recorded_with_its_reason_and_not_counted(vitrine, shop, clock):
    enqueue(vitrine, 0)
    dispatch(clock)
    shop.forget_token()
    enqueue(vitrine, 1)
    dispatch(clock)

    update = vitrine.status_updates.latest("id")
    attempts = list(update.attempts.order_by("id"))
    assert [(one.number, one.outcome) for one in attempts] == [(1, "auth_refused"), (2, "accepted")]
    assert attempts[0].message == (
        f"A loja recusou o token de acesso: token {MASK} inválido. "
        "Ele é renovado, e o envio é feito de novo."
    )
    assert (update.attempts_made, update.detail) == (1, "")
    told = [entry for entry in explain_update(update, now=clock.now).timeline if entry.attempt]
    assert [(entry.title, entry.tone) for entry in told] == [
        (
            f"Envio #{update.pk} adiado: sessão recusada; ela é renovada, e o envio, feito de novo",
            "wait",
        ),
        (f"Envio #{update.pk} aceito", "ok"),
    ]


def test_refused_again_with_the_renewed_token_pauses_the_lane_and_loses_nothing(
    vitrine, shop, clock
):
    enqueue(vitrine, *range(1, 11))
    shop.refuses_all = True

    dispatch(clock)

    assert shop.grants == ["client_credentials", "refresh_token"]
    assert lane(vitrine).pause_reason == PauseReason.AUTH_REFUSED
    assert lane(vitrine).pause_note == f"token {MASK} inválido"
    assert states(vitrine) == [WAITING] * 10
    assert set(outcomes(vitrine)) == {"auth_refused"}
    made = len(shop.calls)
    assert dispatch(clock) == 0
    assert (len(shop.calls), len(shop.grants)) == (made, 2)

    shop.refuses_all = False
    resume_lane(vitrine=vitrine, actor=make_user(), now=NOW)
    dispatch(clock)
    # What was refused is never used again, even by a person who only pressed the button.
    assert shop.grants == ["client_credentials", "refresh_token", "refresh_token"]
    assert states(vitrine) == [SENT] * 10


def test_one_order_that_is_always_refused_pauses_instead_of_renewing_for_ever(vitrine, shop, clock):
    shop.refused_orders = {"3"}
    enqueue(vitrine, *range(1, 7))

    dispatch(clock)

    assert lane(vitrine).pause_reason == PauseReason.AUTH_REFUSED
    assert len(shop.grants) <= 3
    refused = [status for number, _, status in shop.calls if number == "3"]
    assert refused == [401, 401]
    assert vitrine.status_updates.get(order__number="3").state == UpdateState.PENDING


def test_success_lets_the_token_be_renewed_again_on_a_later_refusal(vitrine, shop, clock):
    for number in (1, 2, 3):
        enqueue(vitrine, number)
        dispatch(clock)
        shop.forget_token()
        enqueue(vitrine, number + 10)
        dispatch(clock)

    assert shop.grants == ["client_credentials"] + ["refresh_token"] * 3
    assert states(vitrine) == [SENT] * 6
    assert lane(vitrine).paused_at is None


# No token to be had


def test_refused_credential_pauses_before_anything_is_claimed(vitrine, shop, clock):
    Connection.objects.filter(vitrine=vitrine).update(secrets={"client_secret": "err4do"})
    enqueue(vitrine, 1, 2)

    assert dispatch(clock) == 0

    assert lane(vitrine).pause_reason == PauseReason.AUTH_REFUSED
    assert lane(vitrine).pause_note == f"segredo {MASK} inválido"
    assert (shop.calls, shop.grants) == ([], ["client_credentials"])
    assert states(vitrine) == [WAITING, WAITING]
    assert outcomes(vitrine) == []
    assert PlatformToken.objects.get().renewing_until is None


def test_token_endpoint_that_is_down_opens_the_breaker_and_is_not_asked_in_a_loop(
    vitrine, shop, clock
):
    shop.token_answers = [Response("", 503) for _ in range(4)]
    enqueue(vitrine, *range(1, 21))
    opened = []
    for _ in range(3):
        for _ in range(5):
            assert dispatch(clock) == 0
        opened.append((lane(vitrine).breaker_open_until - clock.now).total_seconds())
        clock.pass_by(seconds=opened[-1])

    assert (opened, len(shop.grants)) == ([30, 60, 120], 3)
    assert states(vitrine) == [WAITING] * 20
    dispatch(clock)
    explained = explain_update(vitrine.status_updates.earliest("id"), now=clock.now)
    assert (explained.cause.value, explained.sentence) == (
        "breaker_open",
        "A loja não deu o token de acesso de que os envios precisam: “A plataforma está com "
        "problemas (HTTP 503)”; ele é pedido de novo em 23/11 às 11:07:30.",
    )

    clock.pass_by(minutes=4)
    assert dispatch(clock) == 20
    assert states(vitrine) == [SENT] * 20
    assert (lane(vitrine).breaker_open_until, lane(vitrine).breaker_note) == (None, "")


def test_pages_say_why_the_breaker_is_open(vitrine):
    soon, since = timezone.now() + timedelta(minutes=1), timezone.now()
    note = "A plataforma está com problemas (HTTP 503)"
    Lane.objects.create(
        vitrine=vitrine, breaker_open_until=soon, breaker_opened_at=since, breaker_note=note
    )
    client = signed_in(make_superuser())
    for address in (reverse("vitrines:detail", args=[vitrine.code]), reverse("painel")):
        assert note in client.get(address).content.decode(), address


def test_throttled_token_endpoint_makes_the_lane_wait_as_told(vitrine, shop, clock):
    shop.token_answers = [Response("", 429, {"Retry-After": "90"})]
    enqueue(vitrine, 1)
    assert dispatch(clock) == 0
    assert lane(vitrine).throttled_until == NOW + timedelta(seconds=90)

    clock.pass_by(seconds=89)
    assert dispatch(clock) == 0
    assert len(shop.grants) == 1
    clock.pass_by(seconds=1)
    assert dispatch(clock) == 1


def test_connection_that_lacks_something_pauses_with_the_sentence(vitrine, shop, clock):
    Connection.objects.filter(vitrine=vitrine).update(secrets={})
    enqueue(vitrine, 1)

    assert dispatch(clock) == 0

    assert lane(vitrine).pause_reason == PauseReason.CONFIG
    assert lane(vitrine).pause_note == "Parâmetro “Segredo do aplicativo”: Preencha este campo."
    assert (states(vitrine), shop.grants) == ([WAITING], [])


# Another credential


def test_new_secret_gets_a_new_token_and_leaves_the_old_refresh_token(vitrine, shop, clock):
    enqueue(vitrine, 1)
    dispatch(clock)
    shop.client_secret = "n0vo-segredo"
    save_connection(
        vitrine=vitrine,
        params=stored_connection(vitrine).params,
        new_secrets={"client_secret": "n0vo-segredo"},
        removed_secrets=set(),
        known_secrets={"client_secret"},
        seen_version=stored_connection(vitrine).version,
        actor=make_user(),
        now=NOW,
    )
    enqueue(vitrine, 2)
    dispatch(clock)

    assert shop.grants == ["client_credentials", "client_credentials"]
    assert shop.calls[-1] == ("2", "acc3ss-2-tok", 200)


def test_parameter_that_no_token_request_reads_keeps_the_token(vitrine, shop, clock):
    enqueue(vitrine, 1)
    dispatch(clock)
    row = Connection.objects.get(vitrine=vitrine)
    row.params["note"] = "outra"
    row.save()
    enqueue(vitrine, 2)
    dispatch(clock)

    assert shop.grants == ["client_credentials"]


def test_token_that_no_key_opens_is_obtained_anew(vitrine, shop, clock):
    enqueue(vitrine, 1)
    dispatch(clock)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE integrations_platformtoken SET contents = 'gAAAAABn-sem-chave'")
    enqueue(vitrine, 2)
    dispatch(clock)

    assert shop.grants == ["client_credentials", "client_credentials"]
    assert states(vitrine) == [SENT, SENT]


def test_token_forgotten_in_the_midst_of_a_backlog_is_renewed_and_the_lane_goes_on(
    vitrine, shop, clock
):
    """Of what was claimed ahead with it, no more is refused than was in flight."""
    forgotten = []

    def forgets_once():
        if len(shop.calls) >= 80 and not forgotten:
            forgotten.append(shop.access)
            shop.forget_token()

    shop.barrier = threading.Barrier(1, action=forgets_once)
    enqueue(vitrine, *range(200))
    dispatch(clock)

    refused = [token for _, token, status in shop.calls if status == 401]
    assert set(refused) == set(forgotten)
    assert 1 <= len(refused) <= 8
    assert len(shop.calls) == 200 + len(refused)
    assert shop.grants == ["client_credentials", "refresh_token"]
    assert states(vitrine) == [SENT] * 200
    assert lane(vitrine).paused_at is None
