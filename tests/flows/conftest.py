"""The world of the flows: the two sample vitrines, a real store in a thread, the real dispatcher.

Nothing is mocked: orders and events go through the HTTP API, updates over real HTTP.
"""

import pytest
from django.contrib.auth.models import User

from integrations.demo.steps import Scene
from integrations.demo.world import set_stage
from integrations.models import UpdateState
from integrations.simulated_store import SimulatedStore
from vitrines.orders import find_order
from vitrines.statuses import OrderStatus


class World:
    """One order's story: steps are played one by one, and both sides may be looked at between."""

    def __init__(self, stage):
        self.stage = stage
        self.played = 0

    def play(self, *steps, vitrine="LOJA-SP", number="100482"):
        """Each call goes on with the same order; event ids never repeat."""
        for step in steps:
            self.played += 1
            scene = Scene(vitrine, number, "teste", (step,), first=self.played)
            assert self.stage.play(scene) == []

    def order(self, vitrine="LOJA-SP", number="100482"):
        return find_order(self.stage.vitrines[vitrine], number)

    def updates(self, vitrine="LOJA-SP", number="100482"):
        """What the outbox says, in sequence: status, state, reason."""
        rows = self.order(vitrine, number).status_updates.order_by("sequence")
        return [
            (OrderStatus(row.status).name, row.state, row.reason)
            for row in rows
            if row.reason != "echo"
        ]

    def waiting(self, vitrine="LOJA-SP", number="100482"):
        return self.order(vitrine, number).status_updates.get(state=UpdateState.PENDING)

    def stored(self, vitrine="LOJA-SP", number="100482"):
        """The order as the store has it."""
        return self.stage.stored(Scene(vitrine, number, "teste", ()))

    def requests(self, vitrine="LOJA-SP", number="100482"):
        """How each request that reached the store ended."""
        history = self.stored(vitrine, number)["history"]
        return [entry["outcome"] for entry in history if entry["endpoint"] != "loja"]


@pytest.fixture
def world(db):
    with SimulatedStore() as store:
        author = User.objects.create(username="mapeamento")
        stage, _ = set_stage(store, author=author, worker="teste")
        yield World(stage)
