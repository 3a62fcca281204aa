"""Who saved a vitrine's alarms and limits lately, as the audit tells it."""

from vitrines.models import AuditAction, AuditEntry, Vitrine

#: Looked through for who saved something while a form was open.
LATEST = 50


def alarm_savers(vitrine: Vitrine, *, since_version: int) -> dict[str, AuditEntry]:
    """By the audit's name of what was changed, who did so last, after that version."""
    entries = _latest(vitrine, AuditAction.ALARM_SAVE)
    newer = [entry for entry in entries if entry.details.get("version", 0) > since_version]
    return {label: entry for entry in newer for label in entry.details["fields"]}


def deadline_savers(vitrine: Vitrine) -> dict[str, AuditEntry]:
    """By the status's name, who changed its limit last."""
    entries = _latest(vitrine, AuditAction.DEADLINE_SAVE)
    return {name: entry for entry in entries for name in entry.details["minutes"]}


def _latest(vitrine: Vitrine, action: AuditAction) -> list[AuditEntry]:
    """Oldest first."""
    entries = AuditEntry.objects.filter(vitrine=vitrine, action=action).order_by("-id")
    return list(entries[:LATEST])[::-1]
