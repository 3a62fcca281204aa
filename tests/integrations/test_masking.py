"""What is stored of a request and its answer: no secret in any of its forms."""

import base64
import html
import json
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from integrations.delivery.masking import BODY_LENGTH, Masker, clean, clean_json
from vitrines.secrets import MASK

SECRET = 'p@ss "wörd" <&+/=\\'
FORMS = {
    "as it is": SECRET,
    "in a URL": quote(SECRET, safe=""),
    "in a path": quote(SECRET),
    "in a form": quote_plus(SECRET),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "URL-safe base64": base64.urlsafe_b64encode(SECRET.encode()).decode(),
    "in JSON": json.dumps(SECRET)[1:-1],
    "in JSON with accents": json.dumps(SECRET, ensure_ascii=False)[1:-1],
    "in PHP's JSON": json.dumps(SECRET)[1:-1].replace("/", "\\/"),
    "in a URL with small letters": "p%40ss%20%22w%c3%b6rd%22%20%3c%26%2b%2f%3d%5c",
    "in an address inside an address": quote(quote(SECRET, safe=""), safe=""),
    "in XML": escape(SECRET),
    "in an XML attribute": escape(SECRET, {'"': "&quot;"}),
    "in JSON inside JSON": json.dumps(json.dumps(SECRET)[1:-1])[1:-1],
    "on a page": html.escape(SECRET),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_secret_is_masked_in_each_form(form):
    assert Masker([SECRET]).text(f"a {form} b") == f"a {MASK} b"


@pytest.mark.parametrize("before", ["", "u", "u:", "u:x"])
def test_secret_inside_a_longer_base64_leaves_nothing_to_decode(before):
    masked = Masker([SECRET]).text(base64.b64encode(f"{before}{SECRET}!".encode()).decode())
    assert MASK in masked
    assert len(masked) <= len(MASK) + 8


def test_secret_inside_another_leaves_no_rest():
    assert Masker(["abc", "abcdef"]).text("abcdef abc") == f"{MASK} {MASK}"


def test_empty_secret_masks_nothing():
    assert Masker(["", "x"]).text("a b") == "a b"


@given(st.text(min_size=3).filter(lambda text: text == clean(text) and MASK not in text))
def test_no_secret_survives(secret):
    body = json.dumps({"echo": secret}) + quote(secret) + secret
    masked = Masker([secret]).text(body)
    assert secret not in masked or secret in MASK


def test_body_is_masked_before_it_is_cut():
    body = "x" * (BODY_LENGTH - 3) + "secret-token" + "y" * 10
    masked = Masker(["secret-token"]).body(body)
    assert masked == (
        "x" * (BODY_LENGTH - 3) + MASK[:3] + f"… [cortado; {BODY_LENGTH + 13} caracteres ao todo]"
    )


def test_short_body_is_whole():
    assert Masker([]).body("x" * BODY_LENGTH) == "x" * BODY_LENGTH
    assert Masker([]).body(None) is None
    assert Masker([]).body(b"\xff") == "\ufffd"


def test_sensitive_headers_are_masked_by_name_and_others_by_value():
    headers = [
        ("Authorization", "Basic abc"),
        ("Cookie", "a=1"),
        ("set-cookie", "a=1"),
        ("X-Api-Key", "k-1"),
        ("X-Other", "v"),
    ]
    assert Masker(["k-1"]).headers(headers) == {
        "Authorization": MASK,
        "Cookie": MASK,
        "set-cookie": MASK,
        "X-Api-Key": MASK,
        "X-Other": "v",
    }


def in_lxml(text, *, attribute):
    element = etree.Element("a", b=text) if attribute else etree.Element("a")
    element.text = None if attribute else text
    return etree.tostring(element, encoding="unicode")


@pytest.mark.parametrize(
    "written",
    [
        lambda xml: xml,
        lambda xml: json.dumps({"XML": xml}),
        lambda xml: json.dumps({"XML": xml}, ensure_ascii=False),
        escape,
        lambda xml: base64.b64encode(xml.encode()).decode(),
        lambda xml: json.dumps({"XML": json.dumps({"XML": xml})}),
        lambda xml: in_lxml(xml, attribute=False),
        lambda xml: in_lxml(xml, attribute=True),
    ],
)
def test_invoice_xml_is_not_kept_a_second_time(written):
    xml = '<?xml version="1.0"?>\r\n<nfeProc>\n\t<CPF>12345678909</CPF>João</nfeProc>\r\n'
    masked = Masker([], invoice_xml=xml).text(written(xml))
    assert f"[XML da NF-e, {len(xml)} caracteres]" in masked
    assert "12345678909" not in masked


def test_text_that_no_database_stores_is_replaced():
    assert clean("a\x00b\x1bc\x7fd\ud800e\tf\r\n") == "a\ufffdb\ufffdc\ufffdd\ufffde\tf\r\n"
    assert clean_json({"k\x00": ["\x00", 1, 1.5, float("inf"), None, {"a": "\ud800"}]}) == {
        "k\ufffd": ["\ufffd", 1, 1.5, None, None, {"a": "\ufffd"}]
    }
