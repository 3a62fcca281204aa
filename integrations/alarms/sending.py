"""Sending the notices that are due: claimed, sent outside any transaction, recorded.

An e-mail goes to all recipients at once by Django's mail API (EMAIL_URL); a webhook in the form of
Standard Webhooks by the only door to the outside (``delivery.http``), with all that it refuses.
Delivery is at least once: a process that is killed after the far side answered leaves a notice that
another one sends again, under the same ``webhook-id`` and ``Message-ID``.
"""

import json
import logging
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from integrations.alarms import words
from integrations.alarms.kinds import Kind
from integrations.alarms.notices import (
    Delivery,
    claim,
    due_notices,
    hold_if_quiet,
    record,
)
from integrations.alarms.pages import absolute, page_of
from integrations.delivery.http import CallFailed, Sessions, Timeouts
from integrations.delivery.outcomes import Outcome
from integrations.delivery.render import RenderedRequest
from integrations.delivery.signing import webhook_headers
from integrations.models import AlarmNotice, AlarmSettings, NoticeChannel
from vitrines.platforms.language import RenderError
from vitrines.secrets import SecretUnreadable

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
#: Of the secrets.
WEBHOOK = "webhook"
TIMEOUTS = Timeouts(connect=5.0, read=10.0, total=15.0)

_NO_MAIL_SERVER = "Nenhum servidor de e-mail foi configurado (EMAIL_URL)."
_NOWHERE = "Este canal foi desligado antes do envio."


def send_notices(*, now: Clock = timezone.now, enough: Callable[[], bool] = lambda: False) -> int:
    """Try what is due, oldest first; returns how many were tried. Any number of engines may at
    once. ``enough`` is asked before each."""
    tried = 0
    for notice in due_notices(now()):
        if enough():
            break
        row = _settings_of(notice)
        if row is None or hold_if_quiet(notice, row, now()) or not claim(notice, now()):
            continue
        deliver(notice, row, now=now)
        tried += 1
    return tried


def deliver(notice: AlarmNotice, row: AlarmSettings, *, now: Clock = timezone.now) -> None:
    """Send a claimed notice once, and record what came of it."""
    try:
        delivery = _delivered(notice, row, now())
    except Exception:
        logger.exception("notice %s could not be sent", notice.pk)
        delivery = Delivery("", "Erro inesperado: veja o log do servidor.")
    record(notice, delivery, row, now())


def told(notice: AlarmNotice) -> words.Told:
    """The notice as plain data. ``notice`` comes with its alarm and vitrine."""
    kind = Kind(notice.alarm.kind) if notice.alarm else None
    code = notice.vitrine.code
    return words.Told(
        occasion=notice.occasion,
        kind=kind,
        vitrine_code=code,
        vitrine_description=notice.vitrine.description,
        at=notice.created_at,
        since=notice.since,
        number=notice.number,
        said=notice.said,
        link=absolute(page_of(kind, code), settings.SITE_URL),
        settings_link=absolute(page_of(None, code), settings.SITE_URL),
    )


def server_of(url: str) -> str:
    """Scheme, host and port: the rest of an address may hold a key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _settings_of(notice: AlarmNotice) -> AlarmSettings | None:
    return AlarmSettings.objects.defer("secrets").filter(vitrine=notice.vitrine_id).first()


def _delivered(notice: AlarmNotice, row: AlarmSettings, at: datetime) -> Delivery:
    if notice.channel == NoticeChannel.EMAIL:
        return _by_email(notice, row.recipients)
    return _by_webhook(notice, row, at)


# E-mail


def _by_email(notice: AlarmNotice, recipients: list[str]) -> Delivery:
    if not recipients:
        return Delivery("", _NOWHERE, final=True)
    sent_to = ", ".join(recipients)
    if not settings.EMAIL_IS_SET:
        return Delivery(sent_to, _NO_MAIL_SERVER)
    message = told(notice)
    email = EmailMessage(
        subject=words.subject(message),
        body=words.body(message),
        to=recipients,
        # The same at each try, so that a mail program takes a repetition for what it is.
        headers={"Message-ID": _message_id(notice), "Auto-Submitted": "auto-generated"},
    )
    try:
        email.send()
    except OSError as error:  # SMTPException is one
        return Delivery(sent_to, f"O servidor de e-mail não aceitou: {_detail(error)}")
    return Delivery(sent_to)


def _message_id(notice: AlarmNotice) -> str:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{notice.uuid}@{host}>"


def _detail(error: OSError) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


# Webhook (https://www.standardwebhooks.com)


def _by_webhook(notice: AlarmNotice, row: AlarmSettings, at: datetime) -> Delivery:
    if not row.webhook_url:
        return Delivery("", _NOWHERE, final=True)
    sent_to = server_of(row.webhook_url)
    try:
        request = _request(notice, row, at)
        with closing(Sessions(pool_size=1, timeouts=TIMEOUTS)) as sessions:
            answer = sessions.exchange(request, allow_private=settings.ALLOW_PRIVATE_DESTINATIONS)
    except (SecretUnreadable, RenderError) as error:
        return Delivery(sent_to, str(error))
    except CallFailed as failure:
        refused = failure.outcome == Outcome.REFUSED_DESTINATION
        return Delivery(sent_to, str(failure), final=refused)
    if 200 <= answer.status < 300:
        return Delivery(sent_to)
    return Delivery(sent_to, f"{sent_to} respondeu HTTP {answer.status}.", answer.status == 410)


def _request(notice: AlarmNotice, row: AlarmSettings, at: datetime) -> RenderedRequest:
    body = json.dumps(payload(notice), ensure_ascii=False)
    secret = row.secrets.get(WEBHOOK, "")
    signature = webhook_headers(secret, str(notice.uuid), body, at=at)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "vitrine-backoffice",
        **signature,
    }
    return RenderedRequest("POST", row.webhook_url, headers, body.encode())


def payload(notice: AlarmNotice) -> dict[str, Any]:
    """What the webhook says. ``type`` is ``alarm.opened``, ``.repeated``, ``.closed`` or
    ``.test``."""
    message = told(notice)
    return {
        "type": f"alarm.{notice.occasion}",
        "timestamp": notice.created_at.isoformat(),
        "data": {
            "alarm_id": notice.alarm_id,
            "kind": message.kind,
            "title": words.subject(message),
            "vitrine": {"code": message.vitrine_code, "description": message.vitrine_description},
            "since": message.since.isoformat(),
            "count": message.number,
            "text": message.said,
            "what_to_do": words.WHAT_TO_DO[message.kind] if message.kind else "",
            "url": message.link,
            "test": message.kind is None,
        },
    }
