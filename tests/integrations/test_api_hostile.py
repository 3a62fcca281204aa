"""What a hostile or broken sender tries beyond the plain mistakes."""

import re
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Event
from tests.factories import make_order, make_user
from tests.integrations.caller import (
    SAMPLE_KEY,
    Caller,
    assert_refused,
    mapped_vitrine,
    payload,
    sample_nfe,
)
from vitrines.models import Order, Vitrine
from vitrines.orders import find_order

pytestmark = pytest.mark.django_db
INVALID = "Há campos inválidos; nada foi gravado."
UNSHOWABLE = "Contém caractere invisível ou um trecho . ou ..; confira o número."


@pytest.fixture
def caller():
    return Caller(mapped_vitrine())


class BrokenChunks(BytesIO):
    """What a server hands over for a chunked body whose chunk sizes make no sense."""

    def read(self, *_):
        raise Exception("Invalid chunk size")


def test_broken_chunk_gets_400(caller):
    response = caller.client.generic(
        "POST",
        "/api/v1/orders",
        b"zz",
        content_type="application/json",
        HTTP_TRANSFER_ENCODING="chunked",
        **{"wsgi.input": BrokenChunks(), "wsgi.input_terminated": True},
    )
    message = "O corpo não chegou inteiro. Envie de novo."
    assert_refused(response, 400, "unreadable_body", message, {})


@pytest.mark.parametrize("number", ["..", "a/../b", ".", "\u202e123", "\u200b", "a\u2028b"])
def test_order_number_that_no_page_can_show_is_refused(caller, number):
    response = caller.post("orders", payload("order", number=number))
    assert_refused(response, 422, "invalid", INVALID, {"number": UNSHOWABLE})

    response = caller.post("events", payload("event_reserved", order_number=number))
    assert_refused(response, 422, "invalid", INVALID, {"order_number": UNSHOWABLE})


@pytest.mark.parametrize(
    "number", ["a/b", "a//", "%2e%2e", "a b", "ção", "<b>", 'a"b', "VT-VT-5", "vt-VT-0007", "..."]
)
def test_order_of_any_other_number_is_found_wherever_it_is_named(caller, number):
    stored = caller.post("orders", payload("order", number=number)).json()["number"]
    page = Client()
    page.force_login(make_user(is_superuser=True))
    assert page.get(reverse("order_detail", args=["LOJA-SP", stored])).status_code == 200
    assert page.get("/buscar/", {"q": number}).status_code == 302
    assert find_order(Vitrine.objects.get(), number) == Order.objects.get()


def test_order_from_before_the_prefix_stays_one_order(caller):
    """It was stored as VT-5 while the vitrine had no prefix."""
    old = make_order(Vitrine.objects.get(), "VT-5")
    assert find_order(Vitrine.objects.get(), "VT-5") == old
    assert caller.post("orders", payload("order", number="VT-5")).status_code == 200
    assert Order.objects.get() == old


@pytest.mark.parametrize("hint", ["x" * 61, "a/../b", "a&#9;b", "&#8238;1"])
def test_note_whose_order_is_no_number_asks_for_it(caller, hint):
    unhinted = re.sub(rb"<compra>.*?</compra>", b"", sample_nfe(), flags=re.DOTALL)
    note = unhinted.replace(
        b"</infNFe>", b"<compra><xPed>%b</xPed></compra></infNFe>" % hint.encode()
    )
    told = "O pedido da nota (compra/xPed) não serve de número. Informe-o em ?order=."
    assert_refused(caller.invoice(note), 422, "invalid", INVALID, {"order": told})

    assert caller.invoice(note, "vitrine=LOJA-SP&order=VT-77").status_code == 201
    assert Event.objects.get(external_id=f"nfe:{SAMPLE_KEY}").order_number == "77"


@pytest.mark.parametrize(
    "url", ["https://a\u3000b/", "https://loja.example:99999999/", "https://a\u2028b/"]
)
def test_tracking_address_that_is_none_is_refused(caller, url):
    tracking = {"code": "SQ458226057BR", "url": url}
    response = caller.post("events", payload("event_tracking", tracking=tracking))
    told = {"tracking.url": "Deve ser um endereço http:// ou https:// completo."}
    assert_refused(response, 422, "invalid", INVALID, told)


def test_missing_platform_file_asks_to_send_again_later(caller):
    caller.post("orders", payload("order"))
    Vitrine.objects.update(platform="sem-arquivo")
    events = Event.objects.count()
    response = caller.post("events", payload("event_reserved"))
    assert (response.status_code, response.json()["code"]) == (503, "platform_missing")
    assert response["Retry-After"] == "300"
    assert Event.objects.count() == events


def test_order_stays_found_by_its_number_when_the_prefix_changes(caller):
    caller.post("orders", payload("order", number="VT-000100482"))
    Vitrine.objects.update(order_prefix="AB")
    vitrine = Vitrine.objects.get()
    assert find_order(vitrine, "100482") == find_order(vitrine, "AB-000100482") is not None
    assert find_order(vitrine, "VT-100482") is None
    orphan = caller.post("events", payload("event_reserved", order_number="VT-100482")).json()
    assert orphan["outcome"] == "orphan"
