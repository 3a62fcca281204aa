"""Send one update: render its steps, make the requests, judge the answers.

Runs in a thread of the dispatcher. Touches no database. Whatever goes wrong is a ``SendResult``;
only where the lane is no longer the sender's to send for, ``NoLongerPermitted`` is raised.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from integrations.delivery.answer_rules import rules_for
from integrations.delivery.captures import Captured, captured_in, known, listed
from integrations.delivery.context import AccessToken, RenderContext
from integrations.delivery.guarded import NoLongerPermitted, Permit, always
from integrations.delivery.http import CallFailed, Sessions, StepRecord
from integrations.delivery.masking import SHORTEST_IN_DATA, Masker
from integrations.delivery.outcomes import (
    MESSAGE_LENGTH,
    Judgement,
    Outcome,
    combined,
    judge,
    unread,
)
from integrations.delivery.render import (
    applies,
    items,
    render,
    request_key,
    step_name,
)
from integrations.delivery.signing import signed
from vitrines.platforms import Platform
from vitrines.platforms.language import RenderError
from vitrines.platforms.parts import RuleText
from vitrines.platforms.rules import Answer, holds
from vitrines.platforms.steps import Probe, Send, Step

logger = logging.getLogger(__name__)

NOT_THE_SAME = (
    "Não sairiam os mesmos bytes: o arquivo da plataforma, os parâmetros ou os dados do pedido "
    "mudaram desde o envio que seria repetido. Use “Renderizar de novo”."
)


@dataclass(frozen=True)
class Parcel:
    """All that a sending needs, so that the thread that makes it needs no database."""

    update_id: int
    idempotency_key: str
    platform: Platform
    send: Send
    context: dict[str, Any]
    params: dict[str, str]
    secrets: dict[str, str] = field(repr=False)
    allow_private: bool
    #: Keep what was said in attempts that were accepted, too.
    keep_accepted_bodies: bool
    #: Why the vitrine's parameters cannot be used, in words; found once for all its parcels.
    params_problem: str = ""
    #: What the platform's token exchange gave, where it has one.
    token: AccessToken | None = None
    #: The digest of each step's request, where a person asked for the same bytes again.
    resends: Mapping[str, str] | None = None


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
    #: None: what a lookup found to be there no more.
    captured: dict[str, Any]
    #: Seconds; only of what was throttled.
    retry_after: float | None
    duration_ms: int
    started_at: datetime


def deliver(
    parcel: Parcel,
    *,
    sessions: Sessions,
    now: Callable[[], datetime],
    permitted: Permit = always,
) -> SendResult:
    """Make the steps in order, up to the first that is not accepted.

    ``permitted`` is asked right before each request is put on the wire. Once it says no,
    ``NoLongerPermitted`` is raised and nothing further is sent: another worker may have taken the
    update meanwhile, and what was made so far is for it to make again, under the same keys.
    """
    started_at, clock = now(), time.monotonic()
    run = _Run(parcel, sessions, now, permitted)
    try:
        judgement = run.steps()
    except NoLongerPermitted:
        raise
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
    permitted: Permit
    captured: dict[str, Any] = field(default_factory=dict)
    records: list[StepRecord] = field(default_factory=list)
    http_status: int | None = None

    def steps(self) -> Judgement:
        """Make the steps that apply, in order, up to the first that does not come through.

        Where lookups found nothing left to tell, it was already applied.
        """
        if self.parcel.params_problem:
            raise RenderError(self.parcel.params_problem)
        told: list[Outcome] = []
        asked = False
        for number, step in enumerate(self.parcel.send.steps, start=1):
            for judgement in self._step(step, number):
                if not judgement.outcome.applied:
                    return judgement
                asked |= step.lookup
                told += [] if step.lookup else [judgement.outcome]
        if not told and not asked:
            raise RenderError("Nenhum passo do arquivo da plataforma se aplica a este envio.")
        return Judgement(combined(told))

    @cached_property
    def _at_first(self) -> RenderContext:
        parcel = self.parcel
        return RenderContext.of(
            parcel.platform,
            context=parcel.context,
            params=parcel.params,
            secrets=parcel.secrets,
            captured=known(parcel.context.get("captured") or {}),
            token=parcel.token,
        )

    def _given(self) -> RenderContext:
        return self._at_first.with_captured(self.captured) if self.captured else self._at_first

    def _step(self, step: Step, number: int) -> Iterator[Judgement]:
        """One judgement for each request that the step comes to; none if it does not apply."""
        given = self._given()
        chosen = items(step, given)
        if chosen is None:
            if applies(step, given):
                yield self._make(step, given, (number, None), self.captured)
            return
        each: list[Captured] = []
        before = given.context["captured"]
        for place, item in enumerate(chosen, start=1):
            one = self._given().with_item(item)
            if applies(step, one):
                each.append({})
                yield self._make(step, one, (number, place), each[-1])
                self._keep_lists(step, before, each)

    def _keep_lists(self, step: Step, before: Captured, each: list[Captured]) -> None:
        """What a step made for each item captured: one list a name."""
        for name in step.capture:
            self.captured[name] = listed(name, before.get(name), each)

    def _make(
        self, step: Step, given: RenderContext, at: tuple[int, int | None], captured: Captured
    ) -> Judgement:
        if step.probe is not None and applies(step.probe, given):
            answered = self._probe(step, step.probe, given, captured)
            if answered is not None:
                return answered
            given = given.with_captured(self.captured)
        # A question must not be answered with what was answered before.
        judgement, answer = self._ask(step, given, None if step.lookup else at)
        if answer is not None and judgement.outcome.applied:
            if step.lookup and (not_read := unread(answer)):
                return not_read
            found = self._found(step.capture, answer)
            # What was looked up and is not there any more is forgotten; what was told is not.
            captured |= found if step.lookup else known(found)
        return judgement

    def _probe(
        self, step: Step, probe: Probe, given: RenderContext, captured: Captured
    ) -> Judgement | None:
        """Ask whether the step was made before; None: it was not, and is to be made."""
        judgement, answer = self._ask(probe, given)
        if answer is None or not judgement.outcome.applied:
            return judgement
        there = holds(probe.found, answer)
        # Not read is not "not there": the step would be made a second time.
        if not there and (not_read := unread(answer)):
            return not_read
        for name, value in self._found(probe.capture, answer).items():
            # What the step captures, too, stands for it: of an item, one value of a list.
            kept = captured if name in step.capture else self.captured
            kept[name] = value
        return Judgement(Outcome.ALREADY_APPLIED) if there else None

    def _ask(
        self, asked: Step | Probe, given: RenderContext, at: tuple[int, int | None] | None = None
    ) -> tuple[Judgement, Answer | None]:
        """``at``: the number of the step that tells something, and of its item."""
        now = self.now()
        key = request_key(self.parcel.idempotency_key, *at) if at else ""
        request = signed(render(asked, given, idempotency_key=key), given, at=now)
        step = step_name(*at) if at else ""
        resends = self.parcel.resends
        if step and resends is not None and resends.get(step) != request.digest:
            raise RenderError(NOT_THE_SAME)
        record = StepRecord(request, step)
        self.records.append(record)
        clock = time.monotonic()
        try:
            answer = self.sessions.exchange(
                request, allow_private=self.parcel.allow_private, permitted=self.permitted
            )
        except CallFailed as failure:
            record.error = str(failure)
            self.http_status = None
            return Judgement(failure.outcome, str(failure)), None
        finally:
            record.ms = _ms_since(clock)
        record.answer = answer
        self.http_status = answer.status
        answer = answer.within(given.context)
        return judge(answer, rules_for(asked, given), now=self.now()), answer

    def _found(self, rules: Mapping[str, RuleText], answer: Answer) -> Captured:
        if not rules:
            return {}
        return captured_in(rules, answer, self.masker(shortest=SHORTEST_IN_DATA))

    def masker(self, *, shortest: int = 1) -> Masker:
        """Knows the vitrine's secrets and what the requests so far made of them."""
        invoice = self.parcel.context.get("invoice")
        xml = invoice.get("xml") if isinstance(invoice, Mapping) else None
        derived = [text for record in self.records for text in record.request.sensitive]
        if self.parcel.token is not None:
            derived += self.parcel.token.sensitive
        known_secrets = [*self.parcel.secrets.values(), *derived]
        return Masker(
            [secret for secret in known_secrets if len(secret) >= shortest],
            invoice_xml=xml if isinstance(xml, str) else None,
        )


def _ms_since(clock: float) -> int:
    return round((time.monotonic() - clock) * 1000)
