"""Days, as a person names them, in the time of the place."""

from datetime import date, datetime, time, timedelta
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone

A_DAY = timedelta(days=1)
#: The last one that has a day after it.
LAST_DAY = date.max - A_DAY

Row = TypeVar("Row", bound=Model)


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def created_within(rows: QuerySet[Row], since: date | None, until: date | None) -> QuerySet[Row]:
    """Of these days, both included; None is no limit."""
    if since:
        rows = rows.filter(created_at__gte=midnight(since))
    if until:
        rows = rows.filter(created_at__lt=midnight(min(until, LAST_DAY) + A_DAY))
    return rows
