"""What somebody does on the page, and what the store then saw."""

from django.urls import reverse
from lxml import html

SECRET = "s3gr3d0&da-loja"


def page(vitrine):
    return reverse("send_tests", args=[vitrine.code])


def filled(maria, vitrine, **values):
    """The form as it was opened, filled in."""
    tree = html.fromstring(maria.get(page(vitrine)).content.decode())
    (key,) = tree.xpath("//input[@name='key']/@value")
    return {
        "key": key,
        "pedido": "VT-100482",
        "status": "PAGAMENTO_CONFIRMADO",
        "envio": "",
        "confirmado": "on",
        **values,
    }


def press(maria, vitrine, **values):
    return maria.post(page(vitrine), filled(maria, vitrine, **values))


def words(response, xpath):
    tree = html.fromstring(response.content.decode())
    return [" ".join(found.text_content().split()) for found in tree.xpath(xpath)]


def asked(store):
    return [(request.method, request.path) for request, _ in store.log]
