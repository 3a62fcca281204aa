"""Small pieces of Portuguese that several sentences share."""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone


def when(moment: datetime | None, now: datetime, *, seconds: bool = False) -> str:
    """``23/11 às 14:02``, with the year if it is another one; a dash for nothing."""
    if moment is None:
        return "—"
    local = timezone.localtime(moment)
    day = "%d/%m" if local.year == timezone.localtime(now).year else "%d/%m/%Y"
    return local.strftime(f"{day} às {'%H:%M:%S' if seconds else '%H:%M'}")


def ago(moment: datetime, now: datetime) -> str:
    """``há 40 min``, ``há 5 h``, ``há 3 dias``: how old something is, as roughly as it is said."""
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return "há menos de 1 min"
    if minutes < 60:
        return f"há {minutes} min"
    if minutes < 48 * 60:
        return f"há {minutes // 60} h"
    return f"há {minutes // (24 * 60)} dias"


def ago_at_least(moment: datetime, now: datetime) -> str:
    """``há mais de 6 dias``, where something older may be."""
    told = ago(moment, now)
    recent = told.startswith("há menos")
    return "agora ou antes" if recent else told.replace("há ", "há mais de ", 1)


def one_line(text: str) -> str:
    """What a person typed, as one line of plain text; empty if nothing readable is left."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.split())


def quoted(words: str) -> str:
    return f"“{words.strip().rstrip('.')}”"


def count(number: int, one: str, many: str) -> str:
    return f"{thousands(number)} {one if number == 1 else many}"


def thousands(number: int | str) -> str:
    """``29248`` → ``29.248``, as notes are numbered."""
    return re.sub(r"(?<=\d)(?=(\d{3})+$)", ".", str(number))


def invoice_name(number: int | str, series: int | str) -> str:
    return f"NF-e {thousands(number)}/{series}"


def money(amount: Any) -> str:
    """``R$ 1.199,90``; what is no number stays as it came."""
    try:
        whole, cents = f"{Decimal(str(amount)):.2f}".split(".")
    except InvalidOperation:
        return str(amount)
    return f"R$ {thousands(whole)},{cents}"
