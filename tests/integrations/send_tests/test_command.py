"""``check_platform --send``, and that without it nothing leaves."""

import re

import pytest

from integrations.models import SendTest
from integrations.send_tests import warning_of
from tests.factories import make_connection, make_mapping, make_order, make_vitrine
from tests.integrations.check_platform import run
from vitrines.statuses import OrderStatus

SEND = ("LOJA-SP", "--send", "--order", "100482")
SEND_CANCELLED = (*SEND, "--status", "CANCELADO")


@pytest.fixture
def sp(db, httpserver):
    httpserver.expect_request(re.compile(".*")).respond_with_json({"message": "não"}, status=422)
    vitrine = make_vitrine()
    make_connection(vitrine, params={"base_url": httpserver.url_for("").rstrip("/")})
    make_mapping(vitrine, OrderStatus.CANCELADO, "cancelado")
    make_order(vitrine, platform_id="9f1c")
    return vitrine


def test_send_makes_one_request_prints_what_came_back_and_keeps_it_as_a_test(sp, httpserver):
    out, _, failure = run(*SEND_CANCELLED, "--yes")

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
    _, _, failure = run(*SEND, "--status", "ENTREGUE", "--yes")

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


def test_send_of_another_status_than_the_orders_wants_to_be_confirmed(sp, httpserver):
    assert run(*SEND_CANCELLED)[2] == (
        "Nada foi enviado. O pedido está em Pagamento Confirmado, e o teste diz Cancelado: a loja "
        "pode passar para Cancelado e avisar o consumidor. Depois, nada corrige a loja sozinho. "
        "Para enviar assim mesmo: --yes."
    )
    assert (httpserver.log, SendTest.objects.count()) == ([], 0)


@pytest.mark.parametrize("target", ["generic", "minha_loja.toml"])
def test_send_of_a_file_says_that_it_wants_a_vitrine(target, sp, httpserver):
    assert run(target, *SEND[1:], "--status", "CANCELADO")[2] == (
        f"Não há vitrine com o código {target}. --send pede o código de uma vitrine: "
        "um arquivo não tem loja nem credencial."
    )
    assert httpserver.log == []


@pytest.mark.parametrize(
    ("current", "status", "goes"),
    [
        (OrderStatus.ENTREGUE, OrderStatus.EMBARCADO, "voltar"),
        (OrderStatus.DESPACHADO, OrderStatus.EMBARCADO, "passar"),
        (OrderStatus.CANCELADO, OrderStatus.EMBARCADO, "passar"),
    ],
)
def test_what_a_test_of_another_status_may_do_is_told(current, status, goes, sp):
    order = make_order(sp, "2", status=current)

    assert warning_of(order, status) == (
        f"O pedido está em {current.label}, e o teste diz Embarcado: a loja pode {goes} para "
        "Embarcado e avisar o consumidor. Depois, nada corrige a loja sozinho."
    )
    assert warning_of(order, current) == ""
