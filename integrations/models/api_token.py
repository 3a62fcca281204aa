from django.conf import settings
from django.contrib import admin
from django.db import models

from vitrines.models import Vitrine


class TokenScope(models.TextChoices):
    ORDERS = "orders", "receber pedidos da loja"
    EVENTS = "events", "receber eventos e notas do ERP"
    READ = "read", "consultar pedidos"


class ApiToken(models.Model):
    """A key to the HTTP API. Only its SHA-256 is kept; the key is shown once."""

    name = models.CharField("nome", max_length=80)
    digest = models.CharField("resumo", max_length=64, unique=True, editable=False)
    #: The first characters, to recognise it in a list.
    hint = models.CharField("começa com", max_length=12, editable=False)
    vitrines = models.ManyToManyField(Vitrine, related_name="api_tokens", verbose_name="vitrines")
    #: A list of TokenScope values.
    scopes = models.JSONField("permissões", default=list)
    created_at = models.DateTimeField("emitido em", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="emitido por",
    )
    last_used_at = models.DateTimeField("usado pela última vez", null=True, blank=True)
    revoked_at = models.DateTimeField("revogado em", null=True, blank=True)

    class Meta:
        verbose_name = "token da API"
        verbose_name_plural = "tokens da API"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @property
    @admin.display(description="permissões")
    def scope_labels(self) -> str:
        return ", ".join(TokenScope(scope).label for scope in self.scopes)
