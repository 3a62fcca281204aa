"""Who may test a sending: whoever may send again. Everybody may see the new records.

Only adds, so that what an administrator gave or took meanwhile stays; a group that was deleted
stays so.
"""

from django.db import migrations

SEEN = [
    ("status_mapping", "platformstatuslist", "lista de status da plataforma"),
    ("integrations", "platformtoken", "token da plataforma"),
    ("integrations", "sendtest", "teste de envio"),
]
VIEW = [(app, model, f"view_{model}", f"Can view {name}") for app, model, name in SEEN]
SEND = [("integrations", "sendtest", "send_test", "Can send a test")]

ADDED = {
    "Consulta": VIEW,
    "Operação": VIEW + SEND,
    "Mapeamento": VIEW + SEND,
    "Administração": VIEW + SEND,
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
        ("status_mapping", "0002_platform_status_list"),
        ("integrations", "0005_send_tests"),
    ]

    operations = [migrations.RunPython(widen_groups, migrations.RunPython.noop)]
