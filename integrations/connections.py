"""A vitrine's sending parameters and secrets: reading, judging and saving them."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from integrations.delivery.destinations import refusal
from integrations.models import Connection
from vitrines.audit import Actor, record
from vitrines.models import AuditAction, Vitrine
from vitrines.platforms import Platform, PlatformFileError, UnknownPlatform, get_platform
from vitrines.secrets import SecretUnreadable

#: The longest value of a parameter, in characters; that of one with several lines.
TEXT_MAX = 500
TEMPLATE_MAX = 20_000


class StaleConnection(Exception):
    """Somebody else saved the parameters since the form was opened; nothing was saved."""


@dataclass(frozen=True)
class StoredConnection:
    """What is kept now. ``version`` is what a form carries to notice a change made meanwhile."""

    version: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Why the secrets cannot be read (a key was lost), in words for the screen.
    unreadable: str = ""


def stored_connection(vitrine: Vitrine) -> StoredConnection:
    """Secrets are read apart: a lost key must not keep an admin from writing them anew."""
    row = Connection.objects.defer("secrets").filter(vitrine=vitrine).first()
    if row is None:
        return StoredConnection()
    version = row.updated_at.isoformat()
    try:
        return StoredConnection(version, row.params, row.secrets_for(vitrine.platform))
    except SecretUnreadable as error:
        return StoredConnection(version, row.params, {}, str(error))


def connection_errors(
    platform: Platform, params: Mapping[str, str], secrets: Mapping[str, str]
) -> dict[str, str]:
    """What may not be saved: parameter → a sentence in Portuguese.

    Beside what the platform's file asks, an address must be one that updates may be sent to.
    """
    errors = platform.validate_params(params, secrets)
    for param in platform.params:
        address = params.get(param.name, "")
        if param.kind == "url" and address and param.name not in errors:
            refused = refusal(address, None, allow_private=settings.ALLOW_PRIVATE_DESTINATIONS)
            if refused:
                errors[param.name] = refused
    return errors


def unfit_parameters(vitrine: Vitrine) -> list[str]:
    """By label, the parameters without which nothing can be sent; empty if it can."""
    try:
        platform = get_platform(vitrine.platform)
    except (UnknownPlatform, PlatformFileError):
        return []
    stored = stored_connection(vitrine)
    errors = platform.validate_params(stored.params, stored.secrets)
    return [param.label for param in platform.params if param.name in errors]


@transaction.atomic
def save_connection(
    *,
    vitrine: Vitrine,
    params: Mapping[str, str],
    new_secrets: Mapping[str, str],
    removed_secrets: Set[str],
    known_secrets: Set[str],
    seen_version: str,
    actor: Actor,
    now: datetime,
    actor_label: str = "",
) -> list[str]:
    """Replace the parameters; set, keep or remove each secret; say which names changed.

    A secret that the platform does not know (``known_secrets``), or that was given for a platform
    which the vitrine no longer uses, is dropped. The audit entry names what changed, never a value.
    """
    Vitrine.objects.select_for_update().get(pk=vitrine.pk)
    stored = stored_connection(vitrine)
    if stored.version != seen_version:
        raise StaleConnection(f"Os parâmetros de {vitrine.code} foram alterados por outra pessoa.")
    kept = {
        name: value
        for name, value in stored.secrets.items()
        if name in known_secrets and name not in removed_secrets
    }
    secrets = kept | {name: value for name, value in new_secrets.items() if value}
    changed_params = _differing(stored.params, params)
    changed_secrets = _differing(stored.secrets, secrets)
    if not (changed_params or changed_secrets or not stored.version):
        return []
    values = {"platform": vitrine.platform, "params": dict(params), "secrets": secrets}
    # What is stored may be unreadable; it is written without being read.
    Connection.objects.defer("secrets").update_or_create(vitrine=vitrine, defaults=values)
    record(
        action=AuditAction.CONNECTION_CHANGE,
        actor=actor,
        actor_label=actor_label,
        now=now,
        vitrine=vitrine,
        subject=vitrine.code,
        params=changed_params,
        secrets=changed_secrets,
    )
    return changed_params + changed_secrets


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
