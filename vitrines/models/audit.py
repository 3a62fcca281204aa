from django.conf import settings
from django.db import models
from django.db.models.fields.json import KeyTransform

from vitrines.models.vitrine import Vitrine


class AuditAction(models.TextChoices):
    VITRINE_CREATE = "vitrine.create", "cadastrou a vitrine"
    VITRINE_CHANGE = "vitrine.change", "alterou a vitrine"
    CONNECTION_CHANGE = "connection.change", "alterou os parâmetros de envio"
    MAPPING_SAVE = "mapping.save", "salvou o DE-PARA"
    TOKEN_ISSUE = "token.issue", "emitiu um token"
    TOKEN_REVOKE = "token.revoke", "revogou um token"
    LANE_PAUSE = "lane.pause", "pausou a vitrine"
    LANE_RESUME = "lane.resume", "retomou a vitrine"
    UPDATE_RETRY = "update.retry", "reenviou a atualização"
    UPDATE_CANCEL = "update.cancel", "marcou como resolvido fora"
    UPDATE_DECIDE = "update.decide", "decidiu de novo a atualização"
    UPDATE_TEST = "update.test", "testou um envio"
    ORDER_TRACKING = "order.tracking", "informou ou corrigiu o rastreio do pedido"
    ORDER_INVOICE = "order.invoice", "informou o XML da nota do pedido"
    REPLAY_START = "replay.start", "iniciou um reprocessamento"
    REPLAY_CANCEL = "replay.cancel", "cancelou um reprocessamento"
    ALARM_SAVE = "alarm.save", "alterou os alarmes"
    ALARM_TEST = "alarm.test", "testou os alarmes"
    DEADLINE_SAVE = "deadline.save", "alterou os prazos dos status"


#: What people do to an update, told on the page of its order.
DEEDS = [AuditAction.UPDATE_RETRY, AuditAction.UPDATE_CANCEL, AuditAction.UPDATE_DECIDE]


class AuditEntry(models.Model):
    """Who did what, when. Appended in the transaction of the deed, never changed."""

    at = models.DateTimeField("quando")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="usuário",
    )
    #: The name as it was then; for a command, the command's own name.
    actor_label = models.CharField("quem", max_length=150)
    action = models.CharField("ação", max_length=30, choices=AuditAction.choices)
    #: ``audit_of_vitrine`` begins with it.
    vitrine = models.ForeignKey(
        Vitrine,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="vitrine",
    )
    subject = models.CharField("sobre", max_length=120, blank=True)
    details = models.JSONField("detalhes", default=dict, blank=True)

    class Meta:
        verbose_name = "registro de auditoria"
        verbose_name_plural = "registros de auditoria"
        ordering = ["-id"]
        indexes = [
            # A vitrine's page: its latest alterations.
            models.Index(fields=["vitrine", "-id"], name="audit_of_vitrine"),
            # An order's page: what people did to its updates.
            models.Index(
                KeyTransform("update", "details"),
                condition=models.Q(action__in=DEEDS),
                name="audit_of_update",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label} {self.get_action_display()}"
