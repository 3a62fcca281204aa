"""What the author of a platform file is told is wrong with it."""

import re
from pathlib import Path

import pytest

from tests.platform_samples import ONE_SEND, platform_from
from vitrines.platforms import PlatformFileError


def refusal_of(toml: str, folder: Path) -> str:
    with pytest.raises(PlatformFileError) as error:
        platform_from(toml, folder)
    # The lines are the subject of test_platforms_lines.
    return "\n".join(
        re.sub(r"^.*?/sample\.toml(:\d+)?: ", "", fault) for fault in error.value.faults
    )


STEP_URL = "{{ params.base_url }}/orders/{{ order.number }}"


@pytest.mark.parametrize(
    ("found", "replacement", "refusal"),
    [
        pytest.param(
            'channel = "url"',
            'channel = "url"\nstatuses = ["DESPACHADO", "ENVIADO"]',
            "key 'send[0].statuses[1]': 'ENVIADO' is not one of AGUARDANDO_PAGAMENTO, "
            "PAGAMENTO_CONFIRMADO, EM_PREPARACAO, DESPACHADO, ENTREGUE, CANCELADO, PROBLEMAS, "
            "EMBARCADO",
            id="unknown status",
        ),
        pytest.param(
            'channel = "url"',
            'channel = "fax"',
            "key 'send[0].channel': Input should be 'xml', 'tracking' or 'url'",
            id="unknown channel",
        ),
        pytest.param(
            'required = true\n\n[[params]]\nname = "token"',
            'required = "perhaps"\n\n[[params]]\nname = "token"',
            "key 'params[0].required': Input should be a valid boolean, unable to interpret input",
            id="wrong type",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            f'url = "{STEP_URL}"\nmethod = "PUTT"',
            "key 'send[0].steps[0].method': "
            "Input should be 'GET', 'POST', 'PUT', 'PATCH' or 'DELETE'",
            id="unknown method",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            f'url = "{STEP_URL}"\nsuccess = {{ xpaht = "//ok" }}',
            "key 'send[0].steps[0].success.xpaht': there is no such key\n"
            "key 'send[0].steps[0].success.xpath': this key is missing",
            id="mistyped rule",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            f'url = "{STEP_URL}"\nheaders = {{ X-Number = 7 }}',
            "key 'send[0].steps[0].headers.X-Number': Input should be a valid string",
            id="header that is no text",
        ),
        pytest.param(
            "{{ order.number }}",
            "{{ order.nunber }}",
            "key 'send[0].steps[0].url': 'order' has no 'nunber' (it has: delivery_type, "
            "display_number, number, payment_type, placed_at, platform_id, platform_status, "
            "status, status_label, status_name, total)",
            id="unknown field",
        ),
        pytest.param(
            "{{ order.number }}",
            "{{ pedido }}",
            "key 'send[0].steps[0].url': unknown name 'pedido' (known: order, invoice, tracking, "
            "trackings, mapping, vitrine, event, params, captured)",
            id="unknown name",
        ),
        pytest.param(
            "{{ order.number }}",
            "{{ params.acount }}",
            "key 'send[0].steps[0].url': 'params' has no 'acount' (it has: base_url)",
            id="unknown parameter",
        ),
        pytest.param(
            "{{ order.number }}",
            "{{ captured.receipt }}",
            "key 'send[0].steps[0].url': 'captured' has no 'receipt' (it has: -)",
            id="never captured",
        ),
        pytest.param(
            "{{ order.number }}",
            "{{ secrets.token }}",
            "key 'send[0].steps[0].url': secrets may be used in auth and headers only",
            id="secret in a url",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            f'url = "{STEP_URL}"\njson = \'{{"a": "{{{{ secrets.token }}}}"}}\'',
            "key 'send[0].steps[0].json': secrets may be used in auth and headers only",
            id="secret in a body",
        ),
        pytest.param(
            "{{ order.number }}",
            "{{ order.number | shout }}",
            "key 'send[0].steps[0].url': template syntax: No filter named 'shout'. "
            "(in: order.number | shout)",
            id="unknown filter",
        ),
        pytest.param(
            "{{ order.number }}",
            "{{ order.number.upper() }}",
            "key 'send[0].steps[0].url': only {{ expression }} with filters is allowed, "
            "not: order.number.upper() (call)",
            id="call",
        ),
        pytest.param(
            "{{ order.number }}",
            "{% if order.total %}a{% endif %}",
            "key 'send[0].steps[0].url': only {{ expression }} with filters is allowed, not: {%",
            id="statement",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            'url = "https://{{ order.platform_id }}.example/x"',
            "key 'send[0].steps[0].url': the host of a URL may depend on params only, "
            "not on “{{ order.platform_id }}”",
            id="host from an order",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            'url = "{{ params.base_url }}.example/x"',
            "key 'send[0].steps[0].url': after the base parameter, a URL goes on with / or ?",
            id="host grown",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            'url = "/orders"',
            "key 'send[0].steps[0].url': a URL starts with http://, https:// "
            "or a parameter of kind url",
            id="no host",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            f'url = "{STEP_URL}"\njson = \'{{"id": {{{{ order.number }}}} }}\'',
            "key 'send[0].steps[0].json': the JSON template is not JSON: Expecting property name "
            "enclosed in double quotes: line 1 column 9 (char 8) (put placeholders inside quotes)",
            id="json placeholder without quotes",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            f'url = "{STEP_URL}"\nxml = "<a><b></a>"',
            "key 'send[0].steps[0].xml': the XML template is not well-formed: "
            "Opening and ending tag mismatch: b line 1 and a, line 1, column 11",
            id="broken xml",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            f'url = "{STEP_URL}"\nxml = \'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>\'',
            "key 'send[0].steps[0].xml': a DOCTYPE is not allowed in an XML template",
            id="doctype",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            f'url = "{STEP_URL}"\nsuccess = "status =="',
            "key 'send[0].steps[0].success': not a valid rule: "
            'Invalid jmespath expression: Incomplete expression: "status ==" ^',
            id="broken jmespath",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            f'url = "{STEP_URL}"\nsuccess = {{ xpath = "//a[" }}',
            "key 'send[0].steps[0].success': not a valid rule: Invalid expression",
            id="broken xpath",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            f'url = "{STEP_URL}"\nheaders = {{ Host = "evil.example" }}',
            "key 'send[0].steps[0].headers.Host': this header is set by the engine",
            id="reserved header",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            'path = "/orders"',
            "key 'send[0].steps[0].path': path needs the platform's base_url",
            id="path without base",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            f'url = "{STEP_URL}"\npath = "/orders"',
            "key 'send[0].steps[0]': give either url, or path together with the platform's "
            "base_url",
            id="url and path",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            f'url = "{STEP_URL}"\njson = "{{}}"\nraw = "x"',
            "key 'send[0].steps[0]': give at most one of json, xml, form, raw, graphql and body",
            id="two bodies",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            'url = { param = "address" }',
            "key 'send[0].steps[0].url': there is no parameter 'address' that may be used here",
            id="reference to nothing",
        ),
        pytest.param(
            f'url = "{STEP_URL}"',
            f'url = "{STEP_URL}"\nmethod = {{ param = "base_url" }}',
            "key 'send[0].steps[0].method': 'base_url' is not a parameter of kind choice",
            id="method that is no choice",
        ),
        pytest.param(
            '[[send]]\nchannel = "url"',
            '[auth]\nkind = "basic"\nusername = "u"\n[[send]]\nchannel = "url"',
            "key 'auth': kind = \"basic\" needs password",
            id="half an authentication",
        ),
        pytest.param(
            'name = "token"\nlabel = "Token"\nsecret = true',
            'name = "token"\nlabel = "Token"\nsecret = true\ndefault = "abc"',
            "key 'params[1]': 'token': a secret is of kind text and has no default",
            id="secret with a default",
        ),
        pytest.param(
            'name = "token"\nlabel = "Token"\nsecret = true',
            'name = "base_url"\nlabel = "Again"',
            "key 'params[1].name': 'base_url' is given twice\n"
            "key 'send[0].steps[0].url': a URL starts with http://, https:// "
            "or a parameter of kind url",
            id="parameter twice",
        ),
    ],
)
def test_faulty_file_names_the_key_and_why(found, replacement, refusal, tmp_path):
    assert found in ONE_SEND
    assert refusal_of(ONE_SEND.replace(found, replacement), tmp_path) == refusal


def test_one_status_by_one_channel_is_sent_once(tmp_path):
    twice = f'{ONE_SEND}\n[[send]]\nchannel = "url"\nstatuses = ["ENTREGUE"]\n'
    twice += '[[send.steps]]\nurl = "https://a.example/"\n'
    assert refusal_of(twice, tmp_path) == (
        "key 'send[1].statuses': url for ENTREGUE is given twice"
    )


def test_list_of_statuses_by_xpath_is_refused_with_what_to_do_instead(tmp_path):
    asked = "[list_statuses]\nurl = \"https://a.example/\"\nstatuses = { xpath = '//status' }\n"
    assert refusal_of(f"{ONE_SEND}\n{asked}", tmp_path) == (
        "key 'list_statuses.statuses': XPath finds no list of {code, label}: "
        "write a JMESPath rule over a JSON answer, "
        "or list the statuses in mapping.statuses and leave [list_statuses] out"
    )


CHOSEN_AUTH = """
[[params]]
name = "auth_kind"
label = "Autenticação"
kind = "choice"
default = "none"
choices = [{ value = "none", label = "Nenhuma" }, { value = "CHOICE", label = "Outra" }]

[auth]
kind = { param = "auth_kind" }
"""


@pytest.mark.parametrize(
    ("choice", "keys", "missing"),
    [
        ("token_exchange", 'headers = { X-Key = "{{ token.access }}" }', "exchange"),
        ("basic", 'username = "u"', "password"),
        ("basic", 'token = "t"', "password, username"),
        ("bearer", 'username = "u"', "token"),
        ("headers", 'query = { key = "k" }', "headers"),
        ("query", 'headers = { X-Key = "k" }', "query"),
        ("oauth1", 'consumer_key = "k"', "consumer_secret"),
        ("hmac", 'secret = "s"', "headers"),
        ("standard_webhooks", 'token = "t"', "secret"),
    ],
)
def test_authentication_that_may_be_chosen_has_its_keys(choice, keys, missing, tmp_path):
    auth = CHOSEN_AUTH.replace("CHOICE", choice)
    assert refusal_of(f"{ONE_SEND}{auth}{keys}\n", tmp_path) == (
        f"key 'auth.kind': the choice '{choice}' needs {missing}"
    )
