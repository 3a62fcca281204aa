"""OAuth 1.0a, judged by the receiving side of the library, and by a few lines written from the
standard."""

import base64
import hmac
import re
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from oauthlib.oauth1 import RequestValidator, SignatureOnlyEndpoint

from integrations.delivery.signing import signed
from tests.integrations.signing.asked import (
    NOW,
    OAUTH1,
    OAUTH1_SECRETS,
    request,
)
from tests.platform_samples import INVOICE_XML


class Receiver(RequestValidator):
    """The platform's side, with the keys of the examples."""

    enforce_ssl = False
    timestamp_lifetime = 10**9

    @property
    def safe_characters(self):
        return set("0123456789abcdefghijklmnopqrstuvwxyz")

    def check_client_key(self, client_key):
        return True

    def check_access_token(self, request_token):
        return True

    def check_nonce(self, nonce):
        return True

    def validate_timestamp_and_nonce(self, *_, **__):
        return True

    def validate_client_key(self, client_key, request):
        return client_key == "dpf43f3p2l4k3l03"

    def get_client_secret(self, client_key, request):
        return OAUTH1_SECRETS["consumer_secret"]

    def get_access_token_secret(self, client_key, token, request):
        return OAUTH1_SECRETS["access_secret"]


def accepted_by_receiver(sent):
    """As a server sees it: the library's other half, which shares no state with the first."""
    endpoint = SignatureOnlyEndpoint(Receiver())
    body = sent.body.decode() if sent.body and "form" in sent.headers["Content-Type"] else ""
    headers = {
        name: value for name, value in sent.headers.items() if name == "Authorization" or body
    }
    parts = urlsplit(sent.url)
    # The library's parser takes no raw brackets; a server's own does.
    query = quote(parts.query, safe="=&%+")
    url = parts._replace(query=query).geturl()
    return endpoint.validate_request(url, sent.method, body, headers)[0]


def oauth_parameters(sent):
    kind, _, rest = sent.headers["Authorization"].partition(" ")
    assert kind == "OAuth"
    return dict(re.findall(r'(\w+)="([^"]*)"', rest))


def test_oauth1_of_the_core_specification_gives_its_signature(given):
    """OAuth Core 1.0, appendix A.5: the same photo request as in RFC 5849, with its result."""
    at = datetime.fromtimestamp(1191242096, UTC)
    asked = request("http://photos.example.net/photos?file=vacation.jpg&size=original", "GET")
    sent = signed(
        asked,
        given(f'{OAUTH1}signature = "HMAC-SHA1"\n', OAUTH1_SECRETS),
        at=at,
        nonce=lambda: "kllo9940pd9333jh",
    )
    assert oauth_parameters(sent) == {
        "oauth_consumer_key": "dpf43f3p2l4k3l03",
        "oauth_token": "nnch734d00sl2jdk",
        "oauth_nonce": "kllo9940pd9333jh",
        "oauth_timestamp": "1191242096",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_version": "1.0",
        "oauth_signature": quote("tR3+Ty81lMeYAr/Fid0kMTYa/WM=", safe=""),
    }
    assert (sent.url, sent.body, sent.method) == (asked.url, None, "GET")


def rfc5849_signature(sent, digest):
    """Section 3.4.1, by hand."""
    parts = urlsplit(sent.url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if sent.body and "form" in sent.headers["Content-Type"]:
        pairs += parse_qsl(sent.body.decode(), keep_blank_values=True)
    proof = oauth_parameters(sent)
    pairs += [(name, value) for name, value in proof.items() if name != "oauth_signature"]
    encoded = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in pairs)
    normalised = "&".join(f"{name}={value}" for name, value in encoded)
    base = "&".join(
        quote(text, safe="~")
        for text in (sent.method, f"{parts.scheme}://{parts.netloc}{parts.path}", normalised)
    )
    key = "&".join(OAUTH1_SECRETS.values()).encode()
    return base64.b64encode(hmac.new(key, base.encode(), digest).digest()).decode()


@pytest.mark.parametrize(("method", "digest"), [("HMAC-SHA256", "sha256"), ("HMAC-SHA1", "sha1")])
@pytest.mark.parametrize(
    "asked",
    [
        # The request of RFC 5849, section 3.4.1.1.
        request(
            "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
            body=b"c2=&a3=2+q",
            kind="form",
        ),
        request(
            "https://loja.example/rest/V1/orders?searchCriteria[filter_groups][0][value]=1&x=a+b"
        ),
        request("https://loja.example/pedidos/S%C3%A3o%20Paulo%2F1?n=%C3%A7", "PUT"),
        request("https://loja.example:8443/orders", body='{"nota": "São"}'.encode()),
        request("https://loja.example/orders", body=INVOICE_XML.encode("iso-8859-1"), kind="xml"),
        request("https://loja.example/orders", body=b"", kind="form"),
    ],
)
def test_oauth1_signature_is_the_one_that_the_platform_calculates(given, asked, method, digest):
    context = given(f'{OAUTH1}signature = "{method}"\n', OAUTH1_SECRETS)
    sent = signed(asked, context, at=NOW)

    proof = oauth_parameters(sent)
    assert proof["oauth_signature"] == quote(rfc5849_signature(sent, digest), safe="")
    assert proof["oauth_timestamp"] == str(int(NOW.timestamp()))
    assert accepted_by_receiver(sent)
    assert (sent.url, sent.body) == (asked.url, asked.body)


@pytest.mark.parametrize(
    "tampered",
    [
        {"url": "https://loja.example/orders?a=2"},
        {"method": "PUT"},
        {"body": b"status=cancelled"},
    ],
)
def test_oauth1_receiver_refuses_another_request_under_the_signature(given, tampered):
    asked = request("https://loja.example/orders?a=1", body=b"status=shipped", kind="form")
    sent = signed(asked, given(OAUTH1, OAUTH1_SECRETS), at=NOW)

    assert accepted_by_receiver(sent)
    assert not accepted_by_receiver(replace(sent, **tampered))


def test_oauth1_default_is_sha256_and_each_nonce_is_new(given):
    context = given(OAUTH1, OAUTH1_SECRETS)
    first, second = (oauth_parameters(signed(request(), context, at=NOW)) for _ in range(2))

    assert first["oauth_signature_method"] == "HMAC-SHA256"
    assert first["oauth_nonce"] != second["oauth_nonce"]


def test_oauth1_without_a_token_signs_for_the_consumer(given):
    auth = OAUTH1.split("access_token", maxsplit=1)[0]
    proof = oauth_parameters(signed(request(), given(auth, OAUTH1_SECRETS), at=NOW))

    assert "oauth_token" not in proof
