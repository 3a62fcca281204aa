"""Addresses that are only linked to, never sent to: where a parcel can be followed. Pure."""

from urllib.parse import urlsplit

NOT_AN_ADDRESS = "Deve ser um endereço http:// ou https:// completo."


def is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        sound = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
        sound = sound and parts.port != 0  # an impossible port raises
    except ValueError:
        return False
    return sound and not any(char.isspace() for char in url)
