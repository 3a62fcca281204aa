"""Times, shares and silences in Portuguese. Pure."""

import math

MINUTE, HOUR = 60, 3_600


def lasting(seconds: float | None) -> str:
    """``0,4 s``, ``12 s``, ``3 min``, ``5 h``; a dash for nothing."""
    if seconds is None:
        return "—"
    if seconds == math.inf:
        return "mais de 18 h"
    if seconds < 10:
        return f"{max(seconds, 0.1):.1f} s".replace(".", ",")
    if seconds < MINUTE:
        return f"{int(seconds)} s"
    if seconds < HOUR:
        return f"{int(seconds / MINUTE)} min"
    return f"{int(seconds / HOUR)} h"


def percent(share: float | None) -> str:
    """``97,4%``, never rounded up to all of it; a dash for nothing."""
    if share is None:
        return "—"
    tenths = math.floor(share * 1000)
    return f"{tenths // 10},{tenths % 10}%" if tenths % 10 else f"{tenths // 10}%"


def silence_in_words(*, told: str, waiting: str) -> str:
    """``told``: when the ERP told something since the last acceptance, ``waiting``: how many
    updates wait; either may be empty."""
    wait = f"{waiting} {'envio espera' if waiting == '1' else 'envios esperam'}" if waiting else ""
    if not told:
        return f"O ERP não informou nada desde então{f'; {wait}' if wait else ''}."
    return f"O ERP informou pela última vez em {told}; {wait or 'nada espera para ser enviado'}."
