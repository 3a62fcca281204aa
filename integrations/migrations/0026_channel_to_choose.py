"""What failed because the DE-PARA chose a channel that the platform does not offer says so."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Exists, OuterRef


def name_the_channel(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """It failed as it was decided: a parameter that is missing is found by a try only."""
    attempts = apps.get_model("integrations", "DeliveryAttempt").objects
    tried = attempts.filter(update=OuterRef("pk"), started_at__gte=OuterRef("decided_at"))
    updates = apps.get_model("integrations", "StatusUpdate").objects
    failed = updates.filter(~Exists(tried), state="failed", reason="config")
    failed.update(reason="not_offered")


def name_it_configuration(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    updates = apps.get_model("integrations", "StatusUpdate").objects
    updates.filter(state="failed", reason="not_offered").update(reason="config")


class Migration(migrations.Migration):
    dependencies = [("integrations", "0025_orphans_listed")]

    operations = [migrations.RunPython(name_the_channel, name_it_configuration)]
