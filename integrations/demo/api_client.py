"""The HTTP API as the ERP and the store call it: real requests through the whole stack.

Django's own test client carries them in-process, so that no port and no second process is needed.
"""

from typing import Any

from django.test import Client


class ApiRefused(Exception):
    """The API answered with an error; ``str(error)`` shows the call and the answer."""


class ApiClient:
    def __init__(self, *, key: str) -> None:
        self._client = Client(headers={"authorization": f"Bearer {key}"}, SERVER_NAME="127.0.0.1")

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._client.post(f"/api/v1/{path}", body, content_type="application/json")
        return _checked(f"POST {path}", answer)

    def post_invoice(self, *, vitrine: str, order: str, xml: bytes) -> dict[str, Any]:
        answer = self._client.post(
            "/api/v1/invoices",
            data=xml,
            content_type="application/xml",
            query_params={"vitrine": vitrine, "order": order},
        )
        return _checked("POST invoices", answer)


def _checked(call: str, answer: Any) -> dict[str, Any]:
    if answer.status_code >= 400:
        raise ApiRefused(f"{call}: {answer.status_code} {answer.content.decode()[:500]}")
    value: dict[str, Any] = answer.json()
    return value
