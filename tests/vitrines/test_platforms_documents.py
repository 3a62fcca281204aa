"""Bodies: whatever a value holds, the document keeps the shape its author gave it."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.platform_samples import INVOICE_XML, sample_context
from vitrines.platforms.documents import parse_document
from vitrines.platforms.language import RenderError
from vitrines.platforms.scope import Scope, TemplateError

SCOPE = Scope(params=frozenset({"field"}), captured=frozenset({"value", "other"}))

#: What a hostile platform or a careless clerk could put in a field.
hostile_text = st.text() | st.sampled_from(
    ['","x":"', "</a><b>", "]]>", "&amp;", "a=1&b=2", "\r\nX: y", "{{ secrets }}", "\x00", "\\"]
)


def rendered(kind, source, **captured):
    context = sample_context(captured=captured, params={"field": captured.pop("field", "")})
    return parse_document(kind, source, SCOPE).render(context)


def as_json(source, **captured):
    return json.loads(rendered("json", source, **captured))


# JSON


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        (7, 7),
        (1.5, 1.5),
        (True, True),
        (None, None),
        (Decimal("10.90"), "10.90"),
        (datetime(2026, 11, 23, 14, 2, 5, 999, tzinfo=UTC), "2026-11-23T14:02:05+00:00"),
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
    ],
)
def test_json_leaf_of_one_expression_keeps_its_type(value, expected):
    assert as_json('{"x": "{{ captured.value }}"}', value=value) == {"x": expected}


def test_json_leaf_with_other_text_is_text():
    assert as_json('{"x": "#{{ captured.value }}"}', value=7) == {"x": "#7"}


def test_json_constants_and_nesting_stay():
    source = '{"a": 1, "b": [true, null, {"c": "{{ captured.value }}"}], "d": {}, "e": []}'
    expected = {"a": 1, "b": [True, None, {"c": "v"}], "d": {}, "e": []}
    assert as_json(source, value="v") == expected


def test_json_omits_empty_members_and_what_they_leave_empty():
    source = """{
        "number": "{{ captured.value | omit_if_empty }}",
        "tracking": {"code": "{{ captured.value | omit_if_empty }}"},
        "list": ["{{ captured.value | omit_if_empty }}"],
        "literal": {}
    }"""
    assert as_json(source, value="") == {"literal": {}}
    assert as_json(source, value="A") == {
        "number": "A",
        "tracking": {"code": "A"},
        "list": ["A"],
        "literal": {},
    }


def test_json_key_from_a_parameter():
    source = '{"OrderID": 1, "{{ params.field }}": "{{ captured.value }}"}'
    assert as_json(source, field="OrderStatusID", value="7") == {"OrderID": 1, "OrderStatusID": "7"}


def test_json_member_with_an_empty_key_is_left_out():
    assert as_json('{"a": 1, "{{ params.field }}": "{{ captured.value }}"}', field="") == {"a": 1}


def test_json_key_never_replaces_another():
    with pytest.raises(RenderError, match="O corpo JSON teria o campo “OrderID” duas vezes"):
        rendered("json", '{"OrderID": 1, "{{ params.field }}": 2}', field="OrderID")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", {1, 2}])
def test_json_refuses_what_json_cannot_hold(value):
    with pytest.raises(RenderError, match=r"captured\.value"):
        rendered("json", '{"x": "{{ captured.value }}"}', value=value)


def test_json_refuses_half_a_surrogate_pair():
    with pytest.raises(RenderError, match="não existe em UTF-8"):
        rendered("json", '{"x": "{{ captured.value }}"}', value="\ud800")


@given(value=hostile_text, other=hostile_text)
def test_json_keeps_its_shape(value, other):
    source = '{"a": "{{ captured.value }}", "b": ["x{{ captured.other }}"], "c": {"d": 1}}'
    assert as_json(source, value=value, other=other) == {
        "a": value,
        "b": [f"x{other}"],
        "c": {"d": 1},
    }


# XML


def as_xml(source, **captured):
    return etree.fromstring(rendered("xml", source, **captured))


legal_xml_text = st.text(
    st.characters(
        codec="utf-8", exclude_characters="\x7f\ufffe\uffff", exclude_categories=["Cs", "Cc"]
    )
)


@given(value=legal_xml_text, other=legal_xml_text)
def test_xml_keeps_its_elements(value, other):
    source = '<o id="{{ captured.value }}"><a>x{{ captured.other }}</a><b/></o>'
    root = as_xml(source, value=value, other=other)
    assert [element.tag for element in root.iter()] == ["o", "a", "b"]
    assert dict(root.attrib) == {"id": value}
    assert root.find("a").text == f"x{other}"


@pytest.mark.parametrize("illegal", ["\x00", "\x0b", "\x1f", "\ufffe", "\ud800"])
@pytest.mark.parametrize("source", ["<a>{{ captured.value }}</a>", '<a b="{{ captured.value }}"/>'])
def test_xml_says_where_an_illegal_character_is(source, illegal):
    with pytest.raises(RenderError) as error:
        rendered("xml", source, value=f"a{illegal}b")
    assert str(error.value) == (
        f"“{{{{ captured.value }}}}” contém o caractere U+{ord(illegal):04X}, "
        "que não pode existir em XML."
    )


def test_xml_is_utf8_with_its_declaration_and_namespaces():
    declaration = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    source = f'{declaration}<p:a xmlns:p="urn:x">ç{{{{ captured.value }}}}</p:a>'
    assert rendered("xml", source, value="ã").decode() == (
        "<?xml version='1.0' encoding='UTF-8'?>\n<p:a xmlns:p=\"urn:x\">çã</p:a>"
    )


def test_xml_omits_empty_elements_and_attributes_and_keeps_the_text_around():
    source = (
        '<o a="{{ captured.value | omit_if_empty }}">1<x>{{ captured.value | omit_if_empty }}</x>2'
        "<y/><z>{{ captured.value | omit_if_empty }}</z>3</o>"
    )
    assert rendered("xml", source, value="").endswith(b"<o>12<y/>3</o>")
    assert rendered("xml", source, value="v").endswith(b'<o a="v">1<x>v</x>2<y/><z>v</z>3</o>')


def test_xml_comments_and_instructions_go_and_hide_no_placeholder():
    source = "<o><!-- c -->{{ captured.value }}<?pi x?><a/><!-- {{ d }} -->{{ order.number }}</o>"
    assert rendered("xml", source, value="v").endswith(b"<o>v<a/>12345</o>")


def test_xml_document_inside_xml_is_text():
    root = as_xml("<o><nfe>{{ invoice.xml }}</nfe></o>")
    assert root.find("nfe").text == INVOICE_XML
    assert len(root.find("nfe")) == 0


def test_xml_entity_is_never_resolved():
    with pytest.raises(TemplateError, match="DOCTYPE"):
        parse_document(
            "xml", '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', SCOPE
        )


def test_xml_text_is_not_a_template_twice():
    root = as_xml("<a>{{ captured.value }}</a>", value="{{ order.number }}")
    assert root.text == "{{ order.number }}"


# Form and raw


@given(value=hostile_text.filter(lambda text: "\ud800" not in text), other=legal_xml_text)
def test_form_keeps_its_fields(value, other):
    source = "pedido={{ captured.value }}\n\nstatus=x{{ captured.other }}\n"
    body = rendered("form", source, value=value, other=other).decode()
    assert parse_qsl(body, keep_blank_values=True) == [("pedido", value), ("status", f"x{other}")]


def test_form_omits_empty_fields_and_takes_a_name_from_a_parameter():
    source = "{{ params.field }}=1\na={{ captured.value | omit_if_empty }}\nb=x=y"
    assert rendered("form", source, field="id", value="") == b"id=1&b=x%3Dy"
    assert rendered("form", source, field="", value="v") == b"a=v&b=x%3Dy"


def test_form_line_without_equals_is_refused():
    with pytest.raises(TemplateError, match="a form line is not name=value: just text"):
        parse_document("form", "a=1\njust text", SCOPE)


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview])
def test_raw_sends_bytes_as_they_are(wrap):
    raw = "\ufeff<nfeProc>São</nfeProc>\r\n".encode("utf-16")
    assert rendered("raw", "{{ captured.value }}", value=wrap(raw)) == raw


def test_raw_text():
    assert rendered("raw", "pedido {{ order.number }} ç") == "pedido 12345 ç".encode()


@pytest.mark.parametrize("empty", [None, b""])
def test_raw_without_bytes_names_the_placeholder(empty):
    with pytest.raises(RenderError, match=r"O modelo pede “{{ captured.value }}”"):
        rendered("raw", "{{ captured.value }}", value=empty)
