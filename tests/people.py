"""People of the four groups, signed in."""

from importlib import import_module

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client

from tests.factories import make_user

GROUPS = ["Consulta", "Operação", "Mapeamento", "Administração"]

_first = import_module("integrations.migrations.0002_groups")
_widened = [
    import_module(f"integrations.migrations.{name}")
    for name in (
        "0006_groups_send_tests",
        "0009_groups_replay",
        "0016_groups_sending_hours",
        "0019_groups_correct_orders",
        "0021_groups_alarms",
    )
]


def make_groups(apps) -> None:
    """As the migrations do, one after the other."""
    _first.make_groups(apps)
    for migration in _widened:
        migration.widen_groups(apps)


def member_of(group: str, **fields) -> User:
    """The groups come from a migration; a run without migrations makes them here."""
    if not Group.objects.filter(name=group).exists():
        make_groups(apps)
    user = make_user(fields.pop("username", group.lower()), **fields)
    user.groups.add(Group.objects.get(name=group))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def client_of(group: str) -> Client:
    return signed_in(member_of(group))


def make_superuser(username: str = "raiz") -> User:
    return make_user(username, is_staff=True, is_superuser=True)
