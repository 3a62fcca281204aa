"""What is written once for each item of a list: objects, elements and form fields."""

import json

import pytest

from tests.platform_samples import sample_context
from vitrines.platforms.documents import parse_document, parse_graphql
from vitrines.platforms.language import MissingValue, RenderError
from vitrines.platforms.repetition import MOST_REPETITIONS
from vitrines.platforms.scope import Scope, TemplateError

SCOPE = Scope(captured=frozenset({"orders", "empty"}))
ORDERS = [
    {"id": 1, "lines": [{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 0}]},
    {"id": 2, "lines": [{"sku": "C", "quantity": None}]},
]
VOLUMES = [
    {**sample_context()["tracking"], "code": "QB1BR", "volume": "1"},
    {**sample_context()["tracking"], "code": "", "volume": "2"},
]


def rendered(kind, source, **captured):
    context = sample_context(captured={"orders": ORDERS, **captured}, trackings=VOLUMES)
    return parse_document(kind, source, SCOPE).render(context)


def as_json(source, **captured):
    return json.loads(rendered("json", source, **captured))


def as_xml(source, **captured):
    return rendered("xml", source, **captured).decode().partition("\n")[2]


# JSON


def test_json_object_stands_once_for_each_item_with_its_types():
    source = '{"lines": [{"_each": "captured.orders[0].lines", "sku": "{{ item.sku }}", '
    source += '"quantity": "{{ item.quantity }}", "order": "{{ order.number }}"}]}'
    assert as_json(source) == {
        "lines": [
            {"sku": "A", "quantity": 2, "order": "12345"},
            {"sku": "B", "quantity": 0, "order": "12345"},
        ]
    }


def test_json_inner_item_stands_before_the_outer_one():
    source = """[{"_each": "captured.orders", "id": "{{ item.id }}",
      "lines": [{"_each": "item.lines", "sku": "{{ item.sku }}"}]}]"""
    assert as_json(source) == [
        {"id": 1, "lines": [{"sku": "A"}, {"sku": "B"}]},
        {"id": 2, "lines": [{"sku": "C"}]},
    ]


def test_json_repeated_object_has_neighbours():
    source = '["first", {"_each": "trackings", "volume": "{{ item.volume }}"}, {"last": 1}]'
    assert as_json(source) == ["first", {"volume": "1"}, {"volume": "2"}, {"last": 1}]


def test_json_omits_inside_items_and_the_items_that_lose_everything():
    source = '{"codes": [{"_each": "trackings", "code": "{{ item.code | omit_if_empty }}"}]}'
    assert as_json(source) == {"codes": [{"code": "QB1BR"}]}


def test_json_empty_list_stays_an_empty_list_unless_it_is_to_be_omitted():
    source = '{{"a": 1, "list": [{{"_each": "captured.empty{}", "x": "{{{{ item }}}}"}}]}}'
    assert as_json(source.format(""), empty=[]) == {"a": 1, "list": []}
    assert as_json(source.format(" | omit_if_empty"), empty=[]) == {"a": 1}
    assert as_json(source.format(" | omit_if_empty"), empty=None) == {"a": 1}


def test_json_item_may_be_a_plain_value():
    source = '[{"_each": "captured.orders | pluck(\'id\')", "id": "{{ item }}"}]'
    assert as_json(source) == [{"id": 1}, {"id": 2}]


def test_graphql_variables_repeat_too():
    variables = '{"input": {"lines": [{"_each": "captured.orders", "id": "{{ item.id }}"}]}}'
    context = sample_context(captured={"orders": ORDERS})
    body = parse_graphql("mutation { x }", variables, SCOPE).render(context)
    assert json.loads(body) == {
        "query": "mutation { x }",
        "variables": {"input": {"lines": [{"id": 1}, {"id": 2}]}},
    }


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ('{"_each": "trackings"}', 1, "stands in an object of an array, once"),
        ('{\n"a": {\n"_each": "trackings"}}', 3, "stands in an object of an array, once"),
        ('[{"a": 1,\n"_each": "trackings"}]', 1, "is the first member of its object"),
        ('[{"_each": 7}]', 1, "is the first member of its object"),
        ('[{"_each": "trackings",\n"_each": "trackings"}]', 2, "stands in an object of an array"),
        ('[{"_each":\n"{{ trackings }}"}]', 2, "template syntax: "),
        ('[\n{"_each": "volumes"}]', 2, "unknown name 'volumes'"),
        ('[{"_each": "trackings",\n\n"a": "{{ item.cod }}"}]', 3, "'item' has no 'cod' (it has: "),
        ('[{"_each": "invoice.items",\n"a": "{{ item.sku }}"}]', 2, "'item' has no 'sku'"),
        ('[{"_each": "trackings"},\n{"a": "{{ item.code }}"}]', 2, "unknown name 'item'"),
    ],
)
def test_json_repetition_that_cannot_be_is_told_with_its_line(source, line, reason):
    with pytest.raises(TemplateError) as error:
        parse_document("json", source, SCOPE)
    assert reason in str(error.value)
    assert error.value.line == line


# XML


def test_xml_element_is_repeated_at_any_depth_and_loses_the_attribute():
    source = """<o><list>\
<v n="{{ item.volume }}" _each="trackings"><code>{{ item.code }}</code>{{ order.number }}</v>\
</list></o>"""
    assert as_xml(source) == (
        '<o><list><v n="1"><code>QB1BR</code>12345</v><v n="2"><code></code>12345</v></list></o>'
    )


def test_xml_inner_item_stands_before_the_outer_one_and_the_text_around_stays():
    source = (
        '<r>a<o _each="captured.orders" id="{{ item.id }}">'
        '<l _each="item.lines">{{ item.sku }}</l>-{{ item.id }}</o>{{ order.number }}</r>'
    )
    assert as_xml(source) == (
        '<r>a<o id="1"><l>A</l><l>B</l>-1</o><o id="2"><l>C</l>-2</o>12345</r>'
    )


def test_xml_omits_inside_items():
    source = '<r><v _each="trackings" c="{{ item.code | omit_if_empty }}"/>.</r>'
    assert as_xml(source) == '<r><v c="QB1BR"/><v/>.</r>'
    source = '<r><v _each="trackings">{{ item.code | omit_if_empty }}</v>.</r>'
    assert as_xml(source) == "<r><v>QB1BR</v>.</r>"


@pytest.mark.parametrize(
    ("url", "left"), [("", ""), ("https://r.example", "<m><n>url</n><v>https://r.example</v></m>")]
)
def test_xml_element_around_an_empty_value_is_left_out_by_an_empty_list(url, left):
    tracking = sample_context()["tracking"] | {"url": url}
    once = "[tracking.url] if tracking.url else []"
    source = f'<r><a/><m _each="{once}"><n>url</n><v>{{{{ item }}}}</v></m></r>'
    document = parse_document("xml", source, SCOPE)
    told = document.render({"tracking": tracking}).decode()
    assert told.endswith(f"<r><a/>{left}</r>")


@pytest.mark.parametrize("expression", ["captured.empty", "captured.empty | omit_if_empty"])
def test_xml_empty_list_leaves_nothing(expression):
    source = f'<r><a/><v _each="{expression}"><x>{{{{ item }}}}</x></v> b</r>'
    assert as_xml(source, empty=[]) == "<r><a/> b</r>"


def test_xml_document_is_rendered_alike_twice():
    document = parse_document("xml", '<r><v _each="trackings">{{ item.code }}</v></r>', SCOPE)
    context = sample_context(trackings=VOLUMES)
    assert document.render(context) == document.render(context)


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ('<r _each="trackings"/>', 1, "the outermost element cannot be repeated (_each)"),
        ('\n\n<r>\n<v _each="volumes"/></r>', 4, "unknown name 'volumes'"),
        ('<r>\n<v\n_each="trackings">{{ item.cod }}</v></r>', 3, "'item' has no 'cod'"),
        ('<r><v _each="trackings"/>\n{{ item.code }}</r>', 2, "unknown name 'item'"),
        ("<r><!-- {{ pedido }} -->\n<a/>\n{{ pedido }}</r>", 3, "unknown name 'pedido'"),
        # On which of two equal lines it is, is not known: that of the element.
        ('<r>\n<v _each="trackings">\n{{ item.x }}</v>\n{{ item.x }}</r>', 2, "no 'x'"),
    ],
)
def test_xml_repetition_that_cannot_be_is_told_with_its_line(source, line, reason):
    with pytest.raises(TemplateError) as error:
        parse_document("xml", source, SCOPE)
    assert reason in str(error.value)
    assert error.value.line == line


# Form


def test_form_field_is_repeated_for_a_list():
    source = "id={{ captured.orders | pluck('id') }}\ncode={{ trackings | pluck('code') }}\nx=1"
    assert rendered("form", source) == b"id=1&id=2&code=QB1BR&code=&x=1"
    assert rendered("form", "id={{ captured.empty }}\nx=1", empty=[]) == b"x=1"


@pytest.mark.parametrize("value", [[[1]], [{"a": 1}], [None]])
def test_form_field_takes_no_lists_of_what_is_no_text(value):
    with pytest.raises(RenderError):
        rendered("form", "id={{ captured.empty }}", empty=value)


# What no list may do

EACH = {
    "json": '[{"_each": "captured.empty", "a": 1}]',
    "xml": '<r><a _each="captured.empty"/></r>',
}


@pytest.mark.parametrize("kind", ["json", "xml"])
@pytest.mark.parametrize("value", ["text", 7, {"a": 1}])
def test_repetition_of_what_is_no_list_says_so(kind, value):
    with pytest.raises(RenderError) as error:
        rendered(kind, EACH[kind], empty=value)
    assert str(error.value) == "“{{ captured.empty }}” não é uma lista."


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_repetition_of_nothing_names_the_placeholder(kind):
    with pytest.raises(MissingValue) as error:
        rendered(kind, EACH[kind], empty=None)
    assert str(error.value) == "O modelo pede “{{ captured.empty }}”, que está vazio neste envio."


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_repetitions_of_one_body_are_counted_together(kind):
    rendered(kind, EACH[kind], empty=[1] * MOST_REPETITIONS)
    inner = {
        "json": '[{"_each": "captured.empty", "b": [{"_each": "captured.empty", "a": 1}]}]',
        "xml": '<r><a _each="captured.empty"><b _each="captured.empty"/></a></r>',
    }
    rendered(kind, inner[kind], empty=[1] * 31)
    with pytest.raises(RenderError) as error:
        rendered(kind, inner[kind], empty=[1] * 32)
    assert str(error.value) == "“{{ captured.empty }}”: o corpo teria mais de 1000 repetições."


def test_json_that_python_could_not_follow_is_refused():
    with pytest.raises(TemplateError, match="nested deeper than 64"):
        parse_document("json", "[" * 80 + "]" * 80, SCOPE)
    with pytest.raises(TemplateError, match="the JSON template is not JSON"):
        parse_document("json", "[" * 90_000, SCOPE)
