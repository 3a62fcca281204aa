"""What the tests of signatures sign, and with what."""

from datetime import UTC, datetime

from integrations.delivery.render import RenderedRequest

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
