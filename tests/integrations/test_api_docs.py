"""The API's own documentation: for people with a login, complete, and with no address outside."""

import json

import pytest

from tests.integrations.caller import Caller, mapped_vitrine

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller():
    return Caller(mapped_vitrine())


@pytest.mark.parametrize("path", ["docs", "openapi.json"])
def test_documentation_needs_a_login(client, caller, path):
    assert client.get(f"/api/v1/{path}")["Location"] == f"/entrar/?next=/api/v1/{path}"
    assert caller.get(path).status_code == 302


def test_documentation_names_nothing_outside(admin_client):
    page = admin_client.get("/api/v1/docs").content.decode()
    assert "http://" not in page
    assert "https://" not in page
    assert '"validatorUrl": null' in page


def test_openapi_describes_every_body_and_error(admin_client):
    document = json.loads(admin_client.get("/api/v1/openapi.json").content)
    assert sorted(document["paths"]) == [
        "/api/v1/events",
        "/api/v1/events/batch",
        "/api/v1/invoices",
        "/api/v1/orders",
        "/api/v1/orders/batch",
        "/api/v1/orders/{vitrine}/{number}",
    ]
    schemas = document["components"]["schemas"]
    references = set(_references(document))
    assert references <= {f"#/components/schemas/{name}" for name in schemas}
    body = document["paths"]["/api/v1/events"]["post"]["requestBody"]
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/EventIn"}
    assert "413" in document["paths"]["/api/v1/orders/batch"]["post"]["responses"]


def _references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
