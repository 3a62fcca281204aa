"""What a person, or a command with its own name, may do to a vitrine's own fields."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from vitrines.audit import Actor, record
from vitrines.models import AuditAction, Vitrine

#: What the form changes. The code names the vitrine in URLs, in the API and in the ERP, so it
#: stays as it was registered.
EDITABLE = ("description", "platform", "published", "log_policy", "order_prefix")


class CodeTaken(Exception):
    """Another vitrine has this code, perhaps since a moment ago; nothing was registered."""


class StaleVitrine(Exception):
    """Somebody else changed the vitrine since the form was opened; nothing was saved."""

    def __init__(self, current: Vitrine) -> None:
        super().__init__(f"A vitrine {current.code} foi alterada por outra pessoa.")
        self.current = current


def version_of(vitrine: Vitrine) -> str:
    """What a form carries to notice a change made meanwhile."""
    return vitrine.updated_at.isoformat()


@transaction.atomic
def create_vitrine(
    *,
    code: str,
    description: str,
    platform: str,
    published: bool,
    log_policy: str,
    order_prefix: str,
    actor: Actor,
    now: datetime,
    actor_label: str = "",
) -> Vitrine:
    vitrine = Vitrine(
        code=code,
        description=description,
        platform=platform,
        published=published,
        log_policy=log_policy,
        order_prefix=order_prefix,
    )
    try:
        with transaction.atomic():
            vitrine.save(force_insert=True)
    except IntegrityError as error:
        raise CodeTaken(f"Já existe uma vitrine com o código {code}.") from error
    record(
        action=AuditAction.VITRINE_CREATE,
        actor=actor,
        actor_label=actor_label,
        now=now,
        vitrine=vitrine,
        subject=vitrine.code,
        fields={name: getattr(vitrine, name) for name in EDITABLE},
    )
    return vitrine


@transaction.atomic
def change_vitrine(
    *,
    vitrine: Vitrine,
    values: Mapping[str, Any],
    seen_version: str,
    actor: Actor,
    now: datetime,
    actor_label: str = "",
) -> list[str]:
    """Save the fields that differ and say which; a form opened before another's save is refused.

    A Salvar that changes nothing writes nothing, not even an audit entry.
    """
    current = Vitrine.objects.select_for_update().get(pk=vitrine.pk)
    if version_of(current) != seen_version:
        raise StaleVitrine(current)
    before = {name: getattr(current, name) for name in EDITABLE}
    changed = [name for name in EDITABLE if name in values and values[name] != before[name]]
    if not changed:
        return []
    for name in changed:
        setattr(current, name, values[name])
    current.save(update_fields=[*changed, "updated_at"])
    record(
        action=AuditAction.VITRINE_CHANGE,
        actor=actor,
        actor_label=actor_label,
        now=now,
        vitrine=current,
        subject=current.code,
        changes={name: {"from": before[name], "to": values[name]} for name in changed},
    )
    return changed
