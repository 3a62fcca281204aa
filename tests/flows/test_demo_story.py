"""The story of ``make demo``, scene by scene, and that a difference would be noticed."""

from dataclasses import replace
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from integrations.demo.expectations import MEANT, compare
from integrations.demo.results import lines_of, result_of
from integrations.demo.sample_orders import SAMPLE
from integrations.demo.story import STORY
from integrations.models import StatusUpdate, UpdateReason, UpdateState
from integrations.painel.figures import last_day
from vitrines.models import Order, Vitrine
from vitrines.statuses import OrderStatus


@pytest.mark.parametrize("scene", STORY, ids=lambda scene: scene.title)
def test_scene_ends_as_it_was_meant(world, scene):
    problems = world.stage.play(scene)
    result = result_of(
        world.stage, scene, problems=problems, meant=MEANT[scene.vitrine, scene.number]
    )
    assert result.differences == ()
    assert result.sentence


def test_every_scene_has_its_expectation_and_every_expectation_its_scene():
    assert {(scene.vitrine, scene.number) for scene in STORY} == set(MEANT)


def test_difference_is_named_with_what_was_meant_and_what_is(world):
    scene = STORY[0]
    meant = MEANT[scene.vitrine, scene.number]
    world.stage.play(scene)
    other = replace(meant, store_status="shipped", erp_status=OrderStatus.EMBARCADO, trackings=())
    result = result_of(world.stage, scene, problems=[], meant=other)
    assert result.differences == (
        "status na loja: devia ser shipped, é delivered",
        "rastreio na loja: devia ser nenhum, é 1:SQ458226057BR*",
        "status no ERP: devia ser Embarcado, é Entregue",
    )
    assert "DIFERE" in lines_of(result)[0]
    assert compare(meant, meant) == []


def test_sample_data_is_for_an_empty_database_only(db, tmp_path):
    User.objects.create(username="alguem")
    out = StringIO()
    call_command("load_sample", store_state=tmp_path / "loja.json", stdout=out)
    assert "Nada foi carregado." in out.getvalue()
    assert (Vitrine.objects.count(), User.objects.count()) == (0, 1)
    assert list(tmp_path.iterdir()) == []


def test_sample_data_shows_every_situation_and_loads_once(db, tmp_path):
    out = StringIO()
    state = tmp_path / "loja.json"
    call_command("load_sample", store_port=0, store_state=state, stdout=out)
    assert "Token da API (não será mostrado de novo): vit_" in out.getvalue()
    assert state.is_file()
    states = set(StatusUpdate.objects.values_list("state", flat=True))
    assert states == {
        UpdateState.SENT,
        UpdateState.HELD,
        UpdateState.SKIPPED,
        UpdateState.FAILED,
        UpdateState.PENDING,
    }
    reasons = set(StatusUpdate.objects.filter(state="held").values_list("reason", flat=True))
    assert reasons == {
        UpdateReason.UNMAPPED,
        UpdateReason.WAITING_INVOICE_XML,
        UpdateReason.WAITING_TRACKING,
    }
    day = last_day(now=timezone.now())
    assert min(hour.numbers[0] for hour in day.hours[:-1]) > 0
    assert day.p50 is not None
    orders = Order.objects.count()
    assert orders == len(SAMPLE) - 2  # two are only orphans so far
    call_command("load_sample", store_port=0, store_state=state, stdout=out)
    assert Order.objects.count() == orders
