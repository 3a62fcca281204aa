"""Wake: situations, note and tracking in one record, and refusals that come with HTTP 200."""

from tests.platforms.harness import ScriptedShop, answer, deliver_to, platform_at, told
from vitrines.platforms.rules import Answer, find
from vitrines.statuses import OrderStatus

ORDER = "/pedidos/74923"
TRACKING = f"{ORDER}/rastreamento"
CODE = "QB123456789BR"
URL = "https://rastreio.example/QB123456789BR"
KEY = "35261100000000000191550010000009871000009876"
#: What Wake answers to a write: the bare word.
TRUE = "True"
NO_RECORD = {"pedidoRastreamentoId": 0}


def record(**changes):
    return {"pedidoRastreamentoId": 55, "rastreamento": "", "chaveAcessoNFE": KEY, **changes}


def send(shop: ScriptedShop, status: OrderStatus, channel: str, word: str, **changes):
    changes.setdefault("order", {"platform_id": "74923"})
    params = {"distribution_center": "3", **changes.pop("params", {})}
    return deliver_to(
        shop, "wake", status=status, channel=channel, word=word, params=params, **changes
    )


def prepare(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.EM_PREPARACAO, "url", changes.pop("word", "16"), **changes)


def track(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.EMBARCADO, "tracking", "9", **changes)


def test_wake_success(shop):
    shop.answers({"situacaoPedidoId": 1}, answer(TRUE))
    assert told(prepare(shop)) == ("accepted", "", 200)
    assert shop.lines == [f"GET {ORDER}/status", f"PUT {ORDER}/status"]
    assert shop.bodies == [None, {"id": 16}]
    assert shop.requests[1].headers["Authorization"] == "Basic secret-token"


def test_wake_refusal(shop):
    message = "A situação atual do pedido não permite a alteração."
    shop.answers({"situacaoPedidoId": 1})
    shop.answers(answer({"resultadoOperacao": False, "codigo": 3, "mensagem": message}, 422))
    assert told(prepare(shop)) == ("rejected", message, 422)


def test_wake_throttled(shop):
    shop.answers(answer("Limite de requisições excedido", 429, Retry_After="38"))
    result = prepare(shop)
    assert (*told(result), result.retry_after) == (
        "throttled",
        "Limite de requisições excedido",
        429,
        38,
    )


def test_wake_already_applied(shop):
    shop.answers({"situacaoPedidoId": 16})
    assert told(prepare(shop)) == ("already_applied", "", 200)
    assert shop.lines == [f"GET {ORDER}/status"]


def test_wake_refusal_with_http_200(shop):
    shop.answers({"situacaoPedidoId": 1}, {"mensagem": "Situação não encontrada"})
    assert told(prepare(shop)) == ("rejected", "Situação não encontrada", 200)


def test_wake_answer_as_an_object(shop):
    shop.answers({"situacaoPedidoId": 1}, {"resultadoOperacao": True, "mensagem": "Atualizado"})
    assert told(prepare(shop)) == ("accepted", "", 200)


def test_wake_situation_that_is_no_number(shop):
    shop.answers({"situacaoPedidoId": 1})
    result = prepare(shop, word="Enviado")
    message = "“{{ mapping.platform_status | int }}”: int: “Enviado” não é um número."
    assert told(result) == ("config", message, 200)
    assert shop.lines == [f"GET {ORDER}/status"]


def test_wake_note(shop):
    shop.answers(NO_RECORD, answer(TRUE))
    result = send(
        shop,
        OrderStatus.DESPACHADO,
        "xml",
        "11",
        params={"nfe_link": "https://notas.empresa.com.br/nfe/"},
        trackings=[],
        tracking=None,
    )
    assert told(result) == ("accepted", "", 200)
    assert shop.lines == [f"GET {TRACKING}", f"POST {TRACKING}"]
    assert shop.bodies[1] == {
        "situacaoPedidoId": 11,
        "centroDistribuicaoId": 3,
        "dataEvento": "2026-11-23T02:30:00+00:00",
        "numeroNotaFiscal": "987",
        "serieNFE": "1",
        "chaveAcessoNFE": KEY,
        "urlNFE": f"https://notas.empresa.com.br/nfe/{KEY}",
        "fulfillment": False,
    }


def test_wake_note_that_it_has(shop):
    shop.answers(record())
    result = send(shop, OrderStatus.DESPACHADO, "xml", "11")
    assert told(result) == ("already_applied", "", 200)


def test_wake_note_of_a_fulfillment_order(shop):
    shop.answers(answer(status=404), answer(TRUE))
    params = {"distribution_center": "", "fulfillment": "yes"}
    result = send(shop, OrderStatus.DESPACHADO, "xml", "11", params=params)
    assert told(result) == ("accepted", "", 200)
    assert "centroDistribuicaoId" not in shop.bodies[1]
    assert shop.bodies[1]["fulfillment"] is True


def test_wake_tracking_beside_the_note(shop):
    shop.answers(record(), answer(TRUE), {"situacaoPedidoId": 11}, answer(TRUE))
    assert told(track(shop)) == ("accepted", "", 200)
    assert shop.lines == [
        f"GET {TRACKING}",
        f"PUT {TRACKING}/55/parcial",
        f"GET {ORDER}/status",
        f"PUT {ORDER}/status",
    ]
    assert shop.bodies == [None, {"rastreamento": CODE, "urlRastreamento": URL}, None, {"id": 9}]


def test_wake_tracking_without_a_note_before(shop):
    shop.answers(NO_RECORD, answer(TRUE))
    assert told(track(shop, invoice=None)) == ("accepted", "", 200)
    assert shop.lines == [f"GET {TRACKING}", f"POST {TRACKING}"]
    assert shop.bodies[1] == {
        "situacaoPedidoId": 9,
        "centroDistribuicaoId": 3,
        "rastreamento": CODE,
        "urlRastreamento": URL,
        "dataEvento": "2026-11-23T02:30:00+00:00",
        "fulfillment": False,
    }


def test_wake_tracking_that_it_has(shop):
    shop.answers(record(rastreamento=CODE), {"situacaoPedidoId": 9})
    assert told(track(shop)) == ("already_applied", "", 200)


def test_wake_delivery(shop):
    shop.answers(answer(TRUE), {"situacaoPedidoId": 9}, answer(TRUE))
    result = send(shop, OrderStatus.ENTREGUE, "tracking", "13")
    assert told(result) == ("accepted", "", 200)
    assert shop.lines == [f"PUT {TRACKING}", f"GET {ORDER}/status", f"PUT {ORDER}/status"]
    assert shop.bodies == [
        {"rastreamento": CODE, "dataEntrega": "2026-11-23T02:30:00+00:00"},
        None,
        {"id": 13},
    ]


def test_wake_late_tracking(shop):
    shop.answers(record(), answer(TRUE))
    assert told(track(shop, kind="tracking")) == ("accepted", "", 200)
    assert shop.lines == [f"GET {TRACKING}", f"PUT {TRACKING}/55/parcial"]


def test_wake_late_tracking_without_a_record(shop):
    shop.answers(NO_RECORD)
    message = (
        "O pedido ainda não tem registro de rastreio na Wake; "
        "o código irá com a nota ou com o status de envio."
    )
    assert told(track(shop, kind="tracking")) == ("rejected", message, 200)


def test_wake_situations_of_the_store(shop):
    listing = platform_at(shop, "wake").list_statuses
    assert listing is not None
    body = '[{"situacaoPedidoId":9,"nome":"Pedido Enviado"}]'
    told_by_store = find(listing.statuses, Answer(200, text=body))
    assert told_by_store == [{"code": 9, "label": "Pedido Enviado"}]
