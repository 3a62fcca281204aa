"""What an administrator types cannot keep the server busy, fill its memory or break the page.

The texts are checked while the form is saved, so a bomb would go off in the web server.
"""

import pytest

from tests.platform_samples import sample_context
from vitrines.platforms import get_platform
from vitrines.platforms.documents import parse_document
from vitrines.platforms.language import RenderError, _environment, parse
from vitrines.platforms.rule_checks import RuleError, check_rule
from vitrines.platforms.rules import Answer, find, holds
from vitrines.platforms.scope import Scope, TemplateError

STORE = {"base_url": "https://loja.exemplo.com.br"}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("{{ 'aaaa'" + " | base64" * 150 + " }}", "o texto ficaria longo demais."),
        ("{{ '\"'" + " | json_string" * 40 + " }}", "o texto ficaria longo demais."),
        ("{{ order.number" + " | base64" * 150 + " }}", "o texto ficaria longo demais."),
        ("{{ 1.5 | round(999999999, 'ceil') }}", "round: no máximo 12 casas decimais."),
        ("{{ 1 | round(-999999999) }}", "round: no máximo 12 casas decimais."),
        ("{{ [order.number] | join(',', 'x') }}", "join: um item da lista não tem o campo “x”."),
    ],
)
def test_filter_refuses_what_would_fill_the_memory(source, told):
    template = parse(source, Scope())
    with pytest.raises(RenderError) as error:
        template.text(sample_context())
    assert told in str(error.value)


def test_number_too_large_to_be_written_says_so():
    template = parse("n {{ captured.n * captured.n * captured.n }}", Scope(captured=frozenset("n")))
    with pytest.raises(RenderError, match="é um número grande demais"):
        template.text({"captured": {"n": int("9" * 1500)}})


def test_nothing_is_calculated_while_a_template_is_only_checked(monkeypatch):
    monkeypatch.setitem(_environment.filters, "upper", pytest.fail)
    parse("{{ 'a' | upper }} e {{ 'b' | upper | lower }}", Scope())


def test_round_still_rounds():
    assert parse("{{ 2.345 | round(2, 'floor') }}", Scope()).value({}) == 2.34
    assert parse("{{ 2.5 | round | int }}", Scope()).value({}) == 2


@pytest.mark.parametrize(
    "expression",
    ["(" * 200 + "1" + ")" * 200, "9" * 6000, "-" * 1500 + "1", "[" * 200 + "]" * 200],
    ids=["parentheses", "a number", "signs", "lists"],
)
def test_expression_that_python_cannot_follow_is_refused_in_the_form(expression):
    with pytest.raises(TemplateError):
        parse(f"{{{{ {expression} }}}}", Scope())
    errors = get_platform("generic").validate_params(
        {**STORE, "url_body_kind": "raw", "url_body": f"{{{{ {expression} }}}}"}, {}
    )
    assert errors["url_body"].startswith("Uma expressão é longa ou complexa demais: ")


@pytest.mark.parametrize(
    "rule",
    [
        "body" + "|[@,@]" * 40 + "|to_string(@)",
        "body" + "|[@,@][]" * 40,
        "body" + "|{a:@,b:@}" * 40,
        "contains(body" + "|[@,@]" * 40 + ", 'x') || body",
        "join(body.text, [" + ",".join(["body.a"] * 65) + "])",
        "map(&[@,@,@,@,@,@,@,@,@], [@,@,@,@,@,@,@,@,@])",
        "to_string([" * 7 + "body" + "])" * 7,
    ],
)
def test_rule_that_repeats_what_it_finds_without_end_is_refused(rule):
    with pytest.raises(RuleError):
        check_rule(rule, Scope())
    errors = get_platform("generic").validate_params({**STORE, "success_rule": rule}, {})
    assert errors == {"success_rule": f"A regra não é válida: {rule}"}


def test_rule_may_list_a_few_things():
    rule = "contains([`200`, `201`], status) && length([body.a, body.b][]) == `2`"
    check_rule(rule, Scope())
    assert holds(rule, Answer(200, {}, '{"a": 1, "b": 2}'))


def test_form_line_that_is_none_is_refused_at_once():
    with pytest.raises(TemplateError, match="a form line is not name=value"):
        parse_document("form", "{{ order.number }}" * 500, Scope())


@pytest.mark.parametrize(
    "rule", ["ceil(body.infinite)", "sum([body.huge, body.infinite])", "avg([body.huge, `0.5`])"]
)
def test_rule_that_cannot_be_calculated_finds_nothing(rule):
    body = '{"infinite": Infinity, "huge": 1' + "0" * 400 + "}"
    assert find(rule, Answer(200, {}, body)) is None


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("json", '[{ "_each": "invoice.items", "xml": "{{ invoice.xml }}" }]'),
        ("xml", '<r><a _each="invoice.items">{{ invoice.xml }}</a></r>'),
        ("raw", "{{ invoice.xml }}" * 40),
        ("form", "x={{ invoice.xml }}\n" * 40),
    ],
)
def test_note_that_a_body_repeats_without_end_is_refused(kind, source):
    invoice = {"xml": "x" * 500_000, "items": [{}] * 40}
    with pytest.raises(RenderError, match=r"^O corpo teria mais de 16 MB\.$"):
        parse_document(kind, source, Scope()).render({"invoice": invoice})
