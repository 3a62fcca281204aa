"""What our own database says, read as an outsider reads it."""

from typing import Any

import psycopg

from tests.services.crashes.verdict import Update

UPDATES = """
SELECT u.uuid::text, o.number, u.sequence, u.platform_status, u.state, u.turn, u.attempts_made,
       coalesce((SELECT json_agg(json_build_array(a.number, a.outcome) ORDER BY a.id)
                 FROM integrations_deliveryattempt a WHERE a.update_id = u.id), '[]')
FROM integrations_statusupdate u JOIN vitrines_order o ON o.id = u.order_id
WHERE u.reason <> 'echo'
ORDER BY u.id
"""
#: By whoever's lanes these are: ``%`` is anybody's.
IN_FLIGHT = """
SELECT u.uuid::text FROM integrations_statusupdate u
JOIN integrations_lane l ON l.vitrine_id = u.vitrine_id
WHERE u.state = 'sending' AND l.owner LIKE %s
"""
HELD_LANES = """
SELECT v.code, l.owner FROM integrations_lane l JOIN vitrines_vitrine v ON v.id = l.vitrine_id
WHERE l.owner <> '' OR l.lease_until IS NOT NULL
"""
LANES = """
SELECT v.code, l.owner, l.lease_until, l.fencing_token, l.paused_at, l.throttled_until,
       l.breaker_open_until, l.transient_failures
FROM integrations_lane l JOIN vitrines_vitrine v ON v.id = l.vitrine_id ORDER BY v.code
"""
STATES = "SELECT state, turn, count(*) FROM integrations_statusupdate GROUP BY 1, 2 ORDER BY 1, 2"
OPEN = "SELECT count(*) FROM integrations_statusupdate WHERE state IN ('pending', 'sending')"
WORKERS = "SELECT DISTINCT worker FROM integrations_deliveryattempt"
EVENTS = "SELECT external_id FROM integrations_event WHERE external_id <> ''"
#: The last statement of a program that was killed or halted goes on in the server until it is done.
SESSIONS = """
SELECT count(*), count(*) FILTER (WHERE state = 'active') FROM pg_stat_activity
WHERE datname = current_database() AND application_name = %s AND pid <> pg_backend_pid()
"""
ACTIVITY = """
SELECT application_name, state, coalesce(wait_event_type || ' ' || wait_event, ''),
       round(extract(epoch FROM now() - xact_start)::numeric, 1), left(query, 100)
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class OurRecord:
    """One database; a connection for each look, since the server may be restarted in between."""

    def __init__(self, url: str) -> None:
        self._url = url

    def rows(self, query: str, *given: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url, autocommit=True) as session:
            return session.execute(query, given).fetchall()

    def updates(self) -> list[Update]:
        return [
            Update(*row[:7], attempts=tuple((number, outcome) for number, outcome in row[7]))
            for row in self.rows(UPDATES)
        ]

    def in_flight(self, owners: str = "%") -> frozenset[str]:
        """Of the lanes whose owner is LIKE that."""
        return frozenset(key for (key,) in self.rows(IN_FLIGHT, owners))

    def held_lanes(self) -> list[tuple[str, str]]:
        return [(code, owner) for code, owner in self.rows(HELD_LANES)]

    def open_updates(self) -> int:
        count: int = self.rows(OPEN)[0][0]
        return count

    def workers(self) -> set[str]:
        """Who has recorded a try."""
        return {worker for (worker,) in self.rows(WORKERS)}

    def event_ids(self) -> set[str]:
        return {event_id for (event_id,) in self.rows(EVENTS)}

    def sessions_of(self, name: str) -> tuple[int, int]:
        """How many a program has, and how many of these are at work."""
        ((sessions, active),) = self.rows(SESSIONS, name)
        return sessions, active

    def summary(self) -> str:
        """How far it got, and who waits for what, for a run that does not go on."""
        lines = [
            f"updates {state} turn={turn}: {count}" for state, turn, count in self.rows(STATES)
        ]
        lines += [f"lane {row}" for row in self.rows(LANES)]
        return "\n".join([*lines, *(f"session {row}" for row in self.rows(ACTIVITY))])
