"""What must be right before the back office starts, each with an id and a hint."""

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning


def encryption_keys_open(**_: Any) -> list[CheckMessage]:
    """backoffice.E001: a key that is no Fernet key would only be noticed at the first secret."""
    return [
        Error(
            f"Key number {place} of FIELD_ENCRYPTION_KEYS is not a Fernet key.",
            hint="Make one with: python -c 'from cryptography.fernet import Fernet; "
            "print(Fernet.generate_key().decode())'",
            id="backoffice.E001",
        )
        for place, key in enumerate(settings.FIELD_ENCRYPTION_KEYS, start=1)
        if not _is_fernet_key(key)
    ]


def private_destinations_are_meant(**_: Any) -> list[CheckMessage]:
    """backoffice.W001, on deploy: right for a simulated store, elsewhere a way into the network."""
    if settings.DEBUG or not settings.ALLOW_PRIVATE_DESTINATIONS:
        return []
    return [
        Warning(
            "ALLOW_PRIVATE_DESTINATIONS is on: updates may go to loopback and private addresses.",
            hint="Turn it off unless a platform stands inside your own network.",
            id="backoffice.W001",
        )
    ]


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
