"""A filter that matches far more than a chunk: counted, then worked through behind the page, and
cancelled on the way. What 500,000 would be, with a chunk of 2."""

import pytest
from django.utils import timezone

from integrations.models import ReplayRun, StatusUpdate
from integrations.replay import advancing
from integrations.replay.advancing import advance_replays
from tests.factories import make_connection, make_mapping, make_vitrine
from tests.integrations.replay.pages import NEW, RUNS, html_of
from tests.integrations.replay.replaying import PREPARING, failures
from tests.integrations.replay.test_pages import form_of

pytestmark = pytest.mark.django_db

FILTER = {"about": "filter", "state": "failed"}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(advancing, "CHUNK", 2)
    monkeypatch.setattr(advancing, "BUDGET", 0)


@pytest.fixture
def vitrine():
    vitrine = make_vitrine()
    make_connection(vitrine, params={"base_url": "http://127.0.0.1:1"})
    make_mapping(vitrine, PREPARING, "PICKING", channel="url")
    return vitrine


def in_queue():
    return StatusUpdate.objects.filter(state="pending").count()


def test_large_filter_is_counted_first_started_in_the_background_and_cancelled(vitrine, operator):
    failures(vitrine, 9)
    shown = operator.get(NEW, FILTER)
    assert (shown.context["preview"].selected, in_queue()) == (9, 0)

    operator.post(f"{NEW}?about=filter&state=failed", form_of(shown))

    run = ReplayRun.objects.get()
    assert (run.selected, in_queue()) == (9, 0)
    advance_replays(now=timezone.now())
    html = html_of(operator.get(f"{RUNS}{run.pk}/"))
    assert ("2 de 9 vistas" in html, 'value="22"' in html, in_queue()) == (True, True, 2)

    operator.post(f"{RUNS}{run.pk}/cancelar/")
    for _ in range(3):
        advance_replays(now=timezone.now())

    html = html_of(operator.get(f"{RUNS}{run.pk}/"))
    assert "7 ficaram como estavam" in html
    assert set(StatusUpdate.objects.values_list("state", flat=True)) == {"failed"}


@pytest.mark.parametrize("count", [1, 9])
def test_start_costs_the_same_however_many_the_filter_matches(
    count, vitrine, operator, django_assert_max_num_queries
):
    failures(vitrine, count)
    form = form_of(operator.get(NEW, FILTER))

    with django_assert_max_num_queries(16):
        operator.post(f"{NEW}?about=filter&state=failed", form)

    assert ReplayRun.objects.get().selected == count
