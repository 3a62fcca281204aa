"""Alarms and their notices as rows: opened once, told once, closed; whatever the clock does."""

from datetime import time, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from integrations.alarms.raising import raise_alarms
from integrations.models import (
    Alarm,
    AlarmNotice,
    AlarmSettings,
    Lane,
    UpdateReason,
    UpdateState,
)
from tests.factories import NOW, make_order, make_update, make_vitrine
from tests.integrations.alarms.world import (
    alarms,
    late_order,
    limit,
    look,
    pause,
    resume,
    told,
    want,
)

pytestmark = pytest.mark.django_db

OPENED, CLOSED = ("opened", "email", "sent"), ("closed", "email", "sent")
AGAIN = ("repeated", "email", "sent")


def test_what_is_wrong_is_one_alarm_told_once(vitrine, clock):
    want(vitrine, auth_refused=True)
    pause(vitrine)
    for _ in range(10):
        look(clock)
        clock.pass_by(seconds=30)
    assert alarms() == [("auth_refused", True)]
    assert told() == [OPENED]
    assert len(mail.outbox) == 1
    row = Alarm.objects.get()
    assert (row.opened_at, row.since, row.seen_at) == (NOW, NOW, NOW + timedelta(seconds=270))


def test_alarm_closes_after_a_calm_and_the_next_time_is_another(vitrine, clock):
    want(vitrine, auth_refused=True)
    pause(vitrine)
    look(clock)
    resume(vitrine)
    clock.pass_by(minutes=4)
    look(clock)
    assert alarms() == [("auth_refused", True)]
    clock.pass_by(minutes=1)
    look(clock)
    assert (alarms(), told()) == ([("auth_refused", False)], [OPENED, CLOSED])
    pause(vitrine, at=clock())
    look(clock)
    assert alarms() == [("auth_refused", False), ("auth_refused", True)]
    assert told() == [OPENED, CLOSED, OPENED]


def test_alarm_about_its_threshold_is_one(vitrine, clock):
    want(vitrine, held_or_failed_above=0)
    update = make_update(
        make_order(vitrine), state=UpdateState.FAILED, reason=UpdateReason.REJECTED
    )
    for turn in range(20):
        update.state = UpdateState.FAILED if turn % 2 else UpdateState.CANCELLED
        update.save()
        look(clock)
        clock.pass_by(minutes=1)
    assert (alarms(), told()) == ([("held_or_failed", True)], [OPENED])


def test_alarm_that_goes_on_is_told_again(vitrine, clock):
    want(vitrine, auth_refused=True, repeat_hours=4)
    pause(vitrine)
    for _ in range(9):
        look(clock)
        clock.pass_by(hours=1)
    assert told() == [OPENED, AGAIN, AGAIN]
    assert list(AlarmNotice.objects.order_by("id").values_list("repeat", flat=True)) == [0, 1, 2]


def test_nothing_is_raised_or_sent_while_all_is_off(vitrine, clock):
    unasked = make_vitrine("LOJA-RJ")
    want(vitrine)
    for each in (vitrine, unasked):
        pause(each)
        late_order(each)
        limit(each)
    clock.pass_by(hours=8)
    assert look(clock) == (0, 0)
    assert (alarms(), told(), mail.outbox) == ([], [], [])


def test_alarm_that_is_switched_off_closes_and_tells_nobody(vitrine, clock):
    row = want(vitrine, auth_refused=True)
    pause(vitrine)
    look(clock)
    row.auth_refused = False
    row.save(update_fields=["auth_refused"])
    look(clock)
    assert (alarms(), told()) == ([("auth_refused", False)], [OPENED])


def test_what_waits_to_be_told_of_an_alarm_that_is_switched_off_is_withdrawn(vitrine, clock):
    row = want(vitrine, auth_refused=True)
    pause(vitrine)
    raise_alarms(now=clock())
    row.auth_refused = False
    row.save(update_fields=["auth_refused"])
    look(clock)
    assert (told(), mail.outbox) == ([("opened", "email", "failed")], [])
    assert AlarmNotice.objects.get().error == "O alarme foi desligado antes do envio."


def test_alarm_without_anybody_to_tell_is_on_the_screen_only(vitrine, clock):
    want(vitrine, auth_refused=True, recipients=[])
    pause(vitrine)
    look(clock)
    assert (alarms(), told(), mail.outbox) == ([("auth_refused", True)], [], [])


def test_all_kinds_are_read_from_the_database(vitrine, clock):
    """A breaker, the queue and a limit at once; a pause is another time's."""
    want(
        vitrine,
        breaker_open_minutes=15,
        held_or_failed_above=0,
        silent_hours=2,
        late_orders=True,
    )
    raise_alarms(now=clock())
    Lane.objects.create(vitrine=vitrine, breaker_opened_at=NOW)
    make_update(make_order(vitrine, "2"))
    raise_alarms(now=clock())
    late_order(vitrine)
    limit(vitrine)
    clock.pass_by(hours=3)
    raise_alarms(now=clock())
    assert {alarm.kind: (alarm.since, alarm.number) for alarm in Alarm.objects.all()} == {
        "breaker_open": (NOW, 0),
        "held_or_failed": (clock(), 1),
        "silent": (NOW, 0),
        "late_orders": (NOW, 1),
    }
    assert Alarm.objects.get(kind="late_orders").said == (
        "1 pedido fora do prazo. O mais antigo: VT-1, despachado há 3 h e a loja ainda mostra PAID."
    )


# What is too many


def test_excess_is_told_since_it_was_seen_not_since_the_oldest(vitrine, clock):
    want(vitrine, held_or_failed_above=1)
    month_ago = NOW - timedelta(days=30)
    failed = {"state": UpdateState.FAILED, "reason": UpdateReason.REJECTED}
    make_update(make_order(vitrine, "1"), created_at=month_ago, **failed)
    look(clock)
    make_update(make_order(vitrine, "2"), **failed)
    clock.pass_by(minutes=1)
    look(clock)
    opened_at = clock()
    clock.pass_by(hours=1)
    look(clock)
    alarm = Alarm.objects.get()
    assert (alarm.since, alarm.opened_at, AlarmNotice.objects.get().since) == (opened_at,) * 3
    assert "Desde: 23/11 às 11:01\n" in mail.outbox[0].body
    assert "a mais antiga é de 24/10 às 11:00." in mail.outbox[0].body


def test_look_costs_the_same_however_many_vitrines(vitrine, clock, django_assert_num_queries):
    """The settings, the open alarms, what is stuck, what moved, who is
    silent; the limits."""
    everything = {
        "held_or_failed_above": 5,
        "silent_hours": 2,
        "late_orders": True,
        "lane_paused": True,
    }
    want(vitrine, **everything)
    with django_assert_num_queries(6):
        raise_alarms(now=clock())
    for code in ("A", "B", "C"):
        want(make_vitrine(code), **everything)
    with django_assert_num_queries(6):
        raise_alarms(now=clock())


def test_nothing_asked_of_a_site_without_alarms(db, clock, django_assert_num_queries):
    with django_assert_num_queries(1):
        raise_alarms(now=clock())


# The clock is set


@pytest.mark.parametrize("an_hour", [timedelta(hours=-1), timedelta(hours=1)])
def test_clock_that_is_set_loses_and_doubles_nothing(vitrine, clock, an_hour):
    want(vitrine, auth_refused=True, repeat_hours=6)
    pause(vitrine)
    look(clock)
    clock.now += an_hour
    for _ in range(5):
        look(clock)
        clock.pass_by(minutes=1)
    assert (alarms(), told()) == ([("auth_refused", True)], [OPENED])
    resume(vitrine)
    for _ in range(7):
        look(clock)
        clock.pass_by(minutes=1)
    assert (alarms(), told()) == ([("auth_refused", False)], [OPENED, CLOSED])


@pytest.mark.parametrize("an_hour", [timedelta(hours=-1), timedelta(hours=1)])
def test_clock_that_is_set_between_writing_and_sending(vitrine, clock, an_hour):
    want(vitrine, auth_refused=True)
    pause(vitrine)
    raise_alarms(now=clock())
    clock.now += an_hour
    look(clock)
    clock.pass_by(hours=2)
    look(clock)
    assert (told(), len(mail.outbox)) == ([OPENED], 1)


# Guarantees of the rows


def test_second_open_alarm_of_a_kind_is_refused_by_the_database(vitrine):
    fields = {
        "vitrine": vitrine,
        "kind": "silent",
        "opened_at": NOW,
        "seen_at": NOW,
        "since": NOW,
        "told_at": NOW,
        "said": "x",
    }
    Alarm.objects.create(closed_at=NOW, **fields)
    Alarm.objects.create(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alarm.objects.create(**fields)
    Alarm.objects.create(**fields | {"kind": "lane_paused"})


def test_notice_is_one_by_channel_and_occasion(vitrine, clock):
    want(vitrine, auth_refused=True)
    pause(vitrine)
    raise_alarms(now=NOW)
    notice = AlarmNotice.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        AlarmNotice.objects.create(
            vitrine=vitrine,
            alarm=notice.alarm,
            channel="email",
            occasion="opened",
            created_at=NOW,
            since=NOW,
            said="x",
            due_at=NOW,
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": time(22)},
        {"quiet_from": time(7), "quiet_until": time(7)},
        {"repeat_hours": 0},
    ],
)
def test_settings_that_make_no_sense_are_refused_by_the_database(vitrine, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        AlarmSettings.objects.create(vitrine=vitrine, **wrong)


def test_look_that_was_overtaken_by_another_writes_nothing(vitrine, clock, caplog):
    """Another engine looks and writes between this one's reading and its writing."""
    want(vitrine, held_or_failed_above=0)
    late_order(vitrine)
    by_the_other = []

    def overtaken(execute, sql, *rest):
        if "integrations_statusupdate" in sql and not by_the_other:
            by_the_other.append(0)
            by_the_other.append(raise_alarms(now=clock()))
        return execute(sql, *rest)

    with connection.execute_wrapper(overtaken):
        written = raise_alarms(now=clock())

    assert (by_the_other, written) == ([0, 1], 0)
    assert (alarms(), told()) == ([("held_or_failed", True)], [("opened", "email", "pending")])
    assert AlarmSettings.objects.get().evaluation == 1
    assert caplog.messages == []
