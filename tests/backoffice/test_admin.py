"""Django admin: every model of ours has its pages, no record can be edited, no secret shows."""

from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from integrations.delivery.lanes import lane_of
from integrations.models import (
    Alarm,
    AlarmNotice,
    AlarmSettings,
    CapturedValue,
    DeliveryAttempt,
    PlatformToken,
    ReplayItem,
    SendingHour,
    SendTest,
    StatusDeadline,
    UpdateReason,
    UpdateState,
)
from integrations.tokens import issue_token
from status_mapping.models import (
    DeliveryTypeMapping,
    MappingRevision,
    PaymentTypeMapping,
    PlatformStatusList,
)
from tests.factories import (
    NOW,
    make_connection,
    make_event,
    make_invoice,
    make_mapping,
    make_order,
    make_replay_run,
    make_tracking,
    make_update,
    make_user,
    make_vitrine,
)
from tests.html_rules import read_page
from tests.people import make_superuser, member_of, signed_in
from vitrines.admin import NewestRows
from vitrines.models import AuditAction, AuditEntry, Order, OrderStatusChange, Vitrine
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

SECRET = "s3nh4-que-ninguem-ve"
XML = b"<nfeProc>Maria da Silva</nfeProc>"
LABELS = ("vitrines", "status_mapping", "integrations")


def _models():
    return [model for label in LABELS for model in apps.get_app_config(label).get_models()]


@pytest.fixture
def token():
    """One row of every model of ours."""
    vitrine = make_vitrine()
    make_connection(vitrine, params={"username": "integra"}, secrets={"password": SECRET})
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")
    PaymentTypeMapping.objects.create(vitrine=vitrine, word="pix", erp_code="9")
    DeliveryTypeMapping.objects.create(vitrine=vitrine, word="sedex", erp_code="2")
    MappingRevision.objects.create(
        vitrine=vitrine, number=1, author_label="ana", created_at=NOW, before={}, after={}
    )
    PlatformStatusList.objects.create(vitrine=vitrine, platform="generic", fetched_at=NOW)
    order = make_order(vitrine)
    OrderStatusChange.objects.create(
        order=order, to_status=1, occurred_at=NOW, recorded_at=NOW, cause="teste"
    )
    make_invoice(order, xml=XML)
    make_tracking(order)
    CapturedValue.objects.create(order=order, name="recibo", value="R-1")
    PlatformToken.objects.create(
        vitrine=vitrine,
        number=1,
        contents={"access": SECRET, "refresh": SECRET},
        obtained_at=NOW,
        expires_at=NOW,
    )
    update = make_update(
        order,
        state=UpdateState.FAILED,
        reason=UpdateReason.REJECTED,
        event=make_event(order),
    )
    DeliveryAttempt.objects.create(
        update=update, number=1, started_at=NOW, duration_ms=9, outcome="rejected", worker="w"
    )
    SendTest.objects.create(
        key=uuid4(), vitrine=vitrine, order=order, status=1, channel="url", sent_at=NOW
    )
    SendingHour.objects.create(vitrine=vitrine, hour=NOW)
    run = make_replay_run(vitrine)
    ReplayItem.objects.create(run=run, update=update, at=NOW, outcome="queued", queued_as=update)
    AlarmSettings.objects.create(
        vitrine=vitrine, webhook_url=f"https://loja.example/{SECRET}", secrets={"webhook": SECRET}
    )
    alarm = Alarm.objects.create(
        vitrine=vitrine, kind="silent", opened_at=NOW, seen_at=NOW, since=NOW, told_at=NOW, said="x"
    )
    AlarmNotice.objects.create(
        vitrine=vitrine,
        alarm=alarm,
        channel="email",
        occasion="opened",
        created_at=NOW,
        since=NOW,
        due_at=NOW,
    )
    StatusDeadline.objects.create(vitrine=vitrine, status=3, minutes=60)
    lane_of(vitrine)
    token, key = issue_token(
        name="erp", vitrines=[vitrine], scopes=["events"], actor=make_user("ana"), now=NOW
    )
    token.key = key
    return token


def _page(client, model, action, *args):
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{action}", args=args)
    response = client.get(address)
    return response.status_code, response.content.decode()


def test_every_model_of_ours_is_in_the_admin():
    assert [model for model in _models() if not admin.site.is_registered(model)] == []


def test_every_admin_page_answers_under_the_policy_and_shows_no_secret(token):
    client = signed_in(make_superuser())
    for model in _models():
        row = model.objects.first()
        assert row is not None, model
        for action, args in (("changelist", ()), ("change", (row.pk,))):
            status, html = _page(client, model, action, *args)
            assert status == 200, (model, action)
            page = read_page(html)
            assert (page.inline, page.outside, page.missing_files) == ([], [], []), model
            for hidden in (SECRET, token.key, token.digest, "Maria da Silva"):
                assert hidden not in html, (model, action, hidden)


def test_admin_counts_and_pages_the_newest_rows_only(django_assert_num_queries):
    vitrine = make_vitrine()
    orders = [make_order(vitrine, str(number)) for number in range(5)]

    class NewestThree(NewestRows):
        most = 3

    pages = NewestThree(Order.objects.order_by("-id"), 2)

    with django_assert_num_queries(1) as asked:
        assert (pages.count, pages.num_pages) == (3, 2)
    assert "LIMIT 3" in asked.captured_queries[0]["sql"]
    assert list(pages.page(2)) == [orders[2]]
    assert admin.site.get_model_admin(Order).paginator is NewestRows


def test_connection_shows_the_names_of_its_secrets_masked(token):
    connection = apps.get_model("integrations", "Connection").objects.get()
    _, html = _page(signed_in(make_superuser()), type(connection), "change", connection.pk)
    assert "password: ••••••" in html


def test_connection_whose_key_was_lost_still_has_its_page(token, settings):
    settings.FIELD_ENCRYPTION_KEYS = ["bm92YS1jaGF2ZS1kZS10ZXN0ZS1jb20tMzItYnl0ZXM="]
    model = apps.get_model("integrations", "Connection")
    client = signed_in(make_superuser())
    assert _page(client, model, "changelist")[0] == 200
    status, html = _page(client, model, "change", model.objects.values_list("pk", flat=True).get())
    assert status == 200
    assert "Nenhuma chave de FIELD_ENCRYPTION_KEYS abre este segredo." in html


def test_nothing_but_a_vitrine_can_be_added_or_changed_and_nothing_deleted(rf):
    request = rf.get("/admin/")
    request.user = make_superuser()
    allowed = {}
    for model in _models():
        page = admin.site.get_model_admin(model)
        deeds = {
            "add": page.has_add_permission(request),
            "change": page.has_change_permission(request),
            "delete": page.has_delete_permission(request),
        }
        allowed[model.__name__] = {deed for deed, may in deeds.items() if may}
    expected = {model.__name__: set() for model in _models()} | {"Vitrine": {"add", "change"}}
    assert allowed == expected


def test_posting_a_change_to_a_recorded_row_is_refused(token):
    order = apps.get_model("vitrines", "Order").objects.get()
    client = signed_in(make_superuser())
    address = f"/admin/vitrines/order/{order.pk}/"
    assert client.post(f"{address}change/", {"number": "1"}).status_code == 403
    assert client.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    order.refresh_from_db()
    assert order.number == "100482"


def test_vitrine_changed_in_the_admin_is_audited():
    vitrine, boss = make_vitrine(), make_superuser()
    form = {"description": "Loja Centro", "published": "on", "log_policy": "all"}
    response = signed_in(boss).post(f"/admin/vitrines/vitrine/{vitrine.pk}/change/", form)
    assert response.status_code == 302
    vitrine.refresh_from_db()
    entry = AuditEntry.objects.get()
    assert (vitrine.description, vitrine.code, vitrine.platform) == (
        "Loja Centro",
        "LOJA-SP",
        "generic",
    )
    assert (entry.action, entry.actor) == (AuditAction.VITRINE_CHANGE, boss)
    assert set(entry.details["changes"]) == {"description", "log_policy", "order_prefix"}


def test_vitrine_added_in_the_admin_is_audited():
    form = {
        "code": "LOJA-RJ",
        "description": "Loja Rio",
        "platform": "generic",
        "published": "on",
        "log_policy": "errors",
    }
    response = signed_in(make_superuser()).post("/admin/vitrines/vitrine/add/", form)
    assert response.status_code == 302
    assert AuditEntry.objects.get().vitrine == Vitrine.objects.get(code="LOJA-RJ")


def test_who_administers_users_cannot_make_a_superuser():
    manager = member_of("Administração", username="gerente", is_staff=True)
    client = signed_in(manager)
    address = f"/admin/auth/user/{manager.pk}/change/"
    assert client.get(address).status_code == 200
    form = {"username": "gerente", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    assert client.post(address, form).status_code == 302
    manager.refresh_from_db()
    assert not manager.is_superuser


def test_who_administers_users_cannot_change_a_superuser():
    boss = make_superuser()
    client = signed_in(member_of("Administração", username="gerente", is_staff=True))
    assert client.post(f"/admin/auth/user/{boss.pk}/change/", {"username": "x"}).status_code == 403
    assert client.get(f"/admin/auth/user/{boss.pk}/password/").status_code == 403
    boss.refresh_from_db()
    assert boss.username == "raiz"


def test_user_is_never_deleted_in_the_admin():
    user = make_user("ana")
    client = signed_in(make_superuser())
    assert client.post(f"/admin/auth/user/{user.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("page", ["/admin/", "/admin/auth/user/", "/admin/auth/user/add/"])
def test_admin_pages_of_users_keep_the_policy(page):
    response = signed_in(make_superuser()).get(page)
    found = read_page(response.content.decode())
    assert response.status_code == 200
    assert (found.inline, found.outside, found.missing_files) == ([], [], [])
