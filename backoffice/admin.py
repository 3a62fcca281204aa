"""Users and groups: who administers them cannot make a superuser, nor change one."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpRequest

admin.site.site_header = "Backoffice de Vitrines"
admin.site.site_title = "Backoffice de Vitrines"
admin.site.index_title = "Administração"
admin.site.unregister(User)


@admin.register(User)
class GuardedUserAdmin(UserAdmin):
    """Django's own page lets anybody who may change users make himself a superuser."""

    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "last_login"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        readonly = [*super().get_readonly_fields(request, obj), "last_login", "date_joined"]
        if request.user.is_superuser:
            return readonly
        return [*readonly, "is_superuser", "user_permissions"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        above = isinstance(obj, User) and obj.is_superuser and not request.user.is_superuser
        return not above and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Audit entries name their user; one who leaves is deactivated."""
        return False
