"""Events, updates, lanes, connections and tokens in the admin, to read only.

A secret is never shown: of a connection the names of the secrets it has, of a token its first
characters.
"""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from integrations.models import (
    Alarm,
    AlarmNotice,
    AlarmSettings,
    ApiToken,
    CapturedValue,
    Connection,
    DeliveryAttempt,
    Event,
    Lane,
    PlatformToken,
    ReplayItem,
    ReplayPart,
    ReplayRun,
    SendingHour,
    SendTest,
    StatusDeadline,
    StatusUpdate,
)
from vitrines.admin import RecordAdmin, RecordInline
from vitrines.secrets import MASK, SecretUnreadable


@admin.register(Event)
class EventAdmin(RecordAdmin):
    list_display = ["received_at", "vitrine", "kind", "order_number", "source", "outcome"]
    list_filter = ["vitrine", "source", "kind", "outcome"]
    list_select_related = ["vitrine"]
    search_fields = ["order_number", "external_id"]
    ordering = ["-id"]


class DeliveryAttemptInline(RecordInline):
    model = DeliveryAttempt
    fields = ["number", "started_at", "outcome", "http_status", "message", "duration_ms", "worker"]
    show_change_link = True


@admin.register(StatusUpdate)
class StatusUpdateAdmin(RecordAdmin):
    list_display = ["id", "vitrine", "order", "status", "channel", "state", "reason", "created_at"]
    list_filter = ["vitrine", "state", "reason", "channel", "kind"]
    list_select_related = ["vitrine", "order__vitrine"]
    search_fields = ["order__number", "uuid"]
    readonly_fields = ["uuid"]
    inlines = [DeliveryAttemptInline]


@admin.register(DeliveryAttempt)
class DeliveryAttemptAdmin(RecordAdmin):
    list_display = ["started_at", "update_id", "number", "outcome", "http_status", "message"]
    list_filter = ["outcome", "http_status"]
    search_fields = ["=update__id", "message"]
    ordering = ["-id"]


@admin.register(SendTest)
class SendTestAdmin(RecordAdmin):
    list_display = ["sent_at", "vitrine", "order", "status", "channel", "outcome", "sent_by_label"]
    list_filter = ["vitrine", "outcome", "channel"]
    list_select_related = ["vitrine", "order__vitrine"]
    search_fields = ["order__number", "key"]


@admin.register(SendingHour)
class SendingHourAdmin(RecordAdmin):
    list_display = ["hour", "vitrine", "accepted", "accepted_first_try", "refused", "retried"]
    list_filter = ["vitrine"]
    list_select_related = ["vitrine"]


class ReplayPartInline(RecordInline):
    model = ReplayPart
    fields = ["vitrine", "selected", "queued", "left_out", "waiting", "taken_back", "finished_at"]


@admin.register(ReplayRun)
class ReplayRunAdmin(RecordAdmin):
    list_display = ["started_at", "mode", "started_by_label", "reason", "selected", "finished_at"]
    list_filter = ["mode"]
    search_fields = ["reason", "started_by_label"]
    inlines = [ReplayPartInline]


@admin.register(ReplayPart)
class ReplayPartAdmin(RecordAdmin):
    list_display = ["run_id", "vitrine", "selected", "queued", "cursor", "finished_at"]
    list_filter = ["vitrine"]
    list_select_related = ["vitrine"]


@admin.register(ReplayItem)
class ReplayItemAdmin(RecordAdmin):
    list_display = ["at", "run_id", "update_id", "outcome", "reason", "queued_as_id"]
    list_filter = ["outcome", "reason"]
    search_fields = ["=run__id", "=update__id"]
    ordering = ["-id"]


@admin.register(Lane)
class LaneAdmin(RecordAdmin):
    list_display = ["vitrine", "owner", "lease_until", "paused_at", "pause_reason"]
    list_filter = ["pause_reason"]
    list_select_related = ["vitrine"]
    search_fields = ["vitrine__code"]


@admin.register(Connection)
class ConnectionAdmin(RecordAdmin):
    """The secrets are not even read for the list, so a lost key leaves the page standing."""

    list_display = ["vitrine", "updated_at"]
    list_select_related = ["vitrine"]
    search_fields = ["vitrine__code"]
    fields = ["vitrine", "params", "masked_secrets", "updated_at"]
    readonly_fields = ["masked_secrets", "updated_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        return super().get_queryset(request).defer("secrets")

    @admin.display(description="segredos")
    def masked_secrets(self, obj: Connection) -> str:
        try:
            names = sorted(obj.secrets)
        except SecretUnreadable as error:
            return str(error)
        return ", ".join(f"{name}: {MASK}" for name in names) or "—"


@admin.register(PlatformToken)
class PlatformTokenAdmin(RecordAdmin):
    """When it was obtained and until when it holds; the token itself is not even read."""

    list_display = ["vitrine", "obtained_at", "expires_at", "refused_at", "renewing_until"]
    list_select_related = ["vitrine"]
    search_fields = ["vitrine__code"]
    fields = ["vitrine", "number", "obtained_at", "expires_at", "refused_at", "renewing_until"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlatformToken]:
        return super().get_queryset(request).defer("contents")


@admin.register(CapturedValue)
class CapturedValueAdmin(RecordAdmin):
    list_display = ["order", "name", "value"]
    list_select_related = ["order__vitrine"]
    search_fields = ["order__number", "name"]


@admin.register(AlarmSettings)
class AlarmSettingsAdmin(RecordAdmin):
    """The webhook's secret is not even read; its address may hold a key, and is left out too."""

    list_display = ["vitrine", "lane_paused", "auth_refused", "late_orders", "repeat_hours"]
    list_select_related = ["vitrine"]
    search_fields = ["vitrine__code"]
    exclude = ["secrets", "webhook_url"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlarmSettings]:
        return super().get_queryset(request).defer("secrets")


class AlarmNoticeInline(RecordInline):
    model = AlarmNotice
    fields = ["created_at", "channel", "occasion", "state", "attempts", "error", "sent_to"]
    show_change_link = True


@admin.register(Alarm)
class AlarmAdmin(RecordAdmin):
    list_display = ["opened_at", "vitrine", "kind", "number", "seen_at", "closed_at"]
    list_filter = ["vitrine", "kind"]
    list_select_related = ["vitrine"]
    search_fields = ["vitrine__code"]
    ordering = ["-id"]
    inlines = [AlarmNoticeInline]


@admin.register(AlarmNotice)
class AlarmNoticeAdmin(RecordAdmin):
    list_display = ["created_at", "vitrine", "alarm_id", "channel", "occasion", "state", "attempts"]
    list_filter = ["vitrine", "channel", "occasion", "state"]
    list_select_related = ["vitrine"]
    search_fields = ["uuid"]
    readonly_fields = ["uuid"]
    ordering = ["-id"]


@admin.register(StatusDeadline)
class StatusDeadlineAdmin(RecordAdmin):
    list_display = ["vitrine", "status", "minutes"]
    list_filter = ["vitrine", "status"]
    list_select_related = ["vitrine"]


@admin.register(ApiToken)
class ApiTokenAdmin(RecordAdmin):
    """Issued and revoked on their page, which shows the key once."""

    list_display = ["name", "hint", "scope_labels", "created_at", "last_used_at", "revoked_at"]
    list_filter = ["vitrines", "revoked_at"]
    search_fields = ["name", "hint"]
    fields = [
        "name",
        "hint",
        "scope_labels",
        "vitrines",
        "created_at",
        "created_by",
        "last_used_at",
        "revoked_at",
    ]
    readonly_fields = ["hint", "scope_labels", "created_at"]
