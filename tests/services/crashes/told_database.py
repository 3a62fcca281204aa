"""A database in which a story is told: vitrines, orders, and their first events, all by the doors
that people and programs use. It is made once, and copied for each run."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.services.crashes.cluster import Cluster
from tests.services.crashes.erp import Erp
from tests.services.crashes.stories import RECEIVED, WORDS, Story
from tests.services.engine_processes import Installation, free_port

#: What an installation has that says nothing else.
USUAL_LEASE_SECONDS = 30.0
#: How long a dead holder keeps a lane where a test waits for that. A holder that a busy machine
#: keeps from renewing for so long would lose its lane, and what it had in flight be sent twice.
SHORT_LEASE_SECONDS = 3.0
STATUS_OF = {
    "payment_confirmed": "PAGAMENTO_CONFIRMADO",
    "reserved": "EM_PREPARACAO",
    "boarded": "EMBARCADO",
    "delivered": "ENTREGUE",
    "problem": "PROBLEMAS",
    "cancelled": "CANCELADO",
}


def installation(
    folder: Path,
    database_url: str,
    broker_url: str = "",
    *,
    lease_seconds: float = USUAL_LEASE_SECONDS,
) -> Installation:
    return Installation(
        folder,
        database_url=database_url,
        broker_url=broker_url,
        LANE_LEASE_SECONDS=f"{lease_seconds:g}",
    )


def open_api(programs: Installation, token: str) -> Erp:
    port = free_port()
    # The lease also ends transactions that stand still: no lane is the web server's.
    programs.web(port=port, LANE_LEASE_SECONDS=f"{USUAL_LEASE_SECONDS:g}")
    return Erp(port, token)


def describe(code: str, store_port: int) -> dict[str, Any]:
    """A vitrine as ``manage.py import_vitrine`` reads it: plain, one word for each status."""
    words = {"AGUARDANDO_PAGAMENTO": RECEIVED}
    words |= {status: WORDS[kind] for kind, status in STATUS_OF.items()}
    vitrine = {
        "code": code,
        "description": code,
        "platform": "generic",
        "published": True,
        "log_policy": "errors",
        "order_prefix": "",
    }
    return {
        "format": 1,
        "vitrine": vitrine,
        "params": {"base_url": f"http://127.0.0.1:{store_port}"},
        "secrets": {},
        "mapping": {
            "statuses": {
                status: {"platform_status": word, "channel": "url"}
                for status, word in words.items()
            },
            "payment_types": [],
            "delivery_types": [],
        },
    }


@dataclass(frozen=True)
class ToldDatabase:
    """A database to copy, in which orders and their first events have come in over the API."""

    name: str
    token: str


def tell_story(
    cluster: Cluster, story: Story, steps: int, *, store_port: int, folder: Path
) -> ToldDatabase:
    name = f"told_{story.name}_{steps}"
    cluster.create(name, template="empty")
    with installation(folder, cluster.url(name)) as programs:
        for code in story.vitrines:
            file = folder / f"{code}.json"
            file.write_text(json.dumps(describe(code, store_port)))
            programs.manage("import_vitrine", str(file))
        reach = [option for code in story.vitrines for option in ("--vitrine", code)]
        scopes = ("--scope", "orders", "--scope", "events")
        token = programs.manage("issue_token", "--name", "ERP", *reach, *scopes).split()[-1]
        erp = open_api(programs, token)
        now = datetime.now(UTC)
        erp.tell("orders", story.order_items(now=now))
        for step in range(steps):
            erp.tell("events", story.event_items(step, now=now))
        assert erp.refusals == []
        programs.programs[-1].stop()
    return ToldDatabase(name, token)
