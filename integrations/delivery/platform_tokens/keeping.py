"""The access token of each vitrine: kept encrypted, used while it fits, renewed by one at a time.

Whoever finds that the token does not fit takes the renewal by compare-and-set (``begin``), asks
the platform outside any transaction, and writes the result down (``finish``). So two processes
never spend one refresh token, and nobody waits on a lock while a platform thinks.

Decision 0012 tells when a token is renewed, and what happens when it is refused.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet

from integrations.delivery.authentication import auth_kind
from integrations.delivery.context import AccessToken
from integrations.delivery.http import Sessions
from integrations.delivery.outcomes import Outcome
from integrations.delivery.parcels import Desk, vitrine_facts
from integrations.delivery.platform_tokens.exchange import (
    Credential,
    NotObtained,
    Obtained,
    obtain_token,
)
from integrations.models import PlatformToken
from vitrines.secrets import SecretUnreadable

#: A renewal is at most two requests of 60 s; past this, whoever made it is taken for dead.
RENEWAL = timedelta(seconds=150)
#: How long to wait for somebody else's renewal, and how often to look. Seconds.
PATIENCE = 3.0
POLL = 0.1
#: A token is renewed this long before it runs out, or a tenth of its life if that is shorter.
MARGIN = timedelta(seconds=60)

BEING_RENEWED = NotObtained(
    Outcome.TRANSIENT,
    "O token de acesso da loja está sendo renovado neste momento. Tente de novo em instantes.",
)
_RAN_OUT = NotObtained(Outcome.TRANSIENT, "O token que a plataforma deu venceu antes de ser usado.")

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class KeptToken:
    """A token that may be used."""

    token: AccessToken
    #: Of the credential that it was obtained with.
    digest: str
    renew_at: datetime
    #: See ``PlatformToken.on_trial``.
    on_trial: bool

    def fits(self, digest: str, now: datetime) -> bool:
        return self.digest == digest and now < self.renew_at


@dataclass(frozen=True)
class Renewal:
    """The right to ask for a vitrine's next token."""

    vitrine_id: int
    credential: Credential
    holder: str
    #: The number of the token that is to be replaced, and whether the platform refused it.
    replaces: int
    after_refusal: bool
    refresh: str = field(repr=False)
    begun_at: datetime

    def ask(self, sessions: Sessions) -> Obtained | NotObtained:
        """Make the requests; touches no database."""
        return obtain_token(
            self.credential, refresh=self.refresh, sessions=sessions, now=self.begun_at
        )


def needs_token(desk: Desk) -> bool:
    return auth_kind(desk.platform.auth, desk.platform.fill(desk.params)) == "token_exchange"


def credential_of(desk: Desk) -> Credential:
    return Credential(
        desk.platform,
        vitrine_facts(desk.vitrine),
        desk.params,
        desk.secrets,
        allow_private=settings.ALLOW_PRIVATE_DESTINATIONS,
    )


def new_holder(kind: str) -> str:
    return f"{kind} {secrets.token_hex(8)}"


def find_or_begin(
    vitrine_id: int,
    credential: Credential,
    *,
    holder: str,
    clock: Clock,
    instead_of: str = "",
) -> KeptToken | Renewal | None:
    """A token that fits, or the right to ask for one; None if somebody else kept that right.

    ``instead_of``: the beginning of holders that are known to be dead.
    """
    give_up_at = time.monotonic() + PATIENCE
    while True:
        row, now = _row(vitrine_id), clock()
        kept = _usable(row, credential.digest, now)
        found = kept or _begin(row, credential, holder, instead_of, now)
        if found is not None or time.monotonic() >= give_up_at:
            return found
        time.sleep(POLL)


def _row(vitrine_id: int) -> PlatformToken:
    """A token that no key opens any more is as good as none: the next is obtained."""
    rows = PlatformToken.objects.filter(vitrine_id=vitrine_id)
    try:
        row = rows.first()
    except SecretUnreadable:
        row = rows.defer("contents").get()
        row.contents = {}
    return row or PlatformToken.objects.get_or_create(vitrine_id=vitrine_id)[0]


def _usable(row: PlatformToken, digest: str, now: datetime) -> KeptToken | None:
    if row.expires_at is None or row.obtained_at is None or row.refused_at is not None:
        return None
    contents = row.contents
    margin = min(MARGIN, (row.expires_at - row.obtained_at) / 10)
    kept = KeptToken(
        AccessToken(contents.get("access", ""), contents.get("refresh", ""), row.number),
        contents.get("obtained_with", ""),
        row.expires_at - margin,
        row.on_trial,
    )
    return kept if kept.fits(digest, now) else None


def _begin(
    row: PlatformToken, credential: Credential, holder: str, instead_of: str, now: datetime
) -> Renewal | None:
    free = Q(renewing_until=None) | Q(renewing_until__lte=now)
    # Begun before the clock was set back. Whoever was held up since looking at the clock sees what
    # another began a little later than that, and must not take it for so.
    free |= Q(renewing_until__gt=now + 2 * RENEWAL)
    if instead_of:
        free |= Q(renewing_by__startswith=instead_of)
    # Only in place of the very token that was looked at: another may be there by now.
    taken = PlatformToken.objects.filter(free, pk=row.pk, number=row.number).update(
        renewing_by=holder, renewing_until=now + RENEWAL
    )
    if not taken:
        return None
    contents = row.contents
    same = contents.get("obtained_with") == credential.digest
    return Renewal(
        row.vitrine_id,
        credential,
        holder,
        replaces=row.number,
        after_refusal=row.refused_at is not None,
        refresh=contents.get("refresh", "") if same else "",
        begun_at=now,
    )


def finish(
    renewal: Renewal, result: Obtained | NotObtained, *, now: datetime
) -> KeptToken | NotObtained:
    """Write down what came of a renewal, and let others renew again.

    A token that comes when the renewal was taken for dead is still kept, unless another came
    first: the platform may have made its refresh token the only one that counts.
    """
    rows = PlatformToken.objects.filter(vitrine_id=renewal.vitrine_id, number=renewal.replaces)
    free: dict[str, Any] = {"renewing_by": "", "renewing_until": None}
    if isinstance(result, NotObtained):
        rows.filter(renewing_by=renewal.holder).update(**free)
        return result
    digest = renewal.credential.digest
    kept = rows.update(
        number=F("number") + 1,
        contents={
            "access": result.access,
            "refresh": result.refresh,
            "obtained_with": digest,
        },
        obtained_at=renewal.begun_at,
        expires_at=renewal.begun_at + result.lifetime,
        refused_at=None,
        on_trial=renewal.after_refusal,
        **free,
    )
    row = _row(renewal.vitrine_id)
    usable = _usable(row, digest, now)
    return usable or (_RAN_OUT if kept else BEING_RENEWED)


def refuse(vitrine_id: int, token: AccessToken, *, now: datetime) -> None:
    """The platform does not take this token any more."""
    _this(vitrine_id, token).update(refused_at=now)


def prove(vitrine_id: int, token: AccessToken) -> None:
    """The platform accepted something with this token."""
    _this(vitrine_id, token).update(on_trial=False)


def _this(vitrine_id: int, token: AccessToken) -> QuerySet[PlatformToken]:
    return PlatformToken.objects.filter(vitrine_id=vitrine_id, number=token.number)
