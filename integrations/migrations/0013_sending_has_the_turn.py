from django.db import migrations, models


def put_back_what_lost_its_turn(apps, schema_editor):
    """Before the turn was locked while it was handed on, an update in flight could lose it. What
    did goes back to the queue; told again, it says so by its Idempotency-Key."""
    updates = apps.get_model("integrations", "StatusUpdate").objects
    updates.filter(state="sending", turn=False).update(state="pending", fencing_token=None)


class Migration(migrations.Migration):
    dependencies = [("integrations", "0012_index_only_repeats")]

    operations = [
        migrations.RunPython(put_back_what_lost_its_turn, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="statusupdate",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "sending"), _negated=True) | models.Q(("turn", True)),
                name="update_sending_has_the_turn",
            ),
        ),
    ]
