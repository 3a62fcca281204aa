"""The four groups: Consulta, Operação, Mapeamento, Administração, each with what the one before has.

The table is frozen here: a later change of who may do what is a later migration.
"""

from django.db import migrations

RECORDS = {
    "vitrines": ["vitrine", "order", "orderstatuschange", "invoice", "tracking", "auditentry"],
    "status_mapping": [
        "statusmapping",
        "inboundstatus",
        "paymenttypemapping",
        "deliverytypemapping",
        "mappingrevision",
    ],
    "integrations": [
        "apitoken",
        "capturedvalue",
        "connection",
        "deliveryattempt",
        "event",
        "lane",
        "statusupdate",
    ],
}

CONSULTA = [(app, "view", model) for app, models in RECORDS.items() for model in models]
OPERACAO = [
    *CONSULTA,
    ("integrations", "change", "statusupdate"),
    ("integrations", "change", "lane"),
]
MAPEAMENTO = [
    *OPERACAO,
    ("status_mapping", "change", "statusmapping"),
    ("vitrines", "change", "vitrine"),
]
ADMINISTRACAO = [
    *MAPEAMENTO,
    ("vitrines", "add", "vitrine"),
    ("integrations", "change", "connection"),
    *[("integrations", action, "apitoken") for action in ("add", "change", "delete")],
    *[("auth", action, model) for model in ("user", "group") for action in ("view", "add", "change")],
]

GROUPS = {
    "Consulta": CONSULTA,
    "Operação": OPERACAO,
    "Mapeamento": MAPEAMENTO,
    "Administração": ADMINISTRACAO,
}


def make_groups(apps, schema_editor=None):
    """Idempotent. Permissions are made here, as Django would only after the last migration."""
    Group = apps.get_model("auth", "Group")
    for name, table in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set([_permission(apps, *entry) for entry in table])


def _permission(apps, app_label, action, model_name):
    model = apps.get_model(app_label, model_name)
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label=app_label, model=model_name
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename=f"{action}_{model_name}",
        defaults={"name": f"Can {action} {model._meta.verbose_name_raw}"},
    )
    return permission


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("vitrines", "0001_initial"),
        ("status_mapping", "0001_initial"),
        ("integrations", "0001_initial"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
