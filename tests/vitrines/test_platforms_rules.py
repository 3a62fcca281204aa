"""Rules over answers, as platforms really answer."""

from dataclasses import replace

import jmespath
import pytest

from tests.platform_samples import sample_context
from vitrines.platforms.parts import XPathRule
from vitrines.platforms.rule_checks import RuleError, check_rule
from vitrines.platforms.rules import Answer, find, holds, words
from vitrines.platforms.scope import Scope

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


# What the templates of the request could read


def told(body, **changes):
    """An answer to a request that was made for the sample order."""
    context = sample_context(captured={"receipt": "r-1", "lines": [{"id": 1}]}, **changes)
    return Answer(200, {}, body, context=context)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("body.status == mapping.platform_status", True),
        ("body.id == captured.receipt", False),
        ("length(captured.lines) == `1`", True),
        ("event.occurred_at == '2026-11-23T02:30:00+00:00'", True),
        ("contains(trackings[*].code, body.code)", True),
        ("invoice.xml_bytes", False),
        # What was answered stands before what was asked with.
        ("status == `200`", True),
    ],
)
def test_jmespath_reads_what_the_request_was_made_of(rule, expected):
    check_rule(rule, Scope(captured=frozenset({"receipt", "lines"})))
    assert holds(rule, told('{"status": "SHIPPED", "code": "QB123456789BR"}')) is expected


@pytest.mark.parametrize(
    ("xpath", "expected"),
    [
        ("/r/status = $mapping.platform_status", True),
        ("/r/status != $mapping.platform_status", False),
        ("$status = 200 and /r/n = $order.number", True),
        ("/r/n + 0 = $order.status", False),
        ("$tracking.delivered", False),
        ("$order.total > 150", True),
        ("starts-with($event.occurred_at, '2026-11')", True),
        ("$captured.receipt = 'r-1' and '$order.nothing' != ''", True),
        ("$captured.missing = ''", True),
        ("$captured.lines = ''", True),
        ("$item = ''", True),
    ],
)
def test_xpath_reads_what_the_request_was_made_of(xpath, expected):
    scope = Scope(captured=frozenset({"receipt", "missing", "lines"})).with_local("item")
    check_rule(XPathRule(xpath=xpath), scope)
    answer = told("<r><status>SHIPPED</status><n>12345</n></r>")
    assert holds(XPathRule(xpath=xpath), answer) is expected


def test_xpath_takes_a_text_that_xml_cannot_hold():
    context = sample_context()["order"] | {"number": "1\x002\x0b3"}
    assert holds(XPathRule(xpath="$order.number = '123'"), told("<r/>", order=context))


@pytest.mark.parametrize(
    ("rule", "line", "reason"),
    [
        ("boddy.ok", 0, "unknown name 'boddy' (known: body, headers, status, order, "),
        ("status == `200` && errors[0].message", 0, "unknown name 'errors'"),
        ("length(erros) > `0`", 0, "unknown name 'erros'"),
        ("(@.boddy || body.x)", 0, "unknown name 'boddy'"),
        ("[body.a, bdy.b]", 0, "unknown name 'bdy'"),
        ("body.items[?id == `1`] || items", 0, "unknown name 'items'"),
        ("body.status == mapping.word", 0, "'mapping' has no 'word' (it has: "),
        ("body.ok == true", 0, "write `true`, with backticks"),
        ("body.ok == `true`\n && )", 2, "invalid token: Parse error at column 22"),
        ("status == `200` && !body.errors", 0, "write !(body.x): without brackets, !body.x is"),
        ("!body.errors[0]", 0, "write !(body.x)"),
        ("!body.data.*.problems[]", 0, "write !(body.x)"),
        ("containz(body.a, 'x')", 0, "there is no function 'containz' (known: abs, avg, "),
        ("contains(body.a)", 0, "contains() takes 2 arguments, not 1"),
        (XPathRule(xpath="//a["), 0, "Invalid expression"),
        (XPathRule(xpath="//n:a"), 0, "Undefined namespace prefix"),
        (XPathRule(xpath="contians(/r, 'x')"), 0, "Unregistered function"),
        (XPathRule(xpath="$order.nunber = 1"), 0, "'order' has no 'nunber'"),
        (XPathRule(xpath="$boddy = 1"), 0, "unknown name 'boddy'"),
        (XPathRule(xpath="$order = 1"), 0, "$order is no single value; write $order.<field>"),
        (XPathRule(xpath="$secrets.token = 1"), 0, "secrets may be used in auth and headers only"),
    ],
)
def test_rule_that_could_never_fit_is_refused(rule, line, reason):
    with pytest.raises(RuleError) as error:
        check_rule(rule, Scope())
    assert reason in str(error.value)
    assert error.value.line == line


@pytest.mark.parametrize(
    "rule",
    [
        "body",
        "@",
        "!(body.errors) && !contains(body.codes, 'x') && !(body.data.*.problems[])",
        "body == null",
        "body.items[?code == 'x' && length(parts) > `0`].name | [0]",
        "body.data.orderFulfill.{a: id, b: userErrors[0].message}",
        "sort_by(body.list, &at)[-1].id",
        "body.list[].{code: id, label: name}",
        "map(&join('', ['a', @]), body.codes)",
        "not_null(body.message, body.error.message)",
        "values(body)[0]",
        "body | message",
        'body."odd-name".x',
        'headers."content-type"',
        "to_array(body.errors)[*].message",
        "body[?@ > `1`]",
        " || ".join(f"(contains(['a', 'b', 'c'], body.code{n}) && 'Text {n}')" for n in range(40)),
    ],
)
def test_rule_as_platforms_need_them_is_taken(rule):
    check_rule(rule, Scope())


ITEM = Scope(params=frozenset({"id"}), captured=frozenset({"id"})).with_item("trackings")


@pytest.mark.parametrize(
    ("rule", "written"),
    [
        ("body.items[?code == item.code]", "item.code"),
        ("body.items[?code == item]", "item"),
        ("length(body.items[?contains([code, alias], item.code)]) > `0`", "item.code"),
        ("body.data.*.edges[] | [?node.id == captured.id]", "captured.id"),
        ("body.items[?status == mapping.platform_status && !(done)]", "mapping.platform_status"),
        ("body.items[?order.status == 'x']", "order.status"),
        ("body.items[?id == body.last]", "body.last"),
        ("body.items[].{id: id, code: item.code}", "item.code"),
        ("body.items[].contains(codes, item.code)", "item.code"),
        ("map(&[id, params.id], body.items)", "params.id"),
        ("trackings[?code != item.code]", "item.code"),
        ("body.items | contains(@, item.code)", "item.code"),
    ],
)
def test_rule_that_reads_our_names_of_an_element_is_refused(rule, written):
    with pytest.raises(RuleError) as error:
        check_rule(rule, ITEM)
    assert str(error.value) == (
        f"not a valid rule: '{written}' is read of each element here, not of what surrounds it: "
        "write contains(body.items[].code, item.code) in place of body.items[?code == item.code], "
        f"or @.{written} for a field of the element"
    )


@pytest.mark.parametrize(
    "rule",
    [
        "contains(body.items[].code, item.code)",
        "body.items[?@.item.code == 'x' && @.item != `null`]",
        "body.items[].tracking.code",
        "body.items[*].tracking[0].code | [0]",
        "body.items[].order[].item.*.code",
        "body.items[?status == 'x' && body == 'y' && event == 'z'].order.id",
        "body.items[?code == 'x'] && item.code",
        "body.items[].{order: order, code: @.tracking.code}",
        "body | order.id",
    ],
)
def test_field_of_an_element_that_is_called_like_one_of_ours_is_taken(rule):
    check_rule(rule, ITEM)


def test_item_is_a_field_like_others_where_nothing_is_repeated():
    check_rule("body.items[?item == 'x' || item.code == 'y']", Scope())


# A rule is given of the context only what it reads: it must find what it would find in all of it.

READ = [
    "join(' ', [to_string(invoice.number), tracking.code || tracking.url])",
    "invoice.items[].code",
    "invoice.items[?number > `1`].code",
    "trackings[?code != 'x'].code | [0]",
    "trackings[*].{c: code, u: url}",
    "[order.number, order.total, mapping.platform_status]",
    "{a: order.number, b: event.kind}",
    "to_string(vitrine)",
    "keys(order)",
    "order.*",
    "order | number",
    "vitrine && captured.a",
    "length(@)",
    "*.number",
    "@.order.number",
    "@ | order.number",
    "not_null(captured.b, params.base_url, order.nothing)",
    "sort_by(trackings, &code)[0].code",
    "map(&number, invoice.items)",
    "contains(body.items[].code, order.number)",
    "body.items[?code == '12345'].order.number",
    "body.{mine: order, its: number}",
    "`1`",
]


@pytest.mark.parametrize("rule", READ)
def test_rule_finds_in_what_it_is_given_what_is_in_all(rule):
    said = '{"items": [{"code": "12345", "order": {"number": 1}}], "order": 2, "number": 3}'
    context = sample_context(
        captured={"a": 1}, params={"base_url": "b"}, trackings=[{"code": "a", "url": "u"}] * 2
    )
    answer = Answer(200, {"x": "y"}, said, context=context)
    assert find(rule, answer) == jmespath.search(rule, answer.data(None))


def test_xml_of_a_note_is_not_read_for_a_rule_that_asks_for_its_number():
    class Note(dict):
        def __getitem__(self, name):
            assert name == "number"
            return 987

    answer = Answer(200, context={"invoice": Note(number=0, items=0)})
    assert find("invoice.number", answer) == 987
    assert find(XPathRule(xpath="string($invoice.number)"), replace(answer, text="<r/>")) == "987"
