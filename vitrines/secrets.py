"""Secrets at rest: a JSON field whose text in the database is a Fernet token.

``settings.FIELD_ENCRYPTION_KEYS`` lists the keys, the first one encrypts, all of them decrypt, so
a key is rotated by putting a new one in front. A value that no key opens raises; it is never
returned as it stands.
"""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

MASK = "••••••"


class SecretUnreadable(Exception):
    """No key in FIELD_ENCRYPTION_KEYS opens the stored value."""


@lru_cache(maxsize=8)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(plain: str) -> str:
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS)).encrypt(plain.encode()).decode()


def decrypt(token: str) -> str:
    try:
        return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable(
            "Nenhuma chave de FIELD_ENCRYPTION_KEYS abre este segredo. "
            "Recoloque a chave antiga na lista ou informe o segredo de novo."
        ) from error


if TYPE_CHECKING:
    _SecretsField = models.Field[dict[str, str] | None, dict[str, str]]
else:
    _SecretsField = models.Field


class EncryptedJSONField(_SecretsField):
    """A dict of secrets, encrypted as one token. Cannot be searched or ordered by."""

    def get_internal_type(self) -> str:
        return "TextField"

    def from_db_value(self, value: str | None, *_: Any) -> dict[str, str]:
        return json.loads(decrypt(value)) if value else {}

    def get_prep_value(self, value: dict[str, str] | None) -> str:
        return encrypt(json.dumps(value)) if value else ""

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))
