"""Reads of vitrines and of what people did to them."""

from django.db.models import Q, QuerySet

from vitrines.models import AuditEntry, Vitrine
from vitrines.platforms import all_platforms


def vitrines_matching(text: str) -> QuerySet[Vitrine]:
    """By code, description, or the platform's name or label; all of them for an empty text."""
    vitrines = Vitrine.objects.order_by("code")
    words = text.strip()
    if not words:
        return vitrines
    labelled = [
        name
        for name, platform in all_platforms().items()
        if words.casefold() in platform.label.casefold()
    ]
    return vitrines.filter(
        Q(code__icontains=words)
        | Q(description__icontains=words)
        | Q(platform__icontains=words)
        | Q(platform__in=labelled)
    )


def recent_audit(vitrine: Vitrine, *, limit: int) -> list[AuditEntry]:
    """The last deeds on this vitrine, newest first."""
    return list(AuditEntry.objects.filter(vitrine=vitrine).order_by("-id")[:limit])
