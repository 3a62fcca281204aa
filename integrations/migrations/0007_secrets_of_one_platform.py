"""Whose secrets are stored: until now, those of the platform that the vitrine uses."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def name_the_platform(apps, schema_editor):
    Connection = apps.get_model("integrations", "Connection")
    Vitrine = apps.get_model("vitrines", "Vitrine")
    used = Vitrine.objects.filter(pk=OuterRef("vitrine_id")).values("platform")
    Connection.objects.update(platform=Subquery(used))


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0006_groups_send_tests"),
        ("vitrines", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="platform",
            field=models.CharField(blank=True, default="", max_length=40, verbose_name="exportador"),
            preserve_default=False,
        ),
        migrations.RunPython(name_the_platform, migrations.RunPython.noop),
    ]
