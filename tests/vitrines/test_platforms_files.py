"""Reading platform files: what is accepted, and what an author of one is told."""

import hashlib
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from tests.platform_samples import ONE_SEND, platform_from
from vitrines.checks import platform_files_are_valid
from vitrines.platforms import (
    SHIPPED,
    PlatformFileError,
    UnknownPlatform,
    all_platforms,
    get_platform,
    load_platform,
)
from vitrines.platforms.files import LARGEST_FILE
from vitrines.statuses import OrderStatus


def refusal_of(toml: str, folder: Path) -> str:
    with pytest.raises(PlatformFileError) as error:
        platform_from(toml, folder)
    # The lines are the subject of test_platforms_lines.
    return "\n".join(
        re.sub(r"^.*?/sample\.toml(:\d+)?: ", "", fault) for fault in error.value.faults
    )


def test_shipped_files_are_named_after_their_platforms():
    assert sorted(all_platforms()) == sorted(path.stem for path in SHIPPED.glob("*.toml"))


def test_digest_is_the_sha256_of_the_file():
    expected = hashlib.sha256((SHIPPED / "generic.toml").read_bytes()).hexdigest()
    assert get_platform("generic").digest == expected


def test_unknown_platform_is_named():
    with pytest.raises(UnknownPlatform, match="não há arquivo de plataforma chamado “nope”"):
        get_platform("nope")


def test_platforms_dir_adds_a_platform(tmp_path, settings):
    (tmp_path / "sample.toml").write_text(ONE_SEND)
    settings.PLATFORMS_DIR = str(tmp_path)
    assert "sample" in all_platforms()
    assert get_platform("sample").label == "Sample"


def test_two_files_with_one_name_are_refused(tmp_path, settings):
    (tmp_path / "again.toml").write_text(ONE_SEND.replace('"sample"', '"generic"'))
    settings.PLATFORMS_DIR = str(tmp_path)
    [error] = platform_files_are_valid()
    assert error.id == "vitrines.E001"
    assert error.msg == (
        f"invalid platform file: {tmp_path / 'again.toml'}:2: "
        f"key 'name': {SHIPPED / 'generic.toml'} has the same name"
    )


def test_check_command_fails_for_an_unknown_key(tmp_path, settings):
    (tmp_path / "sample.toml").write_text(f'colour = "blue"\n{ONE_SEND}')
    settings.PLATFORMS_DIR = str(tmp_path)
    with pytest.raises(SystemCheckError) as error:
        call_command("check")
    assert "(vitrines.E001) invalid platform file:" in str(error.value)
    assert "sample.toml:1: key 'colour': there is no such key" in str(error.value)


def test_platforms_dir_that_is_no_folder_is_told(tmp_path, settings):
    settings.PLATFORMS_DIR = str(tmp_path / "missing")
    [error] = platform_files_are_valid()
    assert error.msg == (
        f"invalid platform file: PLATFORMS_DIR: {tmp_path / 'missing'} is not a folder"
    )


def test_missing_file_is_told(tmp_path):
    with pytest.raises(PlatformFileError) as error:
        load_platform(tmp_path / "nothing.toml")
    assert (
        str(error.value)
        == f"{tmp_path / 'nothing.toml'}: cannot be read: No such file or directory"
    )


def test_broken_toml_is_told(tmp_path):
    assert (
        refusal_of("name = ", tmp_path) == "it is not TOML: Invalid value (at the end of the file)"
    )
    assert refusal_of("\nname = x\n", tmp_path) == "it is not TOML: Invalid value (column 8)"
    assert refusal_of("a = " + "[" * 9999, tmp_path) == "it is nested too deeply"
    assert refusal_of("a = " + "9" * 9999, tmp_path).startswith("it is not TOML: Exceeds the limit")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"#" * (LARGEST_FILE + 1), ": it is larger than 256 KB"),
        (b'name = "a"\nlabel = "S\xe3o"\n', ":2: it is not UTF-8"),
        (
            b'name = "a"\nlabel = "\x00"\n',
            ":2: it is not TOML: Illegal character '\\x00' (column 10)",
        ),
        (
            b'name = "a"\nlabel = "A"\n[mapping]\nhelp = "a\\u0000b"\n',
            ":4: key 'mapping.help': it holds a NUL character",
        ),
    ],
)
def test_file_that_is_no_sane_text_is_refused(raw, told, tmp_path):
    path = tmp_path / "sample.toml"
    path.write_bytes(raw)
    with pytest.raises(PlatformFileError) as error:
        load_platform(path)
    assert str(error.value) == f"{path}{told}"


def test_folder_in_place_of_a_file_is_told(tmp_path):
    (tmp_path / "sample.toml").mkdir()
    with pytest.raises(PlatformFileError, match=r"sample\.toml: it is not a file"):
        load_platform(tmp_path / "sample.toml")


def test_byte_order_mark_and_windows_line_ends_are_taken(tmp_path):
    path = tmp_path / "sample.toml"
    path.write_bytes(b"\xef\xbb\xbf" + ONE_SEND.replace("\n", "\r\n").encode())
    assert load_platform(path).name == "sample"


def test_faults_of_all_files_are_told_at_once(tmp_path, settings):
    (tmp_path / "one.toml").write_text(f'colour = "blue"\n{ONE_SEND}\nsize = 1\n')
    (tmp_path / "two.toml").write_text("name = \n")
    settings.PLATFORMS_DIR = str(tmp_path)
    assert [(error.id, error.msg) for error in platform_files_are_valid()] == [
        ("vitrines.E001", f"invalid platform file: {tmp_path / fault}")
        for fault in (
            "one.toml:1: key 'colour': there is no such key",
            "one.toml:23: key 'send[0].steps[0].size': there is no such key",
            "two.toml:1: it is not TOML: Invalid value (column 8)",
        )
    ]


def test_file_that_is_called_otherwise_than_its_platform_is_a_warning(tmp_path, settings):
    (tmp_path / "other.toml").write_text(ONE_SEND)
    settings.PLATFORMS_DIR = str(tmp_path)
    [warning] = platform_files_are_valid()
    assert (warning.id, warning.msg, warning.hint) == (
        "vitrines.W001",
        f"{tmp_path / 'other.toml'}: its platform is named 'sample'",
        "Vitrines know it as 'sample'; call the file sample.toml.",
    )
    assert get_platform("sample").label == "Sample"


def test_digest_cannot_be_written_in_a_file(tmp_path):
    assert refusal_of(f'digest = "x"\n{ONE_SEND}', tmp_path) == (
        "key 'digest': it is computed from the file"
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
            "not on «{{ order.platform_id }}»",
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


TWO_CHANNELS = """
name = "sample"
label = "Sample"

[[send]]
channel = "tracking"
statuses = ["EMBARCADO"]
[[send.steps]]
url = "https://a.example/tracking"

[[send]]
channel = "tracking"
statuses = ["ENTREGUE"]
late_tracking = false
[[send.steps]]
url = "https://a.example/delivered"

[[send]]
channel = "xml"
statuses = ["DESPACHADO", "EMBARCADO"]
[[send.steps]]
url = "https://a.example/invoice"
"""


def test_channels_are_those_offered_for_the_status(tmp_path):
    platform = platform_from(TWO_CHANNELS, tmp_path)
    offered = {status.name: platform.channels_for(status) for status in OrderStatus}
    assert {name: channels for name, channels in offered.items() if channels} == {
        "DESPACHADO": ("xml",),
        "EMBARCADO": ("xml", "tracking"),
        "ENTREGUE": ("tracking",),
    }


@pytest.mark.parametrize(
    ("kind", "channel", "status", "position"),
    [
        ("status", "tracking", OrderStatus.EMBARCADO, 0),
        ("status", "tracking", OrderStatus.ENTREGUE, 1),
        ("status", "tracking", OrderStatus.DESPACHADO, None),
        ("status", "xml", OrderStatus.DESPACHADO, 2),
        ("status", "url", OrderStatus.DESPACHADO, None),
        # A tracking that comes late is told whatever the order's step, but not as a delivery.
        ("tracking", "tracking", OrderStatus.DESPACHADO, 0),
        ("tracking", "tracking", OrderStatus.ENTREGUE, 0),
        ("tracking", "xml", OrderStatus.DESPACHADO, None),
    ],
)
def test_find_send(kind, channel, status, position, tmp_path):
    platform = platform_from(TWO_CHANNELS, tmp_path)
    expected = None if position is None else platform.sends[position]
    assert platform.find_send(kind, channel, status) is expected
