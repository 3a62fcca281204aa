import pytest

from tests.clock import Clock
from tests.factories import make_connection, make_mapping, make_vitrine
from tests.integrations.dispatcher.dispatching import DISPATCHED, PREPARING, Store


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
    make_mapping(vitrine, PREPARING, "PICKING")
    make_mapping(vitrine, DISPATCHED, "INVOICED", channel="url")
    return vitrine
