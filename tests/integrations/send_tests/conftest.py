import re

import pytest
from werkzeug import Response

from tests.factories import make_connection, make_mapping, make_order, make_vitrine
from tests.integrations.send_tests.acts import SECRET
from tests.people import client_of
from vitrines.statuses import OrderStatus


@pytest.fixture
def store(httpserver):
    """A store that takes everything, until it is told otherwise."""
    answer = Response('{"ok": true}', 200, content_type="application/json")
    httpserver.expect_request(re.compile(".*")).respond_with_handler(lambda _: answer_of[0])
    answer_of = [answer]
    httpserver.answer = lambda body, status: answer_of.__setitem__(
        0, Response(body, status, content_type="application/json")
    )
    return httpserver


@pytest.fixture
def vitrine(store):
    vitrine = make_vitrine()
    address = store.url_for("").rstrip("/")
    params = {"base_url": address, "auth_kind": "bearer"}
    make_connection(vitrine, params=params, secrets={"auth_secret": SECRET})
    make_mapping(vitrine, OrderStatus.PAGAMENTO_CONFIRMADO, "pago")
    make_mapping(vitrine, OrderStatus.DESPACHADO, "faturado")
    make_mapping(vitrine, OrderStatus.CANCELADO, "cancelado", active=False)
    return vitrine


@pytest.fixture
def order(vitrine):
    return make_order(vitrine, platform_id="9f1c-22")


@pytest.fixture
def maria():
    return client_of("Operação")
