from django.conf import settings
from django.db import models

from integrations.models.status_update import AttemptClass
from status_mapping.models import Channel
from vitrines.models import Order, Vitrine
from vitrines.statuses import CHOICES


class SendTest(models.Model):
    """One real sending that a person asked for to see what the platform says. No update of the
    order knows of it. Secrets are masked before they get here."""

    #: Made with the form that asks for it, and unique: a form posted twice sends once. It goes as
    #: Idempotency-Key.
    key = models.UUIDField("chave", unique=True)
    vitrine = models.ForeignKey(
        Vitrine, models.PROTECT, related_name="send_tests", verbose_name="vitrine"
    )
    order = models.ForeignKey(
        Order, models.CASCADE, related_name="send_tests", verbose_name="pedido"
    )
    status = models.PositiveSmallIntegerField("status", choices=CHOICES)
    channel = models.CharField("envio", max_length=10, choices=Channel.choices)
    platform_status = models.CharField("status da plataforma", max_length=120, blank=True)
    platform = models.CharField("plataforma", max_length=40)
    platform_digest = models.CharField("versão do arquivo", max_length=64)
    sent_at = models.DateTimeField("enviado em")
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="enviado por",
    )
    #: The name as it was then; for a command, the command's own name.
    sent_by_label = models.CharField("quem enviou", max_length=150)

    #: Empty until the platform has answered, and for ever if we were stopped meanwhile.
    outcome = models.CharField("resultado", max_length=20, choices=AttemptClass.choices, blank=True)
    http_status = models.PositiveSmallIntegerField("HTTP", null=True, blank=True)
    message = models.CharField("mensagem", max_length=500, blank=True)
    duration_ms = models.PositiveIntegerField("duração (ms)", default=0)
    #: Each step's request and answer, see ``integrations.delivery.http.StepRecord.as_json``.
    steps = models.JSONField("passos", default=list)
    #: ``steps`` may hold contents of requests and answers, which retention is to remove.
    holds_contents = models.BooleanField("com conteúdo", default=True, db_default=True)

    class Meta:
        verbose_name = "teste de envio"
        verbose_name_plural = "testes de envio"
        ordering = ["-id"]
        permissions = [("send_test", "Can send a test")]

    def __str__(self) -> str:
        return f"teste {self.pk} do pedido {self.order_id}"
