"""The outbox and what became of each try to empty it."""

import uuid

from django.db import models

from integrations.models.event import Event
from status_mapping.models import Channel
from vitrines.models import Order, Tracking, Vitrine
from vitrines.statuses import CHOICES, OrderStatus


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

#: Told of few orders, wherever they come from.
UNCOMMON = [
    int(status)
    for status in (
        OrderStatus.AGUARDANDO_PAGAMENTO,
        OrderStatus.CANCELADO,
        OrderStatus.PROBLEMAS,
    )
]


class StatusUpdate(models.Model):
    """One thing to tell the platform about one order. Every decision not to is a row too."""

    #: Sent as Idempotency-Key.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Foreign keys without an index of their own begin another one below: see decision 0019.
    vitrine = models.ForeignKey(
        Vitrine,
        models.PROTECT,
        db_index=False,
        related_name="status_updates",
        verbose_name="vitrine",
    )
    order = models.ForeignKey(
        Order,
        models.CASCADE,
        db_index=False,
        related_name="status_updates",
        verbose_name="pedido",
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
        Tracking,
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="rastreio",
    )

    # What was decided with, copied so that a later edit rewrites no history.
    platform = models.CharField("plataforma", max_length=40)
    platform_digest = models.CharField("versão do arquivo", max_length=64, blank=True)
    mapping_revision = models.PositiveIntegerField("revisão do DE-PARA", default=0)
    decided_at = models.DateTimeField("decidida em")
    #: What was decided before a held update was decided again, oldest first: ``{at, state,
    #: reason, detail, channel, mapping_revision, platform_status, ez_core_status_id,
    #: ez_core_flow_id}``; older ones lack the last two.
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
        db_index=False,
        related_name="supersedes",
        verbose_name="superada por",
    )

    # Replay: see decision 0017.
    #: What the store was told before and is told again by this one.
    replay_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="repeats",
        verbose_name="repete",
    )
    #: Of a repeat: the place (``sequence``) that what it repeats has in the order's story.
    place = models.PositiveIntegerField("lugar que repete", null=True, blank=True)
    #: The run that put it in the queue last.
    replay_run = models.ForeignKey(
        "integrations.ReplayRun",
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="updates",
        verbose_name="reprocessamento",
    )
    #: The same bytes are wanted: ``{update_id, requests}``, see ``integrations.replay.sameness``.
    resends = models.JSONField("bytes a repetir", null=True, blank=True)
    created_at = models.DateTimeField("criada em")
    finished_at = models.DateTimeField("concluída em", null=True, blank=True)

    class Meta:
        verbose_name = "atualização"
        verbose_name_plural = "atualizações"
        ordering = ["-id"]
        permissions = [("replay_statusupdate", "Can replay status updates")]
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
            # What is being sent keeps the turn until its try is recorded: with the turn of which
            # there is one, no other update of its order can be on its way.
            models.CheckConstraint(
                condition=~models.Q(state="sending") | models.Q(turn=True),
                name="update_sending_has_the_turn",
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
            # A repeat stands where what it repeats stood, or it would look like a newer status.
            models.CheckConstraint(
                condition=models.Q(replay_of=None) | models.Q(place__isnull=False),
                name="update_repeat_has_its_place",
            ),
            # However many runs and engines there are, an update is repeated one at a time. (That it
            # is a repeat is said for the index: it holds no others.)
            models.UniqueConstraint(
                fields=["replay_of"],
                condition=models.Q(state__in=["pending", "sending"], replay_of__isnull=False),
                name="update_one_open_repeat",
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
            # Atualizações, newest first: all of them or those of a period; of one vitrine; of a
            # state, of one or all vitrines; for a reason; of a status. What nearly all are (sent,
            # accepted) is soon found among all, and has no index that each of them would pay for.
            models.Index(fields=["-created_at", "-id"], name="update_by_time"),
            models.Index(fields=["vitrine", "-created_at", "-id"], name="update_of_vitrine"),
            models.Index(
                fields=["vitrine", "state", "-created_at", "-id"],
                condition=~models.Q(state__in=["sent", "skipped"]),
                name="update_of_vitrine_by_state",
            ),
            models.Index(
                fields=["state", "-created_at", "-id"],
                condition=~models.Q(state__in=["sent", "skipped"]),
                name="update_by_state",
            ),
            models.Index(
                fields=["reason", "-created_at", "-id"],
                condition=~models.Q(reason__in=["", "accepted", "echo"]),
                name="update_by_reason",
            ),
            models.Index(
                fields=["status", "-created_at", "-id"],
                condition=models.Q(status__in=UNCOMMON),
                name="update_by_uncommon_status",
            ),
            # The Painel: how many of a vitrine wait for a person, by cause, and the oldest.
            models.Index(
                fields=["vitrine", "reason", "created_at"],
                condition=models.Q(state__in=["failed", "held"]),
                name="update_needs_a_person",
            ),
            # What a vitrine's platform accepted last.
            models.Index(
                fields=["vitrine", "-finished_at"],
                condition=models.Q(state="sent"),
                name="update_accepted",
            ),
            # What points at a row that is removed.
            models.Index(
                fields=["tracking"],
                condition=models.Q(tracking__isnull=False),
                name="update_of_tracking",
            ),
            models.Index(
                fields=["superseded_by"],
                condition=models.Q(superseded_by__isnull=False),
                name="update_superseded",
            ),
            models.Index(
                fields=["replay_of"],
                condition=models.Q(replay_of__isnull=False),
                name="update_repeats",
            ),
            # What a run has in the queue, and what became of it.
            models.Index(
                fields=["replay_run", "state"],
                condition=models.Q(replay_run__isnull=False),
                name="update_replayed",
            ),
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

    #: ``attempt_number_once`` begins with it.
    update = models.ForeignKey(
        StatusUpdate,
        models.CASCADE,
        db_index=False,
        related_name="attempts",
        verbose_name="atualização",
    )
    #: What a platform puts off by "wait" is tried any number of times.
    number = models.PositiveIntegerField("tentativa")
    started_at = models.DateTimeField("início")
    duration_ms = models.PositiveIntegerField("duração (ms)")
    outcome = models.CharField("resultado", max_length=20, choices=AttemptClass.choices)
    http_status = models.PositiveSmallIntegerField("HTTP", null=True, blank=True)
    message = models.CharField("mensagem", max_length=500, blank=True)
    #: Each step's request and answer, see ``integrations.delivery.http.StepRecord.as_json``.
    steps = models.JSONField("passos", default=list)
    #: ``steps`` may hold contents of requests and answers, which retention is to remove.
    holds_contents = models.BooleanField("com conteúdo", default=True, db_default=True)
    worker = models.CharField("executor", max_length=120)

    class Meta:
        verbose_name = "tentativa"
        verbose_name_plural = "tentativas"
        ordering = ["id"]
        constraints = [
            # A try is told once, even if its record were written twice.
            models.UniqueConstraint(fields=["update", "number"], name="attempt_number_once"),
        ]
        indexes = [
            # What retention asks: the oldest whose contents are still here.
            models.Index(
                fields=["started_at", "id"],
                condition=models.Q(holds_contents=True),
                name="attempt_with_contents",
            ),
        ]

    def __str__(self) -> str:
        return f"tentativa {self.number} de {self.update_id}"
