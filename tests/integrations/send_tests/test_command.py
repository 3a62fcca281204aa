"""``check_platform --send``, and that without it nothing leaves."""

import re

import pytest

from integrations.models import SendTest
from tests.factories import make_connection, make_mapping, make_order, make_vitrine
from tests.integrations.check_platform import run
from vitrines.statuses import OrderStatus


@pytest.fixture
def sp(db, httpserver):
    httpserver.expect_request(re.compile(".*")).respond_with_json({"message": "não"}, status=422)
    vitrine = make_vitrine()
    make_connection(vitrine, params={"base_url": httpserver.url_for("").rstrip("/")})
    make_mapping(vitrine, OrderStatus.CANCELADO, "cancelado")
    make_order(vitrine, platform_id="9f1c")
    return vitrine


def test_send_makes_one_request_prints_what_came_back_and_keeps_it_as_a_test(sp, httpserver):
    out, _, failure = run("LOJA-SP", "--send", "--order", "100482", "--status", "CANCELADO")

    test = SendTest.objects.get()
    ((request, _),) = httpserver.log
    assert (test.outcome, test.sent_by, test.sent_by_label) == (
        "rejected",
        None,
        "manage.py check_platform",
    )
    assert failure == "A loja não aceitou."
    assert out.splitlines() == [
        "Cancelado → cancelado · URL · pedido VT-100482",
        f"A loja recusou. (recusado, HTTP 422, {test.duration_ms} ms)",
        "não",
        "",
        f"  PUT {httpserver.url_for('/pedidos/9f1c/status')}",
        f"  → HTTP 422, {test.steps[0]['ms']} ms",
        "    {",
        '      "message": "não"',
        "    }",
    ]
    assert request.headers["Idempotency-Key"] == str(test.key)


def test_send_of_what_cannot_be_sent_says_why(sp, httpserver):
    _, _, failure = run("LOJA-SP", "--send", "--order", "100482", "--status", "ENTREGUE")

    assert failure == (
        "Nada foi enviado. O DE-PARA salvo não tem o status da plataforma para Entregue: "
        "preencha-o em Configurações Adicionais."
    )
    assert httpserver.log == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("LOJA-SP", "--send"),
        ("LOJA-SP", "--send", "--order", "100482"),
        ("LOJA-SP", "LOJA-RJ", "--send", "--order", "100482", "--status", "CANCELADO"),
    ],
)
def test_send_wants_one_vitrine_one_order_and_one_status(arguments, sp, httpserver):
    assert run(*arguments)[2] == "--send pede uma vitrine, --order e --status."
    assert httpserver.log == []


def test_a_preview_opens_no_connection(sp, httpserver):
    out, _, failure = run("LOJA-SP", "--order", "100482")

    assert failure == ""
    assert f"  PUT {httpserver.url_for('/pedidos/9f1c/status')}" in out.splitlines()
    assert httpserver.log == []
