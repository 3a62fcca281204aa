"""From a platform file and an order's facts to the request, for the shipped files and odd ones."""

import base64
import json
from datetime import UTC, datetime

import pytest

from integrations.delivery.context import RenderContext
from integrations.delivery.render import (
    RenderedRequest,
    applies,
    render,
)
from integrations.delivery.signing import signed
from tests.platform_samples import INVOICE_XML, ONE_SEND, platform_from, sample_context
from vitrines.platforms import get_platform
from vitrines.platforms.language import RenderError
from vitrines.statuses import OrderStatus

BASE = "https://loja.example/api"
COMMON = {
    "User-Agent": "vitrine-backoffice",
    "Accept": "application/json, application/xml;q=0.9, */*;q=0.8",
    "Idempotency-Key": "u-1",
}


def rendered(platform, channel="url", *, context=None, params=None, secrets=None, captured=None):
    given = RenderContext.of(
        platform,
        context=context or sample_context(),
        params={"base_url": BASE, **(params or {})},
        secrets=secrets or {},
        captured=captured or {},
    )
    send = platform.find_send("status", channel, OrderStatus.DESPACHADO)
    return render(send.steps[-1], given, idempotency_key="u-1")


def generic(channel="url", **keys):
    return rendered(get_platform("generic"), channel, **keys)


def linx(channel, *, context=None, **params):
    request = rendered(
        get_platform("linx_commerce"),
        channel,
        context=context,
        params={"base_url": "https://loja.layer.core.dcg.com.br", "username": "integra", **params},
        secrets={"password": "senha"},
    )
    return request, json.loads(request.body)


# generic


def test_generic_by_url_with_defaults():
    assert generic("url") == RenderedRequest(
        method="PUT",
        url=f"{BASE}/pedidos/9f1c-22/status",
        headers={**COMMON, "Content-Type": "application/json"},
        body=b'{"pedido": "12345", "status": "SHIPPED", '
        b'"ocorrido_em": "2026-11-23T02:30:00+00:00"}',
    )


def test_generic_uses_the_orders_number_where_the_platform_gave_none():
    context = sample_context()
    context["order"]["platform_id"] = ""
    assert generic("url", context=context).url == f"{BASE}/pedidos/12345/status"


def test_generic_by_tracking_with_defaults():
    request = generic("tracking")
    assert (request.method, request.url) == ("POST", f"{BASE}/pedidos/9f1c-22/rastreio")
    assert json.loads(request.body) == {
        "pedido": "12345",
        "status": "SHIPPED",
        "volume": "1",
        "codigo": "QB123456789BR",
        "transportadora": "Correios",
        "url": "https://rastreio.example/QB123456789BR",
        "entregue": False,
        "ocorrido_em": "2026-11-23T02:30:00+00:00",
    }


def test_generic_by_xml_sends_the_invoice_byte_for_byte():
    request = generic("xml")
    assert (request.method, request.url) == (
        "POST",
        f"{BASE}/pedidos/9f1c-22/nota-fiscal?status=SHIPPED",
    )
    assert request.headers["Content-Type"] == "application/xml"
    assert request.body == INVOICE_XML.encode()


def test_generic_get_with_the_status_in_the_address_has_no_body():
    request = generic(
        "url",
        params={
            "url_method": "GET",
            "url_address": "{{ params.base_url }}/st.php?p={{ order.number }}"
            "&s={{ mapping.platform_status }}",
        },
    )
    assert request == RenderedRequest("GET", f"{BASE}/st.php?p=12345&s=SHIPPED", COMMON, None)


@pytest.mark.parametrize(
    ("kind", "template", "content_type", "body"),
    [
        ("json", '{"s": "{{ order.status }}"}', "application/json", b'{"s": 3}'),
        (
            "form",
            "s={{ order.status_label }}",
            "application/x-www-form-urlencoded",
            b"s=Despachado",
        ),
        (
            "xml",
            "<s>{{ order.status }}</s>",
            "application/xml; charset=utf-8",
            b"<?xml version='1.0' encoding='UTF-8'?>\n<s>3</s>",
        ),
        ("raw", "s {{ order.status }}", "text/plain; charset=utf-8", b"s 3"),
        ("none", "anything", None, None),
    ],
)
def test_generic_body_of_each_kind(kind, template, content_type, body):
    request = generic("url", params={"url_body_kind": kind, "url_body": template})
    assert request.headers.get("Content-Type") == content_type
    assert request.body == body


@pytest.mark.parametrize(
    ("kind", "headers", "query"),
    [
        ("none", {}, ""),
        ("basic", {"Authorization": f"Basic {base64.b64encode('eu:s é'.encode()).decode()}"}, ""),
        ("bearer", {"Authorization": "Bearer s é"}, ""),
        ("headers", {"X-Api-Key": "s é"}, ""),
        ("query", {}, "?X-Api-Key=s%20%C3%A9"),
    ],
)
def test_generic_authentication_of_each_kind(kind, headers, query):
    request = generic(
        "url",
        params={"auth_kind": kind, "auth_username": "eu"},
        secrets={"auth_secret": "s é"},
    )
    assert request.headers == {**COMMON, "Content-Type": "application/json", **headers}
    assert request.url == f"{BASE}/pedidos/9f1c-22/status{query}"
    assert set(headers.values()) <= set(request.sensitive)


def test_generic_signs_each_sending_where_the_store_wants_that():
    platform = get_platform("generic")
    params = {"base_url": BASE, "auth_kind": "standard_webhooks"}
    given = RenderContext.of(
        platform,
        context=sample_context(),
        params=params,
        secrets={"auth_secret": "whsec_" + base64.b64encode(b"sabe o segredo").decode()},
        captured={},
    )
    request = render(platform.sends[2].steps[0], given, idempotency_key="u-1")
    headers = signed(request, given, at=datetime(2026, 11, 23, 14, 2, tzinfo=UTC)).headers
    assert headers["webhook-id"] == "u-1"
    assert headers["webhook-timestamp"] == "1795442520"
    assert headers["webhook-signature"].startswith("v1,")


def test_key_in_the_address_follows_other_query_parameters():
    params = {"auth_kind": "query", "auth_name": "chave"}
    request = generic("xml", params=params, secrets={"auth_secret": "s&1"})
    assert request.url.endswith("/nota-fiscal?status=SHIPPED&chave=s%261")


def test_authentication_without_its_secret_names_it():
    with pytest.raises(RenderError) as error:
        generic("url", params={"auth_kind": "bearer"})
    assert str(error.value) == (
        "A autenticação pede “{{ secrets.auth_secret }}”, que não foi preenchido."
    )


# linx_commerce

URL = "https://loja.layer.core.dcg.com.br/v1/Sales/API.svc/web/UpdateOrder"


def test_linx_by_xml():
    request, body = linx("xml")
    assert (request.method, request.url) == ("POST", URL)
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Authorization"] == "Basic aW50ZWdyYTpzZW5oYQ=="
    assert body == {
        "OrderID": "9f1c-22",
        "WorkflowType": "SHIPPED",
        "Invoice": {"Code": "987", "Series": "1", "IsIssued": True, "XML": INVOICE_XML},
    }


def test_linx_by_tracking():
    assert linx("tracking")[1] == {
        "OrderID": "9f1c-22",
        "WorkflowType": "SHIPPED",
        "Shipment": {
            "TrackingNumber": "QB123456789BR",
            "TrackingUrl": "https://rastreio.example/QB123456789BR",
        },
    }


def test_linx_by_url():
    assert linx("url")[1] == {"OrderID": "9f1c-22", "WorkflowType": "SHIPPED"}


@pytest.mark.parametrize("channel", ["xml", "tracking", "url"])
def test_linx_ez_core_ids_travel_under_the_names_that_were_filled_in(channel):
    _, body = linx(channel, ez_core_status_field="OrderStatusID", ez_core_flow_field="FlowID")
    assert (body["OrderStatusID"], body["FlowID"]) == ("7", "9")


def test_linx_without_the_platforms_order_id_is_not_sent():
    context = sample_context()
    context["order"]["platform_id"] = ""
    with pytest.raises(RenderError) as error:
        linx("url", context=context)
    assert str(error.value) == (
        "O modelo pede “{{ (order.platform_id or captured.order_id) | required }}”, "
        "que está vazio neste envio."
    )


# Steps, headers and conditions of other files


def with_step(keys, folder):
    return platform_from(f"{ONE_SEND}{keys}\n", folder)


@pytest.mark.parametrize(
    ("when", "captured", "expected"),
    [
        ("order.status == 3", {}, True),
        ("order.status == 5", {}, False),
        ("captured.receipt", {"receipt": "r"}, True),
        ("captured.receipt", {}, False),
        ("not captured.receipt", {}, True),
        ("not captured.receipt", {"receipt": "r"}, False),
        ("invoice and tracking", {}, True),
    ],
)
def test_when(when, captured, expected, tmp_path):
    keys = f'when = "{when}"\ncapture = {{ receipt = "body.receipt" }}'
    platform = with_step(keys, tmp_path)
    given = RenderContext.of(
        platform, context=sample_context(), params={}, secrets={}, captured=captured
    )
    assert applies(platform.sends[0].steps[0], given) is expected


def test_secret_renders_in_headers(tmp_path):
    platform = with_step('headers = { X-Token = "t {{ secrets.token }}" }', tmp_path)
    assert rendered(platform, secrets={"token": "abc"}).headers["X-Token"] == "t abc"


def test_empty_header_is_left_out_where_the_file_says_so(tmp_path):
    keys = 'headers = { X-Note = "{{ tracking.code | omit_if_empty }}" }'
    platform = with_step(keys, tmp_path)
    assert "X-Note" not in rendered(platform, context=sample_context(tracking=None)).headers


@pytest.mark.parametrize("evil", ["a\r\nX-Evil: 1", "a\nb", "a\x00b", "a\x85b", " a", "a "])
def test_no_value_breaks_out_of_a_header(evil, tmp_path):
    platform = with_step('headers = { X-Note = "{{ tracking.description }}" }', tmp_path)
    context = sample_context()
    context["tracking"]["description"] = evil
    with pytest.raises(RenderError, match="O cabeçalho “X-Note” teria quebra de linha"):
        rendered(platform, context=context)


def test_header_takes_no_emoji(tmp_path):
    platform = with_step('headers = { X-Note = "📦" }', tmp_path)
    with pytest.raises(RenderError, match="só aceita letras e sinais comuns"):
        rendered(platform)


@pytest.mark.parametrize(
    "name", ["Host", "content-length", "Idempotency-Key", "X Evil", "X:Y", "X\r\nY"]
)
def test_header_name_from_a_parameter_is_checked(name):
    with pytest.raises(RenderError):
        generic(
            "url",
            params={"auth_kind": "headers", "auth_name": name},
            secrets={"auth_secret": "s"},
        )


def test_base_url_and_path_make_one_address(tmp_path):
    toml = """
name = "sample"
label = "Sample"
base_url = "https://{{ params.account }}.vtex.example/"
[[params]]
name = "account"
label = "Conta"
[[send]]
channel = "url"
[[send.steps]]
path = "/api/oms/pvt/orders/{{ order.platform_id }}/start-handling"
"""
    platform = platform_from(toml, tmp_path)
    assert rendered(platform, params={"account": "loja"}).url == (
        "https://loja.vtex.example/api/oms/pvt/orders/9f1c-22/start-handling"
    )


def test_same_step_and_facts_give_the_same_bytes():
    assert generic("tracking") == generic("tracking")
