"""Everybody may see the hours that sendings are counted in.

Only adds, so that what an administrator gave or took meanwhile stays; a group that was deleted
stays so.
"""

from django.db import migrations

VIEW = ("integrations", "sendinghour", "view_sendinghour", "Can view hora de envios")
GROUPS = ("Consulta", "Operação", "Mapeamento", "Administração")


def widen_groups(apps, schema_editor=None):
    """Idempotent. The permission is made here, as Django would only after the last migration."""
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(_permission(apps, *VIEW))


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
        ("integrations", "0015_sending_hours"),
    ]

    operations = [migrations.RunPython(widen_groups, migrations.RunPython.noop)]
