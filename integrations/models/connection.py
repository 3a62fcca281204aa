from django.db import models

from vitrines.models import Order, Vitrine
from vitrines.secrets import EncryptedJSONField


class Connection(models.Model):
    """The platform's parameters and secrets of one vitrine, as its platform file asks for them."""

    vitrine = models.OneToOneField(
        Vitrine, models.CASCADE, related_name="connection", verbose_name="vitrine"
    )
    #: The platform that the secrets were given for; another one never gets them, though it may
    #: ask for a secret of the same name.
    platform = models.CharField("exportador", max_length=40, blank=True)
    params = models.JSONField("parâmetros", default=dict, blank=True)
    secrets = EncryptedJSONField("segredos", default=dict, blank=True)
    updated_at = models.DateTimeField("alterada em", auto_now=True)

    class Meta:
        verbose_name = "conexão"
        verbose_name_plural = "conexões"

    def __str__(self) -> str:
        return f"conexão de {self.vitrine}"

    def secrets_for(self, platform: str) -> dict[str, str]:
        secrets: dict[str, str] = self.secrets
        return secrets if self.platform == platform else {}


class CapturedValue(models.Model):
    """An id that the platform gave for an order, lent to that order's later updates."""

    #: ``captured_name_per_order`` begins with it.
    order = models.ForeignKey(
        Order,
        models.CASCADE,
        db_index=False,
        related_name="captured_values",
        verbose_name="pedido",
    )
    name = models.CharField("nome", max_length=60)
    value = models.JSONField("valor")

    class Meta:
        verbose_name = "valor capturado"
        verbose_name_plural = "valores capturados"
        constraints = [
            # A later capture replaces the earlier one; a template never sees two.
            models.UniqueConstraint(fields=["order", "name"], name="captured_name_per_order"),
        ]

    def __str__(self) -> str:
        return self.name
