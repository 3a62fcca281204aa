"""What an answer means. Pure: no Django, no clock, no network.

A failure has a kind, decided once, here; the values are those of ``AttemptClass``.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from vitrines.platforms.language import RenderError, Scope, parse_expression
from vitrines.platforms.limits import RetryAfter
from vitrines.platforms.parts import RuleText
from vitrines.platforms.rules import Answer, holds, words

MESSAGE_LENGTH = 500
#: How long to wait when the platform says "wait" without saying how long, and at most. Seconds.
DEFAULT_WAIT = 60.0
LONGEST_WAIT = 3600.0
SHORTEST_WAIT = 1.0


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    ALREADY_APPLIED = "already_applied"
    TRANSIENT = "transient"
    THROTTLED = "throttled"
    AUTH_REFUSED = "auth_refused"
    REJECTED = "rejected"
    GONE = "gone"
    REFUSED_DESTINATION = "refused_destination"
    CONFIG = "config"

    @property
    def applied(self) -> bool:
        """The platform has what it was to be told."""
        return self in {Outcome.ACCEPTED, Outcome.ALREADY_APPLIED}


_BY_STATUS = {
    401: Outcome.AUTH_REFUSED,
    403: Outcome.AUTH_REFUSED,
    408: Outcome.TRANSIENT,
    410: Outcome.GONE,
    425: Outcome.TRANSIENT,
    429: Outcome.THROTTLED,
}


@dataclass(frozen=True)
class Rules:
    """How one platform's answers are to be read. None: by the HTTP status alone."""

    success: RuleText | None = None
    already_applied: RuleText | None = None
    rejected: RuleText | None = None
    auth_refused: RuleText | None = None
    transient: RuleText | None = None
    error_message: RuleText | None = None
    throttled: RuleText | None = None
    retry_after: RetryAfter = field(default_factory=RetryAfter)
    #: What ``retry_after.wait`` may name.
    answer_scope: Scope = field(default_factory=Scope)


@dataclass(frozen=True)
class Judgement:
    outcome: Outcome
    #: The platform's own words, else ours, in full: half a secret at a cut could not be masked.
    #: Empty when it was accepted.
    message: str = ""
    #: Seconds; only of what was throttled.
    retry_after: float | None = None


def judge(answer: Answer, rules: Rules, *, now: datetime) -> Judgement:
    outcome = _outcome(answer, rules)
    if outcome.applied:
        return Judgement(outcome)
    message = _own_words(answer, rules) or _sentence(outcome, answer)
    wait = wait_of(answer, rules, now=now) if outcome is Outcome.THROTTLED else None
    return Judgement(outcome, message, wait)


def _outcome(answer: Answer, rules: Rules) -> Outcome:
    """The first that fits. The platform's own rules come before what its HTTP status suggests."""
    if rules.already_applied is not None and holds(rules.already_applied, answer):
        return Outcome.ALREADY_APPLIED
    if _succeeded(answer, rules.success):
        return Outcome.ACCEPTED
    for rule, outcome in (
        (rules.throttled, Outcome.THROTTLED),
        (rules.rejected, Outcome.REJECTED),
        (rules.auth_refused, Outcome.AUTH_REFUSED),
        (rules.transient, Outcome.TRANSIENT),
    ):
        if rule is not None and holds(rule, answer):
            return outcome
    if answer.status >= 500:
        return Outcome.TRANSIENT
    return _BY_STATUS.get(answer.status, Outcome.REJECTED)


def _succeeded(answer: Answer, rule: RuleText | None) -> bool:
    return 200 <= answer.status < 300 if rule is None else holds(rule, answer)


def unread(answer: Answer) -> Judgement | None:
    """Why what a question's answer does not say is not therefore so; None if it was all read."""
    if answer.cut:
        return Judgement(Outcome.REJECTED, _TOO_LONG)
    if _page(answer):
        return Judgement(Outcome.TRANSIENT, _A_PAGE.format(status=answer.status))
    return None


def _page(answer: Answer) -> bool:
    shown = "html" in answer.headers.get("content-type", "").lower()
    return shown and isinstance(answer.body, str) and bool(_PAGE.match(answer.body))


def combined(applied: Sequence[Outcome]) -> Outcome:
    """What several applied steps came to: accepted if any of them was new to the platform."""
    return Outcome.ACCEPTED if Outcome.ACCEPTED in applied else Outcome.ALREADY_APPLIED


def wait_of(answer: Answer, rules: Rules, *, now: datetime) -> float:
    """How many seconds the platform asks us to wait. Header names are in lower case."""
    told = rules.retry_after
    seconds = _calculated(answer, rules)
    if seconds is None:
        value = answer.headers.get(told.header.lower(), "").strip()
        seconds = _seconds(value, told.unit, now)
    if seconds is None:
        return DEFAULT_WAIT
    return max(SHORTEST_WAIT, min(LONGEST_WAIT, seconds))


def _calculated(answer: Answer, rules: Rules) -> float | None:
    """What ``retry_after.wait`` comes to; None where the answer does not say."""
    if rules.retry_after.wait is None:
        return None
    said = {"status": answer.status, "headers": answer.headers, "body": answer.body}
    try:
        hole = parse_expression(rules.retry_after.wait, rules.answer_scope)
        seconds = float(hole.evaluate({**answer.context, "answer": said}))
    except (RenderError, OverflowError, TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) else None


def _seconds(value: str, unit: str, now: datetime) -> float | None:
    if unit in {"auto", "http-date"}:
        try:
            moment = parsedate_to_datetime(value)
            return moment.timestamp() - now.timestamp()
        except (ValueError, TypeError, OverflowError):
            if unit == "http-date":
                return None
    try:
        number = float(value)
    except ValueError:
        return None
    if not math.isfinite(number) or number < 0:
        return None
    if unit == "ms":
        return number / 1000
    return number - now.timestamp() if unit == "epoch" else number


def _own_words(answer: Answer, rules: Rules) -> str:
    if rules.error_message is not None:
        told = words(rules.error_message, answer)
        if told:
            return told
    if "html" in answer.headers.get("content-type", "").lower():
        return ""
    body = answer.body
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False) if body else ""
    return " ".join(text.split())


_SENTENCES = {
    Outcome.THROTTLED: "A plataforma pediu para esperar (HTTP {status}).",
    Outcome.AUTH_REFUSED: "A plataforma recusou a credencial (HTTP {status}).",
    Outcome.GONE: "A plataforma diz que este endereço não existe mais (HTTP {status}).",
    Outcome.TRANSIENT: "A plataforma está com problemas (HTTP {status}).",
}


_TOO_LONG = "A resposta é maior que o limite de leitura e não pôde ser conferida."
_A_PAGE = "A plataforma respondeu com uma página em vez de uma resposta (HTTP {status})."
_PAGE = re.compile(r"\s*<(!doctype html|html)\b", re.IGNORECASE)


def _sentence(outcome: Outcome, answer: Answer) -> str:
    status = answer.status
    if outcome in _SENTENCES:
        return _SENTENCES[outcome].format(status=status)
    if 300 <= status < 400:
        target = answer.headers.get("location", "outro endereço")
        return f"A plataforma redirecionou para {target} (HTTP {status}); informe o endereço final."
    if 200 <= status < 300 and answer.cut:
        return _TOO_LONG
    if 200 <= status < 300 and _page(answer):
        return _A_PAGE.format(status=status)
    if 200 <= status < 300:
        return f"A resposta (HTTP {status}) não atende à regra de sucesso da plataforma."
    return f"A plataforma recusou o envio (HTTP {status}) sem dizer por quê."
