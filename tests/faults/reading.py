"""What a person reads, where several faults have the same words."""

from tests.faults.rows import Read

ACCEPTED = Read(
    "accepted",
    "A loja aceitou Em preparação como “PICKING” em 23/11 às 11:00 (envio #1).",
    "",
    "Nada a fazer",
)


def retrying(answer: str, *, number: int = 1) -> Read:
    return Read(
        "retrying",
        f"O envio #{number} (Em preparação) já teve 1 tentativa sem sucesso; "
        "a 2ª de 11 sai em 23/11 às 11:00.",
        f"Última resposta: {answer}.",
        "Aguardar",
    )


def throttled(until: str) -> Read:
    """``until``: with seconds where it is less than five minutes away."""
    return Read(
        "throttled",
        f"A plataforma pediu para esperar até 23/11 às {until}; o envio #1 sai depois disso.",
        "Vale para a vitrine toda, e esperar não gasta tentativa.",
        "Aguardar",
    )


def rejected(words: str, http_status: int) -> Read:
    """The platform's own words."""
    return refused(f"A plataforma recusou o envio: “{words}”", http_status)


def refused(sentence: str, http_status: int) -> Read:
    """Ours, where it gave none."""
    return Read(
        "rejected",
        f"{sentence}.",
        f"HTTP {http_status}. Nada foi perdido: o envio #1 (Em preparação) espera por você.",
        "Reenviar depois de corrigir",
    )
