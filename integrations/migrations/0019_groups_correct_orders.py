"""Who may put right the facts of an order: whoever may send an update again.

Only adds, so that what an administrator gave or took meanwhile stays; a group that was deleted
stays so.
"""

from django.db import migrations

CORRECT = ("vitrines", "order", "correct_order", "Can correct an order's facts")
WIDENED = ["Operação", "Mapeamento", "Administração"]


def widen_groups(apps, schema_editor=None):
    """Idempotent. The permission is made here, as Django would only after the last migration."""
    permission = _permission(apps, *CORRECT)
    for group in apps.get_model("auth", "Group").objects.filter(name__in=WIDENED):
        group.permissions.add(permission)


def _permission(apps, app_label, model_name, codename, name):
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label=app_label, model=model_name
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )
    return permission


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("vitrines", "0007_corrected_facts"),
        ("integrations", "0018_event_from_the_screen"),
    ]

    operations = [migrations.RunPython(widen_groups, migrations.RunPython.noop)]
