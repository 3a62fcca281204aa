"""The one form of *Configurações Adicionais*: eight status rows and two tables of types.

Each row is a small Django form with its own prefix. The fields only read text and ticks; what
may be stored is decided by ``status_mapping.validation``, whose errors are put beside the cells.
Every input carries ``data-saved``, what is stored now, so that the page can count what is not.
"""

import json
from typing import Any

from django import forms
from django.utils.functional import cached_property

from status_mapping.cells import (
    DELIVERY_TYPES,
    EMPTY_STATUS,
    EMPTY_TYPE,
    PAYMENT_TYPES,
    STATUSES,
    Row,
    status_row,
    with_hidden_ids,
)
from status_mapping.channels import usual_channel
from status_mapping.effects import inclusion_in_words, outbound_in_words
from status_mapping.models import Channel
from status_mapping.tables import StatusRow, split_words
from status_mapping.translation import plain_spaces
from vitrines.platforms import Platform
from vitrines.statuses import OrderStatus

EZ_CORE_FIELDS = ("ez_core_status_id", "ez_core_flow_id")


class Text(forms.CharField):
    """Any text, trimmed. Length and characters are judged by ``status_mapping.validation``."""

    def __init__(self, *, label: str, code: bool = False, **attrs: str) -> None:
        classes = {"class": "code"} if code else {}
        widget = forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false"} | classes | attrs
        )
        super().__init__(required=False, label=label, widget=widget)
        self.validators = []

    def to_python(self, value: Any) -> str:
        return plain_spaces(super().to_python(value) or "")


class Hidden(forms.CharField):
    """What a row says of itself. Whatever is posted, it is looked up and never stored."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)
        self.validators = []


class Tick(forms.BooleanField):
    def __init__(self, *, label: str) -> None:
        super().__init__(required=False, label=label)


class RowForm(forms.Form):
    """A row of any of the three tables.

    ``shown`` is what the inputs start with and ``saved`` what is stored; they differ where typing
    or what was offered is shown again.
    """

    table = ""
    use_required_attribute = False

    def __init__(self, *, saved: Row, shown: Row | None = None, **kwargs: Any) -> None:
        self.saved = saved
        #: Set by the page: who saved something else in a field that was edited here.
        self.conflicts: dict[str, str] = {}
        self.row_conflict = ""
        self.notes: list[str] = []
        #: Set by the page: what of an offered row does not fit this vitrine.
        self.left_out: list[str] = []
        super().__init__(initial=saved if shown is None else shown, **kwargs)
        for name, field in self.fields.items():
            value = saved.get(name, "")
            field.widget.attrs["data-saved"] = "1" if value is True else value or ""
            if name in saved and self._starts_with(name, shown) != value:
                own = field.widget.attrs.get("class", "")
                field.widget.attrs["class"] = f"{own} changed".strip()

    def _starts_with(self, name: str, shown: Row | None) -> Any:
        if self.is_bound:
            return self[name].value()
        return self.saved[name] if shown is None else shown[name]

    def disable(self) -> None:
        for field in self.fields.values():
            field.disabled = True

    def cells(self) -> Row:
        """What was posted; a field that the page does not show keeps what is stored."""
        posted = {name: value for name, value in self.cleaned_data.items() if name in self.saved}
        return self.saved | posted

    @property
    def unsaved(self) -> int:
        """How many of the inputs, as shown, are not what is stored."""
        names = [name for name in self.fields if name in self.saved]
        return sum(self[name].value() != self.saved[name] for name in names)


class StatusRowForm(RowForm):
    table = STATUSES

    platform_status = Text(label="Status da plataforma", code=True)
    also_receives = Text(label="Também recebe", code=True)
    channel = forms.CharField(required=False, label="Envio", widget=forms.Select)
    ez_core_status_id = Text(label="ID Status EZ Core", code=True)
    ez_core_flow_id = Text(label="ID Fluxo EZ Core", code=True)
    active = Tick(label="Ativo")
    processa_inclusao = Tick(label="Processa Inclusão")
    not_sent = Tick(label="Não enviar este status")

    def __init__(
        self, *, status: OrderStatus, platform: Platform, saved: Row, **kwargs: Any
    ) -> None:
        self.status = status
        self.platform = platform
        self.offered = platform.channels_for(status)
        #: Set by the page: the row's code that the platform told of, and what it calls it.
        self.known_code = ""
        self.platform_label = ""
        super().__init__(saved=saved, prefix=f"status-{int(status)}", **kwargs)
        if platform.mapping.ez_core == "none":
            for name in EZ_CORE_FIELDS:
                del self.fields[name]
        asked = platform.list_statuses
        if platform.mapping.statuses or asked is not None:
            column = asked.column if asked is not None else "platform_status"
            self.fields[column].widget.attrs["list"] = "offered-statuses"
        select = self.fields["channel"].widget
        assert isinstance(select, forms.Select)  # noqa: S101
        select.choices = self._channel_choices(saved["channel"])

    def _channel_choices(self, stored: str) -> list[tuple[str, str]]:
        """What the platform offers; a stored channel that it no longer offers is named as such."""
        usual = usual_channel(self.status, self.offered)
        default = f"Padrão ({Channel(usual).label})" if usual else "Sem envio"
        choices = [("", default), *((name, str(Channel(name).label)) for name in self.offered)]
        if stored and stored not in self.offered:
            choices.append((stored, f"{Channel(stored).label} (não oferecido)"))
        return choices

    @property
    def row_label(self) -> str:
        return self.status.label

    def cells(self) -> Row:
        cells = super().cells()
        cells |= {"also_receives": ", ".join(split_words(cells["also_receives"]))}
        return self._with_hidden(cells)

    @cached_property
    def shown_row(self) -> StatusRow | None:
        """The row as the inputs show it, typed or stored."""
        typed = {name: self[name].value() for name in self.fields}
        values = self.saved | {
            name: bool(value) if EMPTY_STATUS[name] is False else (value or "").strip()
            for name, value in typed.items()
        }
        return status_row(self.status, self._with_hidden(values))

    def _with_hidden(self, cells: Row) -> Row:
        if self.platform.mapping.ez_core != "none":
            return cells
        return with_hidden_ids(cells, self.saved)

    @property
    def unmapped(self) -> bool:
        return self.shown_row is None

    @property
    def declared(self) -> bool:
        """Stored with nothing in it: *não enviar este status*."""
        return self.shown_row is not None and not self.shown_row.filled

    @property
    def outbound_words(self) -> str:
        return self._outbound(self.shown_row)

    @property
    def inclusion_words(self) -> str:
        return inclusion_in_words(self.shown_row)

    def _outbound(self, row: StatusRow | None) -> str:
        return outbound_in_words(
            row, code_required=self.platform.mapping.code, offered=bool(self.offered)
        )

    @property
    def effects(self) -> str:
        """Both effects for every state that the row can be in, for the script to look up.

        The key has a digit each for: code filled, Ativo, Processa Inclusão, anything else.
        """
        found: dict[str, tuple[str, str]] = {}
        for number in range(16):
            key = f"{number:04b}"
            code, active, forced, other = (digit == "1" for digit in key)
            row = StatusRow(
                self.status,
                platform_status="x" if code else "",
                active=active,
                processa_inclusao=forced,
            )
            stored = row if row.filled or other else None
            found[key] = (self._outbound(stored), inclusion_in_words(stored))
        return json.dumps(found, ensure_ascii=False)


class PaymentRowForm(RowForm):
    table = PAYMENT_TYPES

    #: The key of the stored row that this one showed; empty for a new row.
    origin = Hidden()
    #: The pending word that filled this row; untouched, the row is not there.
    suggested = Hidden()
    word = Text(label="Palavra da plataforma", code=True)
    erp_code = Text(label="Código no ERP", code=True)
    label = Text(label="Descrição")
    active = Tick(label="Ativo")
    remove = Tick(label="Remover")

    def __init__(self, *, orders: int = 0, **kwargs: Any) -> None:
        #: How many orders wait for the pending word of this row.
        self.orders = orders
        super().__init__(**kwargs)
        for name in ("origin", "suggested"):
            del self.fields[name].widget.attrs["data-saved"]

    @property
    def row_label(self) -> str:
        word = self["word"].value()
        return f"“{word}”" if word else "nova linha"

    @property
    def unsaved(self) -> int:
        """A row marked for removal is one change, whatever else was typed in it."""
        return 1 if self["remove"].value() else super().unsaved

    @property
    def is_new(self) -> bool:
        return not self["origin"].value()

    @property
    def is_empty(self) -> bool:
        """Drawn with nothing in it."""
        return self.is_new and not any(self[n].value() for n in ("word", "erp_code", "label"))

    @property
    def is_blank(self) -> bool:
        """A row without anything to store: never filled, or a suggestion left as it was."""
        cells = self.cleaned_data
        if cells["origin"]:
            return False
        start = EMPTY_TYPE[self.table] | {"word": plain_spaces(cells["suggested"])}
        return all(cells[name] == value for name, value in start.items() if name != "active")


class DeliveryRowForm(PaymentRowForm):
    table = DELIVERY_TYPES

    carrier = Text(label="Transportadora")
    pickup = Tick(label="Retirada na loja")


class SaveForm(forms.Form):
    """What is posted beside the rows."""

    base_revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    reason = Text(label="Motivo", placeholder="Motivo (opcional)")
