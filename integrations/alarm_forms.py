"""What a person types to be told of what goes wrong, and the limits of time by status."""

import base64
import re
import secrets
import uuid
from collections.abc import Iterator
from datetime import time
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.forms import BoundField

from integrations.alarms.by_webhook import server_of
from integrations.alarms.operations import PLAIN, AlarmValues, has_secret
from integrations.delivery.destinations import refusal
from integrations.delivery.signing import webhook_key
from integrations.forms import KEEPS_STORED
from integrations.models import AlarmSettings
from integrations.models.deadline import LONGEST_DEADLINE
from vitrines.platforms.language import RenderError
from vitrines.statuses import SCREEN_ORDER, OrderStatus

MOST_RECIPIENTS = 20
#: Bytes: what Standard Webhooks asks of a secret, at least and at most.
SHORTEST_SECRET = 24
LONGEST_SECRET = 64
_ASK_AGAIN = (
    "O servidor de destino mudou: informe este segredo de novo, para que o guardado não vá a outro "
    "lugar."
)
_BETWEEN = re.compile(r"[\s,;]+")


def suggested_secret() -> str:
    """For who has none: made anew for each page, and kept nowhere unless it is saved."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _whole(label: str, help_text: str, most: int, least: int = 1) -> forms.IntegerField:
    """A threshold; empty is off."""
    wrong = f"Informe um número inteiro de {least} a {most}, ou deixe em branco."
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=least,
        max_value=most,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), wrong),
    )


def _time(label: str, help_text: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Informe a hora como 22:00."},
    )


class AlarmSettingsForm(forms.Form):
    """The secret is write-only: what is stored never reaches the page."""

    lane_paused = forms.BooleanField(
        label="Envio pausado",
        required=False,
        help_text="Por uma pessoa, por um endereço que deixou de existir (410) ou por configuração "
        "incompleta. Crítico.",
    )
    auth_refused = forms.BooleanField(
        label="Credencial recusada",
        required=False,
        help_text="A plataforma respondeu 401 ou 403 e o envio parou até alguém trocar a "
        "credencial. Crítico.",
    )
    breaker_open_minutes = _whole(
        "Loja fora do ar há mais de (minutos)",
        "A loja falhou 5 vezes seguidas e não voltou neste tempo. Em branco: não avisa. Crítico.",
        10_080,
    )
    held_or_failed_above = _whole(
        "Retidas ou com falha acima de",
        "Quantas atualizações podem esperar uma pessoa, o XML ou o rastreio sem que se avise; 0 "
        "avisa já na primeira. Em branco: não avisa.",
        1_000_000,
        least=0,
    )
    silent_hours = _whole(
        "Nada enviado há (horas)",
        "Avisa quando a loja não aceita nada durante este tempo e há algo à espera de envio; sem "
        "nada à espera (o ERP parou de informar, por exemplo), quando também passaram 3 horas em "
        "que esta vitrine costuma enviar. Em branco: não avisa.",
        720,
    )
    late_orders = forms.BooleanField(
        label="Pedidos fora do prazo",
        required=False,
        help_text="Um só alarme por vitrine, com a quantidade e o pedido mais antigo. Os prazos "
        "são os desta página.",
    )
    recipients = forms.CharField(
        label="E-mails",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "code"}),
        help_text=f"Um por linha, até {MOST_RECIPIENTS}. Cada um recebe a sua mensagem e não vê os "
        "endereços dos outros.",
    )
    webhook_url = forms.CharField(
        label="Endereço do webhook",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"class": "code", "spellcheck": "false"}),
        help_text="Recebe um POST em JSON na forma Standard Webhooks a cada aviso, com as mesmas "
        "regras de destino dos envios.",
    )
    webhook_secret = forms.CharField(
        label="Segredo do webhook",
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    quiet_from = _time(
        "Silêncio das",
        "No silêncio nada é avisado; o que surgir é avisado quando ele termina. Em branco: "
        "sem silêncio.",
    )
    quiet_until = _time("Silêncio até", "Pode passar da meia-noite: das 22:00 até 07:00.")
    critical_breaks_quiet = forms.BooleanField(
        label="Alarmes críticos avisam também no silêncio", required=False
    )
    repeat_hours = _whole(
        "Repetir a cada (horas)",
        "Enquanto o alarme continua aberto. Em branco: avisa uma vez ao abrir e uma ao encerrar.",
        720,
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, row: AlarmSettings, sees_address: bool, **kwargs: Any) -> None:
        """``sees_address``: whoever may only look sees the server of the webhook, not its path."""
        super().__init__(*args, **kwargs)
        self.row = row
        self.initial = {name: getattr(row, name) for name in PLAIN} | {"version": row.version}
        self.initial["recipients"] = "\n".join(row.recipients)
        if row.webhook_url and not sees_address:
            self.initial["webhook_url"] = f"{server_of(row.webhook_url)}/…"
        secret = self.fields["webhook_secret"]
        if has_secret(row):
            secret.help_text = KEEPS_STORED
            secret.widget.attrs["placeholder"] = "•••••"
        else:
            secret.help_text = (
                "O mesmo nos dois lados: whsec_ e de 24 a 64 bytes em base64. Um gerado agora, que "
                f"só vale se você o copiar para os dois: {suggested_secret()}"
            )

    def clean_recipients(self) -> list[str]:
        found = list(dict.fromkeys(filter(None, _BETWEEN.split(self.cleaned_data["recipients"]))))
        if len(found) > MOST_RECIPIENTS:
            raise ValidationError(f"São no máximo {MOST_RECIPIENTS} endereços.")
        wrong = [address for address in found if not _is_address(address)]
        if wrong:
            raise ValidationError(f"Não é um endereço de e-mail: {', '.join(wrong)[:200]}.")
        return found

    def clean_webhook_url(self) -> str:
        url: str = self.cleaned_data["webhook_url"]
        private = settings.ALLOW_PRIVATE_DESTINATIONS
        refused = refusal(url, None, allow_private=private) if url else None
        if refused:
            raise ValidationError(refused)
        return url

    def clean_webhook_secret(self) -> str:
        secret: str = self.cleaned_data["webhook_secret"]
        if secret:
            try:
                length = len(webhook_key(secret))
            except RenderError as error:
                raise ValidationError(str(error)) from error
            if not SHORTEST_SECRET <= length <= LONGEST_SECRET:
                raise ValidationError(
                    f"O segredo tem {length} bytes: são de {SHORTEST_SECRET} a {LONGEST_SECRET}."
                )
        return secret

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self._check_secret(data)
        begins: time | None = data.get("quiet_from")
        ends: time | None = data.get("quiet_until")
        quiet_is_sound = "quiet_from" not in self.errors and "quiet_until" not in self.errors
        if quiet_is_sound and (begins is None) != (ends is None):
            missing = "quiet_from" if begins is None else "quiet_until"
            self.add_error(missing, "Informe o começo e o fim do silêncio, ou nenhum dos dois.")
        elif quiet_is_sound and begins is not None and begins == ends:
            self.add_error("quiet_until", "O silêncio não pode terminar na hora em que começa.")
        return data

    def _check_secret(self, data: dict[str, Any]) -> None:
        """A secret kept for one server is not handed to another that its owner never saw."""
        url, secret = data.get("webhook_url"), data.get("webhook_secret")
        if not url or secret or "webhook_secret" in self.errors:
            return
        if not has_secret(self.row):
            self.add_error("webhook_secret", "Sem um segredo, quem recebe não sabe quem avisa.")
        elif server_of(url).casefold() != server_of(self.row.webhook_url).casefold():
            self.add_error("webhook_secret", _ASK_AGAIN)

    @property
    def values(self) -> AlarmValues:
        plain = {name: self.cleaned_data[name] for name in PLAIN}
        secret = self.cleaned_data["webhook_secret"] if plain["webhook_url"] else ""
        return AlarmValues(**plain, secret=secret or None)

    def sections(self) -> Iterator[tuple[str, list[BoundField]]]:
        """As the page shows them."""
        for title, names in _SECTIONS.items():
            yield title, [self[name] for name in names]

    def tell_stale(self, row: AlarmSettings) -> None:
        """Nothing was saved; what was typed stays, ready to be saved again."""
        self.add_error(
            None,
            "Outra pessoa salvou estes alarmes enquanto você editava. Nada foi salvo e o que você "
            "digitou continua aqui (o segredo precisa ser digitado de novo). Confira e salve outra "
            "vez.",
        )
        self.data = dict(self.data.items()) | {"version": row.version}


_SECTIONS = {
    "O que avisar": (
        "lane_paused",
        "auth_refused",
        "breaker_open_minutes",
        "held_or_failed_above",
        "silent_hours",
        "late_orders",
    ),
    "A quem": ("recipients", "webhook_url", "webhook_secret"),
    "Quando": ("quiet_from", "quiet_until", "critical_breaks_quiet", "repeat_hours"),
}


class DeadlinesForm(forms.Form):
    """One field a status, in minutes; empty is no limit."""

    def __init__(self, *args: Any, minutes: dict[OrderStatus, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for status in SCREEN_ORDER:
            name = status.name
            self.fields[name] = _whole(status.label, "", LONGEST_DEADLINE)
            self.fields[name].widget.attrs["placeholder"] = "sem prazo"
            self.initial[name] = minutes.get(status)

    @property
    def minutes(self) -> dict[OrderStatus, int | None]:
        return {status: self.cleaned_data[status.name] for status in SCREEN_ORDER}


class AlarmTestForm(forms.Form):
    """One press sends once: ``key`` is made with the form and counts one time."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["key"] = uuid.uuid4()


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
