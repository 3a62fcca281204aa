"""The simulated store over real HTTP: what it believes, what it shows and how it misbehaves."""

import base64
import http.client
import json
import time
from urllib.parse import urlencode, urlsplit

import pytest

from integrations.simulated_store import SimulatedStore

NFE_KEY = "35261111222333000181550010000012341000012349"
NFE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<nfeProc xmlns="http://www.portalfiscal.inf.br/nfe" versao="4.00">'
    f'<NFe><infNFe Id="NFe{NFE_KEY}" versao="4.00">'
    "<ide><serie>1</serie><nNF>1234</nNF></ide></infNFe></NFe></nfeProc>"
)
LINX = "/v1/Sales/API.svc/web/UpdateOrder"
BASIC = {"Authorization": "Basic " + base64.b64encode(b"LOJA-RJ:segredo").decode()}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Caller:
    """One kept-alive connection to the store."""

    def __init__(self, store):
        self.address = urlsplit(store.url).netloc
        self.connection = http.client.HTTPConnection(self.address, timeout=5)

    def send(self, method, path, body=None, headers=None):
        self.connection.request(method, path, body, headers or {})
        answer = self.connection.getresponse()
        return answer, answer.read()

    def json(self, method, path, value=None, headers=None):
        body = None if value is None else json.dumps(value)
        answer, text = self.send(method, path, body, {**JSON, **(headers or {})})
        return answer.status, json.loads(text)


@pytest.fixture
def store():
    with SimulatedStore() as running:
        yield running


@pytest.fixture
def caller(store):
    one = Caller(store)
    yield one
    one.connection.close()


def switch(caller, **fault):
    status, answer = caller.json("POST", "/_loja/falhas", fault)
    assert status == 200, answer


def test_status_told_by_json_is_shown(caller):
    told = caller.json("POST", "/lojas/LOJA-SP/pedidos/100/status", {"status": "picking"})
    assert told == (200, {"ok": True, "pedido": "100", "repetido": False})
    status, order = caller.json("GET", "/_loja/pedidos/100?loja=LOJA-SP")
    assert (status, order["status"], order["shop"]) == (200, "picking", "LOJA-SP")
    assert order["history"][0]["changes"] == ["status: — → picking"]


def test_linx_store_tells_its_statuses_to_who_has_a_credential(caller):
    path = "/v1/Sales/API.svc/web/SearchOrderStatus"
    credential = {"Authorization": "Basic " + base64.b64encode(b"LOJA-RJ:senha").decode()}
    status, answer = caller.json("POST", path, {}, credential)
    assert status == 200
    assert answer["Result"][:2] == [
        {"OrderStatusID": 1, "Status": "Aguardando pagamento"},
        {"OrderStatusID": 2, "Status": "Pago"},
    ]
    assert caller.json("POST", path, {})[0] == 401
    assert caller.json("GET", "/_loja/pedidos")[1] == {"orders": []}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("GET", "?status=paid", None, {}),
        ("POST", "", "status=paid", FORM),
        ("PUT", "", '{"status": "paid"}', JSON),
    ],
)
def test_status_told_by_query_form_or_json_is_the_same(store, caller, method, path, body, headers):
    answer, _ = caller.send(method, f"/lojas/A/pedidos/7/status{path}", body, headers)
    assert answer.status == 200
    assert store.state.order("A", "7")["status"] == "paid"


def test_invoice_told_as_raw_xml_is_read_from_the_note(store, caller):
    path = "/lojas/A/pedidos/7/nota-fiscal?status=invoiced"
    answer, _ = caller.send("POST", path, NFE, {"Content-Type": "application/xml"})
    assert answer.status == 200
    order = store.state.order("A", "7")
    assert order["status"] == "invoiced"
    assert order["invoices"] == [
        {"number": "1234", "series": "1", "key": NFE_KEY, "with_xml": True}
    ]


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ("<nfeProc", "O XML está malformado."),
        ("<outro/>", "O XML não é uma NF-e: falta infNFe."),
        (
            '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
            "O XML traz um DOCTYPE, que não é aceito.",
        ),
    ],
)
def test_invoice_xml_that_is_no_note_is_refused_and_nothing_believed(store, caller, xml, reason):
    answer, body = caller.send(
        "POST", "/lojas/A/pedidos/7/nota-fiscal", xml, {"Content-Type": "application/xml"}
    )
    assert answer.status == 422
    assert json.loads(body) == {"ok": False, "erro": reason}
    assert store.state.orders() == []


def test_tracking_of_a_second_volume_does_not_overwrite_the_first(store, caller):
    path = "/lojas/A/pedidos/7/rastreio"
    caller.json("POST", path, {"codigo": "QB1BR", "volume": "1", "transportadora": "Correios"})
    caller.json("POST", path, {"codigo": "QB2BR", "volume": "2", "transportadora": "Correios"})
    caller.json("POST", path, {"codigo": "QB1BR", "volume": "1", "entregue": True})
    trackings = store.state.order("A", "7")["trackings"]
    assert [(t["volume"], t["code"], t["delivered"]) for t in trackings] == [
        ("1", "QB1BR", True),
        ("2", "QB2BR", False),
    ]


def test_repeated_idempotency_key_changes_nothing_and_is_counted(store, caller):
    path, key = "/lojas/A/pedidos/7/status", {"Idempotency-Key": "k-1"}
    caller.json("POST", path, {"status": "paid"}, key)
    answer = caller.json("POST", path, {"status": "picking"}, key)
    assert answer == (200, {"ok": True, "pedido": "7", "repetido": True})
    order = store.state.order("A", "7")
    assert (order["status"], order["repeated"]) == ("paid", 1)
    assert [entry["outcome"] for entry in order["history"]] == ["applied", "repeated"]


def test_linx_update_order_tells_status_invoice_and_tracking_at_once(store, caller):
    body = {
        "OrderID": "8f2c0000-0000-4000-8000-000000000041",
        "WorkflowType": "SHIPPED",
        "OrderStatusID": 7,
        "OrderFlowID": "12",
        "Invoice": {"Code": NFE_KEY, "XML": NFE, "IsIssued": True},
        "Shipment": {"TrackingNumber": "QB1BR", "TrackingUrl": ""},
    }
    assert caller.json("POST", LINX, body, BASIC) == (
        200,
        {"IsValid": True, "Errors": [], "Warnings": []},
    )
    order = store.state.order("LOJA-RJ", body["OrderID"])
    assert order["status"] == "SHIPPED"
    assert order["extras"] == {"ID Status EZ Core": "7", "ID Fluxo EZ Core": "12"}
    assert order["invoices"][0]["number"] == "1234"
    assert order["trackings"][0]["code"] == "QB1BR"


def test_linx_without_credential_is_401_and_without_order_id_is_refused_with_200(store, caller):
    assert caller.json("POST", LINX, {"OrderID": "1"})[0] == 401
    status, answer = caller.json("POST", LINX, {"WorkflowType": "PAID"}, BASIC)
    assert (status, answer["IsValid"]) == (200, False)
    assert answer["Errors"] == [{"ErrorMessage": "OrderID is required", "ErrorCode": None}]
    assert store.state.orders() == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("{", "O corpo não é um JSON válido."),
        ("[]", "O corpo deve ser um objeto JSON."),
        ("[" * 100_000, "O corpo não é um JSON válido."),
    ],
)
def test_malformed_json_is_400(store, caller, body, error):
    answer, text = caller.send("POST", "/lojas/A/pedidos/7/status", body, JSON)
    assert (answer.status, json.loads(text)) == (400, {"ok": False, "erro": error})
    assert store.state.orders() == []


def test_body_over_the_cap_is_413_unread(store, caller):
    caller.connection.putrequest("POST", "/lojas/A/pedidos/7/status")
    caller.connection.putheader("Content-Length", str(6 * 1024 * 1024))
    caller.connection.endheaders()
    assert caller.connection.getresponse().status == 413
    assert store.state.orders() == []


@pytest.mark.parametrize("path", ["/../../manage.py", "/assets/loja.css", "/lojas/A/pedidos/7"])
def test_unknown_path_is_404(caller, path):
    assert caller.send("GET", path)[0].status == 404


def test_request_under_another_host_name_is_refused(caller):
    answer, _ = caller.send("GET", "/", headers={"Host": "loja.example"})
    assert answer.status == 421


def test_switches_cannot_be_flipped_from_another_origin(store, caller):
    headers = {**FORM, "Origin": "http://elsewhere.example"}
    answer, _ = caller.send("POST", "/_loja/limpar", "", headers)
    assert answer.status == 403


def test_server_error_for_the_next_requests_then_recovers(store, caller):
    switch(caller, kind="server_error", times=2)
    path, body = "/lojas/A/pedidos/7/status", {"status": "paid"}
    assert [caller.json("POST", path, body)[0] for _ in range(3)] == [500, 500, 200]
    outcomes = [entry["outcome"] for entry in store.state.order("A", "7")["history"]]
    assert outcomes == ["failed", "failed", "applied"]


def test_throttle_says_how_long_to_wait_and_believes_nothing(store, caller):
    switch(caller, kind="throttle", retry_after=30, times=1)
    answer, _ = caller.send("GET", "/lojas/A/pedidos/7/status?status=paid")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
    assert store.state.order("A", "7")["status"] == ""


def test_error_in_body_comes_with_200_in_each_dialect(store, caller):
    switch(caller, kind="error_in_body", message="Pedido bloqueado.")
    own = caller.json("POST", "/lojas/A/pedidos/7/status", {"status": "paid"})
    linx = caller.json("POST", LINX, {"OrderID": "9", "WorkflowType": "PAID"}, BASIC)
    assert own == (200, {"ok": False, "erro": "Pedido bloqueado."})
    assert linx[0] == 200
    assert linx[1]["Errors"] == [{"ErrorMessage": "Pedido bloqueado.", "ErrorCode": None}]
    assert [order["status"] for order in store.state.orders()] == ["", ""]


def test_reset_breaks_the_connection_and_believes_nothing(store, caller):
    switch(caller, kind="reset", times=1)
    with pytest.raises(ConnectionResetError):
        caller.json("POST", "/lojas/A/pedidos/7/status", {"status": "paid"})
    assert store.state.order("A", "7")["status"] == ""


def test_drop_answer_believes_and_then_breaks_the_connection(store, caller):
    switch(caller, kind="drop_answer", times=1)
    with pytest.raises(ConnectionResetError):
        caller.json("POST", "/lojas/A/pedidos/7/status", {"status": "paid"})
    assert store.state.order("A", "7")["status"] == "paid"


def test_delay_waits_before_the_answer(caller):
    switch(caller, kind="delay", delay_ms=80, times=1)
    began = time.monotonic()
    assert caller.send("GET", "/lojas/A/pedidos/7/status?status=paid")[0].status == 200
    assert time.monotonic() - began >= 0.08


def test_fault_of_one_shop_leaves_the_others_alone(caller):
    switch(caller, kind="server_error", shop="A")
    assert caller.send("GET", "/lojas/B/pedidos/7/status?status=paid")[0].status == 200
    assert caller.send("GET", "/lojas/A/pedidos/7/status?status=paid")[0].status == 500


@pytest.mark.parametrize(
    ("fault", "field"),
    [({"kind": "fire"}, "kind"), ({"kind": "delay", "delay_ms": "x"}, "delay_ms")]
    + [({"kind": "server_error", "times": times}, "times") for times in (0, -1, "1e3")],
)
def test_switch_that_makes_no_sense_is_refused_naming_the_field(store, caller, fault, field):
    status, answer = caller.json("POST", "/_loja/falhas", fault)
    assert (status, answer["error"].split(":")[0]) == (422, field)
    assert store.faults.active() == []


def test_page_form_switches_a_fault_on_and_off(store, caller):
    form = urlencode({"kind": "throttle", "times": "", "retry_after": "5", "shop": ""})
    answer, _ = caller.send("POST", "/_loja/falhas", form, FORM)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    (fault,) = store.faults.active()
    assert (fault.kind, fault.times, fault.retry_after) == ("throttle", None, 5)
    caller.send("POST", "/_loja/falhas/desligar", urlencode({"id": fault.id}), FORM)
    assert store.faults.active() == []


def test_page_escapes_what_it_was_told(caller):
    evil = "<script>alert(1)</script>"
    caller.json("POST", "/lojas/A/pedidos/7/status", {"status": evil})
    answer, page = caller.send("GET", "/?pedido=%22%3E%3Cscript%3E")
    assert b"<script>" not in page
    _, page = caller.send("GET", "/")
    assert b"&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert b"<script>" not in page
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src")


def test_half_a_surrogate_pair_is_shown_as_a_question_mark(store, caller):
    body = '{"status": "pa\\ud800id", "pedido": "\\udc00"}'
    answer, _ = caller.send("POST", "/lojas/A/pedidos/7/status", body, JSON)
    assert answer.status == 200
    assert store.state.order("A", "7")["status"] == "pa?id"
    assert caller.send("GET", "/")[0].status == 200
    assert caller.json("GET", "/_loja/pedidos")[0] == 200


def test_page_shows_order_status_invoice_and_both_volumes(caller):
    caller.json("POST", "/lojas/LOJA-SP/pedidos/100/status", {"status": "shipped"})
    caller.send("POST", "/lojas/LOJA-SP/pedidos/100/nota-fiscal", NFE, {"Content-Type": "text/xml"})
    for volume, code in (("1", "QB1BR"), ("2", "QB2BR")):
        path = "/lojas/LOJA-SP/pedidos/100/rastreio"
        caller.json("POST", path, {"codigo": code, "volume": volume})
    page = caller.send("GET", "/?loja=LOJA-SP&pedido=100")[1].decode()
    for text in ("LOJA-SP", "shipped", NFE_KEY, "com XML", "QB1BR", "QB2BR"):
        assert text in page


def test_page_finds_an_order_by_the_number_that_the_shopper_sees(store, caller):
    path = "/lojas/LOJA-SP/pedidos/v100-01/status"
    caller.json("POST", path, {"pedido": "100482", "status": "paid"})
    caller.json("POST", "/lojas/LOJA-SP/pedidos/v200-01/status", {"status": "picking"})
    page = caller.send("GET", "/?pedido=100482")[1].decode()
    assert "v100-01" in page
    assert "v200-01" not in page


def test_forgetting_clears_orders_keys_and_switches(store, caller):
    path, key = "/lojas/A/pedidos/7/status", {"Idempotency-Key": "k-1"}
    caller.json("POST", path, {"status": "paid"}, key)
    switch(caller, kind="server_error")
    assert caller.json("POST", "/_loja/limpar") == (200, {"ok": True})
    assert caller.json("GET", "/_loja/pedidos") == (200, {"orders": []})
    assert caller.json("POST", path, {"status": "paid"}, key)[1]["repetido"] is False


def test_one_order_asked_without_shop_needs_to_be_the_only_one(store, caller):
    store.state.place(shop="A", order_id="7", status="paid")
    assert caller.json("GET", "/_loja/pedidos/7")[1]["status"] == "paid"
    store.state.place(shop="B", order_id="7", status="new")
    assert caller.json("GET", "/_loja/pedidos/7")[0] == 409
    assert caller.json("GET", "/_loja/pedidos/8")[0] == 404


def test_stopped_store_ends_kept_alive_connections():
    with SimulatedStore() as running:
        caller = Caller(running)
        assert caller.json("GET", "/healthz")[0] == 200
    with pytest.raises(ConnectionError):
        caller.json("GET", "/healthz")


def test_store_remembers_what_another_one_knew_keys_included(store, caller):
    path, key = "/lojas/A/pedidos/7/status", {"Idempotency-Key": "k-1"}
    store.state.place(shop="A", order_id="7", number="0007", status="new")
    caller.json("POST", path, {"status": "paid"}, key)
    caller.send("POST", "/lojas/A/pedidos/7/nota-fiscal", NFE, {"Content-Type": "text/xml"})
    caller.json("POST", "/lojas/A/pedidos/8/rastreio", {"codigo": "QB1BR"})
    kept = json.loads(json.dumps(store.state.orders()))
    with SimulatedStore() as later:
        later.state.remember(kept)
        assert later.state.orders() == kept
        again = Caller(later).json("POST", path, {"status": "picking"}, key)
    assert again[1]["repetido"] is True
