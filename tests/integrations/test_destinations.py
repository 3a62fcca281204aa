"""Where an update may go: the table of what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.delivery.destinations import refusal

URL = "https://loja.example/api"

PUBLIC = ["8.8.8.8", "200.147.3.157", "2606:4700::1111"]
INTERNAL = [
    "127.0.0.1",
    "127.8.9.10",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "240.0.0.1",
    "::1",
    "fc00::1",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "192.0.0.192",
    "168.63.129.16",
    "::127.0.0.1",
    "::ffff:0:7f00:1",
    "64:ff9b:1::7f00:1",
    "fec0::1",
]
NEVER = [
    "169.254.169.254",
    "169.254.1.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "fe80::1",
    "0.0.0.0",  # noqa: S104
    "::",
    "224.0.0.1",
    "ff02::1",
]


def sentence(address):
    return (
        f"O destino {address} é um endereço interno, reservado ou de metadados; "
        "o envio só é feito para endereços públicos."
    )


@pytest.mark.parametrize("allow_private", [False, True])
@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_allowed(address, allow_private):
    assert refusal(URL, [address], allow_private=allow_private) is None


@pytest.mark.parametrize("address", INTERNAL)
def test_internal_address_is_refused_unless_allowed(address):
    assert refusal(URL, [address], allow_private=False) == sentence(address)
    assert refusal(URL, [address], allow_private=True) is None


@pytest.mark.parametrize("allow_private", [False, True])
@pytest.mark.parametrize("address", NEVER)
def test_link_local_multicast_and_unspecified_are_always_refused(address, allow_private):
    assert refusal(URL, [address], allow_private=allow_private) == sentence(address)


def test_one_internal_address_among_public_ones_refuses_the_host():
    addresses = ["8.8.8.8", "10.0.0.1"]
    assert refusal(URL, addresses, allow_private=False) == sentence("10.0.0.1")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://[::1]:8443/",
        "https://10.1.1.1",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://localhost:8000/",
        "https://loja.LOCALHOST./",
    ],
)
def test_literal_address_is_refused_before_any_lookup(url):
    assert "é um endereço interno" in refusal(url, None, allow_private=False)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://loja.example/", "O endereço de destino começa com “ftp:” em vez de https:."),
        ("file:///etc/passwd", "O endereço de destino começa com “file:” em vez de https:."),
        ("loja.example", "O endereço de destino começa com “:” em vez de https:."),
        ("https:///x", "O endereço de destino não tem um servidor válido."),
        ("https://a%2fb/", "O endereço de destino não tem um servidor válido."),
        ("https://a\\b/", "O endereço de destino não tem um servidor válido."),
        ("https://u:p@loja.example/", "O endereço de destino não pode levar usuário e senha."),
        ("https://@loja.example/", "O endereço de destino não pode levar usuário e senha."),
        ("https://loja.example:x/", "O endereço de destino não é válido."),
        ("https://[::1/", "O endereço de destino não é válido."),
    ],
)
@pytest.mark.parametrize("allow_private", [False, True])
def test_faulty_url_is_refused(url, reason, allow_private):
    assert refusal(url, None, allow_private=allow_private) == reason


def test_plain_http_is_for_private_networks_only():
    assert refusal("http://loja.example/", ["8.8.8.8"], allow_private=False) == (
        "O endereço de destino precisa ser https: o envio leva credenciais e dados da nota. "
        "Para uma loja de testes em rede própria, http só com ALLOW_PRIVATE_DESTINATIONS=on."
    )
    assert refusal("http://127.0.0.1:8100/", ["127.0.0.1"], allow_private=True) is None


@pytest.mark.parametrize("host", ["99999999999.1", "0x.1", "1.2.3.4.5", "1-800.example"])
def test_name_that_only_looks_like_an_old_address_is_left_to_the_lookup(host):
    assert refusal(f"https://{host}/", None, allow_private=False) is None


def test_international_name_is_allowed():
    assert refusal("https://calçados.example/", ["8.8.8.8"], allow_private=False) is None


@given(st.text())
def test_any_text_gets_an_answer(text):
    refusal(text, None, allow_private=False)
    refusal(f"https://{text}", None, allow_private=True)


@given(st.ip_addresses())
def test_whatever_is_not_global_is_refused(address):
    if not address.is_global:
        assert refusal(URL, [str(address)], allow_private=False) == sentence(address)
