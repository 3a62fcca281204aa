"""Each of the 24 causes, walked from what happened to the sentence an operator reads."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from werkzeug import Response

from integrations.explain import explain_order
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
    return Told(sentence, "waiting", "send_invoice_xml", "Informar o XML da nota")


@walk(Cause.WAITING_TRACKING)
def _(shop):
    shop.receive()
    shop.tell(EventKind.BOARDED)
    sentence = (
        f"O envio #{shop.last.pk} (Embarcado) vai por rastreio e espera um código ou endereço de "
        "rastreio."
    )
    return Told(sentence, "waiting", "send_tracking", "Informar o rastreio")


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
        "A loja falhou 5 vezes seguidas; os envios param até 23/11 às 11:00:30 e então um só "
        "é testado."
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
        f"O envio #{shop.last.pk} (Pagamento Confirmado) não saiu: o fato chegou fora de ordem e "
        "faria a loja voltar para Pagamento Confirmado."
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
