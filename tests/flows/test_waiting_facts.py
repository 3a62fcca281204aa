"""An update that lacks the note's XML or a tracking waits for it, and then goes by itself."""

from integrations.demo.steps import Arrives, Erp, Invoiced, Tracked, XmlArrives
from integrations.models import EventKind


def test_invoiced_without_xml_waits_and_is_sent_once_the_file_comes(world):
    world.play(Arrives("paid"), Invoiced(xml=False))
    assert world.updates() == [("DESPACHADO", "held", "waiting_invoice_xml")]
    assert world.requests() == []
    world.play(XmlArrives())
    assert world.updates() == [("DESPACHADO", "sent", "accepted")]
    assert world.stored()["invoices"][0]["with_xml"] is True


def test_boarded_without_tracking_waits_and_is_sent_once_a_code_comes(world):
    world.play(Arrives("paid"), Invoiced(), Erp(EventKind.BOARDED))
    assert world.updates()[-1] == ("EMBARCADO", "held", "waiting_tracking")
    assert world.stored()["status"] == "invoiced"
    world.play(Tracked("SQ458226057BR"))
    assert ("EMBARCADO", "sent", "accepted") in world.updates()
    assert world.stored()["status"] == "shipped"
    assert [tracking["code"] for tracking in world.stored()["trackings"]] == ["SQ458226057BR"]
    assert world.requests() == ["applied", "applied"]
