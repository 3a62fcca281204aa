"""Keys to the HTTP API: issued once, kept only as a digest, revoked for good."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from integrations.models import ApiToken, TokenScope
from vitrines import audit
from vitrines.models import AuditAction, Vitrine

PREFIX = "vit_"
HINT_LENGTH = 10
#: A busy token is not written at every request.
LAST_USED_EVERY = timedelta(minutes=1)


class TokenNotIssued(Exception):
    """No token was made; the text says why, in Portuguese."""


def issue_token(
    *,
    name: str,
    vitrines: Collection[Vitrine],
    scopes: Collection[str],
    actor: audit.Actor,
    now: datetime,
    actor_label: str = "",
) -> tuple[ApiToken, str]:
    """Make a token and its key. The key is not kept: show it now or never."""
    wanted = _checked_scopes(scopes)
    if not name.strip():
        raise TokenNotIssued("Dê um nome ao token, para reconhecê-lo depois.")
    if not vitrines:
        raise TokenNotIssued("Escolha ao menos uma vitrine para o token.")
    key = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            name=name.strip(),
            digest=digest_of(key),
            hint=key[:HINT_LENGTH],
            scopes=wanted,
            created_by=actor if isinstance(actor, User) else None,
        )
        token.vitrines.set(vitrines)
        audit.record(
            action=AuditAction.TOKEN_ISSUE,
            actor=actor,
            actor_label=actor_label,
            now=now,
            subject=token.name,
            hint=token.hint,
            scopes=wanted,
            vitrines=sorted(vitrine.code for vitrine in vitrines),
        )
    return token, key


def revoke_token(
    *, token: ApiToken, actor: audit.Actor, now: datetime, actor_label: str = ""
) -> bool:
    """Refuse the key from now on; False when it was revoked before."""
    with transaction.atomic():
        live = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
        if not live.update(revoked_at=now):
            return False
        token.revoked_at = now
        audit.record(
            action=AuditAction.TOKEN_REVOKE,
            actor=actor,
            actor_label=actor_label,
            now=now,
            subject=token.name,
            hint=token.hint,
        )
    return True


def authenticate(key: str, *, now: datetime) -> ApiToken | None:
    """The live token that a key belongs to.

    The key is looked up by its SHA-256, so how long the answer takes tells nothing about a key.
    """
    token = ApiToken.objects.filter(digest=digest_of(key), revoked_at=None).first()
    if token is None:
        return None
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - LAST_USED_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _checked_scopes(scopes: Collection[str]) -> list[str]:
    known = [str(scope) for scope in TokenScope]
    unknown = sorted({str(scope) for scope in scopes} - set(known))
    if unknown:
        raise TokenNotIssued(
            f"Permissão desconhecida: {', '.join(unknown)}. Existem: {', '.join(known)}."
        )
    wanted = [scope for scope in known if scope in {str(scope) for scope in scopes}]
    if not wanted:
        raise TokenNotIssued(f"Escolha ao menos uma permissão: {', '.join(known)}.")
    return wanted
