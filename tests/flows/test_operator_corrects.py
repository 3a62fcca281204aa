"""From the search box to the answer in two clicks, and from the answer to a store that is right."""

from lxml import html

from integrations.demo.steps import Arrives, Erp, Invoiced
from integrations.models import EventKind
from tests.people import client_of


def opened_form(response):
    found = html.fromstring(response.content.decode()).xpath("//form[@id='rastreio']//*[@name]")
    return {field.get("name"): field.get("value", "") for field in found}


def test_operator_finds_the_order_gives_the_tracking_and_puts_a_slip_right(world):
    world.play(Arrives("paid"), Invoiced(), Erp(EventKind.BOARDED))
    client = client_of("Operação")

    answer = client.get("/buscar/", {"q": "VT-100482"}, follow=True)
    assert answer.context["explanation"].cause == "waiting_tracking"
    page = answer.redirect_chain[0][0]

    typed = opened_form(answer) | {"code": "SW371675211BR", "carrier": "Correios"}
    answer = client.post(f"{page}corrigir/rastreio/", typed, follow=True)
    world.stage.dispatch()
    assert world.stored()["status"] == "shipped"

    typed = opened_form(client.get(page)) | {"code": "SQ458226057BR"}
    answer = client.post(f"{page}corrigir/rastreio/", typed, follow=True)
    world.stage.dispatch()

    told = [tracking["code"] for tracking in world.stored()["trackings"]]
    assert told == ["SW371675211BR", "SQ458226057BR"]
    answer = client.get(page)
    assert answer.context["explanation"].cause == "accepted"
    assert [str(tracking) for tracking in answer.context["followed"]] == ["SQ458226057BR"]
