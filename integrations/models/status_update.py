"""The outbox and what became of each try to empty it."""

import uuid

from django.db import models

from integrations.models.event import Event
from status_mapping.models import Channel
from vitrines.models import Order, Tracking, Vitrine
from vitrines.statuses import CHOICES


class UpdateKind(models.TextChoices):
    STATUS = "status", "status"
    #: A tracking that brings no new status, or arrives after the status was told.
    TRACKING = "tracking", "rastreio"


class UpdateState(models.TextChoices):
    PENDING = "pending", "Na fila"
    SENDING = "sending", "Enviando"
    SENT = "sent", "Aceito"
    HELD = "held", "Aguardando"
    SKIPPED = "skipped", "Não enviado"
    SUPERSEDED = "superseded", "Superado"
    FAILED = "failed", "Recusado"
    CANCELLED = "cancelled", "Resolvido fora"


class UpdateReason(models.TextChoices):
    """Why an update is held, skipped, superseded or failed, or how it was accepted."""

    ACCEPTED = "accepted", "aceito pela plataforma"
    ALREADY_APPLIED = "already_applied", "a plataforma já estava neste status"
    UNMAPPED = "unmapped", "sem mapeamento"
    WAITING_INVOICE_XML = "waiting_invoice_xml", "aguardando o XML da nota"
    WAITING_TRACKING = "waiting_tracking", "aguardando o rastreio"
    INACTIVE = "inactive", "inativo"
    REGRESSION = "regression", "regrediria o pedido na loja"
    ECHO = "echo", "veio da própria loja"
    NOT_OFFERED = "not_offered", "a plataforma não oferece este envio"
    SUPERSEDED = "superseded", "um envio posterior já foi aceito"
    REJECTED = "rejected", "recusado pela plataforma"
    EXHAUSTED = "exhausted", "tentativas esgotadas"
    DESTINATION_REFUSED = "destination_refused", "endereço de destino não permitido"
    CONFIG = "config", "erro de configuração"
    CANCELLED = "cancelled", "resolvido fora por uma pessoa"


#: To be sent, or being sent.
OPEN = (UpdateState.PENDING, UpdateState.SENDING)
#: Held until the ERP tells a fact, not until a person does something.
WAITING_FACTS = (UpdateReason.WAITING_INVOICE_XML, UpdateReason.WAITING_TRACKING)


class StatusUpdate(models.Model):
    """One thing to tell the platform about one order. Every decision not to is a row too."""

    #: Sent as Idempotency-Key.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    vitrine = models.ForeignKey(
        Vitrine, models.PROTECT, related_name="status_updates", verbose_name="vitrine"
    )
    order = models.ForeignKey(
        Order, models.CASCADE, related_name="status_updates", verbose_name="pedido"
    )
    #: Position within the order, from 1.
    sequence = models.PositiveIntegerField("sequência")
    event = models.ForeignKey(
        Event, models.PROTECT, null=True, related_name="status_updates", verbose_name="evento"
    )
    kind = models.CharField("tipo", max_length=10, choices=UpdateKind.choices)
    status = models.PositiveSmallIntegerField("status", choices=CHOICES)
    channel = models.CharField("envio", max_length=10, choices=Channel.choices, blank=True)
    tracking = models.ForeignKey(
        Tracking, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="rastreio"
    )

    # What was decided with, copied so that a later edit rewrites no history.
    platform = models.CharField("plataforma", max_length=40)
    platform_digest = models.CharField("versão do arquivo", max_length=64, blank=True)
    mapping_revision = models.PositiveIntegerField("revisão do DE-PARA", default=0)
    decided_at = models.DateTimeField("decidida em")
    #: What was decided before a held update was decided again, oldest first: ``{at, state,
    #: reason, detail, channel, mapping_revision, platform_status}``.
    earlier_decisions = models.JSONField("decisões anteriores", default=list, blank=True)
    #: The latest revision that a held update was looked at with, though it changed nothing.
    checked_revision = models.PositiveIntegerField("revisão conferida", default=0)
    platform_status = models.CharField("status da plataforma", max_length=120, blank=True)
    ez_core_status_id = models.CharField("ID Status EZ Core", max_length=40, blank=True)
    ez_core_flow_id = models.CharField("ID Fluxo EZ Core", max_length=40, blank=True)

    state = models.CharField("estado", max_length=10, choices=UpdateState.choices)
    reason = models.CharField("motivo", max_length=20, choices=UpdateReason.choices, blank=True)
    #: The platform's own message, or what a person has to know.
    detail = models.CharField("detalhe", max_length=500, blank=True)
    #: It is the head of its order: the only one of the order that may be sent now.
    turn = models.BooleanField("na vez", default=False)
    due_at = models.DateTimeField("a partir de", null=True, blank=True)
    #: Tries that counted against the retry schedule; waiting and being throttled do not.
    attempts_made = models.PositiveSmallIntegerField("tentativas", default=0)
    #: The lease under which it is being sent.
    fencing_token = models.PositiveBigIntegerField(null=True, blank=True)
    superseded_by = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="supersedes",
        verbose_name="superada por",
    )
    created_at = models.DateTimeField("criada em")
    finished_at = models.DateTimeField("concluída em", null=True, blank=True)

    class Meta:
        verbose_name = "atualização"
        verbose_name_plural = "atualizações"
        ordering = ["-id"]
        constraints = [
            # The sequence of an order is total: no two updates share a place.
            models.UniqueConstraint(fields=["order", "sequence"], name="update_sequence_per_order"),
            # At most one update of an order may be sent at a time, so none overtakes another.
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(turn=True),
                name="update_one_turn_per_order",
            ),
            # Only what waits or is being sent holds the turn; anything else would block the order.
            models.CheckConstraint(
                condition=models.Q(turn=False) | models.Q(state__in=["pending", "sending"]),
                name="update_turn_only_while_open",
            ),
            # Nothing is ever silently not sent: every other state says why.
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "sending"]) | ~models.Q(reason=""),
                name="update_closed_has_a_reason",
            ),
            # What waits has a time, or no sweep would ever find it.
            models.CheckConstraint(
                condition=~models.Q(state="pending") | models.Q(due_at__isnull=False),
                name="update_pending_has_due_time",
            ),
            # What is being sent names the lease, so that a stale holder can be told apart.
            models.CheckConstraint(
                condition=~models.Q(state="sending") | models.Q(fencing_token__isnull=False),
                name="update_sending_names_its_lease",
            ),
        ]
        indexes = [
            # What the dispatcher asks: heads that are due, in one vitrine.
            models.Index(
                fields=["vitrine", "due_at", "id"],
                condition=models.Q(state="pending", turn=True),
                name="update_due_heads",
            ),
            models.Index(
                fields=["vitrine"],
                condition=models.Q(state="sending"),
                name="update_in_flight",
            ),
            models.Index(
                fields=["vitrine", "checked_revision"],
                condition=models.Q(state="held"),
                name="update_held",
            ),
            models.Index(fields=["vitrine", "state", "-id"], name="update_list"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_status_display()} ({self.get_state_display()})"


class AttemptClass(models.TextChoices):
    """What one try came to. Decided once, in ``integrations.delivery.outcomes``."""

    ACCEPTED = "accepted", "aceita"
    ALREADY_APPLIED = "already_applied", "já aplicada"
    TRANSIENT = "transient", "falha passageira"
    THROTTLED = "throttled", "a plataforma pediu para esperar"
    AUTH_REFUSED = "auth_refused", "credencial recusada"
    REJECTED = "rejected", "recusada"
    GONE = "gone", "endereço extinto"
    REFUSED_DESTINATION = "refused_destination", "destino não permitido"
    CONFIG = "config", "erro de configuração"


class DeliveryAttempt(models.Model):
    """One try. Secrets are masked before they get here; bodies are capped."""

    update = models.ForeignKey(
        StatusUpdate, models.CASCADE, related_name="attempts", verbose_name="atualização"
    )
    number = models.PositiveSmallIntegerField("tentativa")
    started_at = models.DateTimeField("início")
    duration_ms = models.PositiveIntegerField("duração (ms)")
    outcome = models.CharField("resultado", max_length=20, choices=AttemptClass.choices)
    http_status = models.PositiveSmallIntegerField("HTTP", null=True, blank=True)
    message = models.CharField("mensagem", max_length=500, blank=True)
    #: Each step's request and answer, see ``integrations.delivery.http.StepRecord.as_json``.
    steps = models.JSONField("passos", default=list)
    worker = models.CharField("executor", max_length=120)

    class Meta:
        verbose_name = "tentativa"
        verbose_name_plural = "tentativas"
        ordering = ["id"]
        constraints = [
            # A try is told once, even if its record were written twice.
            models.UniqueConstraint(fields=["update", "number"], name="attempt_number_once"),
        ]

    def __str__(self) -> str:
        return f"tentativa {self.number} de {self.update_id}"
