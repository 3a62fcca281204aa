"""Sending the notices that are due: claimed, sent outside any transaction, recorded.

Delivery is at least once: a process that is killed after the far side answered leaves a notice that
another one sends again, under the same ``webhook-id`` and ``Message-ID``.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from functools import partial

from django.utils import timezone

from integrations.alarms.by_email import by_email
from integrations.alarms.by_webhook import by_webhook, server_of
from integrations.alarms.facts import wishes_of
from integrations.alarms.kinds import Kind
from integrations.alarms.notices import Delivery, claim, due_notices, record, withdraw
from integrations.models import AlarmNotice, AlarmSettings, NoticeChannel
from vitrines.secrets import SecretUnreadable

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
#: Of the secrets.
WEBHOOK = "webhook"
#: Receivers that are told side by side.
MOST_AT_ONCE = 32

_Queued = tuple[AlarmNotice, AlarmSettings]


def send_notices(*, now: Clock = timezone.now, enough: Callable[[], bool] = lambda: False) -> int:
    """Try what is due, oldest first; returns how many were tried. Any number of engines may at
    once. ``enough`` is asked before each.

    Receivers are told side by side, and each of them one notice after another: one that does not
    answer keeps a thread, and nobody else. The threads touch no database.
    """
    lines = _lines(due_notices(now()))
    on_the_way: dict[Future[Delivery], tuple[str, AlarmNotice]] = {}
    tried = 0
    with ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="alarm") as pool:
        while lines or on_the_way:
            busy = {receiver for receiver, _ in on_the_way.values()}
            for receiver in [each for each in lines if each not in busy]:
                if len(on_the_way) == MOST_AT_ONCE:
                    break
                notice, row = lines[receiver].popleft()
                if enough():
                    lines.clear()
                    break
                if not lines[receiver]:
                    del lines[receiver]
                if _taken(notice, row, now()):
                    future = pool.submit(_try, notice, _way(notice, row, now()))
                    on_the_way[future] = (receiver, notice)
            for future in wait(on_the_way, return_when=FIRST_COMPLETED).done:
                _, notice = on_the_way.pop(future)
                record(notice, future.result(), now())
                tried += 1
    return tried


def deliver(notice: AlarmNotice, row: AlarmSettings, *, now: Clock = timezone.now) -> None:
    """Send a claimed notice once, and record what came of it."""
    record(notice, _try(notice, _way(notice, row, now())), now())


def _lines(notices: Iterable[AlarmNotice]) -> dict[str, deque[_Queued]]:
    """By receiver, that of the mails first."""
    rows = {row.vitrine_id: row for row in AlarmSettings.objects.defer("secrets")}
    lines: dict[str, deque[_Queued]] = {"": deque()}
    for notice in notices:
        if row := rows.get(notice.vitrine_id):
            by_mail = notice.channel == NoticeChannel.EMAIL
            receiver = "" if by_mail else server_of(row.webhook_url)
            lines.setdefault(receiver, deque()).append((notice, row))
    return {receiver: line for receiver, line in lines.items() if line}


def _taken(notice: AlarmNotice, row: AlarmSettings, now: datetime) -> bool:
    """Whether it is to be sent, and by us. Of a kind that was switched off, nothing is told."""
    if notice.alarm is not None and Kind(notice.alarm.kind) not in wishes_of(row).kinds:
        withdraw(AlarmNotice.objects.filter(pk=notice.pk), now)
        return False
    return claim(notice, now)


def _way(notice: AlarmNotice, row: AlarmSettings, at: datetime) -> Callable[[], Delivery]:
    """How it is sent, with all that is read from the database."""
    if notice.channel == NoticeChannel.EMAIL:
        return partial(by_email, notice, row.recipients)
    try:
        secret = row.secrets.get(WEBHOOK, "") if row.webhook_url else ""
    except SecretUnreadable as error:
        return partial(Delivery, server_of(row.webhook_url), str(error))
    return partial(by_webhook, notice, row.webhook_url, secret, at)


def _try(notice: AlarmNotice, way: Callable[[], Delivery]) -> Delivery:
    try:
        return way()
    except Exception:
        logger.exception("notice %s could not be sent", notice.pk)
        return Delivery("", "Erro inesperado: veja o log do servidor.")
