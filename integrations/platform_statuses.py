"""Ask a vitrine's platform which statuses its store has."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings

from integrations.delivery.answer_rules import rules_for
from integrations.delivery.context import AccessToken, RenderContext
from integrations.delivery.http import CallFailed, Sessions
from integrations.delivery.masking import SHORTEST_IN_DATA, Masker
from integrations.delivery.outcomes import Judgement, Outcome, judge
from integrations.delivery.parcels import Desk, LaneNotSendable, open_desk, vitrine_facts
from integrations.delivery.platform_tokens.by_hand import ask_by_hand
from integrations.delivery.platform_tokens.exchange import NotObtained
from integrations.delivery.render import render
from integrations.delivery.signing import signed
from status_mapping.platform_statuses import keep_statuses
from vitrines.audit import Actor
from vitrines.models import Vitrine
from vitrines.platforms.language import RenderError
from vitrines.platforms.parts import OfferedStatus
from vitrines.platforms.rules import Answer, find
from vitrines.platforms.steps import ListStatuses

MOST_STATUSES = 500
LONGEST_CODE = 120
#: What a person does about an answer that is no list; the platform's own words come after it.
_ADVICE = {
    Outcome.AUTH_REFUSED: "A plataforma recusou a credencial: confira os parâmetros na aba Envio.",
    Outcome.THROTTLED: "A plataforma pediu para esperar: tente de novo em alguns minutos.",
    Outcome.TRANSIENT: "Tente de novo mais tarde.",
}


class StatusesNotFetched(Exception):
    """Nothing was stored; the text says why, for the screen."""


def fetch_statuses(*, vitrine: Vitrine, actor: Actor, now: datetime) -> list[OfferedStatus]:
    """Ask, and store what was told with the date; raises ``StatusesNotFetched``."""
    try:
        desk = open_desk(vitrine)
    except LaneNotSendable as error:
        raise StatusesNotFetched(str(error)) from error
    asked = desk.platform.list_statuses
    if asked is None:
        raise StatusesNotFetched(f"{desk.platform.label} não informa seus status.")
    answer, masker = _ask(desk, asked, now)
    statuses = list(_statuses_in(answer, asked, masker))
    if not statuses:
        raise StatusesNotFetched(f"A resposta de {desk.platform.label} não traz nenhum status.")
    keep_statuses(vitrine=vitrine, platform=desk.platform, statuses=statuses, actor=actor, now=now)
    return statuses


#: Of one exchange; the last masks what is kept of it.
Exchanged = tuple[Judgement, Answer, Masker]


def _ask(desk: Desk, asked: ListStatuses, now: datetime) -> tuple[Answer, Masker]:
    """The platform's answer, if it is one."""
    if desk.params_problem:
        raise StatusesNotFetched("Complete antes os parâmetros de envio, na aba Envio.")

    def exchange(sessions: Sessions, token: AccessToken | None) -> Exchanged:
        return _exchange(desk, asked, token, sessions, now)

    told = ask_by_hand(desk, exchange, outcome=lambda told: told[0].outcome)[-1]
    if isinstance(told, NotObtained):
        raise _not_fetched(told.outcome, told.message)
    judgement, answer, masker = told
    if not judgement.outcome.applied:
        raise _not_fetched(judgement.outcome, judgement.message)
    return answer, masker


def _not_fetched(outcome: Outcome, message: str) -> StatusesNotFetched:
    return StatusesNotFetched(f"{_ADVICE.get(outcome, '')} {message[:300]}".strip())


def _exchange(
    desk: Desk, asked: ListStatuses, token: AccessToken | None, sessions: Sessions, now: datetime
) -> Exchanged:
    """Ask once. Whatever is said of it is masked."""
    platform = desk.platform
    context = {"vitrine": vitrine_facts(desk.vitrine), "params": platform.fill(desk.params)}
    secrets = platform.fill_secrets(desk.secrets)
    given = RenderContext(platform, context, secrets, platform.names.list_statuses, token)
    known = [*secrets.values(), *(token.sensitive if token else ())]
    masker = Masker(known)
    try:
        request = signed(render(asked, given), given, at=now)
        masker = Masker([*known, *request.sensitive])
        answer = sessions.exchange(request, allow_private=settings.ALLOW_PRIVATE_DESTINATIONS)
    except (RenderError, CallFailed) as error:
        raise StatusesNotFetched(masker.text(str(error))) from error
    answer = answer.within(given.context)
    judgement = judge(answer, rules_for(asked, given), now=now)
    long = [text for text in (*known, *request.sensitive) if len(text) >= SHORTEST_IN_DATA]
    return replace(judgement, message=masker.text(judgement.message)), answer, Masker(long)


def _statuses_in(answer: Answer, asked: ListStatuses, masker: Masker) -> Iterable[OfferedStatus]:
    """Each code once, in the platform's own order; what is no status is passed over."""
    found = find(asked.statuses, answer)
    seen: set[str] = set()
    for row in found if isinstance(found, list) else []:
        code, label = (_text(row, name, masker) for name in ("code", "label"))
        if code and code not in seen and len(seen) < MOST_STATUSES:
            seen.add(code)
            yield OfferedStatus(code=code, label=label or code)


def _text(row: Any, name: str, masker: Masker) -> str:
    value = row.get(name) if isinstance(row, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = "".join(char for char in str(value) if char.isprintable()).strip()
    return masker.text(text)[:LONGEST_CODE]
