"""A notice by webhook, in the form of Standard Webhooks (https://www.standardwebhooks.com), by the
only door to the outside (``delivery.http``), with all that it refuses.

Touches no database: ``notice`` comes with its alarm and vitrine.
"""

import json
from contextlib import closing
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from integrations.alarms import words
from integrations.alarms.message import told
from integrations.alarms.notices import CHANNEL_OFF, Delivery
from integrations.delivery.http import CallFailed, Sessions, Timeouts
from integrations.delivery.outcomes import Outcome
from integrations.delivery.render import RenderedRequest
from integrations.delivery.signing import webhook_headers
from integrations.models import AlarmNotice
from vitrines.platforms.language import RenderError

TIMEOUTS = Timeouts(connect=5.0, read=10.0, total=15.0)


def by_webhook(notice: AlarmNotice, url: str, secret: str, at: datetime) -> Delivery:
    if not url:
        return Delivery("", CHANNEL_OFF, final=True)
    sent_to = server_of(url)
    try:
        request = _request(notice, url, secret, at)
        with closing(Sessions(pool_size=1, timeouts=TIMEOUTS)) as sessions:
            answer = sessions.exchange(request, allow_private=settings.ALLOW_PRIVATE_DESTINATIONS)
    except RenderError as error:
        return Delivery(sent_to, str(error))
    except CallFailed as failure:
        refused = failure.outcome == Outcome.REFUSED_DESTINATION
        return Delivery(sent_to, str(failure), final=refused)
    if 200 <= answer.status < 300:
        return Delivery(sent_to)
    return Delivery(sent_to, f"{sent_to} respondeu HTTP {answer.status}.", answer.status == 410)


def _request(notice: AlarmNotice, url: str, secret: str, at: datetime) -> RenderedRequest:
    body = json.dumps(payload(notice), ensure_ascii=False)
    signature = webhook_headers(secret, str(notice.uuid), body, at=at)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "vitrine-backoffice",
        **signature,
    }
    return RenderedRequest("POST", url, headers, body.encode())


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


def server_of(url: str) -> str:
    """Scheme, host and port: the rest of an address may hold a key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
