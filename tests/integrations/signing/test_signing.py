"""HMAC and Standard Webhooks, each judged by somebody else's code: the receiving side of a library,
or a few lines written from the standard. And what holds for every signature."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from integrations.delivery.render import (
    RenderedRequest,
    render,
)
from integrations.delivery.signing import signed
from tests.integrations.signing.asked import (
    HMAC,
    NOW,
    OAUTH1,
    OAUTH1_SECRETS,
    STANDARD,
    UPDATE,
    WEBHOOK_SECRET,
    request,
)
from tests.platform_samples import INVOICE_XML
from vitrines.platforms.language import RenderError

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
