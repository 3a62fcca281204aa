"""The template language: what an expression gives, and what it can never do."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.platform_samples import sample_context
from vitrines.platforms.filters import OMIT
from vitrines.platforms.language import MissingValue, RenderError, parse, parse_expression
from vitrines.platforms.scope import CONTEXT, Scope, TemplateError

SCOPE = Scope(params=frozenset({"account"}), captured=frozenset({"receipt"}))


def value_of(source, **changes):
    return parse(source, SCOPE).value(sample_context(**changes))


def test_sample_context_holds_exactly_what_templates_may_name():
    context = sample_context()
    assert set(context) == {*CONTEXT, "params", "captured"}
    for name, fields in CONTEXT.items():
        if fields is not None:
            assert set(context[name]) == fields


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("order {{ order.number }}!", "order 12345!"),
        ("{{ order.number }}", "12345"),
        ("{{ order.status }}", 3),
        ("{{ tracking.delivered }}", False),
        ("entregue: {{ tracking.delivered }}", "entregue: false"),
        ("{{ order['number'] }}", "12345"),
        ("{{ order.platform_id or order.number }}", "9f1c-22"),
        ("{{ 'sim' if tracking.delivered else 'não' }}", "não"),
        ("{{ trackings[0].code }}", "QB123456789BR"),
        ("{{ trackings | length }}", 1),
        ("{{ order.total | cents }}", 15090),
        ("{{ order.total | cents | string }}", "15090"),
        ("{{ '0.125' | cents }}", 13),
        ("{{ order.display_number | digits }}", "12345"),
        ("{{ event.occurred_at | date }}", "2026-11-22"),
        ("{{ event.occurred_at | date('%d/%m/%Y %H:%M') }}", "22/11/2026 23:30"),
        ("{{ event.occurred_at | date('%Y-%m-%dT%H:%MZ', 'UTC') }}", "2026-11-23T02:30Z"),
        ("em {{ event.occurred_at }}", "em 2026-11-23T02:30:00+00:00"),
        ("{{ mapping | json_string }}", None),
        ("{{ order.number | base64 }}", "MTIzNDU="),
        ("{{ invoice.xml_bytes | base64 | truncate(4) }}", "PD94"),
        ("{{ tracking.description | truncate(6) }}", "Objeto"),
        ("{{ tracking.description | upper | replace(' ', '_') }}", "OBJETO_POSTADO"),
        ("{{ trackings | join(', ', 'code') }}", "QB123456789BR"),
        ("{{ ['a', 'b'] | join('-') }}", "a-b"),
        ("{{ order.number ~ '-' ~ order.status }}", "12345-3"),
        ("{{ order.status * 2 }}", 6),
        ("{{ null if order.status == 3 else 'x' }}", None),
        ("{{ order.total == null }}", False),
        ("no placeholder", "no placeholder"),
        ("", ""),
        ("one { brace } and }} alone", "one { brace } and }} alone"),
    ],
)
def test_value(source, value):
    if "json_string" in source:
        value = '{"platform_status": "SHIPPED", "ez_core_status_id": "7", "ez_core_flow_id": "9"}'
    assert value_of(source) == value


@pytest.mark.parametrize("empty", [None, "", [], {}, b""])
def test_omit_if_empty_omits(empty):
    assert value_of("{{ captured.receipt | omit_if_empty }}", captured={"receipt": empty}) is OMIT


@pytest.mark.parametrize("kept", [0, False, "0", Decimal(0)])
def test_omit_if_empty_keeps_zero_and_false(kept):
    template = "{{ captured.receipt | omit_if_empty }}"
    assert value_of(template, captured={"receipt": kept}) == kept


def test_omit_if_empty_takes_a_missing_tracking():
    assert value_of("{{ tracking.url | omit_if_empty }}", tracking=None) is OMIT
    assert value_of("[{{ tracking.url | omit_if_empty }}]", tracking=None) == "[]"


def test_default_replaces_what_is_missing():
    assert value_of("{{ invoice.number | default('s/n') }}", invoice=None) == "s/n"


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("{{ invoice.number }}", {"invoice": None}),
        ("nota {{ invoice.number }}", {"invoice": None}),
        ("{{ invoice.number | string }}", {"invoice": None}),
        ("{{ captured.receipt }}", {}),
        ("recibo {{ captured.receipt }}", {"captured": {"receipt": None}}),
        ("{{ captured.receipt | required }}", {"captured": {"receipt": ""}}),
    ],
)
def test_missing_value_names_the_placeholder(source, changes):
    with pytest.raises(MissingValue) as error:
        value_of(source, **changes)
    placeholder = source[source.index("{{") :]
    assert str(error.value) == f"O modelo pede “{placeholder}”, que está vazio neste envio."


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ order.number | date }}", "“{{ order.number | date }}”: date: o valor não é uma data"),
        ("{{ order.display_number | cents }}", "cents: “VT-12345” não é um valor em dinheiro."),
        ("{{ event.occurred_at | date('%Y', 'Mars/Base') }}", "date: formato ou fuso inválido"),
        ("{{ order.number * 9 }}", "the operator * is for numbers only"),
        ("{{ '%9999999999d' % order.status }}", "the operator % is for numbers only"),
        ("{{ order.number | join(',') }}", "join: o valor não é uma lista."),
        ("{{ captured.receipt | replace('', captured.receipt) }}", "o texto ficaria longo demais."),
        ("{{ order.status / 0 }}", "não pôde ser calculado: division by zero."),
        ("a {{ tracking }}", "“{{ tracking }}” não é um texto (dict)."),
    ],
)
def test_value_that_cannot_be_made_says_why(source, message):
    with pytest.raises(RenderError) as error:
        value_of(source, captured={"receipt": "x" * 10_000})
    assert message in str(error.value)


@pytest.mark.parametrize(
    "source",
    [
        "{{ order.number.__class__ }}",
        "{{ order['__class__'] }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ order.update({'number': 1}) }}",
        "{{ trackings.append(1) }}",
        "{{ range(10) }}",
        "{{ lipsum }}",
        "{{ self }}",
        "{{ config }}",
        "{{ 2 ** 99999999 }}",
        "{% for t in trackings %}x{% endfor %}",
        "{% include 'x' %}",
        "{# comment #}",
        "{{ order.number",
        "{{ }}",
        "{{ order.number | center(999999999) }}",
        "{{ order.number | format }}",
        "{{ secrets.password }}",
        "{{ params.unknown }}",
        "{{ params['unknown'] }}",
        "{{ order | attr('__class__') }}",
        "{{ order['__init__']['__globals__'] }}",
        "{{ order.keys }}",
        "{{ order.number.format }}",
        "{{ order['items'] }}",
        "{{ '{0.__class__}'.format(order) }}",
        "{{ '%s' % order }}",
        "{{ '{0.__class__}' | format(order) }}",
        "{{ order.number['__class__']['__base__'] }}",
        "{{ trackings.__len__ }}",
        "{{ trackings['append'] }}",
        "{{ trackings[0].__class__ }}",
        "{{ (trackings | first).__class__ }}",
        "{{ (order.number ~ '').__class__ }}",
        "{{ event.occurred_at.__reduce__ }}",
        "{{ event.occurred_at.tzinfo }}",
        "{{ event.occurred_at['__class__'] }}",
        "{{ invoice.xml_bytes.decode }}",
        "{{ none.__class__ }}",
        "{{ true.__class__.__subclasses__ }}",
        "{{ trackings | map('attr', '__class__') }}",
        "{{ trackings | join('', '__class__') }}",
        "{{ trackings | pluck('__class__') }}",
        "{{ cycler }}",
        "{{ namespace }}",
        "{{ joiner }}",
        "{{ loop }}",
        "{{ caller }}",
        "{{ environment }}",
        "{{ context }}",
        "{{ super }}",
        "{{ _ }}",
        "{{ item }}",
        "{{ auth }}",
        "{{ token.access }}",
        "{{ request.signature }}",
        "{% set x = order %}",
        "{% raw %}{{ secrets }}{% endraw %}",
        "{{ '{{ secrets.password }}' | string }}{{ secrets }}",
    ],
)
def test_forbidden_template_gives_nothing(source):
    with pytest.raises((TemplateError, RenderError)):
        value_of(source)


@pytest.mark.parametrize(
    "condition",
    ["order.number.format", "order.__class__", "event.occurred_at.tzinfo", "trackings.append"],
)
def test_pythons_own_attributes_are_missing_in_conditions_too(condition):
    with pytest.raises((TemplateError, MissingValue)):
        parse_expression(condition, SCOPE).evaluate(sample_context())


def test_parts_of_a_date_are_fields():
    assert value_of("{{ event.occurred_at.year }}") == 2026
    assert value_of("{{ order.number[0:2] ~ order.number[-1] }}") == "125"


def test_template_error_has_a_sentence_for_the_screen():
    with pytest.raises(TemplateError) as error:
        parse("{{ order.nunber }}", SCOPE)
    assert error.value.sentence == (
        "“order.nunber” não existe. Em order há: delivery_type, display_number, number, "
        "payment_type, placed_at, platform_id, platform_status, status, status_label, "
        "status_name, total."
    )


def test_secrets_are_known_only_where_the_scope_has_them():
    scope = Scope(secrets=frozenset({"token"}))
    template = parse("Bearer {{ secrets.token }}", scope)
    assert template.text({"secrets": {"token": "abc"}}) == "Bearer abc"


def test_field_named_like_a_method_is_the_field():
    scope = Scope(captured=frozenset({"values", "items"}))
    context = {"captured": {"values": "v"}}
    assert parse("{{ captured.values }}", scope).value(context) == "v"
    with pytest.raises(MissingValue):
        parse("{{ captured.items }}", scope).value(context)


def test_when_is_an_expression_without_braces():
    hole = parse_expression("tracking and tracking.code", SCOPE)
    assert hole.evaluate(sample_context()) == "QB123456789BR"
    assert hole.evaluate(sample_context(tracking=None)) is None


def test_naive_time_is_refused_by_date():
    context = sample_context(event={"kind": "x", "occurred_at": datetime(2026, 1, 1)})  # noqa: DTZ001
    with pytest.raises(RenderError, match="não é uma data com fuso"):
        parse("{{ event.occurred_at | date }}", SCOPE).value(context)
    aware = sample_context(event={"kind": "x", "occurred_at": datetime(2026, 1, 1, tzinfo=UTC)})
    assert parse("{{ event.occurred_at | date }}", SCOPE).value(aware) == "2025-12-31"
