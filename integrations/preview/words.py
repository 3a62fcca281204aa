"""A preview in words, for the page and the command: what each request is and depends on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from integrations.preview.dry_run import (
    PassedOver,
    Preview,
    PreviewedRequest,
    PreviewedSend,
    ShownRequest,
)
from status_mapping.models import Channel
from vitrines.platforms.steps import Need

_NEEDS: dict[Need, str] = {
    "invoice": "nota fiscal",
    "invoice.xml": "XML da NF-e autorizada",
    "tracking": "código ou endereço de rastreio",
}


@dataclass(frozen=True)
class ShownStep:
    #: ``passo 1 de 2``.
    place: str
    #: What it depends on.
    notes: tuple[str, ...]
    request: ShownRequest


def shown_steps(send: PreviewedSend) -> list[ShownStep]:
    """The requests in order, without the one for a token, which all sendings share."""
    masker = send.masker()
    return [
        ShownStep(place(made, send), tuple(conditions(made)), made.masked(masker))
        for made in send.requests
        if made.role != "token"
    ]


def shown_tokens(sends: Iterable[PreviewedSend]) -> list[ShownStep]:
    """Each different request for a token, once."""
    asked = [(s, made) for s in sends for made in s.requests if made.role == "token"]
    different = [next(alike) for _, alike in groupby(asked, key=lambda pair: pair[1].request)]
    return [
        ShownStep(place(made, send), tuple(conditions(made)), made.masked(send.masker()))
        for send, made in different
    ]


def shown_question(listed: Preview) -> list[ShownStep]:
    """What is asked for the list of statuses, its token apart."""
    return [
        ShownStep("lista de status", (), made.masked(listed.masker()))
        for made in listed.requests
        if made.role == "list_statuses"
    ]


def send_title(send: PreviewedSend) -> str:
    """``Despachado · XML``; a tracking alone has no status of its own."""
    what = send.status.label if send.kind == "status" else "Rastreio sem mudança de status"
    return f"{what} · {Channel(send.channel).label}"


def place(made: PreviewedRequest, send: PreviewedSend) -> str:
    """``passo 1 de 2``, ``consulta antes do passo 1 · item 2 de 3``."""
    match made.role:
        case "token":
            return "token de acesso"
        case "lookup":
            told = f"consulta, passo {made.step} de {send.steps}"
        case "probe":
            told = f"consulta antes do passo {made.step} de {send.steps}"
        case _:
            told = f"passo {made.step} de {send.steps}"
    if made.item is None:
        return told
    items = max(other.item or 0 for other in send.requests if other.step == made.step)
    return f"{told} · item {made.item} de {items}"


def conditions(made: PreviewedRequest) -> Iterator[str]:
    if made.role == "token":
        yield "Feita só quando não há um token guardado que ainda valha."
    if made.when:
        yield f"Feita só quando: {made.when}"
    # A probe that looks up and never finds says so by the constant.
    if made.found and made.found.strip() != "`false`":
        yield f"O passo {made.step} conta como já aplicado quando a resposta dá: {made.found}"


def needs_in_words(needs: Iterable[Need]) -> str:
    """Empty where the sending needs nothing that the order may lack."""
    return ", ".join(_NEEDS[need] for need in needs)


def passed_over_in_words(step: PassedOver, send: PreviewedSend) -> str:
    if step.role == "probe":
        told = f"A consulta antes do passo {step.step} não seria feita. Ela só é feita quando"
    else:
        told = f"O passo {step.step} de {send.steps} não seria feito. Ele só é feito quando"
    return f"{told}: {step.condition}"


def problem_in_words(send: PreviewedSend) -> str:
    """Empty if every request could be rendered."""
    if not send.problem:
        return ""
    if not send.problem_step:
        return f"O envio não pode ser montado. {send.problem}"
    return f"O passo {send.problem_step} de {send.steps} não pode ser montado. {send.problem}"
