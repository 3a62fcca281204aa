import pytest
from django.utils import timezone

from integrations.alarms import notices
from integrations.views import alarms as views
from tests.clock import Clock
from tests.factories import make_vitrine
from tests.people import member_of, signed_in


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


@pytest.fixture
def other(vitrine):
    user = member_of("Mapeamento", username="maria")
    return signed_in(user)


@pytest.fixture
def at_two(monkeypatch):
    """What is saved, is saved at 14:02."""
    now = timezone.now().astimezone(timezone.get_default_timezone())
    moment = now.replace(hour=14, minute=2)
    monkeypatch.setattr(views.timezone, "now", lambda: moment)
