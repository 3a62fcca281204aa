from django.conf import settings
from django.db import models

from vitrines.models import Vitrine


class PauseReason(models.TextChoices):
    MANUAL = "manual", "pausada por uma pessoa"
    AUTH_REFUSED = "auth_refused", "credencial recusada pela plataforma"
    GONE = "gone", "a plataforma diz que o endereço não existe mais (410)"
    #: The platform's file, a parameter that its tokens need, or secrets that no key opens.
    CONFIG = "config", "configuração incompleta ou inválida"


class Lane(models.Model):
    """What a worker leases to send for one vitrine. One holder at a time, by compare-and-set."""

    vitrine = models.OneToOneField(
        Vitrine, models.CASCADE, related_name="lane", verbose_name="vitrine"
    )
    owner = models.CharField("em uso por", max_length=120, blank=True)
    lease_until = models.DateTimeField("até", null=True, blank=True)
    #: Grows with every lease; a holder whose number is no longer this one records nothing.
    fencing_token = models.PositiveBigIntegerField("número da posse", default=0)

    paused_at = models.DateTimeField("pausada em", null=True, blank=True)
    pause_reason = models.CharField(
        "motivo da pausa", max_length=20, choices=PauseReason.choices, blank=True
    )
    pause_note = models.CharField("observação", max_length=300, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="pausada por",
    )

    #: The platform asked us to wait until then.
    throttled_until = models.DateTimeField("aguarda até (limite)", null=True, blank=True)
    #: Times in a row, with nothing taken in between; sets the least that it waits.
    throttles_in_row = models.PositiveIntegerField("pedidos de espera seguidos", default=0)
    #: We reached the pace that the platform's file allows, and go on then.
    paced_until = models.DateTimeField("no ritmo da plataforma até", null=True, blank=True)
    #: See ``integrations.delivery.rates.Drained``.
    drained = models.JSONField("ritmo", default=dict, blank=True, editable=False)
    transient_failures = models.PositiveIntegerField("falhas seguidas", default=0)
    #: How often the breaker opened in a row; sets how long it stays open.
    breaker_openings = models.PositiveSmallIntegerField("aberturas do disjuntor", default=0)
    breaker_open_until = models.DateTimeField("disjuntor aberto até", null=True, blank=True)
    breaker_opened_at = models.DateTimeField("disjuntor aberto desde", null=True, blank=True)
    #: Set when it opened for something else than failed updates.
    breaker_note = models.CharField("motivo do disjuntor", max_length=300, blank=True)

    class Meta:
        verbose_name = "fila da vitrine"
        verbose_name_plural = "filas das vitrines"
        constraints = [
            # A paused lane says why, or nobody could resume it with confidence.
            models.CheckConstraint(
                condition=models.Q(paused_at=None, pause_reason="")
                | (models.Q(paused_at__isnull=False) & ~models.Q(pause_reason="")),
                name="lane_pause_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"fila de {self.vitrine}"
