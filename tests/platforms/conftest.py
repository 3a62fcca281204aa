from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from integrations.delivery.http import Sessions, Timeouts
from tests.platforms.harness import ScriptedShop


@pytest.fixture(scope="session")
def sessions() -> Iterator[Sessions]:
    opened = Sessions(pool_size=2, timeouts=Timeouts(connect=1, read=1, total=2))
    yield opened
    opened.close()


@pytest.fixture
def shop(httpserver: HTTPServer, sessions: Sessions) -> Iterator[ScriptedShop]:
    """What was scripted has to be asked for."""
    scripted = ScriptedShop(httpserver, sessions)
    yield scripted
    assert scripted.unused == 0, "the store has answers left that nobody asked for"
