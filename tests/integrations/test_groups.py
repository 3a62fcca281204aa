"""What each of the four groups may do, as the migration makes it."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission

from tests.people import make_groups

pytestmark = pytest.mark.django_db


def _permissions(name):
    found = Group.objects.get(name=name).permissions.select_related("content_type")
    return {f"{p.content_type.app_label}.{p.codename}" for p in found}


def test_each_group_adds_to_the_one_before():
    make_groups(apps)
    consulta, operacao, mapeamento, administracao = map(
        _permissions, ["Consulta", "Operação", "Mapeamento", "Administração"]
    )
    assert operacao - consulta == {
        "integrations.change_statusupdate",
        "integrations.change_lane",
        "integrations.send_test",
        "integrations.replay_statusupdate",
        "vitrines.correct_order",
    }
    assert mapeamento - operacao == {
        "status_mapping.change_statusmapping",
        "vitrines.change_vitrine",
        "integrations.change_alarmsettings",
        "integrations.change_statusdeadline",
    }
    assert administracao - mapeamento == {
        "vitrines.add_vitrine",
        "integrations.change_connection",
        "integrations.add_apitoken",
        "integrations.change_apitoken",
        "integrations.delete_apitoken",
        "auth.view_user",
        "auth.add_user",
        "auth.change_user",
        "auth.view_group",
        "auth.add_group",
        "auth.change_group",
    }
    assert consulta < operacao < mapeamento < administracao


def test_consulta_may_see_every_model_of_ours_and_change_none():
    make_groups(apps)
    every_model = {
        f"{model._meta.app_label}.view_{model._meta.model_name}"
        for label in ("vitrines", "status_mapping", "integrations")
        for model in apps.get_app_config(label).get_models()
    }
    assert _permissions("Consulta") == every_model


def test_groups_made_twice_are_the_same():
    make_groups(apps)
    before = Permission.objects.count()
    make_groups(apps)
    assert Group.objects.count() == 4
    assert Permission.objects.count() == before
