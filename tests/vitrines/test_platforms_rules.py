"""Rules over answers, as platforms really answer."""

import pytest

from vitrines.platforms.parts import XPathRule
from vitrines.platforms.rules import Answer, find, holds, words

LINX_OK = Answer(200, {"content-type": "application/json"}, '{"IsValid": true, "Errors": []}')
LINX_NO = Answer(
    200,
    {},
    '{"IsValid": false, "Errors": [{"ErrorMessage": "Pedido  não encontrado", "ErrorCode": null},'
    ' {"ErrorMessage": "Fluxo inválido"}], "Warnings": []}',
)
XML_OK = Answer(200, {}, '<?xml version="1.0" encoding="ISO-8859-1"?><r><ok>S</ok><id>7</id></r>')
NOTHING = Answer(204)
HTML = Answer(200, {"content-type": "text/html"}, "<html><br></html>")


@pytest.mark.parametrize(
    ("rule", "answer", "expected"),
    [
        ("body.IsValid", LINX_OK, True),
        ("body.IsValid", LINX_NO, False),
        ("status == `200` && body.IsValid != `false`", LINX_OK, True),
        ("status == `200` && body.IsValid != `false`", LINX_NO, False),
        ("status == `204`", NOTHING, True),
        ("body == null", NOTHING, True),
        ("body", NOTHING, False),
        ("headers.\"content-type\" == 'application/json'", LINX_OK, True),
        # Does not fit the answer: finds nothing, never raises.
        ("contains(body.missing, 'x')", LINX_OK, False),
        ("body.IsValid", HTML, False),
        (XPathRule(xpath="$status = 200 and /r/ok = 'S'"), XML_OK, True),
        (XPathRule(xpath="$status = 201 and /r/ok = 'S'"), XML_OK, False),
        (XPathRule(xpath="/r/erro"), XML_OK, False),
        (XPathRule(xpath="/r/ok"), LINX_OK, False),
        (XPathRule(xpath="/r/ok"), HTML, False),
        (XPathRule(xpath="/r/ok"), NOTHING, False),
    ],
)
def test_holds(rule, answer, expected):
    assert holds(rule, answer) is expected


@pytest.mark.parametrize(
    ("rule", "answer", "expected"),
    [
        ("body.Errors[*].ErrorMessage", LINX_NO, "Pedido não encontrado; Fluxo inválido"),
        ("body.Errors[*].ErrorMessage", LINX_OK, ""),
        ("body.Errors[0]", LINX_NO, '{"ErrorMessage": "Pedido não encontrado", "ErrorCode": null}'),
        ("body.nothing", HTML, ""),
        (XPathRule(xpath="/r/*"), XML_OK, "S; 7"),
        (XPathRule(xpath="string(/r/id)"), XML_OK, "7"),
    ],
)
def test_words(rule, answer, expected):
    assert words(rule, answer) == expected


@pytest.mark.parametrize(
    ("rule", "answer", "expected"),
    [
        ("body.Errors[0].ErrorMessage", LINX_NO, "Pedido  não encontrado"),
        ("body.Errors", LINX_OK, []),
        (XPathRule(xpath="/r/id"), XML_OK, "7"),
        (XPathRule(xpath="number(/r/id)"), XML_OK, 7.0),
        (XPathRule(xpath="/r/*"), XML_OK, ["S", "7"]),
        (XPathRule(xpath="/r/none"), XML_OK, None),
        (
            XPathRule(xpath="//n:id", namespaces={"n": "urn:x"}),
            Answer(200, {}, '<a xmlns="urn:x"><id>9</id></a>'),
            "9",
        ),
    ],
)
def test_find(rule, answer, expected):
    assert find(rule, answer) == expected


def test_xml_with_a_doctype_is_not_read():
    bomb = '<!DOCTYPE a [<!ENTITY e "x">]><a><ok>&e;</ok></a>'
    assert Answer(200, {}, bomb).document is None


def test_deeply_nested_json_is_text():
    nested = "[" * 100_000
    assert Answer(200, {}, nested).body == nested
