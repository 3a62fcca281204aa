"""What happened to an order, in order of time and in words.

Five kinds of entries: an *event* received, the *decision* about an update, each *attempt* to send
it, a *deed* (somebody sent it again, alone or in a run of replay, or settled it outside; or a later
one superseded it), and a *test* sending, which is no update's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from integrations import send_test_words
from integrations.delivery.platform_tokens.lane import RENEWED
from integrations.explaining.event_words import INTAKE_KINDS, event_entry_words
from integrations.explaining.mapping_then import RowThen, mapping_now, row_then
from integrations.explaining.queries import Material
from integrations.models import (
    AttemptClass,
    DeliveryAttempt,
    Event,
    ReplayItem,
    ReplayOutcome,
    SendTest,
    StatusUpdate,
    UpdateKind,
    UpdateReason,
    UpdateState,
)
from integrations.wording import quoted, thousands
from status_mapping.models import Channel
from status_mapping.translation import MappingRow
from vitrines.models import AuditAction, AuditEntry
from vitrines.statuses import OrderStatus

#: Outcomes of a try after which there is no other by itself.
_LAST = {
    AttemptClass.ACCEPTED,
    AttemptClass.ALREADY_APPLIED,
    AttemptClass.REJECTED,
    AttemptClass.REFUSED_DESTINATION,
    AttemptClass.CONFIG,
}
_TONES = {
    UpdateState.SENT: "ok",
    UpdateState.FAILED: "bad",
    UpdateState.PENDING: "wait",
    UpdateState.SENDING: "wait",
    UpdateState.HELD: "wait",
    UpdateState.SKIPPED: "wait",
}
_ATTEMPT_WORDS: dict[str, tuple[str, str]] = {
    AttemptClass.ACCEPTED: ("aceito", "ok"),
    AttemptClass.ALREADY_APPLIED: ("já aplicado: a loja já estava assim", "ok"),
    AttemptClass.TRANSIENT: ("não chegou: a loja não respondeu", "bad"),
    AttemptClass.THROTTLED: ("adiado: a plataforma pediu para esperar", "wait"),
    AttemptClass.AUTH_REFUSED: ("parado: credencial recusada", "bad"),
    AttemptClass.REJECTED: ("recusado", "bad"),
    AttemptClass.GONE: ("parado: o endereço não existe mais", "bad"),
    AttemptClass.REFUSED_DESTINATION: ("não enviado: destino não permitido", "bad"),
    AttemptClass.CONFIG: ("não enviado: erro de configuração", "bad"),
}


_DEED_WORDS = {
    AuditAction.UPDATE_CANCEL: "resolvido fora",
    AuditAction.UPDATE_RETRY: "reenviado",
    AuditAction.UPDATE_DECIDE: "decidido de novo",
}

#: A try this soon after its decision is told as one with it.
AT_ONCE = timedelta(minutes=1)


@dataclass(frozen=True)
class TimelineEntry:
    at: datetime
    #: event | decision | attempt | deed | test
    kind: str
    #: The colour of its dot: ok, bad, wait or n.
    tone: str
    title: str
    text: str = ""
    note: str = ""
    event_id: int | None = None
    update_id: int | None = None
    attempt: DeliveryAttempt | None = None
    test_id: int | None = None
    #: Of an update that repeats another one: that other one.
    repeats_id: int | None = None
    #: It led to what else happened at that moment.
    leads: bool = False
    #: The decision not to give a status back to the store that it came from.
    echo: bool = False
    #: Of a decision: the row of the DE-PARA that it was made with.
    then: RowThen | None = None

    def as_dict(self) -> dict[str, Any]:
        attempt = self.attempt
        return {
            "at": self.at.isoformat(),
            "kind": self.kind,
            "title": self.title,
            "text": self.text,
            "note": self.note,
            "event_id": self.event_id,
            "update_id": self.update_id,
            "attempt": attempt
            and {
                "number": attempt.number,
                "outcome": attempt.outcome,
                "http_status": attempt.http_status,
                "duration_ms": attempt.duration_ms,
                "message": attempt.message,
            },
        }


def timeline_of(material: Material) -> tuple[TimelineEntry, ...]:
    """Oldest first. Of things that happened at once, the cause comes before its effect."""
    entries = [*_events(material)]
    for update in material.updates:
        entries += _of_update(update, material)
    events = {update.pk: update.event_id for update in material.updates}
    entries += [_deed(pk, entry, event_id=events[pk]) for pk, entry in material.deeds]
    entries += [_replay(item, event_id=events[item.update_id]) for item in material.replays]
    entries += [_test(test) for test in material.tests]
    rank = {"event": 0, "decision": 1, "attempt": 2, "deed": 3, "test": 4}
    return tuple(
        sorted(
            entries,
            key=lambda e: (e.at, e.event_id or 0, not e.leads, rank[e.kind], e.update_id or 0),
        )
    )


def throttles_told_once(timeline: Iterable[TimelineEntry]) -> Iterator[TimelineEntry]:
    """A platform that says "wait" for a day says so a thousand times of one update: its tries in a
    row are one entry, with the last of them."""
    for _, alike in groupby(enumerate(timeline), key=lambda numbered: _throttled(*numbered)):
        entries = [entry for _, entry in alike]
        yield _as_one(entries) if len(entries) > 1 else entries[0]


def _throttled(number: int, entry: TimelineEntry) -> tuple[str, int | None]:
    """The same for tries of one update that were throttled; else like that of no other entry."""
    if entry.attempt is not None and entry.attempt.outcome == AttemptClass.THROTTLED:
        return "throttled", entry.update_id
    return "other", number


def _as_one(entries: Sequence[TimelineEntry]) -> TimelineEntry:
    first, last = entries[0].attempt, entries[-1].attempt
    assert first is not None and last is not None  # noqa: S101, PT018  only tries are throttled
    return replace(
        entries[-1],
        title=f"Envio #{last.update_id} adiado {thousands(len(entries))} vezes: a plataforma "
        "pediu para esperar",
        note=_attempt_note(last, f"tentativas {first.number} a {last.number}"),
    )


def for_reading(timeline: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """Newest first; a decision that led straight to its first try is told with it, and that a
    status is not echoed is told with the event that brought it."""
    read: list[TimelineEntry] = []
    for entry in throttles_told_once(timeline):
        before = read[-1] if read else None
        if before is not None and _first_try_of(before, entry):
            read[-1] = replace(entry, note=_joined(entry.note, before.note), then=before.then)
        elif before is not None and entry.echo and before.event_id == entry.event_id:
            note = _joined(before.note, "não é devolvido à loja (eco)")
            read[-1] = replace(before, note=note, update_id=entry.update_id)
        else:
            read.append(entry)
    return read[::-1]


def _first_try_of(before: TimelineEntry, entry: TimelineEntry) -> bool:
    same = before.update_id == entry.update_id
    at_once = entry.at - before.at <= AT_ONCE
    return same and at_once and before.kind == "decision" and entry.kind == "attempt"


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _events(material: Material) -> Iterator[TimelineEntry]:
    latest_intake = max((e.pk for e in material.events if e.kind in INTAKE_KINDS), default=0)
    for event in material.events:
        yield _event(event, material, latest=event.pk == latest_intake)


def _event(event: Event, material: Material, *, latest: bool) -> TimelineEntry:
    title, text, note = event_entry_words(event, material.order, latest=latest)
    tone = "wait" if event.outcome in ("late", "order_held", "order_not_included") else "n"
    return TimelineEntry(
        at=event.received_at,
        kind="event",
        tone=tone,
        title=title,
        text=text,
        note=note,
        event_id=event.pk,
    )


def _of_update(update: StatusUpdate, material: Material) -> Iterable[TimelineEntry]:
    row = material.shop.rows.get(OrderStatus(update.status))
    attempts = list(update.attempts.all())
    text = told(update)
    yield from _earlier_decisions(update, row)
    yield TimelineEntry(
        at=update.decided_at,
        kind="decision",
        tone=_decision_tone(update, attempts),
        title=_decision_title(update, attempts),
        text=text,
        note=decision_note(update, row),
        event_id=update.event_id,
        update_id=update.pk,
        echo=update.reason == UpdateReason.ECHO,
        then=row_then(update, row),
    )
    for attempt in attempts:
        word, tone = _attempt_words(attempt)
        yield TimelineEntry(
            at=attempt.started_at,
            kind="attempt",
            tone=tone,
            title=f"Envio #{update.pk} {word}",
            text=text,
            note=_attempt_note(attempt),
            event_id=update.event_id,
            update_id=update.pk,
            attempt=attempt,
        )
    if update.state == UpdateState.SUPERSEDED and update.finished_at:
        yield TimelineEntry(
            at=update.finished_at,
            kind="deed",
            tone="n",
            title=f"Envio #{update.pk} superado",
            text=text,
            note=_superseded_note(update),
            event_id=update.event_id,
            update_id=update.pk,
        )
    if update.state == UpdateState.FAILED and update.reason == UpdateReason.EXHAUSTED:
        yield TimelineEntry(
            at=update.finished_at or attempts[-1].started_at,
            kind="deed",
            tone="bad",
            title=f"Envio #{update.pk} falhou: tentativas esgotadas",
            text=text,
            note="espera por uma pessoa",
            event_id=update.event_id,
            update_id=update.pk,
        )


def _superseded_note(update: StatusUpdate) -> str:
    """Only statuses supersede statuses; a tracking is, when a person puts its code right."""
    if update.kind == UpdateKind.TRACKING:
        return f"o envio #{update.superseded_by_id} leva o rastreio corrigido"
    return f"o envio #{update.superseded_by_id}, posterior, foi aceito pela loja"


def _earlier_decisions(update: StatusUpdate, row: MappingRow | None) -> Iterator[TimelineEntry]:
    """What was decided before today's decision, each at its own time and with its own revision."""
    for earlier in update.earlier_decisions:
        was = StatusUpdate(
            pk=update.pk,
            kind=update.kind,
            status=update.status,
            tracking=update.tracking,
            **{name: value for name, value in earlier.items() if name != "at"},
        )
        yield TimelineEntry(
            at=datetime.fromisoformat(earlier["at"]),
            kind="decision",
            tone=_decision_tone(was, ()),
            title=_decision_title(was, ()),
            text=told(was),
            note=f"DE-PARA da revisão {was.mapping_revision}",
            event_id=update.event_id,
            update_id=update.pk,
            then=row_then(was, row, with_ids="ez_core_flow_id" in earlier),
        )


def told(update: StatusUpdate) -> str:
    """What it tells, and how: ``Despachado → INVOICED · XML``."""
    what = update.get_status_display()
    if update.kind == UpdateKind.TRACKING:
        what = f"rastreio {update.tracking}" if update.tracking else "rastreio"
    elif update.platform_status:
        what = f"{what} → {update.platform_status}"
    return f"{what} · {Channel(update.channel).label}" if update.channel else what


def decision_note(update: StatusUpdate, row: MappingRow | None) -> str:
    """With which DE-PARA it was decided, and whether today's says the same."""
    revision = f"revisão {update.mapping_revision}"
    now = mapping_now(update, row)
    match update.reason:
        case UpdateReason.ECHO:
            return "o status veio da própria loja"
        case UpdateReason.REGRESSION:
            return "o fato chegou fora de ordem e faria a loja voltar"
        case UpdateReason.INACTIVE:
            return f"a linha do DE-PARA estava com Ativo desmarcado ({revision}; {now})"
        case UpdateReason.UNMAPPED:
            return f"o DE-PARA não tinha o que enviar ({revision}; {now})"
        case _:
            return f"DE-PARA da {revision} ({now})"


def _decision_title(update: StatusUpdate, attempts: Sequence[DeliveryAttempt]) -> str:
    name = f"Envio #{update.pk}"
    reason = UpdateReason(update.reason).label if update.reason else ""
    match update.state:
        case UpdateState.SKIPPED:
            return f"{name} não enviado: {reason}"
        case UpdateState.HELD:
            waits = reason.startswith("aguardando")
            return f"{name} {reason}" if waits else f"{name} aguardando: {reason}"
        case UpdateState.FAILED if not attempts:
            return f"{name} não enviado: {reason}"
        case UpdateState.PENDING if not attempts:
            return f"{name} liberado, na fila" if update.earlier_decisions else f"{name} na fila"
        case UpdateState.SENDING if not attempts:
            return f"{name} sendo enviado"
        case _:
            return f"{name} liberado" if update.earlier_decisions else f"{name} criado"


def _decision_tone(update: StatusUpdate, attempts: Sequence[DeliveryAttempt]) -> str:
    return "n" if attempts else _TONES.get(UpdateState(update.state), "n")


def _attempt_words(attempt: DeliveryAttempt) -> tuple[str, str]:
    if attempt.outcome == AttemptClass.AUTH_REFUSED and attempt.message.endswith(RENEWED):
        return "adiado: sessão recusada; ela é renovada, e o envio, feito de novo", "wait"
    if attempt.outcome == AttemptClass.TRANSIENT and attempt.http_status:
        return "não foi aceito: a loja respondeu com erro", "bad"
    return _ATTEMPT_WORDS[attempt.outcome]


def _attempt_note(attempt: DeliveryAttempt, which: str = "") -> str:
    answer = f"HTTP {attempt.http_status}" if attempt.http_status else "sem resposta"
    if attempt.outcome in (AttemptClass.CONFIG, AttemptClass.REFUSED_DESTINATION):
        answer = "nada foi enviado"
    message = "" if attempt.outcome == AttemptClass.ACCEPTED else attempt.message.rstrip(".")
    return _joined(
        which or f"tentativa {attempt.number}", f"{answer} em {attempt.duration_ms} ms", message
    )


def _test(test: SendTest) -> TimelineEntry:
    answer = f"HTTP {test.http_status}" if test.http_status else ""
    took = f"{test.duration_ms} ms" if test.outcome else ""
    return TimelineEntry(
        at=test.sent_at,
        kind="test",
        tone=send_test_words.tone(test),
        title=f"Teste de envio por {test.sent_by_label}: {send_test_words.outcome(test)}",
        text=send_test_words.told(test),
        note=_joined(answer, took, test.message.rstrip(".")),
        test_id=test.pk,
    )


def _replay(item: ReplayItem, *, event_id: int | None) -> TimelineEntry:
    run, mode = item.run, item.run.get_mode_display().lower()
    name = f"Envio #{item.update_id}"
    again = item.queued_as_id if item.queued_as_id != item.update_id else None
    undone = f"cancelado por {run.cancelled_by_label} antes do envio"
    return TimelineEntry(
        at=item.at,
        kind="deed",
        tone="wait",
        title=f"{name} repetido pelo #{again}: {mode}" if again else f"{name} reprocessado: {mode}",
        text=f"por {run.started_by_label}",
        note=_joined(
            quoted(run.reason), undone if item.outcome == ReplayOutcome.TAKEN_BACK else ""
        ),
        event_id=event_id,
        update_id=again or item.update_id,
        repeats_id=item.update_id if again else None,
        leads=True,
    )


def _deed(update_id: int, entry: AuditEntry, *, event_id: int | None) -> TimelineEntry:
    why = entry.details.get("reason", "")
    return TimelineEntry(
        at=entry.at,
        kind="deed",
        tone="ok" if entry.action == AuditAction.UPDATE_CANCEL else "wait",
        title=f"Envio #{update_id} {_DEED_WORDS[AuditAction(entry.action)]}",
        text=f"por {entry.actor_label}",
        note=quoted(why) if why else "",
        event_id=event_id,
        update_id=update_id,
    )
