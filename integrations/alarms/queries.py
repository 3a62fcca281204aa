"""Reads for the screens of alarms."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from integrations.alarms.facts import wishes_of
from integrations.alarms.kinds import Kind
from integrations.alarms.notices import channels_of, held_until
from integrations.alarms.pages import page_of
from integrations.alarms.words import WHAT_TO_DO
from integrations.models import Alarm, AlarmNotice, AlarmSettings
from vitrines.models import Vitrine


@dataclass(frozen=True)
class ShownAlarm:
    alarm: Alarm
    kind: Kind
    what_to_do: str
    #: Where that is done.
    page: str


@dataclass(frozen=True)
class ShownNotice:
    notice: AlarmNotice
    #: Of one that waits, when it is sent; None: at the next look.
    leaves_at: datetime | None


@dataclass(frozen=True)
class VitrineAlarms:
    """What one vitrine's people are told of, in a line."""

    vitrine: Vitrine
    kinds: tuple[Kind, ...]
    channels: tuple[str, ...]


def open_alarms(vitrine: Vitrine | None = None) -> list[ShownAlarm]:
    """The critical ones first, then the oldest."""
    rows = Alarm.objects.filter(closed_at=None).select_related("vitrine")
    if vitrine is not None:
        rows = rows.filter(vitrine=vitrine)
    shown = [_shown(alarm) for alarm in rows.order_by("opened_at", "id")]
    return sorted(shown, key=lambda each: not each.kind.critical)


def notices_for_list() -> QuerySet[AlarmNotice]:
    rows = AlarmNotice.objects.select_related("alarm", "vitrine__alarm_settings")
    return rows.defer("vitrine__alarm_settings__secrets")


def shown_notices(notices: Iterable[AlarmNotice], now: datetime) -> list[ShownNotice]:
    """``notices``: of ``notices_for_list``."""
    return [ShownNotice(notice, _leaves_at(notice, now)) for notice in notices]


def _leaves_at(notice: AlarmNotice, now: datetime) -> datetime | None:
    row: AlarmSettings | None = getattr(notice.vitrine, "alarm_settings", None)
    moment = max(filter(None, (notice.due_at, now)))
    held = held_until(row, Kind(notice.alarm.kind), moment) if row and notice.alarm else None
    return held or (moment if moment > now else None)


def alarms_by_vitrine() -> list[VitrineAlarms]:
    """All vitrines, in one query."""
    rows = Vitrine.objects.select_related("alarm_settings").defer("alarm_settings__secrets")
    return [_in_a_line(vitrine) for vitrine in rows.order_by("code")]


def _shown(alarm: Alarm) -> ShownAlarm:
    kind = Kind(alarm.kind)
    return ShownAlarm(alarm, kind, WHAT_TO_DO[kind], page_of(kind, alarm.vitrine.code))


def _in_a_line(vitrine: Vitrine) -> VitrineAlarms:
    row: AlarmSettings | None = getattr(vitrine, "alarm_settings", None)
    if row is None:
        return VitrineAlarms(vitrine, (), ())
    wanted = wishes_of(row).kinds
    channels = tuple(str(channel.label) for channel in channels_of(row))
    return VitrineAlarms(vitrine, tuple(kind for kind in Kind if kind in wanted), channels)
