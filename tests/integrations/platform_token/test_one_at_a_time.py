"""Whoever needs a vitrine's token shares it, and only one at a time asks for the next."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug import Response

from integrations.delivery.context import AccessToken
from integrations.delivery.outcomes import Outcome
from integrations.delivery.platform_tokens import keeping
from integrations.delivery.platform_tokens.exchange import NotObtained, Obtained
from integrations.delivery.platform_tokens.keeping import RENEWAL, finish
from integrations.models import PlatformToken
from tests.factories import NOW
from tests.integrations.platform_token.shop import PLATFORM
from tests.integrations.platform_token.story import (
    WAITING,
    begin,
    dispatch,
    enqueue,
    lane,
    states,
    web_token,
)

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[3]


def test_request_of_a_person_shares_the_token_of_the_lane(vitrine, shop, clock):
    assert web_token(vitrine) == AccessToken("acc3ss-1-tok", "r3fresh-1-tok", 1)
    enqueue(vitrine, 1)
    dispatch(clock)
    assert web_token(vitrine).number == 1
    assert shop.grants == ["client_credentials"]


def test_request_of_a_person_is_told_why_there_is_no_token(vitrine, shop):
    shop.token_answers = [Response("", 503)]
    assert web_token(vitrine) == NotObtained(
        Outcome.TRANSIENT, "A plataforma está com problemas (HTTP 503)."
    )
    assert web_token(vitrine).number == 1


def test_renewal_of_another_is_waited_for_a_moment_only(vitrine, shop, monkeypatch):
    monkeypatch.setattr(keeping, "PATIENCE", 0.05)
    begin(vitrine)
    assert web_token(vitrine) == NotObtained(
        Outcome.TRANSIENT,
        "O token de acesso da loja está sendo renovado neste momento. Tente de novo em instantes.",
    )
    assert shop.grants == []


def test_lane_waits_for_the_renewal_of_another_and_loses_nothing(vitrine, shop, clock, monkeypatch):
    monkeypatch.setattr(keeping, "PATIENCE", 0.05)
    enqueue(vitrine, 1)
    renewal = begin(vitrine)
    assert dispatch(clock) == 0
    assert (shop.grants, states(vitrine), lane(vitrine).paused_at) == ([], [WAITING], None)

    shop.access = "do-outro"
    finish(renewal, Obtained("do-outro", "r", timedelta(hours=1)), now=NOW)
    assert dispatch(clock) == 1
    assert shop.calls == [("1", "do-outro", 200)]


def test_renewal_of_another_that_ends_while_waiting_gives_its_token(vitrine, shop, monkeypatch):
    renewal = begin(vitrine)

    def other_finishes(_seconds):
        finish(renewal, Obtained("do-outro", "r", timedelta(hours=1)), now=NOW)

    monkeypatch.setattr(keeping.time, "sleep", other_finishes)
    assert web_token(vitrine) == AccessToken("do-outro", "r", 1)


def test_renewal_that_another_made_between_look_and_grasp_is_not_made_again(vitrine, shop):
    looked = []

    def clock():
        if not looked:
            looked.append(True)
            web_token(vitrine)
        return NOW

    assert web_token(vitrine, clock=clock).number == 1
    assert shop.grants == ["client_credentials"]


def test_renewal_of_a_process_that_died_is_taken_over_after_its_time(vitrine, shop):
    begin(vitrine)
    assert web_token(vitrine, clock=lambda: NOW + RENEWAL).number == 1


def test_renewal_that_died_before_the_clock_was_set_back_is_taken_over(vitrine, shop):
    begin(vitrine)
    assert web_token(vitrine, clock=lambda: NOW - timedelta(hours=1)).number == 1


def test_renewal_of_a_lane_that_died_is_taken_over_by_the_next_holder(vitrine, shop, clock):
    begin(vitrine, holder="lane morta")
    enqueue(vitrine, 1)
    assert dispatch(clock) == 1


def test_token_that_comes_late_is_kept_unless_another_came_first(vitrine, shop):
    """A platform that changes the refresh token has by then forgotten the one we had."""
    late = begin(vitrine)
    taken_over = begin(vitrine, holder="web dois", clock=lambda: NOW + RENEWAL)
    hour = timedelta(hours=1)

    kept = finish(late, Obtained("tarde", "r1", hour), now=NOW)
    second = finish(taken_over, Obtained("depois", "r2", hour), now=NOW)

    assert (kept.token.access, second.token.access) == ("tarde", "tarde")
    token = PlatformToken.objects.get()
    assert (token.number, token.contents["refresh"]) == (1, "r1")
    assert (token.renewing_by, token.renewing_until) == ("", None)


def test_failure_that_comes_late_leaves_the_renewal_of_another(vitrine, shop):
    late = begin(vitrine)
    begin(vitrine, holder="web dois", clock=lambda: NOW + RENEWAL)
    finish(late, NotObtained(Outcome.TRANSIENT, "sem resposta"), now=NOW)
    assert PlatformToken.objects.get().renewing_by == "web dois"


def test_who_looked_at_the_clock_before_another_began_does_not_begin_too(vitrine, shop):
    begin(vitrine, holder="web um", clock=lambda: NOW + timedelta(seconds=5))
    assert begin(vitrine, holder="web dois", clock=lambda: NOW) is None
    assert PlatformToken.objects.get().renewing_by == "web um"


#: A token that has run out, eight people who test a sending and the dispatcher, all at once.
AT_ONCE = """
import json, re, sys, threading
from datetime import timedelta
import django
django.setup()
from django.apps import apps
from django.db import connection, connections
from django.utils import timezone
from pytest_httpserver import HTTPServer
from integrations.delivery.dispatcher import run_once
from integrations.models import PlatformToken
from tests.factories import enqueue_status, make_connection, make_event, make_mapping
from tests.factories import make_order, make_vitrine
from tests.integrations.platform_token.story import web_token
from tests.integrations.platform_token.shop import CLIENT_SECRET, TokenShop
from vitrines.statuses import OrderStatus

with connection.schema_editor() as editor:
    for model in apps.get_models():
        editor.create_model(model)
shop = TokenShop()
server = HTTPServer(threaded=True)
server.start()
server.expect_request(re.compile(".*")).respond_with_handler(shop.answer)
vitrine = make_vitrine(platform="com_token")
make_connection(vitrine, params={"base_url": server.url_for("").rstrip("/")},
                secrets={"client_secret": CLIENT_SECRET})
make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")
web_token(vitrine, clock=timezone.now)
PlatformToken.objects.update(expires_at=timezone.now())
for number in range(1, 5):
    order = make_order(vitrine, str(number))
    enqueue_status(order=order, event=make_event(order),
                   status=OrderStatus.EM_PREPARACAO, now=timezone.now())
start = threading.Barrier(9)
tokens = []

def person():
    tokens.append(web_token(vitrine, clock=timezone.now).access)

def dispatcher():
    run_once(worker="w")

def run(work):
    start.wait()
    try:
        work()
    except Exception as error:
        tokens.append(repr(error))
    connections.close_all()

threads = [threading.Thread(target=run, args=(work,)) for work in [person] * 8 + [dispatcher]]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
server.stop()
seen = {"tokens": sorted(set(tokens)), "calls": sorted(shop.calls)}
print(json.dumps({"grants": shop.grants, **seen}))
"""


def test_many_at_once_spend_a_refresh_token_once(tmp_path):
    (tmp_path / "com_token.toml").write_text(PLATFORM)
    env = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        "PLATFORMS_DIR": str(tmp_path),
    }
    ran = subprocess.run(
        [sys.executable, "-c", AT_ONCE],
        cwd=ROOT,
        env=env,
        check=True,
        capture_output=True,
        timeout=60,
        text=True,
    )
    assert json.loads(ran.stdout) == {
        "grants": ["client_credentials", "refresh_token"],
        "tokens": ["acc3ss-2-tok"],
        "calls": [[str(number), "acc3ss-2-tok", 200] for number in range(1, 5)],
    }
