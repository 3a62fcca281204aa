"""What a person types to be told of what goes wrong, and the limits of time by status."""

import base64
import json
import re
import secrets
import uuid
from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.forms import BoundField

from integrations.alarms.by_webhook import server_of
from integrations.alarms.lateness import span_of_minutes
from integrations.alarms.operations import (
    PLAIN,
    WEBHOOK_KEY_NAME,
    AlarmValues,
    as_json,
    has_secret,
    label_of,
    merge_deadlines,
)
from integrations.delivery.destinations import refusal
from integrations.delivery.signing import webhook_key
from integrations.forms import KEEPS_STORED
from integrations.models import AlarmSettings
from integrations.models.deadline import LONGEST_DEADLINE
from status_mapping.conflicts import when_in_words
from status_mapping.merge import merge_row
from vitrines.models import AuditEntry
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
_MEANWHILE = (
    "Outra pessoa salvou enquanto você editava. Nada do que você mudou foi salvo ainda, e o que "
    "você digitou continua aqui: confira e salve de novo."
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


class _Seen(forms.JSONField):
    """What is stored when the page is made: so it is known what its reader changed."""

    def __init__(self) -> None:
        # Two forms of a page have one, and nothing points at it: it has no id.
        super().__init__(widget=forms.HiddenInput({"id": False}), required=False)

    def clean(self, value: Any) -> dict[str, Any]:
        found = super().clean(value)
        return found if isinstance(found, dict) else {}


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
    seen = _Seen()

    def __init__(self, *args: Any, row: AlarmSettings, sees_address: bool, **kwargs: Any) -> None:
        """``sees_address``: whoever may only look sees the server of the webhook, not its path."""
        super().__init__(*args, **kwargs)
        self.row = row
        self.initial = {name: getattr(row, name) for name in PLAIN} | {"version": row.version}
        self.initial["recipients"] = "\n".join(row.recipients)
        if sees_address:
            self.initial["seen"] = as_json(row)
        elif row.webhook_url:
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

    def tell_stale(self, row: AlarmSettings, savers: Mapping[str, AuditEntry]) -> None:
        """Nothing was saved. What this person did not touch shows what is stored by now, what they
        typed stays, and each change of another is told with its author.

        ``savers``: by the audit's name of each change (``label_of``).
        """
        by_name = {name: savers.get(label_of(name)) for name in PLAIN}
        theirs, typed_secret = as_json(row), bool(self.cleaned_data["webhook_secret"])
        base = as_json(AlarmValues()) | self.cleaned_data["seen"]
        merged = merge_row(base=base, mine=as_json(self.values), theirs=theirs)
        told = [
            f"{self.fields[name].label}: {_in_words(theirs[name])} ({_by(saver)})"
            for name, saver in by_name.items()
            if theirs[name] != base[name] and name not in merged.conflicts
        ]
        if WEBHOOK_KEY_NAME in savers:
            told.append(f"Segredo do webhook: trocado ({_by(savers[WEBHOOK_KEY_NAME])})")
        self.add_error(None, _MEANWHILE + (" Digite o segredo de novo." if typed_secret else ""))
        if told:
            self.add_error(None, f"O que mudou e já está no formulário: {'; '.join(told)}.")
        for name, value in merged.conflicts.items():
            self.add_error(name, _conflict(_in_words(value), by_name[name]))
        cells = merged.cells | {"recipients": "\n".join(merged.cells["recipients"])}
        hidden = {"version": row.version, "seen": json.dumps(theirs)}
        self.data = {name: value for name, value in cells.items() if value is not None} | hidden


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

    seen = _Seen()

    def __init__(self, *args: Any, minutes: dict[OrderStatus, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = _by_name(minutes)
        for status in SCREEN_ORDER:
            name = status.name
            self.fields[name] = _whole(status.label, "", LONGEST_DEADLINE)
            self.fields[name].widget.attrs["placeholder"] = "sem prazo"
            self.initial[name] = minutes.get(status)

    @property
    def minutes(self) -> dict[OrderStatus, int | None]:
        return {status: self.cleaned_data[status.name] for status in SCREEN_ORDER}

    @property
    def seen_minutes(self) -> dict[OrderStatus, int | None]:
        seen = self.cleaned_data["seen"]
        return {status: seen.get(status.name) for status in SCREEN_ORDER}

    def tell_stale(self, stored: dict[OrderStatus, int], savers: Mapping[str, AuditEntry]) -> None:
        """As ``AlarmSettingsForm.tell_stale``. ``savers``: by the status's name."""
        merged = merge_deadlines(seen=self.seen_minutes, minutes=self.minutes, stored=stored)
        self.add_error(None, _MEANWHILE)
        for name, limit in merged.conflicts.items():
            self.add_error(name, _conflict(span_of_minutes(limit), savers.get(name)))
        cells = {name: limit for name, limit in merged.cells.items() if limit is not None}
        self.data = cells | {"seen": json.dumps(_by_name(stored))}


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


def _by_name(minutes: Mapping[OrderStatus, int]) -> dict[str, int]:
    return {status.name: limit for status, limit in minutes.items()}


def _in_words(value: Any) -> str:
    """As somebody else stored it."""
    match value:
        case True:
            return "sim"
        case False:
            return "não"
        case None | "" | []:
            return "em branco"
        case list():
            return ", ".join(value)
    return str(value)


def _by(save: AuditEntry | None) -> str:
    """``maria, às 14:02``."""
    return f"{save.actor_label}, {when_in_words(save.at)}" if save else "outra pessoa"


def _conflict(stored: str, save: AuditEntry | None) -> str:
    return (
        f"Foi alterado enquanto você editava ({_by(save)}) e agora está: {stored}. Para manter o "
        "que está digitado, salve de novo."
    )
