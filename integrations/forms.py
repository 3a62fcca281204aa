"""Forms for a vitrine's sending parameters, made from its platform's file, and for API tokens."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.text import capfirst

from integrations.connections import (
    TEMPLATE_MAX,
    TEXT_MAX,
    StoredConnection,
    connection_errors,
)
from integrations.models import TokenScope
from vitrines.models import Vitrine
from vitrines.platforms import Platform
from vitrines.platforms.parts import Param

KEEPS_STORED = "Guardado. Deixe em branco para manter o valor atual."
#: A server as an address or a template writes it, with the holes in its name.
_ORIGIN = re.compile(
    r"https?://(?:\{\{(?:(?!\}\}).)*\}\}|[^/?#\s\"'{])+", re.IGNORECASE | re.DOTALL
)
REMOVE_PREFIX = "remover_"


def parameter_field(param: Param, *, has_secret: bool) -> forms.Field:
    """The form field of one parameter; ``has_secret``: a value is stored and may be kept."""
    described: dict[str, Any] = {
        "label": param.label,
        "help_text": " ".join(filter(None, [param.help, KEEPS_STORED * has_secret])),
        "required": param.required and not param.default and not has_secret,
        "error_messages": {"required": "Preencha este campo."},
    }
    if param.kind == "choice":
        choices = [(choice.value, choice.label) for choice in param.choices]
        if not param.default:
            choices.insert(0, ("", "Escolha…" if param.required else "—"))
        return forms.ChoiceField(choices=choices, **described)
    length = TEMPLATE_MAX if param.multiline else TEXT_MAX
    return forms.CharField(max_length=length, widget=_widget(param, has_secret), **described)


def _widget(param: Param, has_secret: bool) -> forms.Widget:
    if param.secret:
        hint = {"placeholder": "•••••"} if has_secret else {}
        return forms.PasswordInput(attrs={"autocomplete": "new-password", **hint})
    # A field that starts with its default shows by it what belongs there.
    hint = {"placeholder": f"ex.: {param.example}"} if param.example and not param.default else {}
    if param.multiline:
        rows = min(max(param.default.count("\n") + 2, 4), 16)
        return forms.Textarea(attrs={"rows": rows, "class": "code", "spellcheck": "false", **hint})
    if param.kind in ("url", "template"):
        return forms.TextInput(attrs={"class": "code", "spellcheck": "false", **hint})
    return forms.TextInput(attrs=hint)


def origins_of(platform: Platform, params: Mapping[str, str]) -> set[str]:
    """The servers that addresses and templates name, as ``https://loja.example:8443``.

    Where a parameter is part of a server's name, its value is part of what is told.
    """
    filled = platform.fill(params)
    texts = [*params.values(), platform.model_dump_json()]
    found = {origin.casefold() for text in texts for origin in _ORIGIN.findall(text)}
    read = {name for origin in found for name in re.findall(r"\w+", origin) if "{{" in origin}
    return found | {f"{name}={filled[name]}" for name in read & filled.keys()}


class ConnectionForm(forms.Form):
    """One field a parameter. Secrets are write-only: what is stored never reaches the page.

    Only values that differ from the file's default are kept, so that a better default of a later
    file takes effect; a field left blank goes back to the default.
    """

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, platform: Platform, stored: StoredConnection, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.platform = platform
        self.stored = stored
        self.initial["version"] = stored.version
        filled = platform.fill({name: str(value) for name, value in stored.params.items()})
        for param in platform.params:
            has_secret = param.secret and bool(stored.secrets.get(param.name))
            self.fields[param.name] = parameter_field(param, has_secret=has_secret)
            if not param.secret:
                self.initial[param.name] = filled[param.name]
            elif has_secret and not param.required:
                self.fields[REMOVE_PREFIX + param.name] = forms.BooleanField(
                    label=f"Remover o valor guardado ({param.label})", required=False
                )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        errors = connection_errors(self.platform, self.params, self._secrets_after_saving())
        for name, error in errors.items():
            if name not in self.errors:
                self.add_error(name, error)
        self._ask_again_for_secrets()
        return cleaned

    def _ask_again_for_secrets(self) -> None:
        """A secret kept for one server is not handed to another that its owner never saw."""
        stored = {name: str(value) for name, value in self.stored.params.items()}
        if origins_of(self.platform, self.params) <= origins_of(self.platform, stored):
            return
        for name in self.stored.secrets.keys() & self.known_secrets:
            if name not in self.new_secrets and name not in self.removed_secrets:
                self.add_error(
                    name,
                    "O servidor de destino mudou: informe este segredo de novo, "
                    "para que o guardado não vá a outro lugar.",
                )

    @property
    def params(self) -> dict[str, str]:
        """What to keep: the values that differ from the file's defaults."""
        typed = {
            param: self.cleaned_data.get(param.name, "").replace("\r\n", "\n")
            for param in self.platform.params
            if not param.secret
        }
        return {
            param.name: value
            for param, value in typed.items()
            if value and value != param.default.strip()
        }

    @property
    def new_secrets(self) -> dict[str, str]:
        names = (param.name for param in self.platform.params if param.secret)
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}

    @property
    def removed_secrets(self) -> set[str]:
        return {
            name.removeprefix(REMOVE_PREFIX)
            for name, ticked in self.cleaned_data.items()
            if name.startswith(REMOVE_PREFIX) and ticked
        }

    @property
    def known_secrets(self) -> set[str]:
        return {param.name for param in self.platform.params if param.secret}

    def _secrets_after_saving(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in self.stored.secrets.items()
            if name not in self.removed_secrets
        }
        return kept | self.new_secrets

    def sections(self) -> Iterator[tuple[str, list[BoundField]]]:
        """Fields in the file's order; labels such as "XML: endereço" gather under "XML"."""
        for title, params in groupby(self.platform.params, key=_section_title):
            yield title, list(self._fields_of(params))

    def _fields_of(self, params: Iterable[Param]) -> Iterator[BoundField]:
        for param in params:
            bound = self[param.name]
            if _section_title(param):
                short = param.label.split(": ", 1)[1]
                bound.label = capfirst(short)
            yield bound
            if REMOVE_PREFIX + param.name in self.fields:
                yield self[REMOVE_PREFIX + param.name]

    def tell_stale(self, stored: StoredConnection) -> None:
        """Nothing was saved; what was typed stays, ready to be saved again."""
        self.add_error(
            None,
            "Outra pessoa salvou estes parâmetros enquanto você editava. Nada foi salvo e o que "
            "você digitou continua aqui (segredos precisam ser digitados de novo). "
            "Confira e salve outra vez.",
        )
        self.data = dict(self.data.items()) | {"version": stored.version}


def _section_title(param: Param) -> str:
    return param.label.split(": ", 1)[0] if ": " in param.label else ""


class TokenForm(forms.Form):
    name = forms.CharField(
        label="Nome",
        max_length=80,
        help_text="De quem é a chave, como erp-producao. Aparece na linha do tempo dos pedidos.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label="Permissões",
        choices=[(scope.value, capfirst(scope.label)) for scope in TokenScope],
        widget=forms.CheckboxSelectMultiple,
        help_text="O que a chave pode fazer; marque só o que quem a usa precisa.",
    )
    vitrines = forms.ModelMultipleChoiceField(
        label="Vitrines",
        queryset=Vitrine.objects.order_by("code"),
        widget=forms.CheckboxSelectMultiple,
        help_text="A chave só alcança as vitrines marcadas.",
    )
