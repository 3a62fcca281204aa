"""What a person may do about alarms. Each is one transaction with its audit entry; a test then
sends, outside of it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, time
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from integrations.alarms import words
from integrations.alarms.lateness import span_of_minutes
from integrations.alarms.notices import CLAIM, channels_of
from integrations.alarms.sending import WEBHOOK, Clock, deliver
from integrations.models import (
    AlarmNotice,
    AlarmSettings,
    Occasion,
    StatusDeadline,
)
from status_mapping.merge import MergedRow, merge_row
from vitrines import audit
from vitrines.models import AuditAction, Vitrine
from vitrines.statuses import SCREEN_ORDER, OrderStatus


class StaleAlarmSettings(Exception):
    """Somebody else saved them since the form was opened; nothing was saved."""


class StaleDeadlines(Exception):
    """Somebody else changed the same limit since the form was opened; nothing was saved."""


class NothingToTest(Exception):
    """No channel is set; says so in Portuguese."""


@dataclass(frozen=True)
class AlarmValues:
    """What a form says of a vitrine's alarms. ``secret``: None keeps what is stored."""

    lane_paused: bool = False
    auth_refused: bool = False
    breaker_open_minutes: int | None = None
    held_or_failed_above: int | None = None
    silent_hours: int | None = None
    late_orders: bool = False
    recipients: list[str] = field(default_factory=list)
    webhook_url: str = ""
    secret: str | None = field(default=None, repr=False)
    quiet_from: time | None = None
    quiet_until: time | None = None
    critical_breaks_quiet: bool = False
    repeat_hours: int | None = None


#: As ``AlarmSettings`` and ``AlarmValues`` both call them.
PLAIN = tuple(each.name for each in fields(AlarmValues) if each.name != "secret")
WEBHOOK_KEY_NAME = "segredo do webhook"


def as_json(source: AlarmSettings | AlarmValues) -> dict[str, Any]:
    """What a form carries, to know later what its author saw."""
    values = {name: getattr(source, name) for name in PLAIN}
    return {
        name: f"{value:%H:%M}" if isinstance(value, time) else value
        for name, value in values.items()
    }


def settings_of(vitrine: Vitrine) -> AlarmSettings:
    """Those that are stored, or unsaved ones with all off. The secret is not read."""
    row = AlarmSettings.objects.defer("secrets").filter(vitrine=vitrine).first()
    return row or AlarmSettings(vitrine=vitrine, version=0)


def has_secret(row: AlarmSettings) -> bool:
    """None is stored without an address, and no address without one. It is not read for that: a
    lost key must not close the page."""
    return row.pk is not None and bool(row.webhook_url)


@transaction.atomic
def save_alarm_settings(
    *, vitrine: Vitrine, values: AlarmValues, seen_version: int, actor: User, now: datetime
) -> list[str]:
    """Replace them; say in words which changed. The secret goes with the address."""
    Vitrine.objects.select_for_update().get(pk=vitrine.pk)
    row = settings_of(vitrine)
    if row.version != seen_version:
        raise StaleAlarmSettings(f"Os alarmes de {vitrine.code} foram alterados por outra pessoa.")
    changed = _changed(row, values)
    if not changed:
        return []
    stored_as: dict[str, Any] = {name: getattr(values, name) for name in PLAIN}
    if not values.webhook_url:
        stored_as["secrets"] = {}
    elif values.secret is not None:
        stored_as["secrets"] = {WEBHOOK: values.secret}
    # What is stored may be unreadable; it is written without being read.
    stored = AlarmSettings.objects.filter(vitrine=vitrine)
    if not stored.update(**stored_as, version=F("version") + 1):
        AlarmSettings.objects.create(vitrine=vitrine, **stored_as)
    audit.record(
        action=AuditAction.ALARM_SAVE,
        actor=actor,
        now=now,
        vitrine=vitrine,
        subject=", ".join(changed)[:120],
        fields=changed,
        version=seen_version + 1,
    )
    return changed


@transaction.atomic
def save_deadlines(
    *,
    vitrine: Vitrine,
    seen: Mapping[OrderStatus, int | None],
    minutes: Mapping[OrderStatus, int | None],
    actor: User,
    now: datetime,
) -> list[str]:
    """Set the limit of each status that this person changed, or remove it (None); say in words
    which changed. ``seen``: those that their form came with; what another changed meanwhile stays.
    """
    Vitrine.objects.select_for_update().get(pk=vitrine.pk)
    rows = StatusDeadline.objects.filter(vitrine=vitrine)
    stored = {OrderStatus(row.status): row.minutes for row in rows}
    merged = merge_deadlines(seen=seen, minutes=minutes, stored=stored)
    if merged.conflicts:
        raise StaleDeadlines(f"Os prazos de {vitrine.code} foram alterados por outra pessoa.")
    limits = {s: merged.cells[s.name] for s in SCREEN_ORDER if s.name in merged.cells}
    changed = {s: limit for s, limit in limits.items() if limit != stored.get(s)}
    if not changed:
        return []
    rows.filter(status__in=changed).delete()
    StatusDeadline.objects.bulk_create(
        StatusDeadline(vitrine=vitrine, status=status, minutes=limit)
        for status, limit in changed.items()
        if limit is not None
    )
    told = [f"{s.label}: {span_of_minutes(limit)}" for s, limit in changed.items()]
    audit.record(
        action=AuditAction.DEADLINE_SAVE,
        actor=actor,
        now=now,
        vitrine=vitrine,
        subject="; ".join(told)[:120],
        minutes={s.name: [stored.get(s), limit] for s, limit in changed.items()},
    )
    return told


def merge_deadlines(
    *,
    seen: Mapping[OrderStatus, int | None],
    minutes: Mapping[OrderStatus, int | None],
    stored: Mapping[OrderStatus, int],
) -> MergedRow:
    """By the statuses' names: what is to be stored, and what another stored of those in dispute."""
    return merge_row(
        base={status.name: seen.get(status) for status in minutes},
        mine={status.name: limit for status, limit in minutes.items()},
        theirs={status.name: stored.get(status) for status in minutes},
    )


def send_test(
    *, vitrine: Vitrine, key: uuid.UUID, actor: User, now: datetime, clock: Clock = timezone.now
) -> list[AlarmNotice]:
    """Send one notice by each channel that is set, now, whatever the hour; one try each.

    1. The notices are written, claimed, with the audit entry. A ``key`` that was used already ends
       here: the same form was posted twice.
    2. Each is sent outside any transaction, and what came of it is written.
    """
    row = settings_of(vitrine)
    if not channels_of(row):
        raise NothingToTest("Informe um e-mail ou um webhook e salve antes de testar.")
    for notice in _begin_test(row, key, actor, now):
        deliver(notice, row, now=clock)
    return list(AlarmNotice.objects.filter(test_key=key).order_by("channel"))


@transaction.atomic
def _begin_test(
    row: AlarmSettings, key: uuid.UUID, actor: User, now: datetime
) -> list[AlarmNotice]:
    Vitrine.objects.select_for_update().get(pk=row.vitrine_id)
    if AlarmNotice.objects.filter(test_key=key).exists():
        return []
    channels = channels_of(row)
    notices = [
        AlarmNotice(
            vitrine=row.vitrine,
            channel=channel,
            occasion=Occasion.TEST,
            test_key=key,
            test_by=actor,
            created_at=now,
            since=now,
            said=words.TEST.format(who=audit.label_of(actor)),
            due_at=now,
            claims=1,
            claimed_until=now + CLAIM,
        )
        for channel in channels
    ]
    audit.record(
        action=AuditAction.ALARM_TEST,
        actor=actor,
        now=now,
        vitrine=row.vitrine,
        subject=", ".join(str(channel.label) for channel in channels),
    )
    return AlarmNotice.objects.bulk_create(notices)


def _changed(row: AlarmSettings, values: AlarmValues) -> list[str]:
    """In the words of the screen; the secret by its name only."""
    names = [name for name in PLAIN if getattr(row, name) != getattr(values, name)]
    labels = [label_of(name) for name in names]
    return [*labels, *([WEBHOOK_KEY_NAME] if values.secret is not None else [])]


def label_of(name: str) -> str:
    """As the audit calls it."""
    return str(getattr(AlarmSettings._meta.get_field(name), "verbose_name", name))
