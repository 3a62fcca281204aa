"""A platform's file that becomes invalid pauses the lanes of that platform, with the reason, and no
other; once it is mended and somebody resumes, they go on."""

import pytest

from integrations.delivery import dispatcher
from integrations.explain import explain_order
from integrations.models import Lane, PauseReason
from integrations.operations import resume_lane
from tests.factories import make_connection, make_mapping, make_user, make_vitrine
from tests.faults.platform import OK
from tests.faults.stage import PLATFORMS, PREPARING

NOTE = "Um arquivo de plataforma tem erros: manage.py check_platform os mostra."


@pytest.fixture
def file(stage, tmp_path, settings):
    """The stage's platform file, where a test may break it."""
    path = tmp_path / "loja.toml"
    path.write_text((PLATFORMS / "loja.toml").read_text())
    settings.PLATFORMS_DIR = str(tmp_path)
    return path


def broken(file):
    file.write_text(f"colour = 'blue'\n{file.read_text()}")


def mended(file):
    file.write_text((PLATFORMS / "loja.toml").read_text())


def pause_of(vitrine):
    lane = Lane.objects.get(vitrine=vitrine)
    return lane.pause_reason, lane.pause_note


def test_file_broken_while_the_lane_idles(stage, file):
    stage.platform.answers()
    assert stage.dispatch() == 2
    broken(file)
    third = stage.enqueue("3")

    assert stage.dispatch() == 0

    assert pause_of(stage.vitrine) == (PauseReason.CONFIG, NOTE)
    assert stage.waits(third)
    told = explain_order(third.order, now=stage.clock.now)
    assert (told.cause, told.sentence, told.action.label) == (
        "lane_paused",
        "Os envios da vitrine LOJA-SP estão parados desde 23/11 às 11:00: a plataforma não pôde "
        "ser usada: “Um arquivo de plataforma tem erros: manage.py check_platform os mostra”.",
        "Conferir os parâmetros de envio",
    )
    assert stage.heard == ["1", "2"]


def test_file_broken_while_the_lane_works(stage, file, monkeypatch):
    """What is in flight ends; nothing else is begun."""
    monkeypatch.setattr(dispatcher, "RENEW_SECONDS", 0.0)
    stage.enqueue("3")

    def breaks_meanwhile(sock):
        broken(file)
        OK(sock)

    stage.platform.answers(breaks_meanwhile)
    assert stage.dispatch() == 1

    assert pause_of(stage.vitrine) == (PauseReason.CONFIG, NOTE)
    assert stage.heard == ["1"]
    first, *others = stage.vitrine.status_updates.order_by("id")
    assert (first.state, first.reason) == ("sent", "accepted")
    assert [stage.waits(update) for update in others] == [True, True]


def test_mended_file_and_a_resumed_lane_go_on(stage, file):
    stage.platform.answers()
    broken(file)
    assert stage.dispatch() == 0
    resume_lane(vitrine=stage.vitrine, actor=make_user("olga"), now=stage.clock.now)
    assert stage.dispatch() == 0
    assert pause_of(stage.vitrine) == (PauseReason.CONFIG, NOTE)
    mended(file)
    assert stage.dispatch() == 0

    assert stage.resume() == 2

    assert stage.heard == ["1", "2"]


def test_file_that_is_gone_says_so(stage, file):
    stage.platform.answers()
    stage.dispatch()
    file.unlink()
    stage.enqueue("3")

    assert stage.dispatch() == 0

    assert pause_of(stage.vitrine) == (
        PauseReason.CONFIG,
        "Não há arquivo de plataforma chamado “loja”.",
    )


def test_vitrine_of_another_platform_goes_on(stage, file):
    other = make_vitrine("LOJA-RJ", platform="generic")
    make_mapping(other, PREPARING, "PICKING")
    make_connection(other, params={"base_url": stage.platform.url})
    stage.vitrine, broken_one = other, stage.vitrine
    told = stage.enqueue("77")
    broken(file)
    stage.platform.answers()

    assert stage.dispatch() == 1

    told.refresh_from_db()
    assert told.state == "sent"
    assert [heard.line for heard in stage.platform.heard] == [
        "PUT /pedidos/loja-77/status HTTP/1.1"
    ]
    assert pause_of(broken_one) == (PauseReason.CONFIG, NOTE)
    assert pause_of(other) == ("", "")
