"""Which order a preview or a test sending is about."""

import uuid
from typing import Any

from django import forms

from integrations.send_tests import warning_of
from status_mapping.models import Channel
from vitrines.models import Order, Vitrine
from vitrines.orders import NUMBER_LENGTH, find_order
from vitrines.statuses import SCREEN_ORDER, OrderStatus

#: Offered while a number is typed.
RECENT = 20
_CHANNELS = [("", "O do DE-PARA"), *Channel.choices]


class OrderForm(forms.Form):
    """The number of an order of one vitrine; empty for the sample order."""

    pedido = forms.CharField(
        label="Pedido",
        required=False,
        max_length=NUMBER_LENGTH,
        widget=forms.TextInput(
            attrs={"list": "pedidos-recentes", "autocomplete": "off", "class": "code"}
        ),
    )

    def __init__(self, *args: Any, vitrine: Vitrine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vitrine = vitrine
        #: What ``pedido`` named.
        self.order: Order | None = None

    def clean_pedido(self) -> str:
        number: str = self.cleaned_data["pedido"]
        if number:
            self.order = find_order(self.vitrine, number)
            if self.order is None:
                raise forms.ValidationError(f"A vitrine {self.vitrine.code} não tem este pedido.")
        return number

    @property
    def recent_numbers(self) -> list[str]:
        """Of the latest orders."""
        orders = Order.objects.filter(vitrine=self.vitrine).select_related("vitrine")
        return [order.display_number for order in orders.order_by("-id")[:RECENT]]


class SendTestForm(OrderForm):
    """One press sends once: ``key`` is made with the form and counts one time."""

    status = forms.TypedChoiceField(
        label="Status",
        choices=[("", "Escolha…"), *((status.name, status.label) for status in SCREEN_ORDER)],
        coerce=OrderStatus.__getitem__,
        error_messages={"required": "Escolha o status a enviar."},
        help_text="O que a loja será avisada de que o pedido é.",
    )
    envio = forms.ChoiceField(
        label="Envio",
        required=False,
        choices=_CHANNELS,
        help_text="Por XML, rastreio ou URL, entre os que a plataforma oferece.",
    )
    #: Asked for only where the status is not the order's own.
    confirmado = forms.BooleanField(
        label="Enviar assim mesmo",
        required=False,
        help_text="O status escolhido não é o do pedido: a loja passaria a mostrar outro.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pedido"].required = True
        self.fields["pedido"].help_text = "Um pedido que já chegou, com ou sem o prefixo."
        self.fields["pedido"].error_messages["required"] = "Informe o número de um pedido."
        # Never one that came in the address: it is this form's own.
        self.initial["key"] = uuid.uuid4()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        status = data.get("status")
        if self.order is not None and status is not None and not data.get("confirmado"):
            warning = warning_of(self.order, status)
            if warning:
                self.add_error("confirmado", f"{warning} Para enviar assim mesmo, marque aqui.")
        return data
