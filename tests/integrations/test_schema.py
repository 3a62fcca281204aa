"""The database that the migrations make has what the models say guards it."""

import re

import pytest
from django.apps import apps
from django.db import connection

OURS = [
    model
    for app in ("vitrines", "status_mapping", "integrations")
    for model in apps.get_app_config(app).get_models()
]


#: The names, among other words.
MADE = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL",
    "postgresql": "SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes",
}


@pytest.mark.django_db
@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_each_constraint_and_index_is_there(model):
    """PostgreSQL: an AlterField that takes ``db_index`` away drops a partial unique index of that
    column with it, without a word."""
    with connection.cursor() as cursor:
        cursor.execute(MADE[connection.vendor])
        made = {word for (text,) in cursor.fetchall() for word in re.findall(r"\w+", text)}
    wanted = {rule.name for rule in (*model._meta.constraints, *model._meta.indexes)}
    assert wanted - made == set()
