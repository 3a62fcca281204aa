"""Somebody at the screen, with the permissions that a test names."""

from django.contrib.auth.models import Permission

from tests.factories import make_user

READER = (
    "vitrines.view_order",
    "integrations.view_statusupdate",
    "integrations.view_deliveryattempt",
)
OPERATOR = (*READER, "integrations.change_statusupdate", "integrations.change_lane")


def sign_in(client, *permissions, username="operacao"):
    user = make_user(username)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    client.force_login(user)
    return user
