"""Send one update: render its steps, make the requests, judge the answers.

Runs in a thread of the dispatcher. Touches no database, and never raises: whatever goes wrong is
a ``SendResult``.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.delivery.http import CallFailed, Sessions, StepRecord
from integrations.delivery.masking import Masker, clean_json
from integrations.delivery.outcomes import (
    MESSAGE_LENGTH,
    Judgement,
    Outcome,
    Rules,
    combined,
    judge,
)
from integrations.delivery.render import RenderContext, RenderError, applies, render
from vitrines.platforms import Platform
from vitrines.platforms.parts import ParamRef, Send, Step, resolve
from vitrines.platforms.rules import Answer, find

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parcel:
    """All that a sending needs, so that the thread that makes it needs no database."""

    update_id: int
    idempotency_key: str
    platform: Platform
    send: Send
    context: dict[str, Any]
    params: dict[str, str]
    secrets: dict[str, str]
    allow_private: bool
    #: Keep what was said in attempts that were accepted, too.
    keep_accepted_bodies: bool


@dataclass(frozen=True)
class SendResult:
    #: A value of ``AttemptClass``.
    outcome: str
    #: The platform's own words or a sentence of ours, up to 500 characters; empty if accepted.
    message: str
    http_status: int | None
    #: One ``StepRecord.as_json`` per request that was made or refused.
    steps: list[dict[str, Any]]
    #: Ids that the platform gave, also of the steps before one that failed.
    captured: dict[str, Any]
    #: Seconds; only of what was throttled.
    retry_after: float | None
    duration_ms: int
    started_at: datetime


def deliver(parcel: Parcel, *, sessions: Sessions, now: Callable[[], datetime]) -> SendResult:
    """Make the steps in order, up to the first that is not accepted."""
    started_at, clock = now(), time.monotonic()
    run = _Run(parcel, sessions, now)
    try:
        judgement = run.steps()
    except RenderError as error:
        judgement = Judgement(Outcome.CONFIG, str(error))
    except Exception as error:
        # The traceback goes to the log without the values: they may be secrets.
        logger.error("update %s: unexpected %s", parcel.update_id, type(error).__name__)
        judgement = Judgement(Outcome.CONFIG, f"Erro inesperado: {type(error).__name__}: {error}")
    masker = run.masker()
    keep = parcel.keep_accepted_bodies or not judgement.outcome.applied
    return SendResult(
        outcome=judgement.outcome.value,
        message=masker.text(judgement.message)[:MESSAGE_LENGTH],
        http_status=run.http_status,
        steps=[record.as_json(masker, keep_contents=keep) for record in run.records],
        captured=run.captured,
        retry_after=judgement.retry_after,
        duration_ms=_ms_since(clock),
        started_at=started_at,
    )


@dataclass
class _Run:
    parcel: Parcel
    sessions: Sessions
    now: Callable[[], datetime]
    captured: dict[str, Any] = field(default_factory=dict)
    records: list[StepRecord] = field(default_factory=list)
    http_status: int | None = None

    def steps(self) -> Judgement:
        self._check_params()
        outcomes = []
        for number, step in enumerate(self.parcel.send.steps, start=1):
            given = self._context()
            if not applies(step, given):
                continue
            judgement = self._step(step, given, number)
            outcomes.append(judgement.outcome)
            if not judgement.outcome.applied:
                return judgement
        if not outcomes:
            raise RenderError("Nenhum passo do arquivo da plataforma se aplica a este envio.")
        return Judgement(combined(outcomes))

    def _check_params(self) -> None:
        parcel = self.parcel
        errors = parcel.platform.validate_params(parcel.params, parcel.secrets)
        for param in parcel.platform.params:
            if param.name in errors:
                raise RenderError(f"Parâmetro «{param.label}»: {errors[param.name]}")

    def _context(self) -> RenderContext:
        parcel = self.parcel
        return RenderContext.of(
            parcel.platform,
            context=parcel.context,
            params=parcel.params,
            secrets=parcel.secrets,
            captured={**(parcel.context.get("captured") or {}), **self.captured},
        )

    def _step(self, step: Step, given: RenderContext, number: int) -> Judgement:
        key = self.parcel.idempotency_key
        # Two requests under one key would be one request to a platform that honours it.
        request = render(step, given, idempotency_key=key if number == 1 else f"{key}-{number}")
        record = StepRecord(request)
        self.records.append(record)
        clock = time.monotonic()
        try:
            answer = self.sessions.exchange(request, allow_private=self.parcel.allow_private)
        except CallFailed as failure:
            record.error = str(failure)
            self.http_status = None
            return Judgement(failure.outcome, str(failure))
        finally:
            record.ms = _ms_since(clock)
        record.answer = answer
        self.http_status = answer.status
        judgement = judge(answer, _rules(step, given), now=self.now())
        if judgement.outcome.applied:
            self._capture(step, answer)
        return judgement

    def _capture(self, step: Step, answer: Answer) -> None:
        for name, rule in step.capture.items():
            value = find(rule, answer)
            if value is not None:
                self.captured[name] = clean_json(value)

    def masker(self) -> Masker:
        """Knows the vitrine's secrets and what the requests so far made of them."""
        invoice = self.parcel.context.get("invoice")
        xml = invoice.get("xml") if isinstance(invoice, Mapping) else None
        derived = [text for record in self.records for text in record.request.sensitive]
        return Masker(
            [*self.parcel.secrets.values(), *derived],
            invoice_xml=xml if isinstance(xml, str) else None,
        )


def _rules(step: Step, given: RenderContext) -> Rules:
    success = step.success
    if isinstance(success, ParamRef):
        success = resolve(success, given.params) or None
    limits = given.platform.limits
    return Rules(
        success=success,
        already_applied=step.already_applied,
        error_message=step.error_message,
        throttled=limits.throttled,
        retry_after=limits.retry_after,
    )


def _ms_since(clock: float) -> int:
    return round((time.monotonic() - clock) * 1000)
