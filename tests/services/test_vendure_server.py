"""The Vendure that we send to is a real one: it sells, and its staff sees what it sold."""

import pytest
import requests

from tests.services.vendure_shop import ITEMS, Refused

pytestmark = pytest.mark.services

NOT_ALLOWED = "You are not currently authorized to perform this action"


def test_server_is_healthy_on_loopback(vendure):
    assert vendure.base_url.startswith("http://127.0.0.1:")
    assert requests.get(f"{vendure.base_url}/health", timeout=5).json() == {"status": "ok"}


def test_paid_order_is_seen_by_the_staff(vendure, staff):
    code = vendure.place_order()
    order = staff.order(code)
    assert (order.code, order.state) == (code, "PaymentSettled")
    assert [quantity for _, quantity in order.lines] == [quantity for _, quantity in ITEMS]
    assert (order.fulfillments, order.notes) == ([], [])


def test_each_order_has_a_code_of_its_own(vendure):
    assert vendure.place_order() != vendure.place_order()


def test_api_key_alone_authorises(vendure, api_key):
    code = vendure.place_order()
    assert vendure.staff_with_key(api_key).order(code).state == "PaymentSettled"


def test_wrong_api_key_is_refused_with_http_200(vendure):
    code = vendure.place_order()
    with pytest.raises(Refused) as refusal:
        vendure.staff_with_key("errada").order(code)
    assert str(refusal.value).startswith(f"HTTP 200: {{'errors': [{{'message': '{NOT_ALLOWED}'")
