"""Whom an e-mail reached; and one repetition that waits, by each channel of an alarm."""

from django.db import migrations, models


def withdraw_older_repetitions(apps, schema_editor):
    """Of several that wait, the latest is told."""
    notices = apps.get_model("integrations", "AlarmNotice").objects
    waiting = notices.filter(occasion="repeated", state="pending").order_by("pk")
    latest = {(alarm, channel): pk for pk, alarm, channel in waiting.values_list("pk", "alarm", "channel")}
    waiting.exclude(pk__in=latest.values()).update(
        state="failed", error="Um aviso mais novo foi enviado no lugar deste.", finished_at=models.F("created_at")
    )


class Migration(migrations.Migration):

    dependencies = [
        ("integrations", "0023_alarm_waiting"),
    ]

    operations = [
        migrations.RunPython(withdraw_older_repetitions, migrations.RunPython.noop),
        migrations.AddField(
            model_name="alarmnotice",
            name="reached",
            field=models.JSONField(blank=True, default=list, verbose_name="chegou a"),
        ),
        migrations.AddConstraint(
            model_name="alarmnotice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("occasion", "repeated"), ("state", "pending")),
                fields=("alarm", "channel"),
                name="notice_one_repetition_waits",
            ),
        ),
    ]
