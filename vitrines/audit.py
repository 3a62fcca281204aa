from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User

from vitrines.models import AuditAction, AuditEntry, Vitrine

#: Who does it; None is the system itself.
Actor = User | AnonymousUser | None


def label_of(actor: Actor) -> str:
    """The name that a record keeps, whatever becomes of the user."""
    return actor.get_username() if actor else "sistema"


def record(
    *,
    action: AuditAction,
    actor: Actor,
    now: datetime,
    vitrine: Vitrine | None = None,
    subject: str = "",
    actor_label: str = "",
    **details: Any,
) -> AuditEntry:
    """Write one audit entry; call it in the transaction of the deed. Never pass a secret."""
    return AuditEntry.objects.create(
        at=now,
        actor=actor if isinstance(actor, User) else None,
        actor_label=actor_label or label_of(actor),
        action=action,
        vitrine=vitrine,
        subject=subject,
        details=details,
    )
