"""Vnda: a call for each step, made for each package of the order."""

from tests.platforms.harness import ScriptedShop, answer, deliver_to, told
from vitrines.statuses import OrderStatus

ORDER = "/api/v2/orders/A1B2C3D4E5"
PACKAGES = f"{ORDER}/packages"
FIRST = f"{PACKAGES}/A1B2C3D4E5-01"
SECOND = f"{PACKAGES}/A1B2C3D4E5-02"
ONE = [{"code": "A1B2C3D4E5-01"}]
TWO = [*ONE, {"code": "A1B2C3D4E5-02"}]
CODE = "QB123456789BR"
URL = "https://rastreio.example/QB123456789BR"
KEY = "35261100000000000191550010000009871000009876"


def send(shop: ScriptedShop, status: OrderStatus, channel: str = "url", **changes):
    changes.setdefault("order", {"platform_id": "A1B2C3D4E5"})
    return deliver_to(shop, "vnda", status=status, channel=channel, word="", **changes)


def ship(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.EMBARCADO, **changes)


def track(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.EMBARCADO, "tracking", **changes)


def invoice(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.DESPACHADO, "xml", **changes)


def test_vnda_success(shop):
    shop.answers(ONE, 204)
    result = ship(shop)
    assert told(result) == ("accepted", "", 204)
    assert shop.lines == [f"GET {PACKAGES}", f"PATCH {FIRST}/ship"]
    assert shop.requests[1].headers["Authorization"] == "Bearer secret-token"
    assert shop.requests[1].headers["X-Shop-Host"] == "www.minhaloja.com.br"
    assert result.captured == {"packages": ["A1B2C3D4E5-01"], "shipped": ["A1B2C3D4E5-01"]}


def test_vnda_refusal(shop):
    shop.answers(ONE, answer({"errors": {"key": ["não é válida"]}}, 422))
    assert told(invoice(shop)) == ("rejected", '{"key": ["não é válida"]}', 422)


def test_vnda_throttled(shop):
    shop.answers(answer({"error": "too many requests"}, 429))
    result = ship(shop)
    assert (*told(result), result.retry_after) == ("throttled", "too many requests", 429, 60)


def test_vnda_already_applied(shop):
    shop.answers(ONE)
    result = ship(shop, captured={"shipped": ["A1B2C3D4E5-01"]})
    assert told(result) == ("already_applied", "", 200)
    assert shop.lines == [f"GET {PACKAGES}"]


def test_vnda_unknown_order(shop):
    shop.answers(answer({"error": "not found"}, 404))
    assert told(ship(shop)) == ("rejected", "not found", 404)


def test_vnda_order_without_packages(shop):
    shop.answers([])
    message = "A Vnda não tem pacotes neste pedido; ele precisa estar confirmado."
    assert told(ship(shop)) == ("rejected", message, 200)


def test_vnda_second_package_that_failed_is_made_again(shop):
    shop.answers(TWO, 204, 500)
    failed = ship(shop)
    assert failed.outcome == "transient"
    shop.answers(TWO, 204)
    assert told(ship(shop, captured=failed.captured)) == ("accepted", "", 204)
    assert shop.lines[3:] == [f"GET {PACKAGES}", f"PATCH {SECOND}/ship"]


def test_vnda_package_of_the_first_try_is_remembered_after_the_second(shop):
    shop.answers(TWO, 204, 500)
    failed = ship(shop)
    shop.answers(TWO, 204)
    mended = ship(shop, captured=failed.captured)
    assert mended.captured["shipped"] == ["A1B2C3D4E5-01", "A1B2C3D4E5-02"]
    shop.answers(TWO)
    assert told(ship(shop, captured=mended.captured)) == ("already_applied", "", 200)


def test_vnda_note(shop):
    shop.answers(ONE, answer({"number": 987}, 201))
    result = invoice(shop)
    assert told(result) == ("accepted", "", 201)
    assert shop.lines == [f"GET {PACKAGES}", f"POST {FIRST}/invoices"]
    assert shop.bodies[1] == {
        "number": 987,
        "series": 1,
        "issued_at": "2026-11-23T02:30:00+00:00",
        "key": KEY,
    }


def test_vnda_note_that_was_accepted_before(shop):
    shop.answers(ONE)
    result = invoice(shop, captured={"invoiced": [f"A1B2C3D4E5-01/{KEY}"]})
    assert told(result) == ("already_applied", "", 200)


def test_vnda_tracking(shop):
    shop.answers(ONE, [], {"tracking_code": CODE}, 204)
    assert told(track(shop)) == ("accepted", "", 204)
    assert shop.lines == [
        f"GET {PACKAGES}",
        f"GET {FIRST}/trackings",
        f"POST {FIRST}/trackings",
        f"PATCH {FIRST}/ship",
    ]
    assert shop.bodies[2] == {"code": CODE, "company": "Correios", "url": URL}


def test_vnda_tracking_that_it_has(shop):
    shop.answers(ONE, [{"id": 1, "tracking_code": CODE}])
    result = track(shop, captured={"shipped": ["A1B2C3D4E5-01"]})
    assert told(result) == ("already_applied", "", 200)


def test_vnda_code_that_begins_another_is_told(shop):
    shop.answers(ONE, [{"id": 1, "tracking_code": f"{CODE}0"}], {"tracking_code": CODE})
    assert told(track(shop, kind="tracking")) == ("accepted", "", 200)
    assert shop.lines[2:] == [f"POST {FIRST}/trackings"]


def test_vnda_late_tracking_ships_nothing(shop):
    shop.answers(ONE, answer({"error": "not found"}, 404), {"tracking_code": CODE})
    assert told(track(shop, kind="tracking")) == ("accepted", "", 200)
    assert shop.lines[2:] == [f"POST {FIRST}/trackings"]


def test_vnda_delivery(shop):
    shop.answers(TWO, 200, 200)
    assert told(send(shop, OrderStatus.ENTREGUE)) == ("accepted", "", 200)
    assert shop.lines[1:] == [f"PATCH {FIRST}/deliver", f"PATCH {SECOND}/deliver"]


def test_vnda_confirmation(shop):
    shop.answers(200)
    assert told(send(shop, OrderStatus.PAGAMENTO_CONFIRMADO)) == ("accepted", "", 200)
    assert shop.lines == [f"POST {ORDER}/confirm"]


def test_vnda_cancellation(shop):
    shop.answers(200)
    assert told(send(shop, OrderStatus.CANCELADO)) == ("accepted", "", 200)
    assert shop.lines == [f"POST {ORDER}/cancel"]
