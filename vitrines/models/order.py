"""Orders and the facts about them. No consumer data is kept here."""

from django.db import models

from vitrines.models.vitrine import Vitrine
from vitrines.statuses import CHOICES, OrderStatus


class Inclusion(models.TextChoices):
    INCLUDED = "included", "Incluído"
    NOT_INCLUDED = "not_included", "Não incluído"
    HELD = "held", "Aguardando mapeamento"


class InclusionReason(models.TextChoices):
    DEFAULT = "default", "incluído (padrão)"
    FORCED = "forced", "incluído (forçado por Processa Inclusão)"
    CANCELLED = "cancelled", "pedido cancelado não é incluído (padrão)"
    INACTIVE = "inactive", "a linha do DE-PARA está inativa"
    UNMAPPED = "unmapped", "status da plataforma sem mapeamento"


#: Where orders end, and stay.
FINAL = [int(OrderStatus.ENTREGUE), int(OrderStatus.CANCELADO)]


class Order(models.Model):
    """An order of one vitrine.

    ``number`` is canonical: without the vitrine's prefix and without leading zeros
    (``vitrines.orders.normalise_number``). ``status`` is null until something decides it.
    """

    #: ``order_of_vitrine`` begins with it.
    vitrine = models.ForeignKey(
        Vitrine, models.PROTECT, db_index=False, related_name="orders", verbose_name="vitrine"
    )
    number = models.CharField("número", max_length=60)
    platform_id = models.CharField("número na plataforma", max_length=120, blank=True)
    platform_status = models.CharField("última palavra da plataforma", max_length=120, blank=True)
    placed_at = models.DateTimeField("feito em")
    total = models.DecimalField("total", max_digits=14, decimal_places=2, null=True, blank=True)
    payment_type = models.CharField("tipo de pagamento", max_length=120, blank=True)
    delivery_type = models.CharField("tipo de entrega", max_length=120, blank=True)
    volume_count = models.PositiveSmallIntegerField("volumes esperados", default=0)

    status = models.PositiveSmallIntegerField("status", choices=CHOICES, null=True, blank=True)
    status_at = models.DateTimeField("status desde", null=True, blank=True)
    inclusion = models.CharField("inclusão", max_length=12, choices=Inclusion.choices)
    inclusion_reason = models.CharField(
        "motivo da inclusão", max_length=12, choices=InclusionReason.choices
    )
    #: The DE-PARA revision that decided the inclusion; an older one is decided again.
    mapping_revision = models.PositiveIntegerField("revisão do DE-PARA", default=0)
    created_at = models.DateTimeField("recebido em", auto_now_add=True)
    updated_at = models.DateTimeField("alterado em", auto_now=True)

    class Meta:
        verbose_name = "pedido"
        verbose_name_plural = "pedidos"
        ordering = ["-id"]
        permissions = [("correct_order", "Can correct an order's facts")]
        constraints = [
            # Two intake calls for one order can never make two orders. The number comes first: the
            # search box looks for one in all vitrines.
            models.UniqueConstraint(fields=["number", "vitrine"], name="order_number_per_vitrine"),
            # A status has its time, so that a late fact can be told from a new one.
            models.CheckConstraint(
                condition=models.Q(status=None, status_at=None)
                | models.Q(status__isnull=False, status_at__isnull=False),
                name="order_status_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["platform_id"], name="order_platform_id"),
            # Pedidos, newest first: of a vitrine; of the few in a status where orders do not stay;
            # of the few that were not included.
            models.Index(fields=["vitrine", "-id"], name="order_of_vitrine"),
            # Those of a vitrine that were received in a period; ``order_by_age`` knows all of it.
            models.Index(fields=["vitrine", "created_at", "id"], name="order_of_vitrine_by_age"),
            models.Index(
                fields=["status", "-id"],
                condition=~models.Q(status__in=FINAL),
                name="order_under_way",
            ),
            models.Index(
                fields=["inclusion", "-id"],
                condition=~models.Q(inclusion="included"),
                name="order_left_out",
            ),
            # The Painel: how many of a vitrine, and the oldest.
            models.Index(
                fields=["vitrine", "inclusion", "created_at"],
                condition=~models.Q(inclusion="included"),
                name="order_left_out_by_age",
            ),
            # What retention asks: the oldest. Pedidos of a period.
            models.Index(fields=["created_at", "id"], name="order_by_age"),
            models.Index(
                fields=["vitrine", "mapping_revision"],
                # Held, or included earlier and now named by a word that nobody mapped.
                condition=models.Q(inclusion_reason="unmapped"),
                name="order_held_by_mapping",
            ),
        ]

    def __str__(self) -> str:
        return self.display_number

    @property
    def display_number(self) -> str:
        """The number as the ERP shows it: ``VT-12345``."""
        prefix = self.vitrine.order_prefix
        return f"{prefix}-{self.number}" if prefix else self.number

    @property
    def current_status(self) -> OrderStatus | None:
        return None if self.status is None else OrderStatus(self.status)


class OrderStatusChange(models.Model):
    """One step of an order, appended and never changed."""

    order = models.ForeignKey(
        Order, models.CASCADE, related_name="status_changes", verbose_name="pedido"
    )
    from_status = models.PositiveSmallIntegerField("de", choices=CHOICES, null=True)
    to_status = models.PositiveSmallIntegerField("para", choices=CHOICES)
    occurred_at = models.DateTimeField("ocorrido em")
    recorded_at = models.DateTimeField("registrado em")
    cause = models.CharField("causa", max_length=120)

    class Meta:
        verbose_name = "mudança de status"
        verbose_name_plural = "mudanças de status"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.get_to_status_display()}"


class Invoice(models.Model):
    """An NF-e. Without an order it is an orphan, linked when the order comes."""

    #: Without an index: no page lists the notes of a vitrine.
    vitrine = models.ForeignKey(
        Vitrine, models.PROTECT, db_index=False, related_name="invoices", verbose_name="vitrine"
    )
    order = models.ForeignKey(
        Order, models.CASCADE, null=True, blank=True, related_name="invoices", verbose_name="pedido"
    )
    order_number = models.CharField("pedido informado", max_length=60, blank=True)
    chave_nfe = models.CharField("chave de acesso", max_length=44)
    number = models.PositiveIntegerField("número")
    series = models.PositiveSmallIntegerField("série")
    issued_at = models.DateTimeField("emitida em")
    total = models.DecimalField("valor", max_digits=14, decimal_places=2)
    #: The authorised nfeProc byte for byte; empty until it is received.
    xml = models.BinaryField("XML", blank=True, default=b"")
    #: When retention removed the XML, which tells of the consumer.
    xml_removed_at = models.DateTimeField("XML removido em", null=True, blank=True)
    cancelled_at = models.DateTimeField("cancelada em", null=True, blank=True)
    received_at = models.DateTimeField("recebida em", auto_now_add=True)

    class Meta:
        verbose_name = "nota fiscal"
        verbose_name_plural = "notas fiscais"
        ordering = ["id"]
        constraints = [
            # The same note told twice is one note. The key comes first: the search box looks for
            # one in all vitrines.
            models.UniqueConstraint(
                fields=["chave_nfe", "vitrine"], name="invoice_key_per_vitrine"
            ),
        ]
        indexes = [
            # The search box finds an order by the number of its note.
            models.Index(fields=["number"], name="invoice_number"),
            models.Index(
                fields=["vitrine", "order_number"],
                condition=models.Q(order=None),
                name="invoice_orphans",
            ),
            # What retention asks: the oldest whose XML is still here.
            models.Index(
                fields=["received_at", "id"],
                condition=~models.Q(xml=b""),
                name="invoice_with_xml",
            ),
        ]

    def __str__(self) -> str:
        return f"NF-e {self.number}/{self.series}"

    @property
    def has_xml(self) -> bool:
        return bool(self.xml)


class Tracking(models.Model):
    """One volume of an order and where it is. A second volume never overwrites the first."""

    #: ``tracking_code_per_volume`` begins with it.
    order = models.ForeignKey(
        Order, models.CASCADE, db_index=False, related_name="trackings", verbose_name="pedido"
    )
    volume = models.CharField("volume", max_length=20, default="1")
    code = models.CharField("código de rastreio", max_length=60, blank=True)
    carrier = models.CharField("transportadora", max_length=80, blank=True)
    url = models.URLField("endereço de rastreio", max_length=500, blank=True)
    carrier_event = models.CharField("último evento", max_length=30, blank=True)
    description = models.CharField("descrição", max_length=300, blank=True)
    occurred_at = models.DateTimeField("ocorrido em")
    delivered_at = models.DateTimeField("entregue em", null=True, blank=True)
    #: The row whose code was wrong. That one is kept to be read, and never told again.
    replaces = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="no lugar de",
    )

    class Meta:
        verbose_name = "rastreio"
        verbose_name_plural = "rastreios"
        ordering = ["id"]
        constraints = [
            # A volume with a code has one row, whatever the number of events about it.
            models.UniqueConstraint(
                fields=["order", "volume", "code"], name="tracking_code_per_volume"
            ),
            # A wrong code has one right one in its place, so what was to tell it knows which.
            # (That it replaces one is said for the index: it holds no others.)
            models.UniqueConstraint(
                fields=["replaces"],
                condition=models.Q(replaces__isnull=False),
                name="tracking_replaced_once",
            ),
        ]
        indexes = [models.Index(fields=["code"], name="tracking_code")]

    def __str__(self) -> str:
        return self.code or self.url or f"volume {self.volume}"
