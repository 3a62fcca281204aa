"""What a person does on the page, without JavaScript, and the DE-PARA most tests start from."""

from datetime import UTC, datetime

from django.contrib.auth.models import Permission
from django.urls import reverse

from status_mapping.operations import save_mapping
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from tests.factories import make_user
from tests.status_mapping.pages import Form
from vitrines.statuses import OrderStatus

NOW = datetime(2024, 11, 23, 17, 2, tzinfo=UTC)
PAID = OrderStatus.PAGAMENTO_CONFIRMADO
PREPARING = OrderStatus.EM_PREPARACAO
CANCELLED = OrderStatus.CANCELADO
PROBLEM = OrderStatus.PROBLEMAS
TABLES = MappingTables(
    statuses=(
        StatusRow(PAID, "PAID", also_receives=("approved",)),
        StatusRow(PREPARING, "PICKING"),
        StatusRow(CANCELLED, "CANCELED"),
    ),
    payment_types=(PaymentType("boleto", "5"), PaymentType("pix", "17")),
    delivery_types=(DeliveryType("sedex", "2"),),
)


def make_person(username, *permissions):
    user = make_user(username)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def save(vitrine, tables, *, base, author=None, reason=""):
    return save_mapping(
        vitrine=vitrine, base_revision=base, tables=tables, author=author, reason=reason, now=NOW
    )


def url(vitrine, name="edit"):
    return reverse(f"status_mapping:{name}", args=[vitrine.code])


def opened(client, vitrine):
    return Form(client.get(url(vitrine)).content)


def send(client, vitrine, form):
    return client.post(url(vitrine), form.data)
