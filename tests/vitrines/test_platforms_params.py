"""What an admin is told about the parameters of a platform."""

import pytest

from vitrines.platforms import get_platform

BASE = {"base_url": "https://loja.example/api"}
LINX = {"base_url": "https://loja.layer.core.dcg.com.br", "username": "integra"}


def errors_of(secrets=None, **params):
    return get_platform("generic").validate_params({**BASE, **params}, secrets or {})


def test_generic_needs_its_base_address_alone():
    assert get_platform("generic").validate_params({}, {}) == {"base_url": "Preencha este campo."}
    assert errors_of() == {}


def test_linx_needs_address_user_and_password():
    assert get_platform("linx_commerce").validate_params({}, {}) == {
        "base_url": "Preencha este campo.",
        "username": "Preencha este campo.",
        "password": "Preencha este campo.",
    }
    assert get_platform("linx_commerce").validate_params(LINX, {"password": "x"}) == {}


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://loja.example", None),
        ("http://127.0.0.1:8100/lojas/1", None),
        ("https://[::1]:8443", None),
        ("loja.example", "Informe um endereço completo, como https://loja.exemplo.com.br."),
        ("ftp://loja.example", "Informe um endereço completo, como https://loja.exemplo.com.br."),
        ("https://", "Informe um endereço completo, como https://loja.exemplo.com.br."),
        ("https://a b", "Informe um endereço completo, como https://loja.exemplo.com.br."),
        ("https://loja.example:porta", "Este endereço não é válido."),
        ("https://[::1", "Este endereço não é válido."),
        (
            "https://eu:senha@loja.example",
            "Não ponha usuário e senha no endereço; use os campos de autenticação.",
        ),
        ("https://loja.example/?a=1", "O endereço da loja termina antes de “?” e “#”."),
        ("https://loja.example/#a", "O endereço da loja termina antes de “?” e “#”."),
    ],
)
def test_base_address(url, error):
    assert errors_of(base_url=url) == ({} if error is None else {"base_url": error})


def test_choice_outside_its_list():
    assert errors_of(url_method="TRACE") == {"url_method": "Escolha uma das opções da lista."}


def test_template_that_names_nothing_known():
    assert errors_of(url_address="{{ params.base_url }}/{{ pedido }}") == {
        "url_address": "O nome “pedido” não existe. Use um destes: order, invoice, tracking, "
        "trackings, mapping, vitrine, event, params, captured."
    }


def test_template_that_uses_a_secret():
    assert errors_of(url_body='{"a": "{{ secrets.auth_secret }}"}') == {
        "url_body": "Segredos só podem ser usados na autenticação e nos cabeçalhos."
    }


@pytest.mark.parametrize(
    ("kind", "body", "error"),
    [
        ("json", "status={{ order.status }}", "O modelo não é um JSON válido. Os marcadores "),
        ("xml", "<a>", "O modelo não é um XML bem formado."),
        ("form", "just text", "Cada linha do formulário é nome=valor; esta não é: just text"),
        ("form", "status={{ order.status }}", None),
        ("raw", "<a>", None),
        ("none", "<a>", None),
    ],
)
def test_body_is_judged_as_the_kind_that_was_chosen(kind, body, error):
    errors = errors_of(url_body_kind=kind, url_body=body)
    if error is None:
        assert errors == {}
    else:
        assert list(errors) == ["url_body"]
        assert errors["url_body"].startswith(error)


def test_success_rule_that_is_no_jmespath():
    assert errors_of(success_rule="body.ok ==") == {
        "success_rule": "A regra não é válida: body.ok =="
    }


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("none", set()),
        ("basic", {"auth_username", "auth_secret"}),
        ("bearer", {"auth_secret"}),
        ("headers", {"auth_secret"}),
        ("query", {"auth_secret"}),
        ("standard_webhooks", {"auth_secret"}),
    ],
)
def test_chosen_authentication_says_what_it_needs(kind, missing):
    assert errors_of(auth_kind=kind) == dict.fromkeys(
        missing, "A autenticação escolhida precisa deste campo."
    )
    assert errors_of({"auth_secret": "s"}, auth_kind=kind, auth_username="u") == {}


def test_line_break_in_a_text_is_refused():
    expected = "O valor não pode ter quebras de linha nem caracteres de controle."
    assert errors_of(auth_username="a\r\nX-Evil: 1") == {"auth_username": expected}
    assert errors_of({"auth_secret": "a\nb"}) == {"auth_secret": expected}


def test_values_that_were_not_given_take_their_defaults():
    filled = get_platform("generic").fill({"base_url": "https://a.example", "url_method": ""})
    assert filled["url_method"] == "PUT"
    assert filled["base_url"] == "https://a.example"
    assert "auth_secret" not in filled


def test_content_type_is_a_template_like_any_other():
    assert errors_of(xml_content_type="application/{{ order.status }}+xml") == {}
    assert errors_of(xml_content_type="{{ secrets.auth_secret }}") == {
        "xml_content_type": "Segredos só podem ser usados na autenticação e nos cabeçalhos."
    }


def test_fault_in_a_text_of_several_lines_is_told_with_its_line():
    body = '{\n  "a": 1,\n  "b": "{{ pedido }}"\n}'
    assert errors_of(url_body=body) == {
        "url_body": "Linha 3: O nome “pedido” não existe. Use um destes: order, invoice, tracking, "
        "trackings, mapping, vitrine, event, params, captured."
    }
    assert errors_of(url_body='{\n  "a": {{ order.number }}\n}') == {
        "url_body": "Linha 2: O modelo não é um JSON válido. "
        "Os marcadores {{ … }} ficam entre aspas."
    }


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "1000000", "9" * 400])
def test_number_of_requests_that_could_not_be_kept_to_is_refused(number):
    params = {"requests_per_minute": number}
    errors = get_platform("wake").validate_params(params, {"token": "x"})
    assert errors["requests_per_minute"] == "Informe um número inteiro, de 1 a 999999."
