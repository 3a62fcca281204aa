"""The closed list of causes that the Painel names, and their words. Pure.

What the next retry may solve by itself is in the list of updates, not here.
"""

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """In the order of urgency: what stops a whole vitrine, what failed, what waits."""

    CREDENTIAL = "credential"
    GONE = "gone"
    LANE_CONFIG = "lane_config"
    PAUSED = "paused"
    SILENT = "silent"
    REJECTED = "rejected"
    EXHAUSTED = "exhausted"
    CONFIG = "config"
    CHANNEL = "not_offered"
    DESTINATION = "destination_refused"
    UNMAPPED = "unmapped"
    ORDERS_HELD = "orders_held"
    WAITING_XML = "waiting_invoice_xml"
    WAITING_TRACKING = "waiting_tracking"
    UNPUBLISHED = "unpublished"
    ORPHANS = "orphans"
    UNWELL = "unwell"
    NOT_INCLUDED = "not_included"


@dataclass(frozen=True)
class CauseWords:
    title: str
    hint: str
    #: Class of its number: bad, warn or wait.
    level: str
    #: What the age beside a vitrine is of.
    age: str = "mais antigo"
    #: It is the vitrines that are counted together; what waits in each is beside it.
    of_vitrines: bool = False
    #: A person can end it; else it is good to know.
    asks: bool = True


WORDS: dict[Cause, CauseWords] = {
    Cause.CREDENTIAL: CauseWords(
        "Credencial recusada",
        "A plataforma não aceita a credencial. Corrija-a e retome: nada se perdeu.",
        "bad",
        age="parada",
        of_vitrines=True,
    ),
    Cause.GONE: CauseWords(
        "Endereço que não existe mais",
        "A plataforma respondeu 410. Corrija o endereço de envio e retome.",
        "bad",
        age="parada",
        of_vitrines=True,
    ),
    Cause.LANE_CONFIG: CauseWords(
        "Configuração incompleta ou inválida",
        "Nada pode ser enviado com o que está em Envio. Corrija e retome.",
        "bad",
        age="parada",
        of_vitrines=True,
    ),
    Cause.PAUSED: CauseWords(
        "Pausadas por uma pessoa",
        "O que surgir espera na fila, sem se perder.",
        "bad",
        age="pausada",
        of_vitrines=True,
    ),
    Cause.SILENT: CauseWords(
        "Vitrines em silêncio",
        "Três ou mais das horas em que costumam enviar passaram sem nenhum aceite. Se a loja "
        "fechou, pause ou despublique a vitrine.",
        "bad",
        age="último aceito",
        of_vitrines=True,
    ),
    Cause.REJECTED: CauseWords(
        "Recusadas pela plataforma",
        "Leia a resposta da plataforma, corrija e reenvie.",
        "bad",
    ),
    Cause.EXHAUSTED: CauseWords(
        "Tentativas esgotadas",
        "A plataforma não respondeu durante dias. Confira se ela voltou e reprocesse.",
        "bad",
    ),
    Cause.CONFIG: CauseWords(
        "Erro de configuração",
        "Cada envio diz o que falta. Corrija em Envio e reprocesse.",
        "bad",
    ),
    Cause.CHANNEL: CauseWords(
        "Envio que a plataforma não oferece",
        "O DE-PARA escolheu XML, rastreio ou URL para um status em que a plataforma não tem esse "
        "envio. Escolha outro e reprocesse.",
        "bad",
    ),
    Cause.DESTINATION: CauseWords(
        "Endereço de destino não permitido",
        "O endereço informado nos parâmetros de envio não pode ser usado.",
        "bad",
    ),
    Cause.UNMAPPED: CauseWords(
        "Status sem mapeamento",
        "Preencha o DE-PARA da vitrine; o que espera é enviado em seguida.",
        "warn",
    ),
    Cause.ORDERS_HELD: CauseWords(
        "Pedidos aguardando mapeamento",
        "A loja informou um status que o DE-PARA não conhece; o pedido é decidido de novo quando "
        "ele for mapeado.",
        "warn",
    ),
    Cause.WAITING_XML: CauseWords(
        "Aguardando o XML da nota",
        "O ERP ainda não entregou o XML autorizado da NF-e.",
        "wait",
    ),
    Cause.WAITING_TRACKING: CauseWords(
        "Aguardando o rastreio",
        "O ERP ainda não informou o código de rastreio.",
        "wait",
    ),
    Cause.UNPUBLISHED: CauseWords(
        "Não publicadas, com envios à espera",
        "Publique a vitrine neste servidor, ou confira se outro a envia.",
        "wait",
        of_vitrines=True,
    ),
    Cause.ORPHANS: CauseWords(
        "Órfãos: eventos sem pedido",
        "O ERP informou pedidos que a loja ainda não enviou. São aplicados quando o pedido chegar.",
        "wait",
    ),
    Cause.UNWELL: CauseWords(
        "Plataformas instáveis",
        "O envio continua sozinho quando elas voltarem.",
        "warn",
        age="falhando",
        asks=False,
        of_vitrines=True,
    ),
    Cause.NOT_INCLUDED: CauseWords(
        "Pedidos não incluídos nos últimos 7 dias",
        "Cancelados, ou com a linha do DE-PARA inativa; um status posterior decide de novo.",
        "wait",
        asks=False,
    ),
}
