from django.db import models

from vitrines.models import Order, OrderStatusChange, Vitrine
from vitrines.statuses import CHOICES


class EventSource(models.TextChoices):
    ERP = "erp", "ERP"
    PLATFORM = "platform", "plataforma"
    MAPPING = "mapping", "DE-PARA"
    #: A person, on the order's page.
    SCREEN = "screen", "tela"


class EventKind(models.TextChoices):
    ORDER_RECEIVED = "order_received", "Pedido recebido da loja"
    ORDER_REDECIDED = "order_redecided", "Pedido decidido de novo"
    PAYMENT_CONFIRMED = "payment_confirmed", "Pagamento confirmado"
    RESERVED = "reserved", "Separado / reservado"
    INVOICED = "invoiced", "Faturado"
    BOARDED = "boarded", "Embarcado"
    TRACKING = "tracking", "Rastreio"
    DELIVERED = "delivered", "Entregue"
    CANCELLED = "cancelled", "Cancelado"
    PROBLEM = "problem", "Problema"
    INVOICE_CANCELLED = "invoice_cancelled", "Nota cancelada"


class EventOutcome(models.TextChoices):
    STATUS_CHANGED = "status_changed", "mudou o status"
    STATUS_UNCHANGED = "status_unchanged", "o pedido já estava neste status"
    LATE = "late", "chegou depois de um fato mais novo; guardado, sem voltar o pedido"
    FACT_RECORDED = "fact_recorded", "fato guardado, sem mudança de status"
    ORPHAN = "orphan", "pedido ainda desconhecido; aplicado quando ele chegar"
    ORDER_INCLUDED = "order_included", "pedido incluído"
    ORDER_NOT_INCLUDED = "order_not_included", "pedido não incluído"
    ORDER_HELD = "order_held", "pedido aguardando mapeamento"


class Event(models.Model):
    """What was received: one fact, kept as it came, with what became of it."""

    #: Without an index: no page lists the events of a vitrine.
    vitrine = models.ForeignKey(
        Vitrine, models.PROTECT, db_index=False, related_name="events", verbose_name="vitrine"
    )
    source = models.CharField("origem", max_length=10, choices=EventSource.choices)
    #: The sender's own id; empty for order intake, which repeats itself by design.
    external_id = models.CharField("id do evento", max_length=120, blank=True)
    kind = models.CharField("tipo", max_length=20, choices=EventKind.choices)
    order = models.ForeignKey(
        Order, models.CASCADE, null=True, blank=True, related_name="events", verbose_name="pedido"
    )
    order_number = models.CharField("pedido informado", max_length=60)
    occurred_at = models.DateTimeField("ocorrido em")
    received_at = models.DateTimeField("recebido em")
    #: The validated facts, without XML (that is kept in Invoice).
    payload = models.JSONField("conteúdo", default=dict)
    outcome = models.CharField("resultado", max_length=20, choices=EventOutcome.choices)
    #: The order's status once this event was applied.
    status_after = models.PositiveSmallIntegerField(
        "status depois", choices=CHOICES, null=True, blank=True
    )
    status_change = models.OneToOneField(
        OrderStatusChange,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="event",
        verbose_name="mudança de status",
    )
    #: Who handed it over: the token's or the user's name.
    actor_label = models.CharField("recebido por", max_length=150, blank=True)

    class Meta:
        verbose_name = "evento"
        verbose_name_plural = "eventos"
        ordering = ["id"]
        constraints = [
            # A repeated delivery of one event is answered from this row, never applied twice.
            models.UniqueConstraint(
                fields=["vitrine", "external_id"],
                condition=~models.Q(external_id=""),
                name="event_id_per_vitrine",
            ),
            # Only an orphan has no order: an applied event can always be found from its order.
            models.CheckConstraint(
                condition=models.Q(order__isnull=False) | models.Q(outcome="orphan"),
                name="event_without_order_is_orphan",
            ),
        ]
        indexes = [
            models.Index(
                fields=["vitrine", "order_number"],
                condition=models.Q(order=None),
                name="event_orphans",
            ),
            # The Painel and Órfãos: of a vitrine, and of all, how many and the oldest first. (Asked
            # for what has no order, SQLite takes the index of ``order``, and sorts all of them.)
            models.Index(
                fields=["vitrine", "received_at", "id"],
                condition=models.Q(outcome="orphan"),
                name="event_orphans_of_vitrine",
            ),
            models.Index(
                fields=["received_at", "id"],
                condition=models.Q(outcome="orphan"),
                name="event_orphans_by_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.external_id or 'intake'})"
