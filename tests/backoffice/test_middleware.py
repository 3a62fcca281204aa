"""What holds for every address."""

import pytest
from django.test import Client

from tests.factories import make_vitrine
from tests.integrations.caller import Caller
from tests.people import client_of, make_superuser, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address", ["/vitrines/a%00b/", "/vitrines/?q=%00", "/admin/vitrines/vitrine/?platform=%00"]
)
def test_address_with_a_nul_is_refused(address):
    response = signed_in(make_superuser()).get(address)
    assert response.status_code == 400
    assert "Content-Security-Policy" in response


def test_api_refuses_a_nul_in_its_own_words():
    response = Caller(make_vitrine()).get("orders/LOJA-SP/%00")
    assert (response.status_code, response.json()["code"]) == (404, "order_unknown")


@pytest.mark.parametrize("address", ["/", "/vitrines/", "/pedidos/", "/api/v1/openapi.json"])
def test_page_of_a_signed_in_person_is_kept_by_nobody(address):
    response = client_of("Consulta").get(address)
    assert response["Cache-Control"] == "private, no-store"


def test_view_that_says_how_it_is_kept_is_left_alone():
    assert "max-age=0" in client_of("Administração").get("/tokens/emitir/")["Cache-Control"]
    assert "Cache-Control" not in Client().get("/healthz")
