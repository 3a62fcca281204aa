import pytest

from integrations.replay import advancing
from tests.clock import Clock
from tests.factories import make_connection, make_mapping, make_vitrine
from tests.integrations.dispatcher.dispatching import Store
from tests.integrations.people import sign_in
from tests.integrations.replay.pages import REPLAYER
from tests.integrations.replay.replaying import DISPATCHED, PAID, PREPARING, failures


@pytest.fixture(autouse=True)
def time_enough(monkeypatch):
    """A call goes on for as long as there is something to do, however busy the machine is."""
    monkeypatch.setattr(advancing, "BUDGET", 60)


@pytest.fixture
def store(httpserver):
    return Store(httpserver)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def vitrine(store):
    vitrine = make_vitrine()
    make_connection(vitrine, params={"base_url": store.url})
    for status, word in ((PAID, "PAID"), (PREPARING, "PICKING"), (DISPATCHED, "INVOICED")):
        make_mapping(vitrine, status, word, channel="url")
    return vitrine


@pytest.fixture
def failed(vitrine):
    """Refused, of the orders 1 and 2."""
    return failures(vitrine, 2)


@pytest.fixture
def operator(client):
    sign_in(client, *REPLAYER)
    return client
