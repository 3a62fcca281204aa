"""What an alarm says, in Portuguese: on the screen, in an e-mail, in a webhook. Pure.

Nothing here tells of a consumer, and nothing repeats what a platform answered, which might: order
numbers, counts and times only.
"""

from dataclasses import dataclass
from datetime import datetime

from integrations.alarms.kinds import Kind
from integrations.painel.words import silence_in_words
from integrations.wording import count, thousands, when

AUTH_REFUSED = (
    "A plataforma recusou a credencial. Nada é enviado à loja até que ela seja corrigida."
)
LANE_PAUSED = "O envio está pausado: {why}. O que surge espera na fila, sem se perder."
BREAKER_OPEN = (
    "A loja não responde, ou responde com erro. O que surge espera na fila e sai quando ela voltar."
)
TEST = "Este é um teste, pedido por {who}. Nada aconteceu com a vitrine."

WHAT_TO_DO: dict[Kind, str] = {
    Kind.LANE_PAUSED: "Veja na página da vitrine o motivo da pausa; resolvido, clique em Retomar.",
    Kind.AUTH_REFUSED: "Peça à loja uma credencial nova, informe-a na aba Envio da vitrine e "
    "clique em Retomar.",
    Kind.BREAKER_OPEN: "Confira se a loja está no ar e avise quem cuida dela. Não é preciso "
    "reenviar nada.",
    Kind.HELD_OR_FAILED: "Abra as atualizações da vitrine, agrupe por motivo e resolva a causa: "
    "mapear, informar o que falta ou reenviar.",
    Kind.SILENT: "Se há envios à espera, confira se o despacho está em execução e o que a página "
    "da vitrine diz do envio; se não há, confira se o ERP continua informando os pedidos.",
    Kind.LATE_ORDERS: "Abra a lista dos pedidos fora do prazo, a começar pelo mais antigo: a "
    "página de cada um diz a causa e a próxima ação.",
}
_SUBJECTS = {"opened": "{title}", "repeated": "Continua: {title}", "closed": "Encerrado: {title}"}


@dataclass(frozen=True)
class Told:
    """A notice as plain data. ``kind``: None for a test."""

    occasion: str
    kind: Kind | None
    vitrine_code: str
    vitrine_description: str
    #: When the notice was written, which may be hours before it leaves.
    at: datetime
    since: datetime
    number: int
    said: str
    #: Where the thing is mended, and where these notices are set; empty without SITE_URL.
    link: str = ""
    settings_link: str = ""

    @property
    def closed(self) -> bool:
        return self.occasion == "closed"


def held_or_failed(number: int, above: int, since: datetime, now: datetime) -> str:
    stuck = count(number, "atualização retida ou com falha", "atualizações retidas ou com falha")
    return f"{stuck}, acima do limite de {above}; a mais antiga é de {when(since, now)}."


def silent(last: datetime | None, waiting: datetime, now: datetime) -> str:
    ever = f"Nada foi aceito pela loja desde {when(last, now)}" if last else "Nada foi aceito ainda"
    return f"{ever}, e há atualizações esperando desde {when(waiting, now)}."


def unusually_silent(last: datetime, told: datetime | None, now: datetime) -> str:
    """``told``: when the ERP told something after that."""
    erp = silence_in_words(told=when(told, now) if told else "", waiting="")
    return (
        f"Nada foi aceito pela loja desde {when(last, now)}, embora esta vitrine costume enviar "
        f"nestas horas. {erp}"
    )


def late_orders(number: int, oldest: str) -> str:
    late = count(number, "pedido fora do prazo", "pedidos fora do prazo")
    return f"{late}. O mais antigo: {oldest}."


def subject(told: Told) -> str:
    if told.kind is None:
        return f"[{told.vitrine_code}] Teste de alarme"
    title = _SUBJECTS[told.occasion].format(title=told.kind.label)
    return f"[{told.vitrine_code}] {title}"


def body(told: Told) -> str:
    """The e-mail's text."""
    facts = [
        f"Vitrine: {told.vitrine_code} · {told.vitrine_description}",
        f"Alarme: {told.kind.label if told.kind else 'teste'}",
        f"Desde: {when(told.since, told.at)}" if told.kind else "",
        f"Encerrado: {when(told.at, told.at)}" if told.closed else "",
        f"Quantos: {thousands(told.number)}" if told.number else "",
    ]
    said = f"Já não é assim. Foi dito por último: {told.said}" if told.closed else told.said
    do = WHAT_TO_DO[told.kind] if told.kind and not told.closed else ""
    paragraphs = [
        "\n".join(filter(None, facts)),
        said,
        f"O que fazer: {do}" if do else "",
        f"Abrir: {told.link}" if told.link else "",
        f"Situação em {when(told.at, told.at)}."
        + (f" Quem recebe e quando: {told.settings_link}" if told.settings_link else ""),
    ]
    return "\n\n".join(filter(None, paragraphs)) + "\n"
