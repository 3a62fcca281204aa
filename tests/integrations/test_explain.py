"""Each of the 24 causes, walked from what happened to the sentence an operator reads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from werkzeug import Response

from integrations.explain import explain_order, explain_update
from integrations.explaining.causes import Cause
from integrations.models import EventKind, UpdateReason, UpdateState
from integrations.operations import cancel_update, pause_lane
from tests.factories import make_update, make_user
from tests.integrations.shop import Shop
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Told:
    sentence: str
    situation: str
    action: str
    label: str


WALKS: dict[Cause, Callable[[Shop], Told]] = {}


def walk(cause):
    def keep(function):
        WALKS[cause] = function
        return function

    return keep


@walk(Cause.ACCEPTED)
def _(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.dispatch()
    sentence = (
        f"A loja aceitou Em preparação como “PICKING” em 23/11 às 11:00 (envio #{shop.last.pk})."
    )
    return Told(sentence, "up_to_date", "none", "Nada a fazer")


@walk(Cause.ALREADY_APPLIED)
def _(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.dispatch()
    # No default rule of the generic platform recognises it; a platform file's rule does.
    shop.order.status_updates.filter(state=UpdateState.SENT).update(
        reason=UpdateReason.ALREADY_APPLIED
    )
    sentence = (
        f"A loja já estava em “PICKING” quando o envio #{shop.last.pk} chegou, em 23/11 às 11:00."
    )
    return Told(sentence, "up_to_date", "none", "Nada a fazer")


@walk(Cause.ECHO)
def _(shop):
    shop.receive("PAID")
    sentence = (
        "O status Pagamento Confirmado veio da própria loja (“PAID”), "
        "por isso não é devolvido a ela."
    )
    return Told(sentence, "up_to_date", "none", "Nada a fazer")


@walk(Cause.NO_EVENT_YET)
def _(shop):
    order = shop.receive()
    order.status_updates.all().delete()
    order.status = order.status_at = None
    order.save()
    sentence = "O ERP ainda não informou nenhum status deste pedido."
    return Told(sentence, "waiting", "check_erp", "Conferir o pedido no ERP")


@walk(Cause.NOT_INCLUDED_CANCELLED)
def _(shop):
    shop.receive("CANCELED")
    sentence = (
        "O pedido chegou da loja já cancelado (“CANCELED”), e pedido cancelado não é incluído."
    )
    label = "Marcar Processa Inclusão em Cancelado"
    return Told(sentence, "not_included", "force_inclusion", label)


@walk(Cause.NOT_INCLUDED_INACTIVE)
def _(shop):
    shop.row(OrderStatus.PAGAMENTO_CONFIRMADO, active=False)
    shop.receive("PAID")
    sentence = (
        "O pedido não foi incluído: a linha do DE-PARA que recebe “PAID” estava com Ativo "
        "desmarcado."
    )
    return Told(sentence, "not_included", "activate_row", "Ativar a linha no DE-PARA")


@walk(Cause.INBOUND_UNMAPPED)
def _(shop):
    shop.receive("approved")
    sentence = (
        "A loja informou “approved”, que nenhuma linha do DE-PARA recebe: "
        "o pedido espera sem status."
    )
    return Told(sentence, "unmapped", "map_word", "Mapear “approved”")


@walk(Cause.UNMAPPED)
def _(shop):
    shop.receive()
    shop.unmap(OrderStatus.EM_PREPARACAO)
    shop.tell(EventKind.RESERVED)
    sentence = (
        f"Em preparação não tem linha no DE-PARA: o envio #{shop.last.pk} espera o mapeamento."
    )
    return Told(sentence, "unmapped", "map_status", "Mapear Em preparação")


@walk(Cause.INACTIVE)
def _(shop):
    shop.receive()
    shop.row(OrderStatus.EM_PREPARACAO, active=False)
    shop.tell(EventKind.RESERVED)
    sentence = (
        "A linha Em preparação do DE-PARA estava com Ativo desmarcado (revisão 0): "
        f"o envio #{shop.last.pk} não saiu."
    )
    return Told(sentence, "not_sent", "activate_row", "Ativar a linha Em preparação")


@walk(Cause.WAITING_INVOICE_XML)
def _(shop):
    shop.receive()
    shop.row(OrderStatus.DESPACHADO, channel="xml")
    shop.invoice()
    sentence = (
        f"O envio #{shop.last.pk} (Despachado) vai por XML e espera o XML autorizado da "
        "NF-e 29.248/3."
    )
    return Told(sentence, "waiting", "send_invoice_xml", "Enviar o XML da nota pelo ERP")


@walk(Cause.WAITING_TRACKING)
def _(shop):
    shop.receive()
    shop.tell(EventKind.BOARDED)
    sentence = (
        f"O envio #{shop.last.pk} (Embarcado) vai por rastreio e espera um código ou endereço de "
        "rastreio."
    )
    return Told(sentence, "waiting", "send_tracking", "Informar o rastreio pelo ERP")


@walk(Cause.QUEUED_BEHIND)
def _(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.invoice()
    first, second = shop.order.status_updates.filter(state=UpdateState.PENDING).order_by("sequence")
    sentence = (
        f"O envio #{second.pk} (Despachado) espera a vez atrás de outro: "
        f"o envio #{first.pk} (Em preparação) está na fila e sai em instantes."
    )
    return Told(sentence, "waiting", "wait", "Aguardar")


@walk(Cause.RETRYING)
def _(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(503)
    shop.dispatch()
    shop.wait(seconds=13)
    shop.dispatch()
    sentence = (
        f"O envio #{shop.last.pk} (Em preparação) já teve 2 tentativas sem sucesso; "
        "a 3ª de 11 sai em 23/11 às 11:01."
    )
    return Told(sentence, "waiting", "wait", "Aguardar")


@walk(Cause.THROTTLED)
def _(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(Response("", 429, {"Retry-After": "300"}))
    shop.dispatch()
    sentence = (
        "A plataforma pediu para esperar até 23/11 às 11:05; "
        f"o envio #{shop.last.pk} sai depois disso."
    )
    return Told(sentence, "waiting", "wait", "Aguardar")


@walk(Cause.BREAKER_OPEN)
def _(shop):
    shop.receive()
    shop.answer(500)
    for number in range(1, 6):
        make_update(shop.receive(number=str(number)), OrderStatus.EM_PREPARACAO, channel="url")
        shop.dispatch()
    shop.tell(EventKind.RESERVED)
    sentence = (
        "A loja falhou 5 vezes seguidas; os envios param até 23/11 às 11:00 e então um só é "
        "testado."
    )
    return Told(sentence, "waiting", "wait", "Aguardar")


@walk(Cause.LANE_PAUSED)
def _(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    pause_lane(
        vitrine=shop.vitrine, actor=make_user("maria"), reason="Loja em obras.", now=shop.now
    )
    sentence = (
        "Os envios da vitrine LOJA-SP estão pausados desde 23/11 às 11:00 por maria: "
        "“Loja em obras”."
    )
    return Told(sentence, "waiting", "resume_lane", "Retomar os envios")


@walk(Cause.AUTH_REFUSED)
def _(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(Response('{"message": "Token vencido"}', 401))
    shop.dispatch()
    sentence = (
        "A plataforma recusou a credencial da vitrine LOJA-SP: “Token vencido”; "
        "os envios pararam em 23/11 às 11:00."
    )
    return Told(sentence, "outdated", "fix_connection", "Corrigir a credencial")


@walk(Cause.REJECTED)
def _(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(Response('{"message": "OrderInvoice.Code is required"}', 422))
    shop.dispatch()
    sentence = "A plataforma recusou o envio: “OrderInvoice.Code is required”."
    return Told(sentence, "outdated", "retry", "Reenviar depois de corrigir")


@walk(Cause.EXHAUSTED)
def _(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(503)
    for _attempt in range(11):
        shop.dispatch()
        shop.wait(hours=30)
    sentence = (
        f"As 11 tentativas do envio #{shop.last.pk} (Em preparação) se esgotaram em 05/12 às 23:00."
    )
    return Told(sentence, "outdated", "retry", "Reenviar")


@walk(Cause.DESTINATION_REFUSED)
def _(shop):
    shop.vitrine.connection.params["base_url"] = "https://169.254.169.254"
    shop.vitrine.connection.save()
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.dispatch()
    sentence = (
        f"O endereço de destino do envio #{shop.last.pk} não é permitido: "
        f"“{shop.last.detail.rstrip('.')}”."
    )
    return Told(sentence, "outdated", "fix_connection", "Corrigir o endereço de envio")


@walk(Cause.CONFIG_ERROR)
def _(shop):
    shop.receive()
    shop.row(OrderStatus.EM_PREPARACAO, channel="xml")
    shop.tell(EventKind.RESERVED)
    sentence = (
        f"O envio #{shop.last.pk} não pôde ser montado: “Genérica (XML, rastreio ou URL) não "
        "oferece envio por XML para Em preparação. Escolha outro envio no DE-PARA”."
    )
    return Told(sentence, "outdated", "choose_channel", "Escolher outro envio no DE-PARA")


@walk(Cause.CANCELLED_BY_PERSON)
def _(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    cancel_update(
        update=shop.last, actor=make_user("maria"), reason="Ajustado na loja", now=shop.now
    )
    sentence = (
        f"O envio #{shop.last.pk} foi marcado como resolvido fora por maria em 23/11 às 11:00: "
        "“Ajustado na loja”."
    )
    return Told(sentence, "settled", "none", "Nada a fazer")


@walk(Cause.REGRESSION_BLOCKED)
def _(shop):
    order = shop.receive()
    order.status_updates.all().delete()
    make_update(
        order,
        OrderStatus.PAGAMENTO_CONFIRMADO,
        UpdateState.SKIPPED,
        reason=UpdateReason.REGRESSION,
    )
    sentence = (
        f"O envio #{shop.last.pk} (Pagamento Confirmado) não saiu: o fato chegou atrasado e faria "
        "a loja voltar para Pagamento Confirmado."
    )
    return Told(sentence, "not_sent", "none", "Nada a fazer")


@walk(Cause.SUPERSEDED)
def _(shop):
    order = shop.receive()
    order.status_updates.all().delete()
    later = make_update(
        order,
        OrderStatus.EM_PREPARACAO,
        UpdateState.SENT,
        sequence=9,
        kind="tracking",
        reason=UpdateReason.ACCEPTED,
    )
    mine = make_update(
        order,
        OrderStatus.PAGAMENTO_CONFIRMADO,
        UpdateState.SUPERSEDED,
        sequence=8,
        reason=UpdateReason.SUPERSEDED,
        superseded_by=later,
    )
    sentence = (
        f"O envio #{mine.pk} (Pagamento Confirmado) foi superado pelo envio #{later.pk} "
        "(Em preparação), que a loja já aceitou."
    )
    return Told(sentence, "not_sent", "none", "Nada a fazer")


@pytest.mark.parametrize("cause", Cause, ids=str)
def test_cause_is_told(cause, httpserver):
    shop = Shop(httpserver)
    told = WALKS[cause](shop)

    explanation = explain_order(shop.order, now=shop.now)

    assert explanation.cause is cause
    assert explanation.sentence == told.sentence
    assert explanation.situation == told.situation
    assert (explanation.action.code, explanation.action.label) == (told.action, told.label)


@pytest.fixture
def shop(httpserver):
    return Shop(httpserver)


def explain(shop):
    return explain_order(shop.order, now=shop.now)


def test_unpublished_vitrine_has_its_own_sentence(shop):
    shop.receive()
    shop.vitrine.published = False
    shop.vitrine.save()
    shop.tell(EventKind.RESERVED)

    explanation = explain(shop)

    assert explanation.cause is Cause.LANE_PAUSED
    assert explanation.sentence == (
        "“Publicar no servidor atual” está desligado na vitrine LOJA-SP: nada é enviado."
    )
    assert (explanation.action.code, explanation.action.url) == (
        "publish",
        "/vitrines/LOJA-SP/editar/",
    )


def test_address_gone_has_its_own_sentence(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(Response('{"message": "Conta encerrada"}', 410))
    shop.dispatch()

    explanation = explain(shop)

    assert explanation.cause is Cause.LANE_PAUSED
    assert explanation.situation == "outdated"
    assert explanation.sentence == (
        "Os envios da vitrine LOJA-SP pararam desde 23/11 às 11:00: a plataforma diz que o "
        "endereço não existe mais (410): “Conta encerrada”."
    )


def test_due_update_that_nobody_takes_says_that_no_worker_runs(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.wait(minutes=3)

    explanation = explain(shop)

    assert explanation.cause is Cause.QUEUED_BEHIND
    assert explanation.sentence == (
        f"O envio #{shop.last.pk} (Em preparação) está na fila desde 23/11 às 11:00 e ninguém o "
        "pegou: o executor parece parado."
    )
    assert explanation.action.code == "start_worker"


def test_refused_tracking_never_looks_finished(shop):
    shop.receive()
    shop.track()
    shop.dispatch()
    shop.track("in_transit", code="OF767272177BR")
    shop.answer(Response('{"message": "volume desconhecido"}', 422))
    shop.dispatch()

    explanation = explain(shop)

    assert explanation.cause is Cause.REJECTED
    assert explanation.situation == "tracking_missing"
    assert explanation.sentence == "A plataforma recusou o rastreio: “volume desconhecido”."
    assert explanation.hint.startswith("A loja já mostra Embarcado; falta só o rastreio.")
    assert explanation.accepted.status is OrderStatus.EMBARCADO


def test_late_event_leaves_the_accepted_status_as_the_cause(shop):
    shop.receive()
    shop.invoice()
    shop.dispatch()
    (late,) = shop.tell(EventKind.RESERVED)

    explanation = explain(shop)

    assert late.reason == UpdateReason.REGRESSION
    assert explanation.cause is Cause.ACCEPTED
    assert explanation.hint == (
        "Um fato atrasado (Em preparação) foi guardado sem voltar o pedido."
    )
    of_late = explain_update(late, now=shop.now)
    assert of_late.cause is Cause.REGRESSION_BLOCKED


def test_superseded_update_says_by_which_one(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(422, 200)
    shop.dispatch()
    refused = shop.last
    shop.invoice()
    shop.dispatch()
    refused.refresh_from_db()

    explanation = explain_update(refused, now=shop.now)

    assert explanation.cause is Cause.SUPERSEDED
    assert explanation.sentence == (
        f"O envio #{refused.pk} (Em preparação) foi superado pelo envio #{shop.last.pk} "
        "(Despachado), que a loja já aceitou."
    )
    assert explain(shop).cause is Cause.ACCEPTED


def test_update_unmapped_and_since_mapped_is_only_waiting_for_the_sweep(shop):
    shop.receive()
    shop.row(OrderStatus.EM_PREPARACAO, platform_status="")
    shop.tell(EventKind.RESERVED)
    assert explain(shop).sentence == (
        f"Em preparação está sem status da plataforma: o envio #{shop.last.pk} espera o mapeamento."
    )
    shop.row(OrderStatus.EM_PREPARACAO, platform_status="PICKING")

    explanation = explain(shop)

    assert explanation.cause is Cause.UNMAPPED
    assert explanation.action.code == "wait"


def test_accepted_is_what_the_store_took_last_not_what_the_erp_says(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.dispatch()
    sent = shop.last
    shop.wait(hours=1)
    shop.answer(422)
    shop.invoice()
    shop.dispatch()

    explanation = explain(shop)

    assert explanation.expected is OrderStatus.DESPACHADO
    assert explanation.accepted.as_dict() == {
        "platform_status": "PICKING",
        "status": {"code": 2, "label": "Em preparação"},
        "at": "2026-11-23T14:00:00+00:00",
        "update_id": sent.pk,
    }


def test_as_dict_is_plain_json_with_iso_times(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(Response('{"message": "não"}', 422))
    shop.dispatch()

    answer = explain(shop).as_dict()

    assert answer["expected"] == {"code": 2, "label": "Em preparação"}
    assert answer["expected_at"] == "2026-11-23T14:00:00+00:00"
    assert answer["action"] == {
        "code": "retry",
        "label": "Reenviar depois de corrigir",
        "url": f"/atualizacoes/{shop.last.pk}/",
    }
    assert [entry["kind"] for entry in answer["timeline"]] == [
        "event",
        "decision",
        "event",
        "decision",
        "attempt",
    ]
    attempt = answer["timeline"][-1]["attempt"]
    assert (attempt["outcome"], attempt["http_status"]) == ("rejected", 422)


@pytest.mark.parametrize("updates", [1, 3])
def test_explaining_costs_the_same_whatever_the_history(updates, shop, django_assert_num_queries):
    shop.receive()
    kinds = [EventKind.RESERVED, EventKind.PROBLEM, EventKind.CANCELLED][:updates]
    for kind in kinds:
        shop.wait(minutes=1)
        shop.tell(kind)
        shop.dispatch()
    order = shop.order

    with django_assert_num_queries(9):
        explain_order(order, now=shop.now)


def test_times_of_another_year_say_the_year(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.dispatch()

    explanation = explain_order(shop.order, now=shop.now + timedelta(days=60))

    assert "em 23/11/2026 às 11:00" in explanation.sentence
