"""Signatures, each judged by somebody else's code: the receiving side of a library, or a few
lines written from the standard."""

import base64
import hashlib
import hmac
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from oauthlib.oauth1 import RequestValidator, SignatureOnlyEndpoint
from standardwebhooks import Webhook, WebhookVerificationError

from integrations.delivery.context import RenderContext
from integrations.delivery.render import (
    RenderedRequest,
    render,
)
from integrations.delivery.signing import signed
from tests.platform_samples import INVOICE_XML, ONE_SEND, platform_from, sample_context
from vitrines.platforms.language import RenderError

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
UPDATE = "6f1d0c1e-2c7b-4a53-9a51-0d4f6a0e7c11"
SECRETS = """
[[params]]
name = "consumer_secret"
label = "Segredo do consumidor"
secret = true

[[params]]
name = "access_secret"
label = "Segredo do acesso"
secret = true

[[params]]
name = "key"
label = "Chave"
secret = true

[[send]]
"""
OAUTH1 = """
[auth]
kind = "oauth1"
consumer_key = "dpf43f3p2l4k3l03"
consumer_secret = "{{ secrets.consumer_secret }}"
access_token = "nnch734d00sl2jdk"
access_secret = "{{ secrets.access_secret }}"
"""
OAUTH1_SECRETS = {"consumer_secret": "kd94hf93k423kf44", "access_secret": "pfkkdhi9sl3r4s00"}
HMAC = """
[auth]
kind = "hmac"
secret = "{{ secrets.key }}"
message = "{{ request.timestamp }}.{{ request.method }}.{{ request.path }}.{{ request.body }}"
headers = { X-Signature = "t={{ request.timestamp }},v1={{ request.signature }}" }
"""
STANDARD = '[auth]\nkind = "standard_webhooks"\nsecret = "{{ secrets.key }}"\n'
#: From the library's own README: "whsec_" and base64.
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def given(tmp_path):
    """The context of a platform whose file has this ``[auth]``."""

    def context(auth, secrets, step=""):
        toml = ONE_SEND.replace("[[send]]", SECRETS, 1) + step + auth
        platform = platform_from(toml, tmp_path)
        return RenderContext.of(
            platform,
            context=sample_context(),
            params={"base_url": "https://loja.example"},
            secrets=secrets,
            captured={},
        )

    return context


def request(url="https://loja.example/orders/12345", method="POST", *, body=None, kind="json"):
    content_types = {
        "json": "application/json",
        "form": "application/x-www-form-urlencoded",
        "xml": "application/xml; charset=utf-8",
    }
    headers = {"Idempotency-Key": UPDATE}
    if body is not None:
        headers["Content-Type"] = content_types[kind]
    return RenderedRequest(method, url, headers, body)


# OAuth 1.0a


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


# HMAC


def test_hmac_signs_the_message_of_the_platform(given):
    body = '{"status": "São"}'.encode()
    asked = request("https://loja.example/orders/1?a=b%20c", body=body)
    sent = signed(asked, given(HMAC, {"key": "s3cr&t/ção"}), at=NOW)

    timestamp = int(NOW.timestamp())
    message = f"{timestamp}.POST./orders/1?a=b%20c.".encode() + body
    signature = hmac.new("s3cr&t/ção".encode(), message, hashlib.sha256).hexdigest()
    assert sent.headers == {**asked.headers, "X-Signature": f"t={timestamp},v1={signature}"}


@pytest.mark.parametrize("algorithm", ["sha256", "sha512", "sha1"])
def test_hmac_covers_a_body_that_is_no_text_byte_for_byte(given, algorithm):
    body = bytes(range(256))
    auth = (
        '[auth]\nkind = "hmac"\nsecret = "{{ secrets.key }}"\nencoding = "base64"\n'
        f'algorithm = "{algorithm}"\nheaders = {{ X-Hub = "{{{{ request.signature }}}}" }}\n'
    )
    sent = signed(request(body=body, kind="xml"), given(auth, {"key": "k"}), at=NOW)

    expected = base64.b64encode(hmac.new(b"k", body, algorithm).digest()).decode()
    assert sent.headers["X-Hub"] == expected


def test_hmac_of_a_request_without_a_body_signs_nothing(given):
    auth = HMAC.replace('message = "{{ request.timestamp }}.{{ request.method }}', 'message = "')
    sent = signed(request("https://loja.example", "GET"), given(auth, {"key": "k"}), at=NOW)

    signature = hmac.new(b"k", b"./.", hashlib.sha256).hexdigest()
    assert sent.headers["X-Signature"].endswith(f"v1={signature}")


def test_hmac_of_a_rendered_step_covers_the_body_that_is_sent(given):
    step = 'json = \'\'\'{ "pedido": "{{ order.number }}", "cidade": "São Paulo" }\'\'\'\n'
    context = given(HMAC, {"key": "k"}, step)
    [rendered_step] = context.platform.sends[0].steps
    asked = render(rendered_step, context, idempotency_key=UPDATE)
    sent = signed(asked, context, at=NOW)

    message = f"{int(NOW.timestamp())}.POST./orders/12345.".encode() + asked.body
    signature = hmac.new(b"k", message, hashlib.sha256).hexdigest()
    assert json.loads(sent.body)["cidade"] == "São Paulo"
    assert sent.headers["X-Signature"].endswith(f",v1={signature}")


def test_hmac_header_with_a_line_break_is_refused(given):
    auth = HMAC.replace("t={{ request.timestamp }}", "t={{ secrets.consumer_secret }}")
    with pytest.raises(RenderError, match="quebra de linha"):
        signed(request(), given(auth, {"key": "k", "consumer_secret": "a\r\nX: 1"}), at=NOW)


# Standard Webhooks


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"cidade": "São Paulo", "nota": "€ 1"}'.encode(), "json"),
        (INVOICE_XML.encode(), "xml"),
        (b"\xef\xbb\xbf<nfeProc/>\r\n", "xml"),
    ],
)
def test_standard_webhook_is_accepted_by_the_librarys_own_receiver(given, body, kind):
    now = datetime.now(UTC)
    sent = signed(request(body=body, kind=kind), given(STANDARD, {"key": WEBHOOK_SECRET}), at=now)

    Webhook(WEBHOOK_SECRET).verify(sent.body, sent.headers, json_parse=False)
    assert sent.headers["webhook-id"] == UPDATE
    assert sent.headers["webhook-timestamp"] == str(int(now.timestamp()))
    other = replace(sent, body=sent.body + b" ")
    with pytest.raises(WebhookVerificationError):
        Webhook(WEBHOOK_SECRET).verify(other.body, other.headers, json_parse=False)


def test_standard_webhook_signature_is_that_of_the_standard_in_any_time_zone(given):
    """``v1,`` and the HMAC-SHA256 of "id.timestamp.body" with the decoded secret."""
    at = NOW.astimezone(timezone(timedelta(hours=-3)))
    sent = signed(request(body=b"{}"), given(STANDARD, {"key": WEBHOOK_SECRET}), at=at)

    key = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
    message = f"{UPDATE}.{int(NOW.timestamp())}.{{}}".encode()
    digest = hmac.new(key, message, hashlib.sha256).digest()
    assert sent.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_standard_webhook_of_a_question_has_an_id_of_its_own(given):
    asked = RenderedRequest("GET", "https://loja.example/orders/1", {}, None)
    sent = signed(
        asked, given(STANDARD, {"key": WEBHOOK_SECRET}), at=NOW, nonce=lambda: "pergunta-1"
    )
    assert sent.headers["webhook-id"] == "pergunta-1"


def test_standard_webhook_of_a_body_that_is_not_utf8_is_refused(given):
    asked = request(body=INVOICE_XML.encode("iso-8859-1"), kind="xml")
    with pytest.raises(RenderError) as caught:
        signed(asked, given(STANDARD, {"key": WEBHOOK_SECRET}), at=NOW)
    assert str(caught.value) == (
        "O corpo não está em UTF-8, e a assinatura Standard Webhooks só cobre texto em UTF-8."
    )


@pytest.mark.parametrize("secret", ["com espaço", "whsec_MfKQ9r8G KYqrTwjU", "whsec_abcde"])
def test_standard_webhook_secret_that_is_not_base64_is_refused(given, secret):
    with pytest.raises(RenderError) as caught:
        signed(request(body=b"{}"), given(STANDARD, {"key": secret}), at=NOW)
    assert "não é base64" in str(caught.value)
    assert secret not in str(caught.value)


def test_standard_webhook_secret_that_is_only_a_prefix_is_refused(given):
    with pytest.raises(RenderError, match="vazio"):
        signed(request(body=b"{}"), given(STANDARD, {"key": "whsec_"}), at=NOW)


def test_unpadded_webhook_secret_is_the_same_secret(given):
    key = base64.b64encode(b"0123456789012345678901234").decode()
    signatures = {
        signed(request(body=b"{}"), given(STANDARD, {"key": secret}), at=NOW).headers[
            "webhook-signature"
        ]
        for secret in (key, key.rstrip("="), f"whsec_{key}")
    }
    assert len(signatures) == 1


# All


@pytest.mark.parametrize(
    ("auth", "named"),
    [(OAUTH1, "consumer_secret"), (HMAC, "key"), (STANDARD, "key")],
)
def test_missing_secret_is_named(given, auth, named):
    with pytest.raises(RenderError) as caught:
        signed(request(body=b"{}"), given(auth, {}), at=NOW)
    assert str(caught.value) == (
        f"A autenticação pede “{{{{ secrets.{named} }}}}”, que não foi preenchido."
    )


@pytest.mark.parametrize(
    ("auth", "secrets"),
    [(OAUTH1, OAUTH1_SECRETS), (HMAC, {"key": "chave"}), (STANDARD, {"key": WEBHOOK_SECRET})],
)
def test_secret_itself_is_never_sent(given, auth, secrets):
    sent = signed(request(body=b"{}"), given(auth, secrets), at=NOW)
    written = " ".join([sent.url, *sent.headers.values()])
    assert [secret for secret in secrets.values() if secret in written] == []


def test_other_kinds_are_left_as_they_are(given):
    asked = request(body=b"{}")
    auth = '[auth]\nkind = "bearer"\ntoken = "{{ secrets.key }}"\n'
    assert signed(asked, given(auth, {"key": "k"}), at=NOW) is asked
