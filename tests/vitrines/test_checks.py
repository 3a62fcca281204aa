"""What ``manage.py check`` says of vitrines."""

from io import StringIO

import pytest
from django.core.management import call_command

from tests.factories import make_vitrine
from vitrines.checks import vitrines_have_their_platform

pytestmark = pytest.mark.django_db


def test_vitrine_whose_platform_file_is_gone_is_a_warning():
    make_vitrine()
    make_vitrine("LOJA-X", platform="sumiu")

    (warning,) = vitrines_have_their_platform(databases=["default"])

    assert (warning.id, warning.msg) == (
        "vitrines.W002",
        "LOJA-X: there is no file for its platform 'sumiu'",
    )


def test_vitrines_are_looked_at_only_by_a_check_of_the_database():
    make_vitrine("LOJA-X", platform="sumiu")
    plain, with_database = StringIO(), StringIO()

    call_command("check", stderr=plain, stdout=plain)
    call_command("check", databases=["default"], stderr=with_database)

    assert "LOJA-X" not in plain.getvalue()
    assert "(vitrines.W002) LOJA-X" in with_database.getvalue()


def test_folder_that_is_not_there_is_told_once(settings, tmp_path):
    settings.PLATFORMS_DIR = str(tmp_path / "missing")
    assert vitrines_have_their_platform(databases=["default"]) == []
