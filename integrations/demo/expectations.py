"""What was meant: for each order of the story, what the store shows in the end, and why.

``compare`` says in Portuguese how what happened differs from it.
"""

from dataclasses import dataclass, fields

from vitrines.statuses import OrderStatus


@dataclass(frozen=True)
class Seen:
    """One order as the store shows it and as the back office explains it."""

    #: The word on the store's own page.
    store_status: str
    #: "xml", "number", or empty when the store knows of no note.
    invoice: str
    #: ``volume:code``, with ``*`` when the store was told that the volume was delivered.
    trackings: tuple[str, ...]
    #: How many requests the store got about this order.
    requests: int
    erp_status: OrderStatus | None
    #: A value of the closed list of causes.
    cause: str


LABELS = {
    "store_status": "status na loja",
    "invoice": "nota na loja",
    "trackings": "rastreio na loja",
    "requests": "requisições",
    "erp_status": "status no ERP",
    "cause": "causa",
}

MEANT: dict[tuple[str, str], Seen] = {
    ("LOJA-SP", "100482"): Seen(
        "delivered", "xml", ("1:SQ458226057BR*",), 4, OrderStatus.ENTREGUE, "accepted"
    ),
    # UpdateOrder numbers no volumes and has no delivered flag: the word says it.
    ("LOJA-RJ", "55010"): Seen(
        "DELIVERED", "xml", (":SW371675211BR",), 4, OrderStatus.ENTREGUE, "accepted"
    ),
    ("LOJA-SP", "100483"): Seen("canceled", "", (), 0, None, "not_included_cancelled"),
    ("LOJA-RJ", "55011"): Seen("CANCELED", "", (), 0, OrderStatus.CANCELADO, "echo"),
    ("LOJA-RJ", "55012"): Seen("PAID", "", (), 0, OrderStatus.EM_PREPARACAO, "inactive"),
    ("LOJA-SP", "100484"): Seen("on_hold", "", (), 2, OrderStatus.PROBLEMAS, "accepted"),
    ("LOJA-SP", "100485"): Seen("paid", "", (), 1, OrderStatus.PAGAMENTO_CONFIRMADO, "accepted"),
    ("LOJA-SP", "100486"): Seen("invoiced", "xml", (), 1, OrderStatus.DESPACHADO, "accepted"),
    ("LOJA-SP", "100487"): Seen(
        "delivered",
        "xml",
        ("1:PT120826359BR*", "2:OF767272177BR*"),
        5,
        OrderStatus.ENTREGUE,
        "accepted",
    ),
    ("LOJA-RJ", "55013"): Seen("INVOICED", "xml", (), 1, OrderStatus.DESPACHADO, "accepted"),
    ("LOJA-SP", "100488"): Seen("invoiced", "xml", (), 1, OrderStatus.DESPACHADO, "accepted"),
    ("LOJA-SP", "100489"): Seen("picking", "", (), 2, OrderStatus.EM_PREPARACAO, "accepted"),
    ("LOJA-RJ", "55014"): Seen("PAID", "", (), 1, OrderStatus.DESPACHADO, "rejected"),
}


def compare(seen: Seen, meant: Seen) -> list[str]:
    return [
        f"{LABELS[field.name]}: devia ser {_in_words(wanted)}, é {_in_words(got)}"
        for field in fields(Seen)
        if (got := getattr(seen, field.name)) != (wanted := getattr(meant, field.name))
    ]


def _in_words(value: object) -> str:
    if isinstance(value, OrderStatus):
        return value.label
    if isinstance(value, tuple):
        return ", ".join(value) or "nenhum"
    return str(value) if value not in ("", None) else "nenhum"
