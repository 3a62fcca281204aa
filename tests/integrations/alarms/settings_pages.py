"""The page of a vitrine's alarms and limits, as a browser posts it."""

from datetime import time

from integrations.models import AlarmSettings
from tests.integrations.alarms.world import EMAIL, SECRET

ADDRESS = "/vitrines/LOJA-SP/alarmes/"
DEADLINES, TEST = f"{ADDRESS}prazos/", f"{ADDRESS}testar/"
HOOK = "https://avisos.example:8443/entrada/k3y"
FILLED = {
    "lane_paused": "on",
    "auth_refused": "on",
    "breaker_open_minutes": "15",
    "held_or_failed_above": "0",
    "silent_hours": "4",
    "late_orders": "on",
    "recipients": f"{EMAIL}\ngerencia@loja.example, {EMAIL}",
    "webhook_url": HOOK,
    "webhook_secret": SECRET,
    "quiet_from": "22:00",
    "quiet_until": "07:00",
    "repeat_hours": "6",
    "version": "0",
}
STORED = {
    "lane_paused": True,
    "auth_refused": True,
    "breaker_open_minutes": 15,
    "held_or_failed_above": 0,
    "silent_hours": 4,
    "late_orders": True,
    "recipients": [EMAIL, "gerencia@loja.example"],
    "webhook_url": HOOK,
    "secrets": {"webhook": SECRET},
    "quiet_from": time(22),
    "quiet_until": time(7),
    "critical_breaks_quiet": False,
    "repeat_hours": 6,
    "version": 1,
}


def stored():
    row = AlarmSettings.objects.get()
    return {name: getattr(row, name) for name in STORED}


def errors(response):
    return {name: list(found) for name, found in response.context["form"].errors.items()}


def fields_of(response, name="form"):
    """What a browser would post of the page as it came."""
    form = response.context[name]
    values = {each.html_name: each.value() for each in form}
    return {k: value for k, value in values.items() if value is not None and value is not False}
