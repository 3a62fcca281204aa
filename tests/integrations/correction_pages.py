"""*Corrigir* on the order's page, as its tests read it and fill it in."""

from lxml import html

from tests.integrations.people import OPERATOR

PAGE = "/pedidos/LOJA-SP/100482/"
TRACKING = f"{PAGE}corrigir/rastreio/"
NOTE = f"{PAGE}corrigir/nota/"
CORRECTOR = (*OPERATOR, "vitrines.correct_order")


def tree_of(response):
    return html.fromstring(response.content.decode())


def fields(response, form="rastreio"):
    """What the form would send as it was opened."""
    found = tree_of(response).xpath(f"//form[@id='{form}']//*[@name]")
    return {
        field.get("name"): field.get("value", "") or (field.text or "").strip()
        for field in found
        if field.get("name") != "csrfmiddlewaretoken"
    }


def errors(response):
    return [
        " ".join(e.text_content().split()) for e in tree_of(response).xpath("//*[@class='error']")
    ]


def messages(response):
    return [str(message) for message in response.context["messages"]]


def typed(client, address=PAGE, **changes):
    return fields(client.get(address)) | changes
