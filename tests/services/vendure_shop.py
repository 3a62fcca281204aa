"""What a customer and the shop's staff do in a Vendure: GraphQL over its shop and admin APIs.

Vendure answers HTTP 200 for a refusal too, so every answer is looked into.
"""

from dataclasses import dataclass
from typing import Any

import requests

STAFF = {"username": "admin", "password": "senha-de-teste"}
SECONDS = 30
#: Variant id and quantity: two shirts and a mug.
ITEMS = (("1", 2), ("3", 1))

PLACED = "{ __typename ... on Order { code state } ... on ErrorResult { errorCode message } }"
CHECKOUT = (
    """setCustomerForOrder(input: {
      firstName: "Maria", lastName: "Souza", emailAddress: "maria@cliente.example" })""",
    """setOrderShippingAddress(input: { fullName: "Maria Souza", streetLine1: "Rua das Flores, 1",
      city: "São Paulo", province: "SP", postalCode: "01000-000", countryCode: "BR" })""",
    'setOrderShippingMethod(shippingMethodId: ["1"])',
    'transitionOrderToState(state: "ArrangingPayment")',
)
ORDER = """query ($code: String!) { orders(options: { filter: { code: { eq: $code } } }) { items {
  id code state
  lines { id quantity }
  fulfillments { id state method trackingCode lines { orderLineId quantity } }
  history { items { type isPublic data } }
} } }"""
LOGIN = """mutation ($username: String!, $password: String!) {
  login(username: $username, password: $password) {
    __typename ... on ErrorResult { errorCode message } } }"""
FULFIL = """mutation ($input: FulfillOrderInput!) { done: addFulfillmentToOrder(input: $input) {
  __typename ... on Fulfillment { id } ... on ErrorResult { errorCode message } } }"""
MOVE = """mutation ($id: ID!, $state: String!) {
  done: transitionFulfillmentToState(id: $id, state: $state) {
    __typename ... on Fulfillment { id } ... on ErrorResult { errorCode message } } }"""
CANCEL = """mutation ($input: CancelOrderInput!) { done: cancelOrder(input: $input) {
  __typename ... on Order { id } ... on ErrorResult { errorCode message } } }"""
CREATE_ROLE = """mutation ($input: CreateRoleInput!) { createRole(input: $input) { id } }"""
CREATE_KEY = """mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { apiKey entityId } }"""


class Refused(Exception):
    """Vendure did not do it; the message is its answer."""


def graphql(
    session: requests.Session, url: str, query: str, variables: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The ``data`` of the answer. A login's token is kept by the session from then on."""
    answer = session.post(url, json={"query": query, "variables": variables or {}}, timeout=SECONDS)
    body = answer.json()
    if answer.status_code != 200 or "errors" in body:
        raise Refused(f"HTTP {answer.status_code}: {body}")
    if token := answer.headers.get("vendure-auth-token"):
        session.headers["Authorization"] = f"Bearer {token}"
    data: dict[str, Any] = body["data"]
    return data


@dataclass
class VendureOrder:
    """As the staff sees it."""

    id: str
    code: str
    state: str
    #: ``(line id, quantity)``
    lines: list[tuple[str, int]]
    #: As the API answers them: id, state, method, trackingCode, lines.
    fulfillments: list[dict[str, Any]]
    #: ``(text, shown to the customer)``, oldest first.
    notes: list[tuple[str, bool]]


class VendureShop:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def place_order(self, payment: str = "pix") -> str:
        """A customer buys; the code of the order.

        It is then PaymentSettled, or PaymentAuthorized when paid by ``boleto``.
        """
        pay = f'addPaymentToOrder(input: {{ method: "{payment}", metadata: {{}} }})'
        cart = [
            f'addItemToOrder(productVariantId: "{variant}", quantity: {quantity})'
            for variant, quantity in ITEMS
        ]
        with requests.Session() as customer:
            for step in (*cart, *CHECKOUT, pay):
                data = graphql(
                    customer, f"{self.base_url}/shop-api", f"mutation {{ done: {step} {PLACED} }}"
                )
                if data["done"]["__typename"] != "Order":
                    raise Refused(f"{step}: {data}")
        code: str = data["done"]["code"]
        return code

    def staff(self) -> "VendureStaff":
        session = requests.Session()
        done = graphql(session, f"{self.base_url}/admin-api", LOGIN, STAFF)
        if done["login"]["__typename"] != "CurrentUser":
            raise Refused(str(done))
        return VendureStaff(self.base_url, session)

    def staff_with_key(self, key: str) -> "VendureStaff":
        session = requests.Session()
        session.headers["vendure-api-key"] = key
        return VendureStaff(self.base_url, session)


class VendureStaff:
    def __init__(self, base_url: str, session: requests.Session) -> None:
        self.url = f"{base_url}/admin-api"
        self.session = session

    def ask(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        return graphql(self.session, self.url, query, variables)

    def create_api_key(self, name: str = "backoffice") -> str:
        """A key that may read and change orders and do nothing else; Vendure shows it once."""
        role = {"code": name, "description": name, "permissions": ["ReadOrder", "UpdateOrder"]}
        role_id = self.ask(CREATE_ROLE, {"input": role})["createRole"]["id"]
        wish = {"roleIds": [role_id], "translations": [{"languageCode": "en", "name": name}]}
        key: str = self.ask(CREATE_KEY, {"input": wish})["createApiKey"]["apiKey"]
        return key

    def ship(self, code: str, tracking_code: str) -> None:
        """What the staff can do by hand: one fulfilment of all lines, marked as Shipped."""
        lines = [
            {"orderLineId": line, "quantity": quantity} for line, quantity in self.order(code).lines
        ]
        arguments = [
            {"name": "method", "value": "Correios"},
            {"name": "trackingCode", "value": tracking_code},
        ]
        handler = {"code": "manual-fulfillment", "arguments": arguments}
        made = self._do(FULFIL, {"input": {"lines": lines, "handler": handler}})
        self._do(MOVE, {"id": made, "state": "Shipped"})

    def cancel(self, code: str) -> None:
        self._do(CANCEL, {"input": {"orderId": self.order(code).id, "reason": "Desistência"}})

    def _do(self, mutation: str, variables: dict[str, Any]) -> str:
        done: dict[str, str] = self.ask(mutation, variables)["done"]
        if "id" not in done:
            raise Refused(str(done))
        return done["id"]

    def order(self, code: str) -> VendureOrder:
        (found,) = self.ask(ORDER, {"code": code})["orders"]["items"]
        return VendureOrder(
            id=found["id"],
            code=found["code"],
            state=found["state"],
            lines=[(line["id"], line["quantity"]) for line in found["lines"]],
            fulfillments=found["fulfillments"],
            notes=[
                (entry["data"]["note"], entry["isPublic"])
                for entry in found["history"]["items"]
                if entry["type"] == "ORDER_NOTE"
            ],
        )
