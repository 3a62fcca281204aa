"""Obtaining an access token as a platform's file describes it. No database: ``keeping``
holds what comes out of it.
"""

import hashlib
import json
import logging
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from integrations.delivery.answer_rules import rules_for
from integrations.delivery.context import AccessToken, RenderContext
from integrations.delivery.http import CallFailed, Sessions
from integrations.delivery.masking import Masker
from integrations.delivery.outcomes import MESSAGE_LENGTH, Judgement, Outcome, judge
from integrations.delivery.render import render
from vitrines.platforms import Platform
from vitrines.platforms.auth import TokenRequest
from vitrines.platforms.language import RenderError
from vitrines.platforms.parts import RuleText
from vitrines.platforms.rules import Answer, find

logger = logging.getLogger(__name__)

#: Characters. Servers take 8 KB of headers, and some platforms' tokens are long.
LONGEST_TOKEN = 8_000
SHORTEST_LIFE = timedelta(seconds=10)
LONGEST_LIFE = timedelta(days=365)

#: Of an answer to a request for a token, what says that the credential is no good.
_REFUSED = {Outcome.REJECTED, Outcome.AUTH_REFUSED}


@dataclass(frozen=True)
class Credential:
    """What a token is obtained with."""

    platform: Platform
    #: As templates read it.
    vitrine: Mapping[str, str]
    params: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    allow_private: bool

    @property
    def digest(self) -> str:
        """Changes when a value changes that the requests for a token may read.

        Other parameters are left out: a refresh token is often worth more than what it was first
        obtained with, which may have been a code for one use.
        """
        told = json.dumps([self.platform.name, *self._used()])
        return hashlib.sha256(told.encode()).hexdigest()

    def _used(self) -> list[tuple[str, str]]:
        """Every parameter whose name occurs in those requests, or in the value of one that does."""
        auth, platform = self.platform.auth, self.platform
        values = {**platform.fill(self.params), **platform.fill_secrets(self.secrets)}
        waiting = [auth.model_dump_json(include={"exchange", "renewal"}), str(platform.base_url)]
        used: dict[str, str] = {}
        while waiting:
            text = waiting.pop()
            for name in values.keys() - used.keys():
                if re.search(rf"\b{name}\b", text):
                    used[name] = values[name]
                    waiting.append(values[name])
        return sorted(used.items())


@dataclass(frozen=True)
class Obtained:
    access: str = field(repr=False)
    #: Empty where the answer has none.
    refresh: str = field(repr=False)
    lifetime: timedelta


@dataclass(frozen=True)
class NotObtained:
    """Why there is no token: transient, throttled, auth_refused, gone or config."""

    outcome: Outcome
    #: The platform's own words or a sentence of ours, masked.
    message: str
    #: Seconds; only of what was throttled.
    retry_after: float | None = None


def obtain_token(
    credential: Credential, *, refresh: str, sessions: Sessions, now: datetime
) -> Obtained | NotObtained:
    """Ask for a token. Never raises.

    1. While a refresh token is known and the platform has a ``renewal``, that.
    2. Without one, or if the renewal is refused, the ``exchange``.

    A refresh token that a renewal does not replace stays.
    """
    auth = credential.platform.auth
    if auth.renewal is not None and refresh:
        renewed = _ask(auth.renewal, credential, refresh, sessions, now)
        if isinstance(renewed, Obtained):
            return replace(renewed, refresh=renewed.refresh or refresh)
        if renewed.outcome is not Outcome.AUTH_REFUSED:
            return renewed
    assert auth.exchange is not None  # noqa: S101 - no file is read that may choose it without
    return _ask(auth.exchange, credential, "", sessions, now)


def _ask(
    asked: TokenRequest, credential: Credential, refresh: str, sessions: Sessions, now: datetime
) -> Obtained | NotObtained:
    secrets = [*credential.secrets.values(), refresh]
    try:
        given = _given(credential, refresh)
        request = render(asked, given, proven=False)
        answer = sessions.exchange(request, allow_private=credential.allow_private)
        answer = answer.within(given.context)
        secrets += _told_tokens(asked, answer)
        result = _read(asked, answer, judge(answer, rules_for(asked, given), now=now))
    except RenderError as error:
        result = NotObtained(Outcome.CONFIG, str(error))
    except CallFailed as failure:
        outcome = failure.outcome
        refused_destination = outcome is Outcome.REFUSED_DESTINATION
        result = NotObtained(Outcome.CONFIG if refused_destination else outcome, str(failure))
    except Exception as error:
        # The traceback goes to the log without the values: they may be secrets.
        kind, name = type(error).__name__, credential.platform.name
        logger.error("asking %s for a token: unexpected %s", name, kind)
        result = NotObtained(Outcome.CONFIG, f"Erro inesperado: {kind}: {error}")
    if isinstance(result, Obtained):
        return result
    message = Masker(secrets).text(result.message)
    return replace(result, message=message[:MESSAGE_LENGTH])


def _given(credential: Credential, refresh: str) -> RenderContext:
    platform = credential.platform
    problem = platform.params_problem(credential.params, credential.secrets)
    if problem:
        raise RenderError(problem)
    return RenderContext(
        platform,
        {"vitrine": credential.vitrine, "params": platform.fill(credential.params)},
        platform.fill_secrets(credential.secrets),
        platform.names.token_request,
        AccessToken("", refresh),
    )


def _read(asked: TokenRequest, answer: Answer, judgement: Judgement) -> Obtained | NotObtained:
    if judgement.outcome in _REFUSED:
        return NotObtained(Outcome.AUTH_REFUSED, judgement.message)
    if not judgement.outcome.applied:
        return NotObtained(judgement.outcome, judgement.message, judgement.retry_after)
    found = find(asked.access_token, answer)
    if found is None or found == "":
        return _without_token(answer)
    access = _token(found)
    if not access:
        return NotObtained(Outcome.CONFIG, "A plataforma deu um token que não serve como token.")
    return Obtained(access, _token(_found(asked.refresh_token, answer)), _lifetime(asked, answer))


def _without_token(answer: Answer) -> NotObtained:
    """A page in place of an answer is a store that is closed for now; anything else is a no."""
    if "html" in answer.headers.get("content-type", "").lower():
        sentence = f"A plataforma respondeu com uma página em vez de um token ({_http(answer)})."
        return NotObtained(Outcome.TRANSIENT, sentence)
    return NotObtained(
        Outcome.AUTH_REFUSED, f"A resposta da plataforma não traz um token ({_http(answer)})."
    )


def _http(answer: Answer) -> str:
    return f"HTTP {answer.status}"


def _found(rule: RuleText | None, answer: Answer) -> Any:
    return None if rule is None else find(rule, answer)


def _token(found: Any) -> str:
    """As it may stand in a header; empty if it may not."""
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    text = str(found).strip()
    usable = len(text) <= LONGEST_TOKEN and text.isascii() and text.isprintable()
    return text if usable else ""


def _told_tokens(asked: TokenRequest, answer: Answer) -> Iterator[str]:
    """Whatever the answer holds in a token's place, to be masked in what is said of it."""
    for rule in (asked.access_token, asked.refresh_token):
        found = _found(rule, answer)
        if isinstance(found, str | int) and not isinstance(found, bool):
            yield str(found)


def _lifetime(asked: TokenRequest, answer: Answer) -> timedelta:
    try:
        seconds = float(_found(asked.expires_in, answer))
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        seconds = asked.lifetime
    return max(SHORTEST_LIFE, timedelta(seconds=min(seconds, LONGEST_LIFE.total_seconds())))
