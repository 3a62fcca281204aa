"""A test sending in words, for its page, the order's timeline and the command."""

from collections.abc import Iterator

from integrations.models import AttemptClass, SendTest
from integrations.pretty import pretty

_SENTENCES: dict[str, str] = {
    "": "Ainda não há resposta. Se passar de um minuto, o teste foi interrompido; "
    "veja na loja se ele chegou.",
    AttemptClass.ACCEPTED: "A loja aceitou.",
    AttemptClass.ALREADY_APPLIED: "A loja já estava assim.",
    AttemptClass.TRANSIENT: "Não deu certo agora: teste de novo mais tarde.",
    AttemptClass.THROTTLED: "A plataforma pediu para esperar: teste de novo em alguns minutos.",
    AttemptClass.AUTH_REFUSED: "A plataforma recusou a credencial: "
    "confira os parâmetros na aba Envio.",
    AttemptClass.REJECTED: "A loja recusou.",
    AttemptClass.GONE: "A plataforma diz que o endereço não existe mais: confira-o na aba Envio.",
    AttemptClass.REFUSED_DESTINATION: "Nada foi enviado: o destino não é permitido.",
    AttemptClass.CONFIG: "O envio não pôde ser feito por inteiro: há algo a corrigir.",
}
_OUTCOMES: dict[str, str] = {
    "": "sem resposta",
    AttemptClass.ACCEPTED: "aceito",
    AttemptClass.ALREADY_APPLIED: "já aplicado",
    AttemptClass.THROTTLED: "adiado",
    AttemptClass.REJECTED: "recusado",
}
_TONES = {
    "": "wait",
    AttemptClass.ACCEPTED: "ok",
    AttemptClass.ALREADY_APPLIED: "ok",
    AttemptClass.THROTTLED: "wait",
}


def told(test: SendTest) -> str:
    """``Despachado → INVOICED · XML``."""
    word = f" → {test.platform_status}" if test.platform_status else ""
    return f"{test.get_status_display()}{word} · {test.get_channel_display()}"


def outcome(test: SendTest) -> str:
    return _OUTCOMES.get(test.outcome) or test.get_outcome_display()


def sentence(test: SendTest) -> str:
    return _SENTENCES[test.outcome]


def tone(test: SendTest) -> str:
    return _TONES.get(test.outcome, "bad")


def lines(test: SendTest) -> Iterator[str]:
    """What came back, for a terminal."""
    http = f"HTTP {test.http_status}, " if test.http_status else ""
    yield f"{told(test)} · pedido {test.order.display_number}"
    yield f"{sentence(test)} ({outcome(test)}, {http}{test.duration_ms} ms)"
    if test.message:
        yield test.message
    for step in test.steps:
        answer = f"HTTP {step['status']}" if step["status"] else step["error"]
        yield ""
        yield f"  {step['method']} {step['url']}"
        yield f"  → {answer}, {step['ms']} ms"
        yield from (f"    {line}" for line in pretty(step["response_body"]).splitlines())
