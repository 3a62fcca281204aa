"""What a correction did, in one or two sentences for whoever pressed the button."""

from collections.abc import Iterator

from integrations.corrections import Correction
from integrations.models import OPEN, StatusUpdate, UpdateReason, UpdateState

REPEATED = "Isto já estava guardado: o mesmo botão foi apertado duas vezes."


def tracking_told(done: Correction) -> str:
    return _told("Rastreio guardado.", done)


def invoice_told(done: Correction) -> str:
    return _told("XML da nota guardado.", done)


def _told(stored: str, done: Correction) -> str:
    if done.repeated:
        return REPEATED
    next_steps = [*_next_steps(done)] or ["Nada precisava ser enviado agora."]
    return " ".join([stored, *next_steps])


def _next_steps(done: Correction) -> Iterator[str]:
    for update in done.updates:
        name = f"O envio #{update.pk}"
        if update.state == UpdateState.HELD:
            yield f"{name} aguarda: {_reason(update)}."
        elif update.state not in OPEN:
            yield f"{name} não sai: {_reason(update)}."
        elif update.created_at < done.at == update.due_at:
            yield f"{name} voltou à fila."
        else:
            yield f"{name} está na fila."


def _reason(update: StatusUpdate) -> str:
    return str(UpdateReason(update.reason).label).removeprefix("aguardando ")
