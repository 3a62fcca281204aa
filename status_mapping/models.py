"""The DE-PARA of a vitrine: statuses in both directions, payment and delivery types."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from vitrines.models import Vitrine
from vitrines.statuses import CHOICES, OrderStatus


class Channel(models.TextChoices):
    XML = "xml", "XML"
    TRACKING = "tracking", "Rastreio"
    URL = "url", "URL"


class StatusMapping(models.Model):
    """One row of *Status de Pedidos*: what the platform calls one ERP status."""

    vitrine = models.ForeignKey(
        Vitrine, models.CASCADE, related_name="status_mappings", verbose_name="vitrine"
    )
    status = models.PositiveSmallIntegerField("status da vitrine", choices=CHOICES)
    platform_status = models.CharField("status da plataforma", max_length=120, blank=True)
    #: Empty means the usual channel for the status.
    channel = models.CharField("envio", max_length=10, choices=Channel.choices, blank=True)
    active = models.BooleanField("ativo", default=True)
    processa_inclusao = models.BooleanField("processa inclusão", default=False)
    ez_core_status_id = models.CharField("ID Status EZ Core", max_length=40, blank=True)
    ez_core_flow_id = models.CharField("ID Fluxo EZ Core", max_length=40, blank=True)

    class Meta:
        verbose_name = "linha do DE-PARA de status"
        verbose_name_plural = "DE-PARA de status"
        ordering = ["vitrine", "status"]
        constraints = [
            # An ERP status has one translation, so it can never be sent as two words.
            models.UniqueConstraint(
                fields=["vitrine", "status"], name="status_mapping_one_row_per_status"
            ),
            # Only the eight exist.
            models.CheckConstraint(
                condition=models.Q(status__in=[int(s) for s in OrderStatus]),
                name="status_mapping_is_one_of_the_eight",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()} → {self.platform_status or '—'}"


class InboundStatus(models.Model):
    """A word by which the platform names a status when it sends an order (*também recebe*).

    Every row's own platform status is stored here too, so that the constraint sees all words.
    """

    vitrine = models.ForeignKey(
        Vitrine, models.CASCADE, related_name="inbound_statuses", verbose_name="vitrine"
    )
    mapping = models.ForeignKey(
        StatusMapping, models.CASCADE, related_name="inbound_words", verbose_name="linha do DE-PARA"
    )
    word = models.CharField("palavra da plataforma", max_length=120)
    #: ``translation.fold_word(word)``; what is compared.
    folded = models.CharField(max_length=120, editable=False)
    #: Written in *também recebe*, as opposed to being the row's own platform status.
    explicit = models.BooleanField("informada em também recebe", default=True)

    class Meta:
        verbose_name = "palavra recebida"
        verbose_name_plural = "palavras recebidas"
        ordering = ["id"]
        constraints = [
            # A word belongs to one row of a vitrine, so an order's status is never a guess.
            models.UniqueConstraint(
                fields=["vitrine", "folded"], name="inbound_word_belongs_to_one_row"
            ),
        ]

    def __str__(self) -> str:
        return self.word


class TypeMapping(models.Model):
    """What the two sibling tables share: the platform's word, the ERP's code and label."""

    word = models.CharField("palavra da plataforma", max_length=120)
    erp_code = models.CharField("código no ERP", max_length=40)
    label = models.CharField("descrição", max_length=80, blank=True)
    active = models.BooleanField("ativo", default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.word} → {self.erp_code}"


class PaymentTypeMapping(TypeMapping):
    vitrine = models.ForeignKey(
        Vitrine, models.CASCADE, related_name="payment_type_mappings", verbose_name="vitrine"
    )

    class Meta:
        verbose_name = "tipo de pagamento"
        verbose_name_plural = "tipos de pagamentos"
        ordering = ["vitrine", "word"]
        constraints = [
            # A platform word means one ERP payment type.
            models.UniqueConstraint(models.F("vitrine"), Lower("word"), name="payment_word_once"),
        ]


class DeliveryTypeMapping(TypeMapping):
    vitrine = models.ForeignKey(
        Vitrine, models.CASCADE, related_name="delivery_type_mappings", verbose_name="vitrine"
    )
    pickup = models.BooleanField("retirada na loja", default=False)
    carrier = models.CharField("transportadora", max_length=80, blank=True)

    class Meta:
        verbose_name = "tipo de entrega"
        verbose_name_plural = "tipos de entrega"
        ordering = ["vitrine", "word"]
        constraints = [
            # A platform word means one ERP delivery type.
            models.UniqueConstraint(models.F("vitrine"), Lower("word"), name="delivery_word_once"),
        ]


class PlatformStatusList(models.Model):
    """The statuses that the vitrine's platform told when it was last asked."""

    #: One list a vitrine: an older one would only mislead.
    vitrine = models.OneToOneField(
        Vitrine,
        models.CASCADE,
        related_name="platform_status_list",
        verbose_name="vitrine",
    )
    platform = models.CharField("plataforma", max_length=40)
    #: ``[{"code": "16", "label": "Enviado"}, …]`` in the platform's own order.
    statuses = models.JSONField("status", default=list)
    fetched_at = models.DateTimeField("buscada em")
    fetched_by = models.CharField("buscada por", max_length=150)

    class Meta:
        verbose_name = "lista de status da plataforma"
        verbose_name_plural = "listas de status das plataformas"

    def __str__(self) -> str:
        return f"status de {self.vitrine}"


class MappingRevision(models.Model):
    """One press of Salvar: who, when, why, and the tables before and after. Never changed.

    ``before`` and ``after`` are ``{"statuses": {...}, "payment_types": [...],
    "delivery_types": [...]}`` as made by ``status_mapping.snapshot.snapshot``.
    """

    vitrine = models.ForeignKey(
        Vitrine, models.CASCADE, related_name="mapping_revisions", verbose_name="vitrine"
    )
    number = models.PositiveIntegerField("revisão")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="autor",
    )
    author_label = models.CharField("autor", max_length=150)
    created_at = models.DateTimeField("salva em")
    reason = models.CharField("motivo", max_length=200, blank=True)
    before = models.JSONField("como era")
    after = models.JSONField("como ficou")

    class Meta:
        verbose_name = "revisão do DE-PARA"
        verbose_name_plural = "revisões do DE-PARA"
        ordering = ["vitrine", "-number"]
        constraints = [
            # Two people saving at once cannot both make revision 7: the second is told.
            models.UniqueConstraint(
                fields=["vitrine", "number"], name="mapping_revision_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"revisão {self.number}"
