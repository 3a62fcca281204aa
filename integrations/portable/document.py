"""What the file of a vitrine says. Pure: no Django, no clock.

::

    {"format": 1,
     "vitrine": {"code": "LOJA-SP", "description": "Loja São Paulo", "platform": "generic",
                 "published": true, "log_policy": "errors", "order_prefix": "VT"},
     "params": {"base_url": "https://loja.example"},
     "secrets": {"auth_secret": "env:LOJA_SP_AUTH_SECRET"},
     "mapping": {"statuses": {…}, "payment_types": […], "delivery_types": […]}}

A secret is never in the file, only the name of the environment variable that has it; ``mapping``
is a ``status_mapping.snapshot``. The vitrine's integration id is not exported: it is the identity
of the one that exists, and an imported one is given its own.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from status_mapping.snapshot import snapshot
from status_mapping.tables import MappingTables

FORMAT = 1
ENV_PREFIX = "env:"
#: The program's own secrets, which no file may hand to a store.
OWN_SECRETS = frozenset(
    {"SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DATABASE_URL", "CELERY_BROKER_URL"}
)
ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
#: How much of a key is shown in a path.
KEY_SHOWN = 60
#: The vitrine's own fields, in the order of its form.
VITRINE_FIELDS = (
    "code",
    "description",
    "platform",
    "published",
    "log_policy",
    "order_prefix",
)


@dataclass(frozen=True)
class Document:
    """``secrets`` holds the names of environment variables."""

    vitrine: Mapping[str, Any]
    params: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    tables: MappingTables = field(default_factory=MappingTables)

    def as_json(self) -> str:
        """The same document gives the same bytes."""
        data = {
            "format": FORMAT,
            "vitrine": {name: self.vitrine[name] for name in VITRINE_FIELDS},
            "params": dict(self.params),
            "secrets": {name: f"{ENV_PREFIX}{env}" for name, env in self.secrets.items()},
            "mapping": snapshot(self.tables),
        }
        return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


@dataclass(frozen=True)
class Problem:
    """``path`` is the key as ``mapping.payment_types[3].word``."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class InvalidFile(Exception):
    """Nothing was imported: ``problems`` says why, each with its place in the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


def env_name(code: str, secret: str) -> str:
    """``LOJA-SP``, ``token`` → ``LOJA_SP_TOKEN``."""
    name = re.sub(r"[^A-Z0-9]", "_", f"{code}_{secret}".upper())
    return f"_{name}" if name[0].isdigit() else name


def printable(text: str) -> str:
    """One line of ``text`` for a terminal: what would steer it is written as an escape."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def path_of(*parts: str | int) -> str:
    """``("mapping", "payment_types", 3, "word")`` → ``mapping.payment_types[3].word``."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            name = printable(part[:KEY_SHOWN])
            path += f".{name}" if path else name
    return path
