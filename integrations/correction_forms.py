"""What a person types to put right an order's facts: how a volume is followed, the note's XML."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django import forms

from integrations.addresses import NOT_AN_ADDRESS, is_web_address
from integrations.api.bodies import SINGLE_CAP
from integrations.corrections import TypedTracking, typed_of
from integrations.tracking_codes import code_problem, leads_to_old_code, tidy_code
from integrations.wording import one_line
from vitrines.models import Tracking

_CODE = {"class": "code", "spellcheck": "false", "autocomplete": "off", "autocapitalize": "off"}


class TrackingForm(forms.Form):
    """For one row in force of the order, or for a tracking that it does not have yet."""

    code = forms.CharField(
        label="Código de rastreio",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={**_CODE, "placeholder": "ex.: SQ458226057BR"}),
        help_text="Vai para a loja como está aqui. Dos Correios, o dígito verificador é conferido.",
    )
    carrier = forms.CharField(
        label="Transportadora",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": "ex.: Correios"}),
        help_text="O nome que a plataforma mostra ao consumidor.",
    )
    url = forms.CharField(
        label="Endereço de rastreio",
        required=False,
        max_length=500,
        widget=forms.TextInput(
            attrs={**_CODE, "inputmode": "url", "placeholder": "https://…"},
        ),
        help_text="A página onde o consumidor acompanha a entrega; basta ele, se não há código.",
    )
    #: The row that is put right; empty to add one.
    corrects = forms.IntegerField(required=False, widget=forms.HiddenInput)
    #: ``seen_as`` of that row when the form was opened.
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    #: Made with the form: one press counts once.
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, trackings: Sequence[Tracking] = (), row: Tracking | None = None, **kw: Any
    ) -> None:
        """``trackings`` are those in force; ``row`` is the one that the form opens with."""
        super().__init__(*args, **kw)
        self.auto_id = "rastreio_%s"
        self.trackings = trackings
        self.initial = {"key": uuid.uuid4()}
        if row is not None:
            told = typed_of(row)
            self.initial |= {**asdict(told), "corrects": row.pk, "seen": seen_as(told)}

    @property
    def row(self) -> Tracking | None:
        """The row that is put right, of those in force."""
        chosen = str(self["corrects"].value() or "")
        return next((row for row in self.trackings if str(row.pk) == chosen), None)

    @property
    def typed(self) -> TypedTracking:
        data = self.cleaned_data
        return TypedTracking(data["code"], data["carrier"], data["url"])

    @property
    def seen_row(self) -> TypedTracking | None:
        """What the row said when the form was opened; None if it says something else now."""
        row = self.row
        if row is None or seen_as(typed_of(row)) != self.cleaned_data["seen"]:
            return None
        return typed_of(row)

    def tell_stale(self, row: Tracking) -> None:
        """What was typed stays; saved once more, it is about what is in force now."""
        typed = {name: self.data.get(name, "") for name in self.fields}
        self.data = typed | {"corrects": str(row.pk), "seen": seen_as(typed_of(row))}

    def clean_code(self) -> str:
        return tidy_code(one_line(self.cleaned_data["code"]))

    def clean_carrier(self) -> str:
        return one_line(self.cleaned_data["carrier"])

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if url and not (is_web_address(url) and url.isprintable()):
            raise forms.ValidationError(NOT_AN_ADDRESS)
        return url

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        code, url = data.get("code", ""), data.get("url", "")
        old = self.row.code if self.row else ""
        problem = code_problem(code, data.get("carrier", ""))
        if old and not code:
            problem = "Informe o código certo: o antigo só sai se outro entra."
        elif not (code or url or self.errors):
            problem = "Informe o código de rastreio ou o endereço."
        if problem and "code" not in self.errors:
            self.add_error("code", problem)
        if leads_to_old_code(url, old=old, new=code):
            self.add_error("url", f"O endereço ainda leva ao código antigo, {old}.")
        return data


class _NotShownAgain(forms.Textarea):
    """Empty on a page that says what was wrong: whoever mends it has the text at hand."""

    def format_value(self, value: Any) -> str:
        return ""


class InvoiceForm(forms.Form):
    """The XML as a file or as text. It is never shown again: it tells of the consumer."""

    file = forms.FileField(
        label="Arquivo XML",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".xml,application/xml,text/xml"}),
        help_text="O nfeProc autorizado pela SEFAZ, sem alterações, de até 1 MiB.",
    )
    text = forms.CharField(
        label="Ou o conteúdo do XML",
        required=False,
        strip=False,
        widget=_NotShownAgain(attrs={"rows": 4, **_CODE}),
        help_text="Fica guardado com a nota e não aparece em tela nenhuma.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "nota_%s"
        self.initial = {"key": uuid.uuid4()}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        file, text = data.get("file"), data.get("text") or ""
        if file is not None and text.strip():
            self.add_error("file", "Escolha o arquivo ou cole o conteúdo, não os dois.")
        elif file is None and not text.strip() and not self.errors:
            self.add_error("file", "Escolha o arquivo da nota ou cole o conteúdo dele.")
        elif file is not None:
            data["xml"] = file.read(SINGLE_CAP + 1)
        else:
            # A page sends every line end as CR LF; the file that was copied had LF.
            data["xml"] = text.replace("\r\n", "\n").strip().encode()
        if len(data.get("xml", b"")) > SINGLE_CAP:
            self.add_error(self.xml_field, "O XML passa do limite de 1 MiB; nada foi gravado.")
        return data

    @property
    def xml_field(self) -> str:
        """Beside which field a refused note is told."""
        return "file" if self.cleaned_data.get("file") is not None else "text"


def seen_as(told: TypedTracking) -> str:
    """What a row says, as a form keeps it to notice that it has changed meanwhile."""
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]
