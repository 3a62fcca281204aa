"""The outgoing webhook: Standard Webhooks as any receiver verifies it, and what may go wrong."""

import json
from datetime import timedelta

import pytest
from standardwebhooks import Webhook
from werkzeug import Response

from integrations.alarms import notices
from integrations.alarms.raising import raise_alarms
from integrations.alarms.schedule import MAX_TRIES, SCHEDULE, next_try
from integrations.alarms.sending import send_notices
from integrations.models import Alarm, AlarmNotice, AlarmSettings
from tests.factories import NOW
from tests.integrations.alarms.world import SECRET, look, pause, resume, told, want
from tests.people import client_of

pytestmark = pytest.mark.django_db


class Receiver:
    """What a person's own server was told; answers ``status``."""

    def __init__(self, httpserver):
        self.status = 204
        self.heard = []
        self.url = httpserver.url_for("/alarmes?chave=s3gr3d0")
        httpserver.expect_request("/alarmes").respond_with_handler(self._answer)

    def _answer(self, request):
        self.heard.append((dict(request.headers), request.get_data()))
        return Response(status=self.status)

    @property
    def ids(self):
        return [headers["Webhook-Id"] for headers, _ in self.heard]

    @property
    def types(self):
        return [json.loads(body)["type"] for _, body in self.heard]


@pytest.fixture
def receiver(httpserver):
    return Receiver(httpserver)


@pytest.fixture
def row(vitrine, receiver):
    pause(vitrine)
    return want(
        vitrine,
        auth_refused=True,
        recipients=[],
        webhook_url=receiver.url,
        secrets={"webhook": SECRET},
    )


def only():
    return AlarmNotice.objects.get()


def test_notice_is_signed_as_any_receiver_verifies_it(row, receiver, settings):
    settings.SITE_URL = "https://backoffice.loja.example"
    raise_alarms(now=NOW)
    send_notices()  # by the real clock: the receiver's library looks at the time, too
    ((headers, body),) = receiver.heard
    assert headers["Content-Type"] == "application/json"
    assert headers["Webhook-Id"] == str(only().uuid)
    assert Webhook(SECRET).verify(body, {k.lower(): v for k, v in headers.items()}) == {
        "type": "alarm.opened",
        "timestamp": "2026-11-23T14:00:00+00:00",
        "data": {
            "alarm_id": Alarm.objects.get().pk,
            "kind": "auth_refused",
            "title": "[LOJA-SP] Credencial recusada",
            "vitrine": {"code": "LOJA-SP", "description": "Loja São Paulo"},
            "since": "2026-11-23T14:00:00+00:00",
            "count": 0,
            "text": "A plataforma recusou a credencial. Nada é enviado à loja até que ela seja "
            "corrigida.",
            "what_to_do": "Peça à loja uma credencial nova, informe-a na aba Envio da vitrine e "
            "clique em Retomar.",
            "url": "https://backoffice.loja.example/vitrines/LOJA-SP/envio/",
            "test": False,
        },
    }


def test_address_is_kept_by_its_server_only(row, receiver, clock):
    look(clock)
    assert only().sent_to == receiver.url.removesuffix("/alarmes?chave=s3gr3d0")


def test_receiver_that_fails_is_tried_again_with_the_same_id_and_shows(row, receiver, clock):
    receiver.status = 500
    look(clock)
    notice = only()
    server = notice.sent_to
    assert (notice.state, notice.attempts, notice.error) == (
        "pending",
        1,
        f"{server} respondeu HTTP 500.",
    )
    assert notice.due_at == NOW + SCHEDULE[0]
    shown = client_of("Consulta").get("/alarmes/").content.decode()
    assert '<span class="pill warn">Tentando de novo</span>' in shown
    assert f"{server} respondeu HTTP 500." in shown
    clock.pass_by(seconds=59)
    assert look(clock) == (0, 0)
    receiver.status = 200
    clock.pass_by(seconds=1)
    look(clock)
    assert receiver.ids == [str(notice.uuid)] * 2
    notice.refresh_from_db()
    assert (notice.state, notice.attempts, notice.error) == ("sent", 2, "")


def test_receiver_that_never_answers_well_is_given_up(row, receiver, clock):
    receiver.status = 503
    raise_alarms(now=NOW)
    for wait in (*SCHEDULE, timedelta(hours=1), timedelta(hours=1)):
        send_notices(now=clock)
        clock.now += wait
    notice = only()
    assert (notice.state, notice.attempts, len(receiver.heard)) == ("failed", MAX_TRIES, MAX_TRIES)
    assert notice.error == f"{notice.sent_to} respondeu HTTP 503."


def test_schedule_ends():
    assert [next_try(made) for made in range(1, MAX_TRIES + 1)] == [*SCHEDULE, None]


def test_redirect_is_not_followed(row, receiver, clock):
    receiver.status = 302
    look(clock)
    assert (only().error, len(receiver.heard)) == (f"{only().sent_to} respondeu HTTP 302.", 1)


def test_receiver_that_is_gone_is_not_asked_again(row, receiver, clock):
    receiver.status = 410
    look(clock)
    assert (only().state, only().error) == ("failed", f"{only().sent_to} respondeu HTTP 410.")


def test_destination_that_is_no_longer_allowed_is_refused_at_sending(
    row, receiver, clock, settings
):
    settings.ALLOW_PRIVATE_DESTINATIONS = False
    AlarmSettings.objects.update(webhook_url=receiver.url.replace("http:", "https:"))
    look(clock)
    assert (only().state, receiver.heard) == ("failed", [])
    assert only().error.startswith("O destino 127.0.0.1 é um endereço interno")


def test_secret_that_no_key_opens_is_said(row, receiver, clock, settings):
    settings.FIELD_ENCRYPTION_KEYS = ["bm92YS1jaGF2ZS1kZS10ZXN0ZS1jb20tMzItYnl0ZXM="]
    look(clock)
    assert (only().state, receiver.heard) == ("pending", [])
    assert only().error.startswith("Nenhuma chave de FIELD_ENCRYPTION_KEYS abre este segredo.")


def test_one_channel_that_fails_holds_up_no_other(row, receiver, clock, mailoutbox):
    AlarmSettings.objects.update(recipients=["plantao@loja.example"])
    receiver.status = 500
    look(clock)
    assert told() == [("opened", "email", "sent"), ("opened", "webhook", "pending")]
    assert len(mailoutbox) == 1


def test_end_never_arrives_before_the_beginning(row, receiver, clock, vitrine):
    receiver.status = 500
    look(clock)
    resume(vitrine)
    clock.pass_by(seconds=50)
    AlarmNotice.objects.update(due_at=NOW + timedelta(minutes=10))
    clock.pass_by(minutes=5)
    look(clock)
    assert told() == [("opened", "webhook", "pending"), ("closed", "webhook", "pending")]
    receiver.status = 200
    clock.pass_by(minutes=5)
    look(clock)
    look(clock)
    assert receiver.types == ["alarm.opened", "alarm.opened", "alarm.closed"]


# Claims


@pytest.fixture
def steady(monkeypatch):
    """The clock by which claims are watched; the test sets it."""
    now = [1000.0]
    monkeypatch.setattr(notices.WATCH, "clock", lambda: now[0])
    return now


def test_notice_that_another_is_sending_is_left_alone_until_that_one_is_dead(
    row, receiver, clock, steady
):
    raise_alarms(now=NOW)
    assert notices.claim(only(), NOW)  # and dies
    clock.pass_by(hours=1)  # or somebody set the clock: that alone tells nothing
    assert send_notices(now=clock) == 0
    steady[0] += notices.CLAIM.total_seconds() - 1
    assert send_notices(now=clock) == 0
    steady[0] += 1
    assert send_notices(now=clock) == 1
    assert (only().state, len(receiver.heard)) == ("sent", 1)


def test_whoever_lost_the_claim_records_nothing(row, clock, steady):
    raise_alarms(now=NOW)
    mine = only()
    assert notices.claim(mine, NOW)
    assert not notices.claim(only(), NOW)
    steady[0] += notices.CLAIM.total_seconds()
    theirs = only()
    assert notices.claim(theirs, NOW)
    notices.record(mine, notices.Delivery("mine", "falhou"), NOW)
    assert (only().state, only().attempts, only().error) == ("pending", 0, "")
    notices.record(theirs, notices.Delivery("theirs"), NOW)
    assert (only().state, only().sent_to) == ("sent", "theirs")
