"""What ``make demo`` plays, order by order. What is meant to come of it: ``expectations``."""

from integrations.demo.steps import (
    Arrives,
    Erp,
    Invoiced,
    Maps,
    Scene,
    Shows,
    StoreFails,
    TimePasses,
    Tracked,
    XmlArrives,
)
from integrations.models import EventKind as Kind
from integrations.simulated_store.faults import FaultKind
from vitrines.statuses import OrderStatus

STORY: tuple[Scene, ...] = (
    Scene(
        "LOJA-SP",
        "100482",
        "Do pagamento à entrega: URL, XML e rastreio",
        (
            Arrives("paid"),
            Shows("paid"),
            Erp(Kind.RESERVED),
            Shows("picking"),
            Invoiced(),
            Shows("invoiced"),
            Tracked("SQ458226057BR", "posted"),
            Shows("shipped"),
            Tracked("SQ458226057BR", "delivered"),
        ),
    ),
    Scene(
        "LOJA-RJ",
        "55010",
        "Do pagamento à entrega na Linx Commerce, com Em preparação inativo",
        (
            Arrives("WAITING_PAYMENT"),
            Erp(Kind.PAYMENT_CONFIRMED),
            Shows("PAID"),
            Erp(Kind.RESERVED),
            Shows("PAID"),
            Invoiced(),
            Shows("INVOICED"),
            Tracked("SW371675211BR", "posted"),
            Shows("SHIPPED"),
            Tracked("SW371675211BR", "delivered"),
        ),
    ),
    Scene("LOJA-SP", "100483", "Chega cancelado, sem Processa Inclusão", (Arrives("canceled"),)),
    Scene("LOJA-RJ", "55011", "Chega cancelado, com Processa Inclusão", (Arrives("CANCELED"),)),
    Scene(
        "LOJA-RJ",
        "55012",
        "Para em um status com Ativo desmarcado",
        (Arrives("PAID"), Erp(Kind.RESERVED)),
    ),
    Scene(
        "LOJA-SP",
        "100484",
        "Status sem mapeamento, depois mapeado",
        (
            Arrives("paid"),
            Erp(Kind.RESERVED),
            Erp(Kind.PROBLEM),
            Shows("picking"),
            Maps(OrderStatus.PROBLEMAS, "on_hold"),
        ),
    ),
    Scene(
        "LOJA-SP",
        "100485",
        "A loja usa uma palavra desconhecida, depois mapeada",
        (
            Arrives("in_review"),
            Shows("in_review"),
            Maps(OrderStatus.AGUARDANDO_PAGAMENTO, "pending", ("new", "in_review")),
            Erp(Kind.PAYMENT_CONFIRMED),
        ),
    ),
    Scene(
        "LOJA-SP",
        "100486",
        "A nota chega antes do seu XML",
        (Arrives("approved"), Invoiced(xml=False), Shows("approved"), XmlArrives()),
    ),
    Scene(
        "LOJA-SP",
        "100487",
        "Dois volumes: entregue só quando os dois chegam",
        (
            Arrives("paid"),
            Invoiced(),
            Tracked("PT120826359BR", "posted", volume="1", volumes=2),
            Tracked("OF767272177BR", "posted", volume="2", volumes=2),
            Tracked("PT120826359BR", "delivered", volume="1", volumes=2),
            Shows("shipped"),
            Tracked("OF767272177BR", "delivered", volume="2", volumes=2),
        ),
    ),
    Scene(
        "LOJA-RJ",
        "55013",
        "A nota chega antes do pedido",
        (Invoiced(), Arrives("PAID")),
    ),
    Scene(
        "LOJA-SP",
        "100488",
        "Um fato antigo chega atrasado e não volta o pedido",
        (Arrives("paid"), Invoiced(), Erp(Kind.RESERVED, minutes_ago=30)),
    ),
    Scene(
        "LOJA-SP",
        "100489",
        "A loja responde 500 e é avisada de novo",
        (
            Arrives("paid"),
            StoreFails(FaultKind.SERVER_ERROR),
            Erp(Kind.RESERVED),
            Shows("paid"),
            TimePasses(seconds=15),
        ),
    ),
    Scene(
        "LOJA-RJ",
        "55014",
        "A loja responde 200 com um erro no corpo",
        (
            Arrives("PAID"),
            StoreFails(FaultKind.ERROR_IN_BODY, message="OrderInvoice.Code is required"),
            Invoiced(),
        ),
    ),
)
