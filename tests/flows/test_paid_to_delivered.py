"""An order comes in paid, is reserved, invoiced, tracked and delivered: the store shows each."""

from integrations.demo.steps import Arrives, Erp, Invoiced, Tracked
from integrations.models import DeliveryAttempt, EventKind

CODE = "SQ458226057BR"


def test_generic_store_shows_every_step_by_url_xml_and_tracking(world):
    shown = []
    for step in (
        Arrives("paid"),
        Erp(EventKind.RESERVED),
        Invoiced(),
        Tracked(CODE, "posted"),
        Tracked(CODE, "delivered"),
    ):
        world.play(step)
        shown.append(world.stored()["status"])
    assert shown == ["paid", "picking", "invoiced", "shipped", "delivered"]
    stored = world.stored()
    assert [entry["endpoint"] for entry in stored["history"]] == [
        "loja",
        "status",
        "nota-fiscal",
        "rastreio",
        "rastreio",
    ]
    (invoice,) = stored["invoices"]
    assert (invoice["number"], invoice["with_xml"]) == ("100482", True)
    assert invoice["key"] == world.order().invoices.get().chave_nfe
    assert stored["trackings"] == [
        {
            "volume": "1",
            "code": CODE,
            "carrier": "Correios",
            "url": f"https://rastreamento.correios.com.br/app/index.php?objetos={CODE}",
            "delivered": True,
        }
    ]


def test_linx_commerce_is_told_by_update_order_with_the_ez_core_ids(world):
    rio = {"vitrine": "LOJA-RJ", "number": "55010"}
    shown = []
    for step in (
        Arrives("WAITING_PAYMENT"),
        Erp(EventKind.PAYMENT_CONFIRMED),
        Invoiced(),
        Tracked(CODE, "posted"),
        Tracked(CODE, "delivered"),
    ):
        world.play(step, **rio)
        stored = world.stored(**rio)
        shown.append((stored["status"], stored["extras"].get("ID Status EZ Core")))
    assert shown == [
        ("WAITING_PAYMENT", None),
        ("PAID", "2"),
        ("INVOICED", "4"),
        ("SHIPPED", "5"),
        ("DELIVERED", "6"),
    ]
    assert stored["invoices"][0]["with_xml"] is True
    assert [tracking["code"] for tracking in stored["trackings"]] == [CODE]
    assert {entry["endpoint"] for entry in stored["history"]} == {"loja", "UpdateOrder"}


def test_status_that_came_from_the_store_is_not_told_back(world):
    world.play(Arrives("paid"))
    (echo,) = world.order().status_updates.all()
    assert (echo.state, echo.reason) == ("skipped", "echo")
    assert world.requests() == []


def test_each_update_is_accepted_at_the_first_try_under_its_own_key(world):
    world.play(Arrives("paid"), Erp(EventKind.RESERVED), Invoiced())
    updates = world.order().status_updates.filter(state="sent").order_by("sequence")
    keys = [entry["idempotency_key"] for entry in world.stored()["history"][1:]]
    assert keys == [str(update.uuid) for update in updates]
    assert [attempt.outcome for attempt in DeliveryAttempt.objects.all()] == ["accepted"] * 2


def test_prefix_and_leading_zeros_name_the_same_order(world):
    world.play(Arrives("paid"), number="000100482")
    world.play(Erp(EventKind.RESERVED), number="VT-100482")
    assert world.order(number="100482").number == "100482"
    assert world.updates(number="100482") == [("EM_PREPARACAO", "sent", "accepted")]
