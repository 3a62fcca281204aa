"""The checker itself: each kind of wrong request is found, in the vendors' real documents."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.contracts.answers import described_answer
from tests.contracts.schemas import UnreadableSchema
from tests.contracts.vendor_document import VendorDocument, document_path

VTEX_HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/json; charset=utf-8",
    "X-VTEX-API-AppKey": "key",
    "X-VTEX-API-AppToken": "token",
}
VTEX_ORDER = "https://loja.vtexcommercestable.com.br/api/oms/pvt/orders/1172452900788-01"
ADOBE = "https://loja.example/rest/default/V1"
JSON = {"Content-Type": "application/json"}

INVOICE = {
    "type": "Output",
    "issuanceDate": "2026-11-23T10:00:00-03:00",
    "invoiceNumber": "987",
    "invoiceValue": "15090",
    "items": [{"id": "1", "price": 15090, "quantity": 1}],
}
COMMENT = {
    "comment": "NF-e 987",
    "is_customer_notified": 0,
    "is_visible_on_front": 1,
    "parent_id": 5,
}
TRACK = {"track_number": "QB123456789BR", "title": "Correios", "carrier_code": "custom"}


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def invoice_violations(document: VendorDocument, **changes: Any) -> list[str]:
    body = {name: value for name, value in {**INVOICE, **changes}.items() if value is not ...}
    return document.violations("POST", f"{VTEX_ORDER}/invoice", VTEX_HEADERS, as_json(body))


# VTEX: OpenAPI 3.0


def test_vtex_requests_as_the_document_has_them(vtex_document):
    tracking = {
        "isDelivered": False,
        "deliveredDate": None,
        "events": [{"city": "", "state": "", "description": "Postado", "date": "2026-11-23"}],
    }
    assert vtex_document.violations("GET", VTEX_ORDER, VTEX_HEADERS, None) == []
    assert (
        vtex_document.violations("POST", f"{VTEX_ORDER}/start-handling", VTEX_HEADERS, None) == []
    )
    assert invoice_violations(vtex_document) == []
    assert (
        vtex_document.violations(
            "PUT", f"{VTEX_ORDER}/invoice/987/tracking", VTEX_HEADERS, as_json(tracking)
        )
        == []
    )


def test_the_operation_of_a_request_by_its_template(vtex_document):
    operation = vtex_document.operation("PATCH", f"{VTEX_ORDER}/invoice/98%2F7?x=1")
    assert str(operation) == "PATCH /api/oms/pvt/orders/{orderId}/invoice/{invoiceNumber}"
    assert operation.path_values == {"orderId": "1172452900788-01", "invoiceNumber": "98/7"}


@pytest.mark.parametrize(
    ("method", "url", "violation"),
    [
        (
            "POST",
            f"{VTEX_ORDER}/start-handlin",
            "path /api/oms/pvt/orders/1172452900788-01/start-handlin is not in the document",
        ),
        (
            "POST",
            f"{VTEX_ORDER}/start-handling/",
            "path /api/oms/pvt/orders/1172452900788-01/start-handling/ is not in the document",
        ),
        (
            "PUT",
            f"{VTEX_ORDER}/start-handling",
            "/api/oms/pvt/orders/1172452900788-01/start-handling takes POST, not PUT",
        ),
        (
            "GET",
            "https://loja.vtexcommercebeta.com.br/api/oms/pvt/orders/1",
            "https://loja.vtexcommercebeta.com.br/api/oms/pvt/orders/1"
            " is not under https://{accountName}.{environment}.com.br",
        ),
    ],
)
def test_a_call_that_vtex_does_not_have(vtex_document, method, url, violation):
    assert vtex_document.violations(method, url, VTEX_HEADERS, None) == [violation]


def test_vtex_headers_left_out(vtex_document):
    assert vtex_document.violations("POST", f"{VTEX_ORDER}/start-handling", {}, None) == [
        "header Accept is required",
        "header Content-Type is required",
        "credentials are required:"
        " X-VTEX-API-AppKey with X-VTEX-API-AppToken or VtexIdclientAutCookie",
    ]


def test_vtex_credentials_by_half(vtex_document):
    half = {name: value for name, value in VTEX_HEADERS.items() if name != "X-VTEX-API-AppToken"}
    assert vtex_document.violations("GET", VTEX_ORDER, half, None) == [
        "credentials are required:"
        " X-VTEX-API-AppKey with X-VTEX-API-AppToken or VtexIdclientAutCookie",
    ]


def test_headers_whatever_their_case(vtex_document):
    lowered = {name.lower(): value for name, value in VTEX_HEADERS.items()}
    assert vtex_document.violations("GET", VTEX_ORDER, lowered, None) == []


@pytest.mark.parametrize(
    ("changes", "violation"),
    [
        ({"type": "Saida"}, "body.type: 'Saida' is not one of ['Output', 'Input']"),
        ({"type": ...}, "body: 'type' is a required property"),
        ({"invoiceValue": 15090}, "body.invoiceValue: 15090 is not of type 'string'"),
        ({"courier": None}, "body.courier: None is not of type 'string'"),
        ({"invoiceKeys": "35"}, "body: 'invoiceKeys' is not in the document"),
        (
            {"items": [{"id": "1", "price": "15090", "quantity": 1}]},
            "body.items[0].price: '15090' is not of type 'integer'",
        ),
        (
            {"items": [{"id": "1", "price": 15090}]},
            "body.items[0]: 'quantity' is a required property",
        ),
        (
            {"items": [{"id": "1", "price": 1, "quantity": 1, "sku": "1"}]},
            "body.items[0]: 'sku' is not in the document",
        ),
    ],
)
def test_a_body_that_vtex_does_not_take(vtex_document, changes, violation):
    assert invoice_violations(vtex_document, **changes) == [violation]


def test_null_where_vtex_says_nullable(vtex_document):
    assert invoice_violations(vtex_document, trackingUrl=None, invoiceKey=None) == []


def test_a_body_behind_references_is_followed_into_its_list(vtex_document):
    body = {"isDelivered": "true", "deliveredDate": None, "events": [{"city": "Rio"}]}
    url = f"{VTEX_ORDER}/invoice/987/tracking"
    assert vtex_document.violations("PUT", url, VTEX_HEADERS, as_json(body)) == [
        "body.events[0]: 'date' is a required property",
        "body.events[0]: 'description' is a required property",
        "body.events[0]: 'state' is a required property",
        "body.isDelivered: 'true' is not of type 'boolean'",
    ]


@pytest.mark.parametrize(
    ("path", "content_type", "body", "violation"),
    [
        ("/invoice", "application/json", None, "body is required"),
        ("/invoice", "application/json", b"", "body is required"),
        (
            "/invoice",
            "application/json",
            b'{"type"',
            "body is not JSON: Expecting ':' delimiter: line 1 column 8 (char 7)",
        ),
        (
            "/invoice",
            "application/xml",
            b"<nfeProc/>",
            "content type application/xml is not one of application/json",
        ),
        ("/invoice", "application/json", b"[]", "body: [] is not of type 'object'"),
        (
            "/start-handling",
            "application/json",
            b"{}",
            "body is sent, but the document has none",
        ),
    ],
)
def test_a_body_of_the_wrong_kind(vtex_document, path, content_type, body, violation):
    headers = {**VTEX_HEADERS, "Content-Type": content_type}
    found = vtex_document.violations("POST", VTEX_ORDER + path, headers, body)
    assert found == [violation]


# Adobe Commerce: Swagger 2.0


def test_adobe_requests_as_the_document_has_them(adobe_document):
    search = (
        "/orders?searchCriteria[filterGroups][0][filters][0][field]=increment_id"
        "&searchCriteria%5BfilterGroups%5D%5B1%5D%5Bfilters%5D%5B0%5D%5Bvalue%5D=000000012"
        "&searchCriteria[pageSize]=1&fields=items[entity_id]"
    )
    comment = {"statusHistory": {**COMMENT, "status": "complete"}}
    shipment = {"notify": True, "tracks": [TRACK]}
    sent = [
        ("GET", search, None),
        ("POST", "/orders/5/hold", None),
        ("POST", "/orders/5/comments", comment),
        ("POST", "/order/5/ship", shipment),
        ("POST", "/order/5/invoice", None),
    ]
    found = [
        adobe_document.violations(method, ADOBE + path, JSON, body and as_json(body))
        for method, path, body in sent
    ]
    assert found == [[], [], [], [], []]


@pytest.mark.parametrize(
    ("method", "path", "violations"),
    [
        ("GET", "/orders/VT-5/statuses", ["path parameter id: 'VT-5' is not of type 'integer'"]),
        ("GET", "/orders?field=items", ["query parameter field is not in the document"]),
        (
            "GET",
            "/orders?searchCriteria[filter_groups][0][filters][0][value]=12",
            [
                "query parameter searchCriteria[filter_groups][0][filters][0][value]"
                " is not in the document"
            ],
        ),
        (
            "GET",
            "/shipments?searchCriteria[pageSize]=all",
            ["query parameter searchCriteria[pageSize]: 'all' is not of type 'integer'"],
        ),
        ("POST", "/orders/5/comments", ["body is required"]),
        ("DELETE", "/orders/5", ["/V1/orders/5 takes GET, PUT, not DELETE"]),
        ("POST", "/orders/5/holds", ["path /V1/orders/5/holds is not in the document"]),
    ],
)
def test_a_call_that_adobe_does_not_have(adobe_document, method, path, violations):
    assert adobe_document.violations(method, ADOBE + path, JSON, None) == violations


@pytest.mark.parametrize(
    ("changes", "violation"),
    [
        ({"is_customer_notified": True}, "is_customer_notified: True is not of type 'integer'"),
        ({"parent_id": "5"}, "parent_id: '5' is not of type 'integer'"),
        ({"status": None}, "status: None is not of type 'string'"),
    ],
)
def test_a_comment_that_adobe_does_not_take(adobe_document, changes, violation):
    body = as_json({"statusHistory": {**COMMENT, **changes}})
    found = adobe_document.violations("POST", f"{ADOBE}/orders/5/comments", JSON, body)
    assert found == [f"body.statusHistory.{violation}"]


def test_adobes_extension_attributes_are_open_where_it_lists_none(adobe_document):
    url = f"{ADOBE}/order/5/ship"
    open_ones = {"tracks": [{**TRACK, "extension_attributes": {"nfe_key": "35"}}]}
    assert adobe_document.violations("POST", url, JSON, as_json(open_ones)) == []
    closed = {"arguments": {"extension_attributes": {"source": "loja-sp"}}}
    assert adobe_document.violations("POST", url, JSON, as_json(closed)) == [
        "body.arguments.extension_attributes: 'source' is not in the document"
    ]


def test_an_xml_body_is_not_passed_unchecked(adobe_document):
    found = adobe_document.violations(
        "POST", f"{ADOBE}/order/5/ship", {"Content-Type": "application/xml"}, b"<request/>"
    )
    assert found == ["body of application/xml is not checked"]


def test_the_more_literal_path_stands_for_a_request(adobe_document):
    operation = adobe_document.operation("GET", f"{ADOBE}/orders/items?searchCriteria[pageSize]=1")
    assert str(operation) == "GET /V1/orders/items"


def test_two_paths_alike_but_for_their_placeholder(adobe_document):
    operations = [
        adobe_document.operation(method, f"{ADOBE}/orders/5") for method in ("GET", "PUT")
    ]
    assert list(map(str, operations)) == ["GET /V1/orders/{id}", "PUT /V1/orders/{parent_id}"]


# What a document may say that these two do not say of our calls


def small_document(operation: Mapping[str, Any], **path_item: Any) -> VendorDocument:
    contents = {
        "servers": [{"url": "https://api.example/{version}"}],
        "paths": {"/orders/{id}": {"post": operation, **path_item}},
        "components": {
            "parameters": {"reason": {"name": "reason", "in": "query", "required": True}}
        },
    }
    return VendorDocument(contents)


def small_body(schema: Mapping[str, Any], body: object) -> list[str]:
    document = small_document(
        {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    )
    return document.violations("POST", "https://api.example/v2/orders/5", JSON, as_json(body))


def test_parameters_of_the_path_and_by_reference():
    shared = [
        {"$ref": "#/components/parameters/reason"},
        {"name": "X-Tenant", "in": "header", "required": True},
    ]
    document = small_document({}, parameters=shared)
    assert document.violations("POST", "https://api.example/v2/orders/5", {}, None) == [
        "query parameter reason is required",
        "header X-Tenant is required",
    ]


@pytest.mark.parametrize(
    ("additional", "violations"),
    [
        (True, []),
        ({"type": "string"}, []),
        ({"type": "integer"}, ["body.colour: 'red' is not of type 'integer'"]),
        (
            False,
            ["body: Additional properties are not allowed ('colour' was unexpected)"],
        ),
    ],
)
def test_properties_beyond_the_listed_where_the_schema_speaks_of_them(additional, violations):
    schema = {"properties": {"id": {}}, "additionalProperties": additional}
    assert small_body(schema, {"id": 1, "colour": "red"}) == violations


def test_a_schema_that_lists_no_properties_is_open():
    assert small_body({"type": "object"}, {"colour": "red"}) == []


def test_a_schema_put_together_from_others_is_not_guessed_at():
    with pytest.raises(UnreadableSchema, match="a schema of allOf cannot be judged here"):
        small_body({"allOf": [{"required": ["id"]}]}, {"id": 1})


# Where the documents are


def test_documents_are_in_the_folder_that_the_environment_names(monkeypatch, tmp_path):
    monkeypatch.setenv("VENDOR_DOCUMENTS_DIR", str(tmp_path))
    assert document_path("a.json") == tmp_path / "a.json"


def test_documents_are_beside_the_repository_otherwise(monkeypatch, pytestconfig):
    monkeypatch.delenv("VENDOR_DOCUMENTS_DIR", raising=False)
    expected = pytestconfig.rootpath.parent / "shared" / "openapi" / "a.json"
    assert document_path("a.json") == expected


# Answers


def test_an_answer_with_the_fields_that_were_asked_for(adobe_document):
    shipments = adobe_document.operation("GET", f"{ADOBE}/shipments").description
    schema = shipments["responses"]["200"]["schema"]
    fields = "items[entity_id,tracks[track_number,qty]],total_count"
    assert described_answer(adobe_document.contents, schema, fields) == {
        "items": [{"entity_id": 1, "tracks": [{"track_number": "text", "qty": 1.5}]}],
        "total_count": 1,
    }


def test_an_answer_has_no_field_that_is_not_described(adobe_document):
    schema = {"$ref": "#/definitions/sales-data-order-interface"}
    with pytest.raises(KeyError, match="entity"):
        described_answer(adobe_document.contents, schema, "status,entity")
