"""A test sending in words, for its page, the order's timeline and the command."""

from integrations.models import AttemptClass, SendTest

_SENTENCES: dict[str, str] = {
    "": "Ainda não há resposta. Se passar de um minuto, o teste foi interrompido; "
    "veja na loja se ele chegou.",
    AttemptClass.ACCEPTED: "A loja aceitou.",
    AttemptClass.ALREADY_APPLIED: "A loja já estava assim.",
    AttemptClass.TRANSIENT: "Não deu certo agora; mais tarde pode dar.",
    AttemptClass.THROTTLED: "A plataforma pediu para esperar.",
    AttemptClass.AUTH_REFUSED: "A plataforma recusou a credencial.",
    AttemptClass.REJECTED: "A loja recusou.",
    AttemptClass.GONE: "A plataforma diz que o endereço não existe mais.",
    AttemptClass.REFUSED_DESTINATION: "Nada foi enviado: o destino não é permitido.",
    AttemptClass.CONFIG: "O envio não pôde ser feito por inteiro: há algo a corrigir.",
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
    return test.get_outcome_display() if test.outcome else "sem resposta"


def sentence(test: SendTest) -> str:
    return _SENTENCES[test.outcome]


def tone(test: SendTest) -> str:
    return _TONES.get(test.outcome, "bad")
