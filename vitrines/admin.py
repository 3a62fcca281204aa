"""Vitrines and their orders in the admin. What the system recorded can be read, never edited."""

from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet, URLField
from django.db.models.functions import Length
from django.forms import ModelForm, Select
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from vitrines.access import signed_in
from vitrines.forms import platform_choices
from vitrines.models import AuditEntry, Invoice, Order, OrderStatusChange, Tracking, Vitrine
from vitrines.operations import EDITABLE, change_vitrine, create_vitrine, version_of


class NewestRows(Paginator):
    """The pages of the newest ``most`` rows. Millions are neither counted nor paged through: what
    lies further back is found by a filter."""

    most = 10_000

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Model]", self.object_list)
        return rows.order_by()[: self.most].count()


class RecordAdmin(admin.ModelAdmin):
    """For rows that only operations write: with an edit here, history would no longer be true."""

    paginator = NewestRows
    show_full_result_count = False
    list_per_page = 50
    view_on_site = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class RecordInline(admin.TabularInline):
    """Read-only rows under their parent."""

    extra = 0
    max_num = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Vitrine)
class VitrineAdmin(admin.ModelAdmin):
    """Saved by the same operations as the vitrine's own page, so that the audit is complete.

    Never deleted: orders, updates and audit hang from it. *Publicar* off takes it out of service.
    The platform is changed on the vitrine's page, which asks to be confirmed.
    """

    list_display = ["code", "description", "platform", "published", "order_prefix", "updated_at"]
    list_filter = ["published", "platform", "log_policy"]
    search_fields = ["code", "description", "integration_id"]
    fields = [
        "code",
        "description",
        "integration_id",
        "platform",
        "published",
        "log_policy",
        "order_prefix",
        "created_at",
        "updated_at",
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Vitrine | None = None) -> list[str]:
        made_by_us = ["integration_id", "created_at", "updated_at"]
        return [*made_by_us, "code", "platform"] if obj else made_by_us

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "platform" and field is not None:
            field.widget = Select(choices=platform_choices())
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def view_on_site(self, obj: Vitrine) -> str:
        return reverse("vitrines:detail", args=[obj.code])

    def save_model(self, request: HttpRequest, obj: Vitrine, form: ModelForm, change: bool) -> None:
        actor, now = signed_in(request), timezone.now()
        values = {name: getattr(obj, name) for name in EDITABLE}
        if change:
            change_vitrine(
                vitrine=obj,
                values=values,
                seen_version=version_of(Vitrine.objects.get(pk=obj.pk)),
                actor=actor,
                now=now,
            )
        else:
            created = create_vitrine(code=obj.code, **values, actor=actor, now=now)
            obj.pk = created.pk


class OrderStatusChangeInline(RecordInline):
    model = OrderStatusChange
    fields = ["recorded_at", "occurred_at", "from_status", "to_status", "cause"]


class TrackingInline(RecordInline):
    model = Tracking
    fields = ["volume", "code", "carrier", "carrier_event", "occurred_at", "delivered_at"]


@admin.register(Order)
class OrderAdmin(RecordAdmin):
    list_display = ["display_number", "vitrine", "status", "status_at", "inclusion", "placed_at"]
    list_display_links = ["display_number"]
    list_filter = ["vitrine", "status", "inclusion"]
    list_select_related = ["vitrine"]
    search_fields = ["number", "platform_id"]
    inlines = [OrderStatusChangeInline, TrackingInline]


@admin.register(OrderStatusChange)
class OrderStatusChangeAdmin(RecordAdmin):
    list_display = ["recorded_at", "order", "from_status", "to_status", "occurred_at", "cause"]
    list_filter = ["to_status"]
    list_select_related = ["order__vitrine"]
    search_fields = ["order__number"]
    ordering = ["-id"]


@admin.register(Invoice)
class InvoiceAdmin(RecordAdmin):
    """The XML carries the consumer's data: only its size is shown."""

    list_display = ["number", "series", "vitrine", "order", "chave_nfe", "issued_at", "xml_size"]
    list_filter = ["vitrine"]
    list_select_related = ["vitrine", "order__vitrine"]
    search_fields = ["chave_nfe", "number", "order_number"]
    exclude = ["xml"]
    readonly_fields = ["xml_size"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        return super().get_queryset(request).defer("xml").annotate(xml_bytes=Length("xml"))

    @admin.display(description="XML")
    def xml_size(self, obj: Any) -> str:
        return f"{obj.xml_bytes} bytes" if obj.xml_bytes else "não recebido"


@admin.register(Tracking)
class TrackingAdmin(RecordAdmin):
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    list_display = ["code", "order", "volume", "carrier", "carrier_event", "occurred_at"]
    list_filter = ["carrier_event"]
    list_select_related = ["order__vitrine"]
    search_fields = ["code", "order__number"]
    ordering = ["-id"]


@admin.register(AuditEntry)
class AuditEntryAdmin(RecordAdmin):
    list_display = ["at", "actor_label", "action", "vitrine", "subject"]
    list_filter = ["action", "vitrine"]
    list_select_related = ["vitrine"]
    search_fields = ["actor_label", "subject"]
