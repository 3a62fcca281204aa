"""The four people of the sample data, one in each group."""

import os
from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password

#: For a local run only; LOCAL_PASSWORD in the environment replaces it.
DEFAULT_PASSWORD = "vitrine-so-local"  # noqa: S105


@dataclass(frozen=True)
class Person:
    username: str
    group: str
    superuser: bool = False


PEOPLE = (
    Person("admin", "Administração", superuser=True),
    Person("mapeamento", "Mapeamento"),
    Person("operacao", "Operação"),
    Person("consulta", "Consulta"),
)


def local_password() -> str:
    return os.environ.get("LOCAL_PASSWORD") or DEFAULT_PASSWORD


def make_people() -> User:
    """Create the four; the administrator is returned."""
    administrator, *_ = [_make(person) for person in PEOPLE]
    return administrator


def _make(person: Person) -> User:
    user = User(username=person.username, is_staff=person.superuser, is_superuser=person.superuser)
    validate_password(local_password(), user)
    user.set_password(local_password())
    user.save()
    user.groups.add(Group.objects.get(name=person.group))
    return user
