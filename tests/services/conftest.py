"""Real services for `make test-services`. One that is missing fails; it is never skipped."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.services.engine_brokers import Broker, rabbitmq_broker, redis_broker
from tests.services.engine_processes import Installation, NotRunning, RedisServer, redis_server
from tests.services.vendure_server import VendureNotRunning, running
from tests.services.vendure_shop import VendureShop, VendureStaff

#: What a crash test's line of results is called among its report's properties.
CRASH_RESULT = "crash"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What each crash came to, also where it passed."""
    reports = [
        report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)
    ]
    lines = [
        value
        for report in reports
        if report.when == "call"
        for name, value in report.user_properties
        if name == CRASH_RESULT
    ]
    if lines:
        terminalreporter.section("crashes")
    for line in lines:
        terminalreporter.write_line(str(line))


@pytest.fixture(scope="session")
def vendure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VendureShop]:
    try:
        with running(tmp_path_factory.mktemp("vendure")) as address:
            yield VendureShop(address)
    except VendureNotRunning as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture(scope="session")
def staff(vendure: VendureShop) -> VendureStaff:
    return vendure.staff()


@pytest.fixture(scope="session")
def api_key(staff: VendureStaff) -> str:
    return staff.create_api_key()


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    try:
        with redis_server(tmp_path_factory.mktemp("redis")) as server:
            yield server
    except NotRunning as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """Redis, unless the test asks for ``rabbitmq``; with nothing in its queues."""
    kind = getattr(request, "param", "redis")
    if kind == "redis":
        server = request.getfixturevalue("redis")
        with redis_broker(server) as broker:
            yield broker
    else:
        url = os.environ.get("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")
        try:
            with rabbitmq_broker(url) as broker:
                yield broker
        except NotRunning as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """Of the test's own database, for processes: it has to be PostgreSQL."""
    at = connection.settings_dict
    if connection.vendor != "postgresql":
        pytest.fail(
            "the engine's tests need PostgreSQL: TEST_DATABASE_URL is not one (make test-services)",
            pytrace=False,
        )
    return f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


@pytest.fixture
def installation(tmp_path: Path, database_url: str, broker: Broker) -> Iterator[Installation]:
    with Installation(
        tmp_path, database_url=database_url, broker_url=broker.url, LANE_LEASE_SECONDS="3"
    ) as installation:
        yield installation
