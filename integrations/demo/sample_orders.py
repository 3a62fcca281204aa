"""The orders of the sample data: one in each situation that the screens have to show."""

from integrations.demo.steps import (
    Arrives,
    Erp,
    Invoiced,
    Maps,
    Scene,
    StoreFails,
    TimePasses,
    Tracked,
)
from integrations.demo.story import STORY
from integrations.models import EventKind as Kind
from integrations.simulated_store.faults import FaultKind

#: What would change the state in which the sample should be found: mappings saved midway, and
#: time wound on.
_SETTLES = (Maps, TimePasses)

SAMPLE: tuple[Scene, ...] = (
    *(scene for scene in STORY if not any(isinstance(step, _SETTLES) for step in scene.steps)),
    Scene("LOJA-SP", "100490", "Aguardando pagamento", (Arrives("pending", "boleto", "motoboy"),)),
    Scene("LOJA-SP", "100491", "Separado", (Arrives("paid"), Erp(Kind.RESERVED))),
    Scene(
        "LOJA-SP",
        "100492",
        "Faturado, aguardando o XML",
        (Arrives("paid"), Erp(Kind.RESERVED), Invoiced(xml=False)),
    ),
    Scene(
        "LOJA-SP",
        "100493",
        "Embarcado, aguardando o rastreio",
        (Arrives("approved"), Invoiced(), Erp(Kind.BOARDED)),
    ),
    Scene(
        "LOJA-SP",
        "100494",
        "Com problema, sem mapeamento",
        (Arrives("paid"), Invoiced(), Tracked("DY948852112BR", "posted"), Erp(Kind.PROBLEM)),
    ),
    Scene(
        "LOJA-SP",
        "100495",
        "A palavra da loja não tem mapeamento",
        (Arrives("fraud_review", "voucher"),),
    ),
    Scene("LOJA-SP", "100496", "Evento de um pedido que ainda não chegou", (Erp(Kind.RESERVED),)),
    Scene("LOJA-RJ", "55015", "Nota de um pedido que ainda não chegou", (Invoiced(),)),
    Scene(
        "LOJA-RJ",
        "55016",
        "Cancelado depois de pago",
        (Arrives("PAID"), Erp(Kind.CANCELLED)),
    ),
    Scene(
        "LOJA-RJ",
        "55017",
        "Retirada na loja, entregue",
        (
            Arrives("PAID", "credit_card", "pickup"),
            Invoiced(),
            Tracked("OP118822334BR", "delivered"),
        ),
    ),
    Scene(
        "LOJA-RJ",
        "55018",
        "A loja caiu no meio: será avisada de novo",
        (Arrives("PAID"), StoreFails(FaultKind.SERVER_ERROR), Invoiced()),
    ),
)
