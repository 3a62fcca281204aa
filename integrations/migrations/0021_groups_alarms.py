"""Who may set alarms and limits of time: whoever may change the DE-PARA. Everybody may see them.

Only adds, so that what an administrator gave or took meanwhile stays; a group that was deleted
stays so.
"""

from django.db import migrations

SEEN = [
    ("integrations", "alarm", "alarme"),
    ("integrations", "alarmnotice", "aviso de alarme"),
    ("integrations", "alarmsettings", "configuração de alarmes"),
    ("integrations", "statusdeadline", "prazo de status"),
]
VIEW = [(app, model, f"view_{model}", f"Can view {name}") for app, model, name in SEEN]
CHANGE = [
    ("integrations", "alarmsettings", "change_alarmsettings", "Can change configuração de alarmes"),
    ("integrations", "statusdeadline", "change_statusdeadline", "Can change prazo de status"),
]

ADDED = {
    "Consulta": VIEW,
    "Operação": VIEW,
    "Mapeamento": VIEW + CHANGE,
    "Administração": VIEW + CHANGE,
}


def widen_groups(apps, schema_editor=None):
    """Idempotent. Permissions are made here, as Django would only after the last migration."""
    groups = apps.get_model("auth", "Group").objects
    for name, entries in ADDED.items():
        for group in groups.filter(name=name):
            group.permissions.add(*(_permission(apps, *entry) for entry in entries))


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
        ("integrations", "0020_alarms"),
    ]

    operations = [migrations.RunPython(widen_groups, migrations.RunPython.noop)]
