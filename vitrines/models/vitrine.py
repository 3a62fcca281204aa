import uuid

from django.core.validators import RegexValidator
from django.db import models

code_validator = RegexValidator(
    r"^[A-Z0-9][A-Z0-9_-]*$", "Use letras maiúsculas, números, hífen ou sublinhado, sem espaços."
)
prefix_validator = RegexValidator(
    r"^[A-Z0-9]*$", "Use só letras maiúsculas e números; o hífen é acrescentado pelo sistema."
)


class LogPolicy(models.TextChoices):
    ALL = "all", "Todos os logs gerados"
    ERRORS = "errors", "Somente os logs referentes a erros"


class Vitrine(models.Model):
    """One integrated storefront, as the ERP registers it."""

    code = models.CharField("código", max_length=20, unique=True, validators=[code_validator])
    description = models.CharField("descrição", max_length=80)
    integration_id = models.UUIDField(
        "ID Integração", default=uuid.uuid4, unique=True, editable=False
    )
    platform = models.CharField("exportador", max_length=40)
    published = models.BooleanField(
        "publicar no servidor atual",
        default=True,
        help_text="Desligado, nada desta vitrine é enviado; o que surgir espera, sem se perder.",
    )
    log_policy = models.CharField(
        "configuração dos logs",
        max_length=10,
        choices=LogPolicy.choices,
        default=LogPolicy.ERRORS,
        help_text="Define se o conteúdo das tentativas aceitas fica guardado.",
    )
    order_prefix = models.CharField(
        "prefixo do código do pedido",
        max_length=10,
        blank=True,
        validators=[prefix_validator],
        help_text="Ex.: VT. O pedido 12345 da loja vira VT-12345 no ERP.",
    )
    created_at = models.DateTimeField("criada em", auto_now_add=True)
    updated_at = models.DateTimeField("alterada em", auto_now=True)

    class Meta:
        verbose_name = "vitrine"
        verbose_name_plural = "vitrines"
        ordering = ["code"]
        constraints = [
            # Every row has something for the code, or a link to it could not be written.
            models.CheckConstraint(condition=~models.Q(code=""), name="vitrine_code_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.description}"
