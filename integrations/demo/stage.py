"""Plays a scene: the store, the ERP and a person do their steps, and the dispatcher its work."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from integrations.delivery.dispatcher import run_once
from integrations.demo.api_client import ApiClient
from integrations.demo.shops import RIO
from integrations.demo.steps import (
    Arrives,
    Erp,
    Invoiced,
    Maps,
    Scene,
    Shows,
    Step,
    StoreFails,
    TimePasses,
    Tracked,
    XmlArrives,
)
from integrations.models import EventKind
from integrations.nfe_sample import SampleNfe, sample_nfe
from integrations.simulated_store import SimulatedStore
from integrations.simulated_store.faults import Fault
from status_mapping.operations import save_mapping
from status_mapping.queries import latest_revision_number, tables_of
from status_mapping.tables import StatusRow
from vitrines.models import Vitrine

#: A story happens between then and now, one minute a step.
BEGINS_AGO = timedelta(hours=3)
STEP = timedelta(minutes=1)


class Stage:
    """What the steps happen on. ``ahead`` is how far time has been wound on for the dispatcher."""

    def __init__(
        self,
        *,
        store: SimulatedStore,
        api: ApiClient,
        vitrines: Mapping[str, Vitrine],
        author: User,
        worker: str = "demo",
    ) -> None:
        self.store = store
        self.api = api
        self.vitrines = vitrines
        self.author = author
        self.worker = worker
        self.ahead = timedelta()
        self._moment = timezone.now() - BEGINS_AGO
        self._notes: dict[tuple[str, str], SampleNfe] = {}

    def play(self, scene: Scene) -> list[str]:
        """Play every step, dispatching after each; returns what the store wrongly showed."""
        problems = []
        for position, step in enumerate(scene.steps, start=scene.first):
            if isinstance(step, Shows):
                shown = self.shown(scene)
                if shown != step.status:
                    problems.append(
                        f"passo {position}: a loja devia mostrar {step.status}, "
                        f"mostra {shown or 'nada'}"
                    )
                continue
            self._do(scene, step, f"{scene.vitrine}-{scene.number}-{position}")
            self.dispatch()
        return problems

    def dispatch(self) -> int:
        return run_once(worker=self.worker, clock=self.now)

    def now(self) -> datetime:
        return timezone.now() + self.ahead

    def stored(self, scene: Scene) -> dict[str, Any]:
        """The order as the store has it, without its history if it never heard of it."""
        found = self.store.state.order(scene.vitrine, platform_id(scene))
        return found or {"status": "", "invoices": [], "trackings": [], "history": []}

    def shown(self, scene: Scene) -> str:
        return str(self.stored(scene)["status"])

    def _do(self, scene: Scene, step: Step, event_id: str) -> None:
        self._moment += STEP
        match step:
            case Arrives():
                self._arrive(scene, step)
            case Erp():
                occurred_at = self._moment - timedelta(minutes=step.minutes_ago)
                self._tell(scene, event_id, step.kind, occurred_at=occurred_at)
            case Invoiced():
                self._invoice(scene, step, event_id)
            case XmlArrives():
                self.api.post_invoice(
                    vitrine=scene.vitrine, order=scene.number, xml=self._note(scene).xml
                )
            case Tracked():
                self._track(scene, step, event_id)
            case Maps():
                self._map(scene, step)
            case StoreFails():
                self._fail(scene, step)
            case TimePasses():
                self.ahead += timedelta(seconds=step.seconds)

    def _arrive(self, scene: Scene, step: Arrives) -> None:
        self.store.state.place(
            shop=scene.vitrine,
            order_id=platform_id(scene),
            number=scene.number,
            status=step.word,
        )
        body = {
            "vitrine": scene.vitrine,
            "number": scene.number,
            "platform_id": platform_id(scene),
            "platform_status": step.word,
            "placed_at": self._moment.isoformat(),
            "total": str(total_of(scene)),
            "payment_type": step.payment_type,
            "delivery_type": step.delivery_type,
        }
        self.api.post("orders", body)

    def _tell(
        self,
        scene: Scene,
        event_id: str,
        kind: EventKind,
        *,
        occurred_at: datetime | None = None,
        **facts: Any,
    ) -> None:
        body = {
            "vitrine": scene.vitrine,
            "order_number": scene.number,
            "event_id": event_id,
            "kind": kind.value,
            "occurred_at": (occurred_at or self._moment).isoformat(),
        }
        self.api.post("events", body | facts)

    def _invoice(self, scene: Scene, step: Invoiced, event_id: str) -> None:
        note = self._note(scene)
        invoice = {
            "number": note.number,
            "series": note.series,
            "key": note.key,
            "issued_at": note.issued_at.isoformat(),
            "total": str(note.total),
        }
        if step.xml:
            invoice["xml"] = note.xml.decode()
        self._tell(scene, event_id, EventKind.INVOICED, invoice=invoice)

    def _track(self, scene: Scene, step: Tracked, event_id: str) -> None:
        tracking = {
            "code": step.code,
            "carrier": "Correios",
            "url": f"https://rastreamento.correios.com.br/app/index.php?objetos={step.code}",
            "volume": step.volume,
            "volumes": step.volumes,
            "carrier_event": step.carrier_event,
        }
        given = {name: value for name, value in tracking.items() if value != ""}
        self._tell(scene, event_id, EventKind.TRACKING, tracking=given)

    def _map(self, scene: Scene, step: Maps) -> None:
        vitrine = self.vitrines[scene.vitrine]
        tables = tables_of(vitrine)
        row = tables.row(step.status) or StatusRow(step.status)
        row = replace(row, platform_status=step.word, active=True)
        if step.also_receives:
            row = replace(row, also_receives=step.also_receives)
        save_mapping(
            vitrine=vitrine,
            base_revision=latest_revision_number(vitrine),
            tables=tables.with_row(row),
            author=self.author,
            reason=scene.title.lower(),
            now=timezone.now(),
        )

    def _fail(self, scene: Scene, step: StoreFails) -> None:
        fault = Fault(
            kind=step.kind, shop=scene.vitrine, times=step.times, retry_after=step.retry_after
        )
        self.store.faults.add(replace(fault, message=step.message) if step.message else fault)

    def _note(self, scene: Scene) -> SampleNfe:
        """The order's note; told twice, it is the same one."""
        identity = (scene.vitrine, scene.number)
        if identity not in self._notes:
            self._notes[identity] = sample_nfe(
                number=int(scene.number),
                order_number=scene.number,
                total=total_of(scene),
                issued_at=self._moment,
            )
        return self._notes[identity]


def platform_id(scene: Scene) -> str:
    """What the store itself calls the order: Linx Commerce knows GUIDs, others have their own."""
    if scene.vitrine == RIO.code:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scene.vitrine}/{scene.number}"))
    return f"v{scene.number}-01"


def total_of(scene: Scene) -> Decimal:
    return Decimal(100 + int(scene.number) % 400) + Decimal("0.90")
