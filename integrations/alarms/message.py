"""A notice as the plain data that its words are made of."""

from django.conf import settings

from integrations.alarms import words
from integrations.alarms.kinds import Kind
from integrations.alarms.pages import absolute, page_of
from integrations.models import AlarmNotice


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
