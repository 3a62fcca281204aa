"""The platform is unwell: what failed is tried again by the schedule, the lane is left alone."""

from integrations.delivery.retry import MAX_TRIES
from integrations.explain import explain_order
from integrations.models import UpdateState
from tests.faults.platform import tells
from tests.faults.reading import retrying
from tests.faults.rows import Read, fault

OOPS = tells("500 Internal Server Error", {"message": "Erro interno."})
DOWN = tells("503 Service Unavailable", {"message": "Em manutenção."})


@fault("500 once")
def test_500_once(stage):
    stage.meets(OOPS)
    stage.after(seconds=13)

    stage.shows(
        *("transient", "accepted"),
        counted=2,
        ends="SENT (accepted)",
        lane="goes on",
        read=retrying("HTTP 500 “Erro interno”"),
    )
    assert stage.heard == ["1", "2", "1"]


@fault("408 once")
def test_408_once(stage):
    stage.meets(tells("408 Request Timeout"))
    stage.after(seconds=13)

    stage.shows(
        *("transient", "accepted"),
        counted=2,
        ends="SENT (accepted)",
        lane="goes on",
        read=retrying("HTTP 408 “A plataforma está com problemas (HTTP 408)”"),
    )
    assert stage.heard == ["1", "2", "1"]


@fault("500 for ever, to one order")
def test_500_for_ever(stage):
    """Eleven tries, and no more; the lane goes on for all other orders."""
    stage.platform.always["1"] = OOPS
    stage.meets()
    others = [str(number) for number in range(3, 2 + MAX_TRIES)]
    for number in others:
        stage.enqueue(number)
        assert stage.after(hours=30) == 2
    stage.look()
    assert stage.after(days=30) == 0

    stage.shows(
        *["transient"] * MAX_TRIES,
        counted=MAX_TRIES,
        ends="FAILED (exhausted)",
        lane="goes on",
        read=Read(
            "exhausted",
            "As 11 tentativas do envio #1 (Em preparação) se esgotaram em 05/12 às 23:00.",
            "Última resposta: HTTP 500 “Erro interno”.",
            "Reenviar",
        ),
    )
    assert sorted(stage.heard) == sorted([*["1"] * MAX_TRIES, "2", *others])


def unwell(*, failures: int, until: str, answer: str) -> Read:
    return Read(
        "breaker_open",
        f"A loja falhou {failures} vezes seguidas; os envios param até 23/11 às {until} e então "
        "um só é testado.",
        answer,
        "Aguardar",
    )


@fault("500 for ever, to all")
def test_500_for_ever_to_all(stage):
    """From the fifth failure in a row on, each opening of the breaker risks one request."""
    stage.platform.answers(then=OOPS)
    assert [stage.dispatch(), stage.after(seconds=13)] == [2, 2]
    stage.clock.pass_by(seconds=77)
    stage.happens()
    assert len(stage.heard) == 5
    while stage.vitrine.status_updates.filter(state=UpdateState.PENDING).exists():
        assert stage.next_moment() == 1

    stage.shows(
        *["transient"] * MAX_TRIES,
        counted=MAX_TRIES,
        ends="FAILED (exhausted)",
        lane="breaker open for 30 s",
        read=unwell(
            failures=5, until="11:02:00", answer="Última resposta: HTTP 500 “Erro interno”."
        ),
    )
    assert sorted(stage.heard) == ["1"] * MAX_TRIES + ["2"] * MAX_TRIES


@fault("503 storm over twenty orders")
def test_503_storm(stage):
    """Five failures open the breaker; three probes find it open still, the fourth closes it."""
    last = [stage.enqueue(str(number)) for number in range(3, 21)][-1]
    stage.meets(*[DOWN] * 8)
    assert stage.heard == ["1", "2", "3", "4", "5"]
    waiting = explain_order(last.order, now=stage.clock.now)
    assert waiting.cause == "breaker_open"
    assert waiting.hint == "Nada se perde: o que surgir espera na fila."

    assert [stage.after(seconds=seconds) for seconds in (30, 60, 120)] == [1, 1, 1]
    assert stage.lane_does() == "breaker open for 240 s"
    assert stage.after(seconds=240) == 20

    stage.shows(
        *("transient", "accepted"),
        counted=2,
        ends="SENT (accepted)",
        lane="breaker open for 30 s",
        read=unwell(
            failures=5, until="11:00:30", answer="Última resposta: HTTP 503 “Em manutenção”."
        ),
    )
    updates = stage.vitrine.status_updates.order_by("id")
    assert [update.state for update in updates] == ["sent"] * 20
    assert [update.attempts_made for update in updates] == [2] * 8 + [1] * 12
    assert stage.heard[:20] == [str(number) for number in range(1, 21)]
    assert sorted(stage.heard[20:]) == [str(number) for number in range(1, 9)]
