"""A receiver that does not answer delays nobody but itself."""

import threading
from collections import Counter
from types import SimpleNamespace

import pytest
from django.core import mail

from integrations.alarms import sending
from integrations.alarms.notices import Delivery
from integrations.alarms.raising import raise_alarms
from integrations.alarms.sending import send_notices
from integrations.delivery import loop
from integrations.models import AlarmNotice
from tests.factories import make_vitrine
from tests.integrations.alarms.world import SECRET, pause, told, want

pytestmark = pytest.mark.django_db


@pytest.fixture
def hanging(monkeypatch):
    """Receivers that answer only once the e-mail has left, and how many were asked at a time."""
    most, now, lock = Counter(), Counter(), threading.Lock()

    def by_webhook(notice, url, secret, at):
        with lock:
            now[url] += 1
            most[url] = max(most[url], now[url])
        for _ in range(500):
            if mail.outbox:
                break
            threading.Event().wait(0.01)
        with lock:
            now[url] -= 1
        return Delivery(url, "" if mail.outbox else "esperou pelo e-mail")

    monkeypatch.setattr(sending, "by_webhook", by_webhook)
    return most


class Stop:
    """What the loop waits on: how long, and over after one look."""

    def __init__(self):
        self.waited = []

    def is_set(self):
        return bool(self.waited)

    def wait(self, seconds):
        self.waited.append(seconds)


@pytest.mark.parametrize(("took", "waits"), [(0, 30), (25, 5), (40, 0)])
def test_next_look_begins_on_time_however_long_this_one_took(monkeypatch, took, waits):
    times = iter([1000.0, 1000.0 + took])
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: next(times)))
    monkeypatch.setattr(loop.looking, "look_and_tell", lambda: None)
    monkeypatch.setattr(loop.connections, "close_all", lambda: None)
    stop = Stop()
    loop._look_now_and_then(stop)
    assert stop.waited == [waits]


def with_webhook(code, url):
    vitrine = make_vitrine(code)
    hook = {"recipients": [], "webhook_url": url, "secrets": {"webhook": SECRET}}
    want(vitrine, auth_refused=True, **hook)
    pause(vitrine)


def test_email_leaves_while_webhooks_hang(vitrine, clock, hanging):
    for number in range(8):
        with_webhook(f"V{number}", f"https://morto-{number}.example/x")
    want(vitrine, auth_refused=True)
    pause(vitrine)
    raise_alarms(now=clock())
    assert send_notices(now=clock) == 9
    assert set(AlarmNotice.objects.values_list("state", "error")) == {("sent", "")}


def test_one_receiver_gets_one_notice_at_a_time(vitrine, clock, hanging):
    for number in range(5):
        with_webhook(f"V{number}", "https://avisos.example/x")
    want(vitrine, auth_refused=True)
    pause(vitrine)
    raise_alarms(now=clock())
    assert send_notices(now=clock) == 6
    assert hanging == {"https://avisos.example/x": 1}


def test_what_is_left_when_the_time_is_over_waits_for_the_next_look(vitrine, clock, hanging):
    for number in range(3):
        with_webhook(f"V{number}", "https://avisos.example/x")
    mail.outbox.append("sent before")
    raise_alarms(now=clock())
    asked = iter([False, True])
    assert send_notices(now=clock, enough=lambda: next(asked, True)) == 1
    assert sorted(state for _, _, state in told()) == ["pending", "pending", "sent"]
    assert AlarmNotice.objects.filter(claims=0).count() == 2
    assert send_notices(now=clock) == 2
