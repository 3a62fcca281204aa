"""Filters: what each gives, what it refuses, and how nothing passes through them."""

from decimal import Decimal

import pytest

from tests.platform_samples import sample_context
from vitrines.platforms.filters import FILTERS, OMIT
from vitrines.platforms.language import MissingValue, RenderError, parse
from vitrines.platforms.scope import Scope

SCOPE = Scope(captured=frozenset({"value", "missing"}))
LINES = [{"id": 1, "sku": "A"}, {"id": 2, "sku": None}]


def value_of(expression, value=None):
    return parse(f"{{{{ {expression} }}}}", SCOPE).value(sample_context(captured={"value": value}))


@pytest.mark.parametrize(
    ("expression", "value", "expected"),
    [
        ("captured.value | pluck('id')", LINES, [1, 2]),
        ("captured.value | pluck('sku')", LINES, ["A", None]),
        ("captured.value | pluck('sku') | join('+')", LINES, "A"),
        ("captured.value | pluck('id')", [], []),
        ("captured.value | first", LINES, LINES[0]),
        ("captured.value | last", LINES, LINES[1]),
        ("(captured.value | first).sku", LINES, "A"),
        ("captured.value | lookup({'pix': 1, 'boleto': 2})", "pix", 1),
        ("captured.value | lookup({3: 'shipped'})", 3, "shipped"),
        ("captured.value | lookup({'pix': 1}, 'other')", "card", "other"),
        ("captured.value | lookup({'pix': 1}, none)", "card", None),
        ("captured.value | lookup({'pix': 1}, 'other')", None, "other"),
        ("captured.missing | lookup({'pix': 1}, 'other')", None, "other"),
        ("captured.value | lookup({'pix': 1}, 'other')", ["pix"], "other"),
        ("order.status_name | lookup({'DESPACHADO': {'state': 'sent'}})", None, {"state": "sent"}),
        ("captured.value | int", " 12 ", 12),
        ("captured.value | int", "12.9", 12),
        ("captured.value | int", Decimal(7), 7),
        ("captured.value | int", True, 1),
        ("captured.value | int(0)", "doze", 0),
        ("captured.value | float", "150.90", 150.9),
        ("captured.value | float", Decimal("150.90"), 150.9),
        ("captured.value | string", True, "true"),
        ("captured.value | string", 7, "7"),
        ("event.occurred_at | string", None, "2026-11-23T02:30:00+00:00"),
        ("captured.value | trim", " a ", "a"),
        ("captured.value | default('x')", None, "x"),
        ("captured.value | default('x')", "", ""),
        ("captured.value | default('x', true)", "", "x"),
        ("captured.missing | default('x')", None, "x"),
        ("captured.value | default('x')", 0, 0),
    ],
)
def test_filter(expression, value, expected):
    assert value_of(expression, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((value, False) for value in (None, "", " ", 0, "0", "false", "False", "no", "NO", False)),
        *((value, True) for value in ("1", "true", "yes", "sim", 1, 0.5, True, "0.0", [0])),
    ],
)
def test_bool_of_what_platforms_write(value, expected):
    assert value_of("captured.value | bool", value) is expected


def test_bool_of_what_is_missing_is_false():
    assert value_of("captured.missing | bool") is False


#: Every filter that only turns a value, with the arguments that it cannot do without.
PASSING = {
    **dict.fromkeys(set(FILTERS) - {"bool", "d", "default", "lookup"}, ""),
    "pluck": "('id')",
    "replace": "('a', 'b')",
    "truncate": "(3)",
}
for dealt_with_there in ("omit_if_empty", "required"):
    del PASSING[dealt_with_there]


@pytest.mark.parametrize(("name", "given"), sorted(PASSING.items()))
def test_what_is_null_or_missing_passes_through(name, given):
    assert value_of(f"captured.value | {name}{given}", None) is None
    assert value_of(f"captured.missing | {name}{given} | default('nothing')") == "nothing"
    assert value_of(f"captured.missing | {name}{given} | omit_if_empty") is OMIT
    with pytest.raises(MissingValue):
        value_of(f"captured.missing | {name}{given}")


def test_first_of_an_empty_list_is_missing():
    with pytest.raises(MissingValue):
        value_of("captured.value | first", [])
    assert value_of("captured.value | first | omit_if_empty", []) is OMIT


@pytest.mark.parametrize(
    ("expression", "value", "told"),
    [
        ("captured.value | pluck('id')", "text", "pluck: o valor não é uma lista."),
        ("captured.value | pluck('ean')", LINES, "pluck: um item da lista não tem o campo “ean”."),
        ("captured.value | pluck('id')", [1], "pluck: um item da lista não tem o campo “id”."),
        ("captured.value | lookup({'a': 1})", "b", "lookup: “b” não está na tabela."),
        ("captured.value | lookup('a')", "b", "lookup: falta a tabela {valor: substituto}."),
        ("captured.value | int", "doze", "int: “doze” não é um número."),
        ("captured.value | int", "", "int: “” não é um número."),
        ("captured.value | int", "1e99999999", "int: “1e99999999” não é um número."),
        ("captured.value | float", "nan", "float: “nan” não é um número."),
        ("captured.value | first", 7, "first: o valor não é uma lista."),
    ],
)
def test_filter_that_cannot_turn_its_value_says_why(expression, value, told):
    with pytest.raises(RenderError) as error:
        value_of(expression, value)
    assert str(error.value) == f"“{{{{ {expression} }}}}”: {told}"


def test_lookup_of_nothing_without_another_value_names_the_placeholder():
    with pytest.raises(MissingValue):
        value_of("captured.value | lookup({'a': 1})", None)


@pytest.mark.parametrize("name", ["secrets", "token", "auth", "request"])
@pytest.mark.parametrize("told", ["int", "cents", "lookup({'a': 1})", "first | round"])
def test_error_never_tells_what_authentication_uses(name, told):
    scope = SCOPE.with_local(name, frozenset({"key"}))
    hole = parse(f"{{{{ {name}.key | {told} }}}}", scope)
    with pytest.raises(RenderError) as error:
        hole.value({name: {"key": "s3cret"}})
    assert str(error.value) == f"“{{{{ {name}.key | {told} }}}}” não pôde ser calculado."
