"""Which statuses a platform is known to have: as it told them last, else as its file has them."""

from collections.abc import Sequence
from datetime import datetime

from status_mapping.known_statuses import KnownStatuses
from status_mapping.models import PlatformStatusList
from vitrines.audit import Actor, label_of
from vitrines.models import Vitrine
from vitrines.platforms import Platform
from vitrines.platforms.parts import OfferedStatus


def known_statuses(vitrine: Vitrine, platform: Platform) -> KnownStatuses:
    """In one query, or none for a platform that cannot be asked."""
    if platform.list_statuses is not None:
        # A list of the platform that the vitrine used before says nothing of this one.
        stored = PlatformStatusList.objects.filter(vitrine=vitrine, platform=platform.name).first()
        if stored is not None:
            statuses = tuple(OfferedStatus(**status) for status in stored.statuses)
            column = platform.list_statuses.column
            return KnownStatuses(statuses, column, stored.fetched_at, stored.fetched_by)
    return KnownStatuses(platform.mapping.statuses)


def keep_statuses(
    *,
    vitrine: Vitrine,
    platform: Platform,
    statuses: Sequence[OfferedStatus],
    actor: Actor,
    now: datetime,
) -> None:
    """Store what the platform told, in place of what it told before."""
    PlatformStatusList.objects.update_or_create(
        vitrine=vitrine,
        defaults={
            "platform": platform.name,
            "statuses": [status.model_dump() for status in statuses],
            "fetched_at": now,
            "fetched_by": label_of(actor),
        },
    )
