"""A code that was wrong: kept as replaced, told no more, and the store hears of the right one."""

import pytest
from werkzeug import Response

from integrations.corrections import CorrectionRefused, TrackingChanged, typed_of
from integrations.explain import explain_order
from integrations.models import Event, EventKind
from tests.factories import make_user
from tests.integrations.correcting import RIGHT, THIRD, WRONG, correct, row_of, rows, states, told
from tests.integrations.shop import Shop
from vitrines.models import AuditAction, AuditEntry, Tracking
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(httpserver):
    return Shop(httpserver)


@pytest.fixture
def maria():
    return make_user("maria")


def test_wrong_code_is_kept_as_replaced_and_the_store_is_told_the_right_one(
    shop, maria, httpserver
):
    shop.receive()
    shop.track(code=WRONG)
    shop.dispatch()
    shop.wait(minutes=5)

    done = correct(shop, maria, row=row_of(shop, WRONG))
    shop.dispatch()

    assert rows(shop) == [("1", WRONG, None), ("1", RIGHT, WRONG)]
    assert told(httpserver) == [WRONG, RIGHT]
    assert [update.kind for update in done.updates] == ["tracking"]
    assert states(shop)[-2:] == [
        ("status", "sent", "accepted"),
        ("tracking", "sent", "accepted"),
    ]
    right = row_of(shop, RIGHT)
    assert (right.carrier_event, right.carrier) == ("posted", "Correios")


def test_correction_is_audited_with_before_and_after(shop, maria):
    shop.receive()
    shop.track(code=WRONG)

    correct(shop, maria, row=row_of(shop, WRONG), carrier="Jadlog")

    assert AuditEntry.objects.get().details == {
        "before": {"volume": "1", "code": WRONG, "carrier": "Correios", "url": ""},
        "after": {"code": RIGHT, "carrier": "Jadlog", "url": ""},
    }


def test_status_that_was_not_told_yet_tells_the_right_code_by_itself(shop, maria, httpserver):
    shop.receive()
    shop.track(code=WRONG)
    assert states(shop)[-1] == ("status", "pending", "")

    done = correct(shop, maria, row=row_of(shop, WRONG))
    shop.dispatch()

    assert ([update.pk for update in done.updates], told(httpserver)) == ([shop.last.pk], [RIGHT])
    assert len(states(shop)) == 2


def test_refused_status_goes_out_again_with_the_right_code(shop, maria, httpserver):
    shop.receive()
    shop.track(code=WRONG)
    shop.answer(422, 200)
    shop.dispatch()
    refused = shop.last
    assert refused.state == "failed"
    shop.wait(minutes=5)

    done = correct(shop, maria, row=row_of(shop, WRONG))
    shop.dispatch()

    assert [update.pk for update in done.updates] == [refused.pk]
    assert told(httpserver) == [WRONG, RIGHT]
    refused.refresh_from_db()
    assert (refused.state, refused.tracking.code) == ("sent", WRONG)
    assert {entry.action for entry in AuditEntry.objects.all()} == {
        AuditAction.ORDER_TRACKING,
        AuditAction.UPDATE_RETRY,
    }


def test_refused_tracking_is_superseded_by_the_one_that_tells_the_right_code(
    shop, maria, httpserver
):
    shop.receive()
    shop.row(OrderStatus.EMBARCADO, channel="url")
    shop.answer(200, 422, 200)
    shop.track(code=WRONG)
    shop.dispatch()
    refused = shop.last
    assert (refused.kind, refused.state) == ("tracking", "failed")
    shop.wait(minutes=5)

    correct(shop, maria, row=row_of(shop, WRONG))
    right = shop.last
    refused.refresh_from_db()
    assert (refused.state, refused.superseded_by, refused.turn) == ("superseded", right, False)
    shop.dispatch()

    assert told(httpserver) == [WRONG, RIGHT]
    explanation = explain_order(shop.order, now=shop.now)
    assert (explanation.cause, explanation.situation) == ("accepted", "up_to_date")
    notes = [entry.note for entry in explanation.timeline]
    assert f"o envio #{right.pk} leva o rastreio corrigido" in notes


def test_waiting_tracking_of_the_wrong_code_never_leaves(shop, maria, httpserver):
    shop.receive()
    shop.row(OrderStatus.EMBARCADO, channel="url")
    shop.track(code=WRONG)

    correct(shop, maria, row=row_of(shop, WRONG))
    shop.dispatch()

    assert told(httpserver) == [RIGHT]
    assert states(shop)[1:] == [
        ("status", "sent", "accepted"),
        ("tracking", "superseded", "superseded"),
        ("tracking", "sent", "accepted"),
    ]


def test_code_that_is_on_its_way_is_followed_by_the_right_one(shop, maria, httpserver):
    shop.receive()
    shop.row(OrderStatus.EMBARCADO, channel="url")
    shop.track(code=WRONG)
    status, tracking = shop.order.status_updates.order_by("sequence")[1:]
    shop.order.status_updates.filter(pk=status.pk).update(
        state="sent", reason="accepted", turn=False
    )
    shop.order.status_updates.filter(pk=tracking.pk).update(
        state="sending", turn=True, fencing_token=1
    )

    correct(shop, maria, row=row_of(shop, WRONG))

    assert states(shop)[2:] == [("tracking", "sending", ""), ("tracking", "pending", "")]
    assert (shop.last.tracking.code, shop.last.turn) == (RIGHT, False)


def test_code_of_one_volume_is_told_beside_a_status_that_tells_another(shop, maria, httpserver):
    shop.receive()
    shop.track("", code=RIGHT)
    shop.track("", code=THIRD)
    shop.dispatch()
    shop.tell(EventKind.BOARDED)
    shop.wait(minutes=5)

    correct(shop, maria, RIGHT, row=row_of(shop, RIGHT), url="https://rastreio.example/1")
    shop.dispatch()

    assert told(httpserver) == [RIGHT, THIRD, THIRD, RIGHT]


def test_erp_that_goes_on_naming_the_wrong_code_means_the_volume(shop, maria, httpserver):
    shop.receive()
    shop.track(code=WRONG)
    correct(shop, maria, row=row_of(shop, WRONG))
    shop.dispatch()
    shop.wait(minutes=5)

    shop.track("delivered", code=WRONG)
    shop.dispatch()

    assert shop.order.current_status is OrderStatus.ENTREGUE
    assert rows(shop) == [("1", WRONG, None), ("1", RIGHT, WRONG)]
    assert row_of(shop, RIGHT).delivered_at == shop.now
    assert told(httpserver) == [RIGHT, RIGHT]


def test_code_may_turn_out_right_after_all(shop, maria):
    shop.receive()
    shop.track(code=WRONG)
    for code, row in [(RIGHT, WRONG), (THIRD, RIGHT), (RIGHT, THIRD), (WRONG, RIGHT)]:
        shop.wait(minutes=1)
        correct(shop, maria, code, row=row_of(shop, row))

    assert rows(shop) == [("1", WRONG, RIGHT), ("1", RIGHT, THIRD), ("1", THIRD, None)]


def test_address_alone_is_put_right_in_the_same_row_and_told(shop, maria, httpserver):
    shop.receive()
    shop.track(code=RIGHT)
    shop.dispatch()
    shop.wait(minutes=5)

    correct(shop, maria, row=row_of(shop, RIGHT), carrier="", url="https://rastreio.example/1")
    shop.dispatch()

    row = row_of(shop, RIGHT)
    assert (row.carrier, row.url, rows(shop)) == (
        "",
        "https://rastreio.example/1",
        [("1", RIGHT, None)],
    )
    assert told(httpserver) == [RIGHT, RIGHT]


def test_code_completes_a_row_that_had_only_an_address(shop, maria):
    shop.receive()
    correct(shop, maria, "", url="https://rastreio.example/1")
    row = Tracking.objects.get()

    correct(shop, maria, RIGHT, row=row, url="https://rastreio.example/1")

    assert rows(shop) == [("1", RIGHT, None)]


def test_correction_without_news_is_refused(shop, maria):
    shop.receive()
    shop.track(code=RIGHT)
    events = Event.objects.count()

    with pytest.raises(CorrectionRefused, match="Nada mudou: o rastreio já é este"):
        correct(shop, maria, row=row_of(shop, RIGHT))

    assert (Event.objects.count(), AuditEntry.objects.count()) == (events, 0)


def test_code_of_another_volume_is_refused(shop, maria):
    shop.receive()
    shop.track(code=WRONG)
    shop.track(code=RIGHT)

    with pytest.raises(CorrectionRefused, match="já está neste pedido, no volume 2"):
        correct(shop, maria, RIGHT, row=row_of(shop, WRONG))


def test_code_that_was_replaced_is_not_added_beside_what_replaced_it(shop, maria):
    shop.receive()
    shop.track(code=WRONG)
    correct(shop, maria, row=row_of(shop, WRONG))

    with pytest.raises(CorrectionRefused, match=f"foi trocado por {RIGHT}"):
        correct(shop, maria, WRONG)


@pytest.mark.parametrize("changed", ["replaced", "address"])
def test_row_that_changed_meanwhile_is_told(changed, shop, maria):
    shop.receive()
    shop.track(code=WRONG)
    row = row_of(shop, WRONG)
    opened = typed_of(row)
    if changed == "replaced":
        correct(shop, maria, row=row)
    else:
        correct(shop, maria, WRONG, row=row, url="https://rastreio.example/1")

    with pytest.raises(TrackingChanged, match="O rastreio mudou enquanto você digitava"):
        correct(shop, maria, THIRD, row=row, seen=opened)

    assert Tracking.objects.filter(code=THIRD).count() == 0


def test_what_the_store_answers_is_untouched_by_a_guard_that_says_no(shop, maria):
    """A refused status that a later one has overtaken is not sent again."""
    shop.receive()
    shop.track(code=WRONG)
    shop.answer(Response("{}", 422), Response("{}", 200))
    shop.dispatch()
    shop.wait(minutes=5)
    shop.row(OrderStatus.ENTREGUE, channel="url")
    shop.tell(EventKind.DELIVERED)
    shop.dispatch()

    correct(shop, maria, row=row_of(shop, WRONG))

    assert states(shop)[1:] == [
        ("status", "superseded", "superseded"),
        ("status", "sent", "accepted"),
        ("tracking", "pending", ""),
    ]
