"""What an explanation says beside the cause: special sentences, what was accepted, its JSON."""

from datetime import timedelta

import pytest
from werkzeug import Response

from integrations.connections import save_connection, stored_connection
from integrations.explain import explain_order, explain_update
from integrations.explaining.causes import Cause
from integrations.models import EventKind, UpdateReason
from tests.factories import make_user
from tests.integrations.shop import Shop
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db


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
        "Os envios da vitrine LOJA-SP estão parados desde 23/11 às 11:00: a plataforma diz "
        "que o endereço não existe mais (410): “Conta encerrada”."
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
        "Um fato fora de ordem (Em preparação) foi guardado sem voltar o pedido."
    )
    of_late = explain_update(late, now=shop.now)
    assert of_late.cause is Cause.REGRESSION_BLOCKED


def test_fact_that_is_newer_but_undoes_a_step_says_where_the_order_was(shop):
    shop.receive()
    shop.tell(EventKind.DELIVERED)
    shop.wait(minutes=10)
    shop.tell(EventKind.CANCELLED)

    cancelled = [entry for entry in explain(shop).timeline if entry.kind == "event"][-1]

    assert cancelled.note == (
        "evento cancelled-2 recebido pela API (token erp-prod) · "
        "o pedido já estava Entregue; guardado, sem voltar o pedido"
    )


def test_older_fact_says_that_a_newer_one_was_there(shop):
    shop.receive()
    shop.tell(EventKind.DELIVERED)
    shop.tell(EventKind.CANCELLED, occurred_at=shop.now - timedelta(minutes=10))

    cancelled = [entry for entry in explain(shop).timeline if entry.kind == "event"][-1]

    assert cancelled.note == (
        "evento cancelled-2 recebido pela API (token erp-prod) · ocorrido em 23/11 às 10:50 · "
        "chegou depois de um fato mais novo; guardado, sem voltar o pedido"
    )


@pytest.mark.parametrize(
    ("params", "secret", "hint"),
    [
        ({}, "outro", "Credencial alterada em 23/11 às 11:05: retome os envios; nada se perdeu."),
        (
            {"auth_user": "integra"},
            "",
            "Parâmetros de envio alterados em 23/11 às 11:05: retome os envios; nada se perdeu.",
        ),
    ],
)
def test_refused_credential_that_was_changed_since_asks_to_resume(params, secret, hint, shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(401)
    shop.dispatch()
    shop.wait(minutes=5)
    stored = stored_connection(shop.vitrine)
    save_connection(
        vitrine=shop.vitrine,
        params={**stored.params, **params},
        new_secrets={"auth_secret": secret},
        removed_secrets=set(),
        known_secrets={"auth_secret"},
        seen_version=stored.version,
        actor=make_user("maria"),
        now=shop.now,
    )

    explanation = explain(shop)

    assert explanation.cause is Cause.AUTH_REFUSED
    assert explanation.hint == hint
    assert explanation.action.as_dict() == {
        "code": "resume_lane",
        "label": "Retomar os envios",
        "url": "/vitrines/LOJA-SP/",
    }


ONLY_CANCELS = """
name = "so_cancela"
label = "Só Cancela"

[[send]]
channel = "url"
statuses = ["CANCELADO"]

[[send.steps]]
url = "https://so-cancela.example/cancelamentos"
"""


@pytest.fixture
def only_cancels(shop, settings, tmp_path):
    (tmp_path / "so_cancela.toml").write_text(ONLY_CANCELS)
    settings.PLATFORMS_DIR = str(tmp_path)
    shop.vitrine.platform = "so_cancela"
    shop.vitrine.save()


def test_status_that_the_platform_has_no_sending_for_is_not_to_be_activated(only_cancels, shop):
    shop.row(OrderStatus.PROBLEMAS, active=False)
    shop.receive()
    shop.tell(EventKind.PROBLEM)

    explanation = explain(shop)

    assert explanation.cause is Cause.INACTIVE
    assert (explanation.action.code, explanation.action.label) == ("none", "Nada a fazer")
    assert explanation.hint == (
        "Só Cancela não oferece nenhum envio para Problemas: com a linha ativa também nada sairia."
    )


def test_status_that_the_platform_has_no_sending_for_is_not_to_be_mapped(only_cancels, shop):
    shop.unmap(OrderStatus.PROBLEMAS)
    shop.receive()
    shop.tell(EventKind.PROBLEM)

    explanation = explain(shop)

    assert explanation.cause is Cause.UNMAPPED
    assert explanation.sentence == (
        "Problemas não tem mapeamento, e Só Cancela não oferece nenhum envio para ele: "
        f"o envio #{shop.last.pk} espera sem ter o que esperar."
    )
    assert explanation.action.label == "Marcar Problemas como não enviado"


@pytest.mark.parametrize(
    ("need", "sentence"),
    [
        ("invoice.xml", "precisa do XML autorizado da NF-e e espera por ele."),
        ("tracking", "precisa de um código ou endereço de rastreio e espera por ele."),
    ],
)
def test_sending_that_needs_what_its_channel_does_not_says_what_it_needs(
    need, sentence, shop, settings, tmp_path
):
    toml = ONLY_CANCELS.replace("so_cancela", "precisa").replace(
        'statuses = ["CANCELADO"]', f'needs = ["{need}"]'
    )
    (tmp_path / "precisa.toml").write_text(toml)
    settings.PLATFORMS_DIR = str(tmp_path)
    shop.vitrine.platform = "precisa"
    shop.vitrine.save()
    shop.row(OrderStatus.EMBARCADO, channel="url")
    shop.receive()
    shop.tell(EventKind.BOARDED)

    assert explain(shop).sentence == f"O envio #{shop.last.pk} (Embarcado) {sentence}"


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

    with django_assert_num_queries(11):
        explain_order(order, now=shop.now)


def test_times_of_another_year_say_the_year(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.dispatch()

    explanation = explain_order(shop.order, now=shop.now + timedelta(days=60))

    assert "em 23/11/2026 às 11:00" in explanation.sentence
