"""What opens, stays and closes: values in, values out."""

from datetime import timedelta

import pytest

from integrations.alarms import words
from integrations.alarms.evaluation import (
    CALM,
    Closes,
    LateOrders,
    OpenAlarm,
    Opens,
    SeenAhead,
    Stays,
    VitrineFacts,
    Wishes,
    evaluate,
    wrongs_of,
)
from integrations.alarms.kinds import Kind
from integrations.painel.silence import Silence
from tests.factories import NOW

HOUR = timedelta(hours=1)
AGO = NOW - 3 * HOUR
ALL = Wishes(
    lane_paused=True,
    auth_refused=True,
    breaker_open=timedelta(minutes=15),
    held_or_failed_above=10,
    silent=2 * HOUR,
    late_orders=True,
)
MANUAL = {"paused_at": AGO, "pause_reason": "manual", "pause_words": "pausada por uma pessoa"}
REFUSED = {"paused_at": AGO, "pause_reason": "auth_refused"}
STUCK = {"stuck": 11, "stuck_since": AGO}
SILENT = {"waiting_since": AGO, "last_accepted_at": AGO - HOUR}
UNUSUAL = {"last_accepted_at": AGO, "silence": Silence(1, AGO, None)}
DOWN = {"breaker_opened_at": NOW - timedelta(minutes=15), "waiting_since": NOW}
LATE = LateOrders(2, AGO, "VT-1, despachado há 3 h e a loja ainda mostra PICKING (Em preparação)")


def kinds(**facts):
    return [wrong.kind for wrong in wrongs_of(ALL, VitrineFacts(**facts), NOW)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        (MANUAL, [Kind.LANE_PAUSED]),
        (MANUAL | {"pause_reason": "gone"}, [Kind.LANE_PAUSED]),
        (REFUSED, [Kind.AUTH_REFUSED]),
        (DOWN, [Kind.BREAKER_OPEN]),
        (DOWN | {"breaker_opened_at": NOW - timedelta(minutes=14)}, []),
        # Nothing waits: nobody asks the store, and nobody knows.
        (DOWN | {"waiting_since": None}, []),
        # A pause is told as such, not twice.
        (REFUSED | DOWN, [Kind.AUTH_REFUSED]),
        (REFUSED | SILENT, [Kind.AUTH_REFUSED]),
        (STUCK, [Kind.HELD_OR_FAILED]),
        (STUCK | {"stuck": 10}, []),
        (SILENT, [Kind.SILENT]),
        # Something waits only since a moment; nothing waits.
        (SILENT | {"waiting_since": NOW - HOUR}, []),
        (SILENT | {"waiting_since": None}, []),
        # Nothing was ever accepted.
        (SILENT | {"last_accepted_at": None}, [Kind.SILENT]),
        # Nothing waits, but at this hour something usually does.
        (UNUSUAL, [Kind.SILENT]),
        (UNUSUAL | {"last_accepted_at": NOW - HOUR}, []),
        (UNUSUAL | REFUSED, [Kind.AUTH_REFUSED]),
        ({"late": LATE}, [Kind.LATE_ORDERS]),
        (
            MANUAL | STUCK | {"late": LATE},
            [Kind.LANE_PAUSED, Kind.HELD_OR_FAILED, Kind.LATE_ORDERS],
        ),
        # Somebody decided that nothing is sent.
        (MANUAL | STUCK | {"late": LATE, "published": False}, []),
    ],
)
def test_what_is_wrong(facts, expected):
    assert kinds(**facts) == expected


@pytest.mark.parametrize("kind", Kind)
def test_alarm_that_is_off_is_never_wrong(kind):
    off = {
        Kind.LANE_PAUSED: {"lane_paused": False},
        Kind.AUTH_REFUSED: {"auth_refused": False},
        Kind.BREAKER_OPEN: {"breaker_open": None},
        Kind.HELD_OR_FAILED: {"held_or_failed_above": None},
        Kind.SILENT: {"silent": None},
        Kind.LATE_ORDERS: {"late_orders": False},
    }
    wishes = Wishes(**(vars(ALL) | off[kind]))
    assert wishes.kinds == frozenset(Kind) - {kind}
    everything = {**STUCK, "late": LATE}
    for paused in (MANUAL, REFUSED, {"breaker_opened_at": AGO, **SILENT}):
        found = wrongs_of(wishes, VitrineFacts(**everything, **paused), NOW)
        assert kind not in [wrong.kind for wrong in found]


def test_sentences_say_what_since_when_and_how_many():
    facts = VitrineFacts(**STUCK, **SILENT, late=LATE, breaker_opened_at=AGO)
    said = {
        wrong.kind: (wrong.since, wrong.number, wrong.said) for wrong in wrongs_of(ALL, facts, NOW)
    }
    assert said == {
        Kind.BREAKER_OPEN: (
            AGO,
            0,
            "A loja não responde, ou responde com erro. O que surge espera na fila e sai quando "
            "ela voltar.",
        ),
        # Since it was seen that they are too many: the oldest tells nothing of that.
        Kind.HELD_OR_FAILED: (
            None,
            11,
            "11 atualizações retidas ou com falha, acima do limite de 10; a mais antiga é de "
            "23/11 às 08:00.",
        ),
        Kind.SILENT: (
            AGO,
            0,
            "Nada foi aceito pela loja desde 23/11 às 07:00, e há atualizações esperando desde "
            "23/11 às 08:00.",
        ),
        Kind.LATE_ORDERS: (
            AGO,
            2,
            "2 pedidos fora do prazo. O mais antigo: VT-1, despachado há 3 h e a loja ainda mostra "
            "PICKING (Em preparação).",
        ),
    }


@pytest.mark.parametrize(
    ("told_at", "erp"),
    [
        (None, "O ERP não informou nada desde então."),
        (NOW - HOUR, words.silence_in_words(told="23/11 às 10:00", waiting="")),
    ],
)
def test_unusual_silence_says_what_the_erp_told_since(told_at, erp):
    facts = VitrineFacts(last_accepted_at=AGO, silence=Silence(1, AGO, told_at))
    (wrong,) = wrongs_of(ALL, facts, NOW)
    assert wrong.since == AGO
    assert wrong.said == (
        "Nada foi aceito pela loja desde 23/11 às 08:00, embora esta vitrine costume enviar nestas "
        f"horas. {erp}"
    )


# Opening, staying, closing

PAUSED = VitrineFacts(**REFUSED)
WELL = VitrineFacts()


def alarm(kind=Kind.AUTH_REFUSED, seen=timedelta(), told=timedelta()):
    """Open, last seen and told so long ago."""
    return OpenAlarm(7, kind, NOW - seen, NOW - told)


def steps(facts, *alarms, wishes=ALL):
    return evaluate(wishes, facts, alarms, NOW)


def test_what_is_wrong_and_not_open_opens():
    (step,) = steps(PAUSED)
    assert isinstance(step, Opens)
    assert (step.wrong.kind, step.wrong.since) == (Kind.AUTH_REFUSED, AGO)


def test_what_is_wrong_and_open_stays_one_alarm():
    (step,) = steps(PAUSED, alarm())
    assert isinstance(step, Stays)
    assert (step.alarm.id, step.repeats) == (7, False)


@pytest.mark.parametrize(
    ("repeat", "told", "repeats"),
    [
        (None, 100 * HOUR, False),
        (4 * HOUR, 4 * HOUR - timedelta(seconds=1), False),
        (4 * HOUR, 4 * HOUR, True),
        # Told at a time that a clock set back has not reached: it is not told twice.
        (4 * HOUR, -HOUR, False),
    ],
)
def test_alarm_that_goes_on_is_told_again_after_its_hours(repeat, told, repeats):
    wishes = Wishes(auth_refused=True, repeat=repeat)
    (step,) = steps(PAUSED, alarm(told=told), wishes=wishes)
    assert step.repeats is repeats


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (timedelta(seconds=30), []),
        (CALM - timedelta(seconds=1), []),
        (CALM, [Closes(alarm(seen=CALM), tells=True)]),
        # The clock was set back: calm begins anew.
        (-HOUR, [SeenAhead(alarm(seen=-HOUR))]),
    ],
)
def test_alarm_closes_once_it_has_been_over_for_a_while(seen, expected):
    assert steps(WELL, alarm(seen=seen)) == expected


def test_alarm_that_was_switched_off_closes_at_once_and_in_silence():
    assert steps(PAUSED, alarm(), wishes=Wishes()) == [Closes(alarm(), tells=False)]


def test_each_kind_goes_its_own_way():
    facts = VitrineFacts(**REFUSED, **STUCK)
    found = steps(facts, alarm(Kind.LATE_ORDERS, seen=HOUR), alarm(Kind.AUTH_REFUSED))
    assert [type(step) for step in found] == [Closes, Stays, Opens]
    assert found[2].wrong.kind == Kind.HELD_OR_FAILED


def test_nothing_wrong_and_nothing_open_is_nothing_to_write():
    assert steps(WELL) == []
