"""What the tests of replay share: a plan carried out to its end by an engine's clock."""

from integrations.models import ReplayItem, ReplayMode, StatusUpdate, UpdateState
from integrations.replay.advancing import advance_replays
from integrations.replay.runs import start
from integrations.replay.selection import Plan, Selection
from tests.factories import NOW, make_order, make_update
from vitrines.statuses import OrderStatus

PAID = OrderStatus.PAGAMENTO_CONFIRMADO
PREPARING = OrderStatus.EM_PREPARACAO
DISPATCHED = OrderStatus.DESPACHADO
WHY = "a loja perdeu os dados de ontem"


def begin(mode, *updates, now=NOW, actor=None, actor_label="operacao", per_minute=600, **narrowed):
    """Start a run about these updates, or about a filter."""
    selection = Selection(updates=tuple(update.pk for update in updates), **narrowed)
    plan = Plan.freeze(ReplayMode(mode), selection, now=now)
    return start(
        plan, reason=WHY, actor=actor, actor_label=actor_label, now=now, per_minute=per_minute
    )


def replay(mode, *updates, now=NOW, **narrowed):
    """A run and what its first second does."""
    run = begin(mode, *updates, now=now, **narrowed)
    advance_replays(now=now)
    run.refresh_from_db()
    return run


def items(run):
    """(update id, outcome, reason) of each update, in their order."""
    found = ReplayItem.objects.filter(run=run).order_by("update")
    return list(found.values_list("update", "outcome", "reason"))


def outcome(run):
    """Of a run about one update."""
    [(_, outcome, reason)] = items(run)
    return outcome, reason


def now_in_queue(run):
    return [item.queued_as for item in run.items.filter(outcome="queued").order_by("update")]


def fresh(update):
    return StatusUpdate.objects.get(pk=update.pk)


def state(update):
    update = fresh(update)
    return update.state, update.reason, update.turn


def failures(vitrine, count, **fields):
    """Of one order each."""
    return [
        make_update(
            make_order(vitrine, str(vitrine.orders.count() + 1)),
            state=UpdateState.FAILED,
            reason="rejected",
            finished_at=NOW,
            **fields,
        )
        for _ in range(count)
    ]


def pending():
    return StatusUpdate.objects.filter(state="pending").count()


def sent_all():
    """As if the store had taken what waits."""
    StatusUpdate.objects.filter(state="pending").update(state="sent", reason="accepted", turn=False)
