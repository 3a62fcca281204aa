"""Maria of the group Mapeamento, and a vitrine whose store would count every request."""

import re

import pytest

from status_mapping.operations import save_mapping
from status_mapping.tables import MappingTables, PaymentType, StatusRow
from tests.factories import NOW, make_connection, make_vitrine
from tests.people import client_of
from vitrines.statuses import OrderStatus

TABLES = MappingTables(
    statuses=(
        StatusRow(OrderStatus.PAGAMENTO_CONFIRMADO, "pago"),
        StatusRow(OrderStatus.DESPACHADO, "faturado", channel="url"),
        StatusRow(OrderStatus.ENTREGUE, "entregue", channel="url"),
    ),
    payment_types=(PaymentType("pix", "17"),),
)


@pytest.fixture
def vitrine(httpserver):
    """At revision 1."""
    httpserver.expect_request(re.compile(".*")).respond_with_data("não devia", 500)
    vitrine = make_vitrine()
    make_connection(
        vitrine,
        params={"base_url": httpserver.url_for("").rstrip("/"), "auth_kind": "bearer"},
        secrets={"auth_secret": "s3gr3d0-da-loja"},
    )
    save_mapping(vitrine=vitrine, base_revision=0, tables=TABLES, author=None, reason="", now=NOW)
    yield vitrine
    assert httpserver.log == []


@pytest.fixture
def maria():
    return client_of("Mapeamento")
