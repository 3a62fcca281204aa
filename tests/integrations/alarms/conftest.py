import pytest

from integrations.alarms import notices
from tests.clock import Clock
from tests.factories import make_vitrine


@pytest.fixture(autouse=True)
def nothing_seen_of_other_claims():
    """A test's rows have the ids of another's."""
    notices.WATCH.forget()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def vitrine(db):
    return make_vitrine()
