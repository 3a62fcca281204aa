"""The count and the examples before anything is done: what is shown is what the run does."""

from collections import Counter

import pytest
from cryptography.fernet import Fernet
from django.test import override_settings

from integrations.models import Connection, LeftOut, ReplayMode, StatusUpdate, UpdateState
from integrations.replay import previews
from integrations.replay.advancing import advance_replays
from integrations.replay.previews import Tally, preview
from integrations.replay.runs import start
from integrations.replay.selection import Plan, Selection
from tests.factories import (
    NOW,
    make_invoice,
    make_mapping,
    make_order,
    make_update,
    make_vitrine,
)
from tests.integrations.dispatcher.dispatching import dispatch, enqueue
from tests.integrations.replay.replaying import DISPATCHED, PAID, PREPARING, WHY, failures, items
from vitrines.models import Vitrine

pytestmark = pytest.mark.django_db

SENT, FAILED = UpdateState.SENT, UpdateState.FAILED


def shown(mode, *updates, **narrowed):
    selection = Selection(updates=tuple(update.pk for update in updates), **narrowed)
    return preview(Plan.freeze(ReplayMode(mode), selection, now=NOW))


def every_kind(vitrine):
    """An order for each way to be."""
    ways = [
        (PAID, "sent", "accepted"),
        (PREPARING, "failed", "rejected"),
        (PREPARING, "failed", "config"),
        (DISPATCHED, "held", "unmapped"),
        (DISPATCHED, "held", "waiting_invoice_xml"),
        (PAID, "skipped", "inactive"),
        (PAID, "skipped", "echo"),
        (PAID, "skipped", "regression"),
        (PAID, "superseded", "superseded"),
        (PAID, "cancelled", "cancelled"),
        (PAID, "pending", ""),
    ]
    for number, (status, state, reason) in enumerate(ways):
        order = make_order(vitrine, f"{vitrine.code}-{number}")
        make_update(order, status, UpdateState(state), reason=reason)
    passed = make_order(vitrine, f"{vitrine.code}-passed")
    make_update(passed, PAID, SENT, reason="accepted")
    make_update(passed, PREPARING, SENT, reason="accepted")
    waits = make_order(vitrine, f"{vitrine.code}-waits")
    make_update(waits, PAID, SENT, reason="accepted")
    make_update(waits, PREPARING, FAILED, reason="exhausted")


@pytest.mark.parametrize("mode", ReplayMode.values)
def test_what_is_counted_is_what_is_done(mode, vitrine, clock):
    vitrine.status_mappings.filter(status=DISPATCHED).update(active=False)
    every_kind(vitrine)
    elsewhere = make_vitrine("SUMIU")
    every_kind(elsewhere)
    Vitrine.objects.filter(pk=elsewhere.pk).update(platform="sumiu")
    StatusUpdate.objects.filter(vitrine=elsewhere).update(platform="sumiu")
    plan = Plan.freeze(ReplayMode(mode), Selection(since=NOW.date()), now=NOW)
    seen = preview(plan)
    run = start(plan, reason=WHY, actor=None, now=NOW)
    for _ in range(6):
        advance_replays(now=clock.now)
        clock.pass_by(seconds=1)

    done = Counter(reason for _, _, reason in items(run) if reason)
    counted = Counter({reason.value: number for reason, number in seen.left_out})
    # Only a look at each tells that nothing was recorded to compare with.
    counted["no_record"] += done["no_record"]
    assert +counted == done
    queued = sum(outcome == "queued" for _, outcome, _ in items(run))
    assert queued == seen.to_go - done["no_record"]
    assert (
        seen.selected
        == run.selected
        == len(items(run))
        == StatusUpdate.objects.count()
        - (StatusUpdate.objects.filter(replay_of__isnull=False).count())
    )


def test_count_by_vitrine_and_by_cause(vitrine):
    other = make_vitrine("LOJA-RJ")
    for number in range(3):
        make_update(make_order(vitrine, str(number)), state=FAILED, reason="rejected")
    make_update(make_order(vitrine, "3"), state=FAILED, reason="exhausted")
    make_update(make_order(other, "4"), state=UpdateState.HELD, reason="waiting_tracking")

    seen = shown("renderizar", since=NOW.date())

    assert seen.by_vitrine == [Tally("LOJA-SP", 4, 4), Tally("LOJA-RJ", 1, 0)]
    assert seen.by_cause == [
        Tally("Recusado", 3, 3),
        Tally("Falhou: tentativas esgotadas", 1, 1),
        Tally("Aguardando: o rastreio", 1, 0),
    ]
    assert seen.left_out == [(LeftOut.NOTHING_TO_SEND, 1)]


def test_nothing_selected_is_counted_as_nothing(vitrine):
    seen = shown("renderizar", vitrine="LOJA-SP")

    assert (seen.selected, seen.to_go, seen.left_out, seen.examples) == (0, 0, [], ())


def test_examples_are_three_that_would_go_with_what_would_be_asked(vitrine):
    for number in range(5):
        make_update(make_order(vitrine, str(number)), state=FAILED, reason="rejected")
    make_update(make_order(vitrine, "0-inactive"), PAID, FAILED, reason="rejected")
    vitrine.status_mappings.filter(status=PAID).update(active=False)

    seen = shown("decidir", state="failed")

    assert [example.update.order.number for example in seen.examples] == ["0", "1", "2"]
    example = seen.examples[0]
    [made] = example.send.requests
    assert (example.is_new, example.why_not) == (False, None)
    assert made.request.url.endswith("/pedidos/loja-0/status")
    assert b'"status": "PICKING"' in made.request.body
    assert made.request.headers["Idempotency-Key"] == str(example.update.uuid)


def test_example_of_a_repeat_has_a_key_that_is_not_known_yet(vitrine, store, clock):
    sent = enqueue(vitrine)
    dispatch(clock)

    [example] = shown("reenviar", sent).examples

    assert example.is_new
    assert example.send.requests[0].request.headers["Idempotency-Key"] == "(nova)"


def test_example_is_decided_by_todays_mapping(vitrine, store, clock):
    sent = enqueue(vitrine)
    dispatch(clock)
    vitrine.status_mappings.filter(status=PREPARING).update(platform_status="SEPARANDO")

    [example] = shown("decidir", sent).examples

    assert b'"status": "SEPARANDO"' in example.send.requests[0].request.body
    assert StatusUpdate.objects.get(pk=sent.pk).platform_status == "PICKING"


def test_example_whose_bytes_would_differ_says_so(vitrine, store, clock):
    sent = enqueue(vitrine)
    dispatch(clock)
    connection = Connection.objects.get(vitrine=vitrine)
    connection.params["url_body"] = '{ "outro": "corpo" }'
    connection.save()
    never = make_update(make_order(vitrine, "9"), state=FAILED, reason="config")

    seen = shown("reenviar", sent, never)

    assert [example.why_not for example in seen.examples] == [LeftOut.DIFFERENT, LeftOut.NO_RECORD]
    assert [example.send for example in seen.examples] == [None, None]


def test_example_of_a_vitrine_that_cannot_send_now_says_that_it_waits(vitrine):
    """A secret that no key opens: what is queued waits, and the file of the platform is well."""
    connection = Connection.objects.get(vitrine=vitrine)
    connection.secrets = {"token": "s3cret"}
    connection.save()
    [failed] = failures(vitrine, 1)

    with override_settings(FIELD_ENCRYPTION_KEYS=[Fernet.generate_key().decode()]):
        [example] = shown("renderizar", failed).examples

    assert (example.why_not, example.send) == (None, None)
    assert example.problem.startswith("Nenhuma chave de FIELD_ENCRYPTION_KEYS abre este segredo.")


@pytest.mark.parametrize("mode", ReplayMode.values)
def test_sending_that_the_platform_does_not_offer_is_not_promised(mode, clock):
    """VTEX takes Despachado by XML only; the row chose URL."""
    vtex = make_vitrine("VTEX-SP", platform="vtex")
    make_mapping(vtex, DISPATCHED, "invoiced", channel="url")
    make_update(make_order(vtex), DISPATCHED, FAILED, reason="config", channel="url")
    plan = Plan.freeze(ReplayMode(mode), Selection(state="failed"), now=NOW)

    seen = preview(plan)
    run = start(plan, reason=WHY, actor=None, now=NOW)
    advance_replays(now=clock.now)

    assert (seen.to_go, seen.left_out) == (0, [(LeftOut.NOT_OFFERED, 1)])
    assert seen.examples == ()
    assert [(outcome, reason) for _, outcome, reason in items(run)] == [("left_out", "not_offered")]


def test_offered_and_not_offered_of_one_status_are_counted_apart():
    vtex = make_vitrine("VTEX-SP", platform="vtex")
    make_update(make_order(vtex, "1"), DISPATCHED, FAILED, reason="config", channel="url")
    by_xml = make_update(make_order(vtex, "2"), DISPATCHED, FAILED, reason="config", channel="xml")
    make_invoice(by_xml.order, xml=b"<nfeProc/>")

    seen = shown("renderizar", state="failed")

    assert (seen.to_go, seen.left_out) == (1, [(LeftOut.NOT_OFFERED, 1)])
    assert [example.update for example in seen.examples] == [by_xml]


@pytest.fixture
def noted():
    """Refused, of VTEX by XML: the first order has its note's, of three retention removed it."""
    vtex = make_vitrine("VTEX-SP", platform="vtex")
    make_mapping(vtex, DISPATCHED, "invoiced", channel="xml")
    updates = [
        make_update(make_order(vtex, str(n)), DISPATCHED, FAILED, reason="rejected", channel="xml")
        for n in range(4)
    ]
    for number, update in enumerate(updates):
        make_invoice(update.order, f"{number}" * 44, xml=b"" if number else b"<nfeProc/>")
    return updates


@pytest.mark.parametrize("mode", ["renderizar", "decidir"])
def test_what_lacks_a_fact_is_counted_where_they_are_few(mode, noted, clock):
    plan = Plan.freeze(ReplayMode(mode), Selection(state="failed"), now=NOW)

    seen = preview(plan)
    run = start(plan, reason=WHY, actor=None, now=NOW)
    advance_replays(now=clock.now)

    assert (seen.selected, seen.to_go, seen.at_most) == (4, 1, False)
    assert seen.left_out == [(LeftOut.WAITS_FOR_FACT, 3)]
    assert [example.update for example in seen.examples] == noted[:1]
    assert [outcome for _, outcome, _ in items(run)].count("queued") == 1


@pytest.mark.parametrize("mode", ["renderizar", "decidir"])
def test_number_is_one_at_most_where_many_may_lack_a_fact(mode, noted, monkeypatch):
    monkeypatch.setattr(previews, "LOOKED_AT", 3)

    seen = shown(mode, state="failed")

    assert (seen.to_go, seen.left_out, seen.at_most) == (4, [], True)
    told = [example.why_not for example in seen.examples]
    assert told == [None, LeftOut.WAITS_FOR_FACT, LeftOut.WAITS_FOR_FACT]


@pytest.mark.parametrize("count", [1, 30])
def test_facts_cost_the_same_however_many_are_asked_for_them(count, django_assert_num_queries):
    vtex = make_vitrine("VTEX-SP", platform="vtex")
    for number in range(count):
        order = make_order(vtex, str(number))
        make_update(order, DISPATCHED, FAILED, reason="rejected", channel="xml")
    plan = Plan.freeze(ReplayMode.RENDER, Selection(state="failed"), now=NOW)

    with django_assert_num_queries(5):
        seen = preview(plan)

    assert (seen.to_go, seen.left_out) == (0, [(LeftOut.WAITS_FOR_FACT, count)])


@pytest.mark.parametrize("mode", ["renderizar", "decidir"])
def test_number_is_exact_where_nothing_but_the_mapping_is_asked_for(mode, failed):
    seen = shown(mode, state="failed")

    assert (seen.to_go, seen.at_most) == (2, False)


def test_number_of_what_goes_as_the_same_bytes_is_one_at_most(failed):
    assert shown("reenviar", state="failed").at_most


@pytest.mark.parametrize("count", [3, 60])
def test_preview_costs_the_same_however_many_are_selected(
    count, vitrine, django_assert_num_queries
):
    for number in range(count):
        make_update(make_order(vitrine, str(number)), state=FAILED, reason="rejected")
    plan = Plan.freeze(ReplayMode.DECIDE, Selection(state="failed"), now=NOW)

    with django_assert_num_queries(25):
        seen = preview(plan)

    assert (seen.to_go, len(seen.examples)) == (count, 3)
