"""Celery as the engine: web, workers and beat as processes, on PostgreSQL, Redis and RabbitMQ."""

import socket

import pytest
import requests
from django.utils import timezone

from integrations.delivery.lanes import acquire
from integrations.delivery.wakeups import DRAIN_LANE
from integrations.models import DeliveryAttempt, Lane, StatusUpdate, UpdateState
from tests.services.engine_processes import START_SECONDS, Installation, free_port, wait_until
from tests.services.engine_story import WORDS, Erp, decide_updates, make_shop, open_store, states

pytestmark = pytest.mark.services
on_both_brokers = pytest.mark.parametrize("broker", ["redis", "rabbitmq"], indirect=True)
HEALTH = ("healthz", "readyz")
with_both_pools = pytest.mark.parametrize("pool", ["threads", "prefork"])


@pytest.fixture
def store():
    with open_store() as store:
        yield store


def told(*tellings):
    return dict.fromkeys(tellings, 1)


@on_both_brokers
def test_event_reaches_the_store_by_its_own_wake_up(installation, store):
    erp = Erp(make_shop(store), port := free_port())
    installation.worker()
    installation.web(port=port)
    assert erp.order("1").status_code == 201

    assert erp.tell("1", "reserved").status_code == 201
    store.wait_for(1)
    assert erp.tell("1", "boarded").status_code == 201
    store.wait_for(2)

    assert store.tellings() == told(("LOJA-SP", "1", "PICKING"), ("LOJA-SP", "1", "SHIPPED"))


@on_both_brokers
def test_broker_that_lost_its_queues_loses_no_update(installation, broker, store):
    erp = Erp(make_shop(store), port := free_port())
    installation.web(port=port)
    erp.order("1")
    erp.tell("1", "reserved")
    wait_until(lambda: broker.waiting("lanes"), what="the wake-up to be published")

    broker.empty()
    installation.worker()
    installation.beat()
    store.wait_for(1)

    assert store.tellings() == told(("LOJA-SP", "1", "PICKING"))


def test_broker_down_at_intake_fails_no_call_and_the_sweep_sends_later(installation, redis, store):
    erp = Erp(make_shop(store), port := free_port())
    installation.web(port=port)
    redis.stop()
    try:
        assert erp.order("1").status_code == 201
        assert erp.tell("1", "reserved").status_code == 201
    finally:
        redis.start()
    installation.worker()
    installation.beat()
    store.wait_for(1)

    assert store.tellings() == told(("LOJA-SP", "1", "PICKING"))


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_broker_that_never_answers_holds_up_no_intake_call(tmp_path, database_url, store, scheme):
    """It takes the connection, and that is all it does."""
    erp = Erp(make_shop(store), port := free_port())
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        Installation(
            tmp_path,
            database_url=database_url,
            broker_url=f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/",
        ) as installation,
    ):
        web = installation.web(port=port)
        assert erp.order("1").status_code == 201
        assert erp.tell("1", "reserved").status_code == 201
        assert "the broker is down" not in web.said  # we had our answer before it was given up
        web.wait_to_say("the broker is down")
        assert erp.tell("1", "boarded").status_code == 201

    assert web.said.count("the broker is down") == 1
    assert states() == {"pending": 2}


def test_broker_that_hangs_holds_up_no_intake_call(installation, redis, store):
    """It answered until now, and keeps its connections."""
    erp = Erp(make_shop(store), port := free_port())
    web = installation.web(port=port)
    installation.worker()
    erp.order("1")
    erp.tell("1", "reserved")
    store.wait_for(1)
    redis.program.halt()
    try:
        assert erp.tell("1", "boarded").status_code == 201
        assert "the broker is down" not in web.said
    finally:
        redis.program.go_on()
    store.wait_for(2)

    assert store.tellings() == told(("LOJA-SP", "1", "PICKING"), ("LOJA-SP", "1", "SHIPPED"))


def test_broker_restarted_under_running_programs_is_found_again(installation, redis, store):
    erp = Erp(make_shop(store), port := free_port())
    installation.web(port=port)
    worker = installation.worker()
    beat = installation.beat()
    redis.stop()
    beat.wait_to_say("the broker is down")
    erp.order("1")
    erp.tell("1", "reserved")

    redis.start()
    store.wait_for(1)
    beat.stop()
    wait_until(lambda: redis_is_read(worker), what="the worker to be back")
    erp.tell("1", "boarded")
    store.wait_for(2)

    assert store.tellings() == told(("LOJA-SP", "1", "PICKING"), ("LOJA-SP", "1", "SHIPPED"))


def redis_is_read(worker):
    return "Connected to" in worker.said.rpartition("Connection to broker lost")[2]


@with_both_pools
def test_worker_told_to_stop_records_what_it_sent_and_leaves_the_rest(installation, store, pool):
    decide_updates(make_shop(store), 60)
    store.slowness = 0.1
    worker = installation.worker(pool=pool)
    beat = installation.beat()
    store.wait_for(20)
    beat.stop()

    assert worker.stop() == 0

    calls = len(store.told)
    assert DeliveryAttempt.objects.filter(outcome="accepted").count() == calls
    assert states() == {"sent": calls, "pending": 120 - calls}
    assert list(Lane.objects.values_list("owner", "lease_until")) == [("", None)]

    store.hurry()
    installation.worker("next", pool=pool)
    installation.beat("next-beat")
    store.wait_for(120)
    wait_until(lambda: states() == {"sent": 120}, what="all to be recorded")
    assert set(store.tellings().values()) == {1}


@on_both_brokers
def test_two_workers_share_the_vitrines(installation, store):
    shops = [make_shop(store, f"LOJA-{number}") for number in range(4)]
    for shop in shops:
        decide_updates(shop, 15)
    store.slowness = 0.2
    installation.worker("one", concurrency=2)
    installation.worker("two", concurrency=2)
    installation.beat()
    store.wait_for(120)
    wait_until(lambda: states() == {"sent": 120}, what="all to be recorded")

    assert set(store.tellings().values()) == {1}
    workers = DeliveryAttempt.objects.values_list("worker", flat=True)
    assert len(set(workers)) == 2


def test_wake_up_for_a_leased_lane_returns_at_once(installation, broker, store):
    held, free = make_shop(store, "LOJA-A"), make_shop(store, "LOJA-B")
    for shop in (held, free):
        decide_updates(shop, 1)
    lease = acquire(vitrine_id=held.pk, owner="somebody", now=timezone.now())
    assert lease is not None
    for shop in (held, free):
        broker.send(DRAIN_LANE, shop.pk)
    installation.worker(concurrency=1)  # one after the other
    store.wait_for(2)

    assert store.tellings() == told(("LOJA-B", "1", "PICKING"), ("LOJA-B", "1", "SHIPPED"))
    assert held.lane.owner == "somebody"


def test_lane_with_a_backlog_lets_the_others_have_their_turn(installation, broker, store):
    long, short = make_shop(store, "LOJA-A"), make_shop(store, "LOJA-B")
    decide_updates(long, 300)
    decide_updates(short, 1)
    store.slowness = 0.2
    for shop in (long, short):
        broker.send(DRAIN_LANE, shop.pk)
    installation.worker(concurrency=1)
    wait_until(lambda: ("LOJA-B", "1", "SHIPPED") in store.tellings(), what="its turn")

    assert StatusUpdate.objects.filter(vitrine=long, state=UpdateState.PENDING).exists()
    ahead = len(store.told)
    store.wait_for(ahead + 1)  # the long one is not forgotten either


@with_both_pools
def test_lane_of_a_worker_that_died_is_taken_over(installation, store, pool):
    decide_updates(make_shop(store), 20)
    store.slowness = 0.2
    installation.beat()
    victim = installation.worker("victim")
    store.wait_for(10)
    victim.kill()
    installation.worker("heir", pool=pool)
    store.hurry()
    wait_until(lambda: states() == {"sent": 40}, what="all to be sent")

    assert set(store.tellings()) == {
        ("LOJA-SP", str(number), word) for number in range(1, 21) for word in WORDS.values()
    }
    assert len({telling[1:] for telling in store.told}) == 40  # told twice, with the same key


@pytest.mark.parametrize("program", ["worker", "beat"])
def test_celery_refuses_to_start_with_what_a_check_refuses(tmp_path, program):
    with Installation(
        tmp_path, database_url="sqlite:///none", broker_url="redis://h", LANE_LEASE_SECONDS="0.1"
    ) as installation:
        started = installation.start(program, ["-m", "celery", "-A", "backoffice", program])
        assert started.process.wait(START_SECONDS) == 1
    assert "(backoffice.E003) LANE_LEASE_SECONDS is 0.1" in started.said
    assert "Traceback" not in started.said


def test_celery_without_a_broker_says_what_sends_instead(tmp_path):
    with Installation(tmp_path, database_url="sqlite:///none") as installation:
        worker = installation.start("worker", ["-m", "celery", "-A", "backoffice", "worker"])
        assert worker.process.wait(START_SECONDS) == 1
    assert worker.said.endswith(
        "CELERY_BROKER_URL is not set: without a broker, `manage.py dispatch` sends.\n"
    )


def test_web_without_its_database_lives_and_is_not_ready(tmp_path):
    away = f"postgres://postgres@127.0.0.1:{free_port()}/none"
    with Installation(tmp_path, database_url=away) as installation:
        installation.web(port=(port := free_port()))
        answers = [requests.get(f"http://127.0.0.1:{port}/{page}", timeout=30) for page in HEALTH]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (200, {"status": "ok"}),
        (503, {"status": "database unavailable"}),
    ]
