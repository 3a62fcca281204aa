"""What a person asks of a platform and waits for, with the vitrine's token where it has one."""

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from django.utils import timezone

from integrations.delivery.context import AccessToken
from integrations.delivery.http import Sessions, Timeouts
from integrations.delivery.outcomes import Outcome
from integrations.delivery.parcels import Desk
from integrations.delivery.platform_tokens.exchange import NotObtained
from integrations.delivery.platform_tokens.keeping import (
    BEING_RENEWED,
    Clock,
    KeptToken,
    credential_of,
    find_or_begin,
    finish,
    needs_token,
    new_holder,
    prove,
    refuse,
)

#: Somebody waits at the screen. Seconds; the budget is for the token and all else together.
TIMEOUTS = Timeouts(connect=5, read=10, total=20)
BUDGET = 20.0

Told = TypeVar("Told")


def ask_by_hand(
    desk: Desk,
    ask: Callable[[Sessions, AccessToken | None], Told],
    *,
    outcome: Callable[[Told], Outcome],
) -> list[Told | NotObtained]:
    """What the platform told: once, or twice where it refused the first token.

    Where there is no token to ask with, why stands in its place, last. Never inside a transaction.
    """
    with closing(Sessions(pool_size=1, timeouts=TIMEOUTS, budget=BUDGET)) as sessions:
        if not needs_token(desk):
            return [ask(sessions, None)]
        told: list[Told | NotObtained] = []
        while len(told) < 2:
            token = token_for(desk, sessions=sessions)
            if isinstance(token, NotObtained):
                return [*told, token]
            answered = ask(sessions, token)
            told.append(answered)
            if outcome(answered).applied:
                prove(desk.vitrine.pk, token)
            if outcome(answered) is not Outcome.AUTH_REFUSED:
                break
            refuse(desk.vitrine.pk, token, now=timezone.now())
        return told


def token_for(
    desk: Desk, *, sessions: Sessions, clock: Clock = timezone.now
) -> AccessToken | NotObtained:
    """The vitrine's token, obtained now if need be.

    Somebody else's renewal is waited for up to ``keeping.PATIENCE``.
    """
    credential = credential_of(desk)
    found = find_or_begin(desk.vitrine.pk, credential, holder=new_holder("web"), clock=clock)
    if found is None:
        return BEING_RENEWED
    if isinstance(found, KeptToken):
        return found.token
    kept = finish(found, found.ask(sessions), now=clock())
    return kept.token if isinstance(kept, KeptToken) else kept
