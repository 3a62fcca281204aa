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
from werkzeug import Response

from integrations.delivery import outbox
from tests.factories import (
    NOW,
    make_connection,
    make_event,
    make_mapping,
    make_order,
    make_vitrine,
)
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
            outbox.enqueue_status(order=order, event=make_event(order), status=status, now=NOW)


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

    def start(*args: str, **kwargs) -> subprocess.Popen:
        command = [sys.executable, "manage.py", *args]
        return subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **kwargs
        )

    return start


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
        rows.execute("UPDATE integrations_lane SET lease_until = '2000-01-01'")
    survivor = manage("dispatch")
    told.wait_for(2 * ORDERS)
    time.sleep(0.5)
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
