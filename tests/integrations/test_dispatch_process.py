"""The embedded dispatcher as a process of its own, killed in the middle of its work."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from werkzeug import Response

from integrations.models import ReplayMode, StatusUpdate
from integrations.replay.runs import start
from integrations.replay.selection import Plan, Selection
from tests.factories import (
    NOW,
    enqueue_status,
    make_connection,
    make_event,
    make_mapping,
    make_order,
    make_vitrine,
)
from tests.integrations.alarms.world import SECRET, pause, want
from tests.integrations.pruning.past import whole_order
from vitrines.statuses import OrderStatus

ROOT = Path(__file__).resolve().parents[2]
ORDERS = 24


def enqueue_everything(url: str) -> None:
    vitrine = make_vitrine()
    make_connection(vitrine, params={"base_url": url})
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")
    make_mapping(vitrine, OrderStatus.DESPACHADO, "INVOICED", channel="url")
    for number in range(1, ORDERS + 1):
        order = make_order(vitrine, str(number))
        for status in (OrderStatus.EM_PREPARACAO, OrderStatus.DESPACHADO):
            enqueue_status(order=order, event=make_event(order), status=status, now=NOW)


class Told:
    """What the store was told, in order of arrival."""

    def __init__(self, httpserver):
        self.lock = threading.Lock()
        self.calls: list[tuple[str, str, str]] = []
        httpserver.expect_request(re.compile(".*")).respond_with_handler(self.answer)

    def answer(self, request):
        body = json.loads(request.get_data())
        with self.lock:
            key = request.headers["Idempotency-Key"]
            self.calls.append((body["pedido"], body["status"], key))
        time.sleep(0.05)
        return Response("{}", 200)

    def wait_for(self, count: int, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while len(self.calls) < count:
            assert time.monotonic() < deadline, f"only {len(self.calls)} calls arrived"
            time.sleep(0.01)


@pytest.fixture
def database(tmp_path):
    return tmp_path / "db.sqlite3"


@pytest.fixture
def manage(database):
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{database}"}
    env["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"
    env["LANE_LEASE_SECONDS"] = "1"

    def start(*args: str, **kwargs) -> subprocess.Popen:
        command = [sys.executable, "manage.py", *args]
        return subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **kwargs
        )

    return start


def _unsent(database):
    with sqlite3.connect(database) as rows:
        (number,) = rows.execute(
            "SELECT count(*) FROM integrations_statusupdate WHERE state <> 'sent'"
        ).fetchone()
    return number


@pytest.mark.django_db(transaction=True)
def test_dispatcher_killed_in_the_middle_loses_nothing_and_keeps_each_sequence(
    manage, database, httpserver
):
    told = Told(httpserver)
    url = httpserver.url_for("").rstrip("/")
    enqueue_everything(url)
    with sqlite3.connect(database) as copy:
        connection.connection.backup(copy)

    victim = manage("dispatch")
    told.wait_for(10)
    victim.kill()
    victim.wait(10)
    victim.stderr.close()
    with sqlite3.connect(database) as rows:
        in_flight = rows.execute(
            "SELECT count(*) FROM integrations_statusupdate WHERE state = 'sending'"
        ).fetchone()[0]
    survivor = manage("dispatch")
    told.wait_for(2 * ORDERS)
    give_up_at = time.monotonic() + 60
    while _unsent(database) and time.monotonic() < give_up_at:
        time.sleep(0.1)
    survivor.send_signal(signal.SIGTERM)
    assert survivor.wait(20) == 0
    survivor.stderr.close()

    with sqlite3.connect(database) as rows:
        states = rows.execute(
            "SELECT state, count(*) FROM integrations_statusupdate GROUP BY state"
        ).fetchall()
    assert states == [("sent", 2 * ORDERS)]
    by_order: dict[str, list[str]] = {}
    keys: dict[tuple[str, str], set[str]] = {}
    for order, status, key in told.calls:
        by_order.setdefault(order, []).append(status)
        keys.setdefault((order, status), set()).add(key)
    assert len(by_order) == ORDERS
    assert all(sorted(s, key=["PICKING", "INVOICED"].index) == s for s in by_order.values())
    assert all(len(same) == 1 for same in keys.values())
    assert 2 * ORDERS <= len(told.calls) <= 2 * ORDERS + in_flight


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_go_through_a_replay_and_tell_each_thing_once(manage, database, httpserver):
    told = Told(httpserver)
    enqueue_everything(httpserver.url_for("").rstrip("/"))
    StatusUpdate.objects.filter(status=OrderStatus.EM_PREPARACAO).update(
        state="sent", reason="accepted", turn=False, finished_at=NOW
    )
    StatusUpdate.objects.filter(status=OrderStatus.DESPACHADO).delete()
    plan = Plan.freeze(ReplayMode.RENDER, Selection(state="sent"), now=timezone.now())
    start(plan, reason="r", actor=None, actor_label="t", now=timezone.now(), per_minute=6_000)
    with sqlite3.connect(database) as copy:
        connection.connection.backup(copy)

    dispatchers = [manage("dispatch") for _ in range(2)]
    told.wait_for(ORDERS)
    for dispatcher in dispatchers:
        dispatcher.send_signal(signal.SIGTERM)
    assert [dispatcher.wait(20) for dispatcher in dispatchers] == [0, 0]
    for dispatcher in dispatchers:
        dispatcher.stderr.close()

    with sqlite3.connect(database) as rows:
        items = rows.execute(
            "SELECT outcome, count(*), count(DISTINCT update_id) FROM integrations_replayitem "
            "GROUP BY outcome"
        ).fetchall()
    assert items == [("queued", ORDERS, ORDERS)]
    assert sorted(order for order, *_ in told.calls) == sorted(map(str, range(1, ORDERS + 1)))
    assert len({key for *_, key in told.calls}) == ORDERS


@pytest.mark.django_db(transaction=True)
def test_dispatcher_prunes_and_tells_of_alarms_by_itself(manage, database, httpserver):
    heard = []
    httpserver.expect_request("/alarmes").respond_with_handler(
        lambda request: heard.append(request.get_json()["type"]) or Response(status=204)
    )
    vitrine = make_vitrine()
    whole_order(vitrine, "1", at=NOW.replace(year=2001))
    make_order(vitrine, "2")
    url = httpserver.url_for("/alarmes")
    want(vitrine, auth_refused=True, webhook_url=url, secrets={"webhook": SECRET})
    pause(vitrine)
    with sqlite3.connect(database) as copy:
        connection.connection.backup(copy)

    dispatcher = manage("dispatch")
    deadline = time.monotonic() + 30
    while (left := numbers_in(database)) != ["2"] or not heard:
        assert time.monotonic() < deadline, f"{left} are left, {heard} was told"
        time.sleep(0.05)
    dispatcher.send_signal(signal.SIGTERM)

    assert dispatcher.wait(20) == 0
    dispatcher.stderr.close()
    assert heard == ["alarm.opened"]


def numbers_in(database):
    with sqlite3.connect(database) as rows:
        return [number for (number,) in rows.execute("SELECT number FROM vitrines_order")]
