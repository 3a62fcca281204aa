"""The DE-PARA in the admin, to read only: it is saved on its page, which makes a revision."""

from django.contrib import admin

from status_mapping.models import (
    DeliveryTypeMapping,
    InboundStatus,
    MappingRevision,
    PaymentTypeMapping,
    PlatformStatusList,
    StatusMapping,
)
from vitrines.admin import RecordAdmin, RecordInline


class InboundStatusInline(RecordInline):
    model = InboundStatus
    fields = ["word", "explicit"]


@admin.register(StatusMapping)
class StatusMappingAdmin(RecordAdmin):
    list_display = [
        "vitrine",
        "status",
        "platform_status",
        "channel",
        "active",
        "processa_inclusao",
    ]
    list_display_links = ["vitrine", "status"]
    list_filter = ["vitrine", "status", "active"]
    list_select_related = ["vitrine"]
    search_fields = ["platform_status", "vitrine__code"]
    inlines = [InboundStatusInline]


@admin.register(InboundStatus)
class InboundStatusAdmin(RecordAdmin):
    list_display = ["word", "vitrine", "mapping", "explicit"]
    list_filter = ["vitrine"]
    list_select_related = ["vitrine", "mapping"]
    search_fields = ["word", "folded"]


@admin.register(PaymentTypeMapping)
class PaymentTypeMappingAdmin(RecordAdmin):
    list_display = ["word", "vitrine", "erp_code", "label", "active"]
    list_filter = ["vitrine", "active"]
    list_select_related = ["vitrine"]
    search_fields = ["word", "erp_code", "label"]


@admin.register(DeliveryTypeMapping)
class DeliveryTypeMappingAdmin(RecordAdmin):
    list_display = ["word", "vitrine", "erp_code", "label", "pickup", "carrier", "active"]
    list_filter = ["vitrine", "pickup", "active"]
    list_select_related = ["vitrine"]
    search_fields = ["word", "erp_code", "label", "carrier"]


@admin.register(PlatformStatusList)
class PlatformStatusListAdmin(RecordAdmin):
    list_display = ["vitrine", "platform", "fetched_at", "fetched_by"]
    list_filter = ["platform"]
    list_select_related = ["vitrine"]


@admin.register(MappingRevision)
class MappingRevisionAdmin(RecordAdmin):
    list_display = ["vitrine", "number", "author_label", "created_at", "reason"]
    list_display_links = ["vitrine", "number"]
    list_filter = ["vitrine"]
    list_select_related = ["vitrine"]
    search_fields = ["author_label", "reason"]
