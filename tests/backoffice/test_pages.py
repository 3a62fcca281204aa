"""Rules that every page keeps: strict CSP, nothing inline, every field labelled, in Portuguese."""

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import ApiToken, UpdateReason, UpdateState
from tests.factories import (
    make_connection,
    make_event,
    make_mapping,
    make_order,
    make_update,
    make_vitrine,
)
from tests.html_rules import read_page
from tests.people import make_superuser, signed_in
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


def _addresses() -> list[str]:
    vitrine = make_vitrine(platform="linx_commerce")
    make_connection(vitrine, params={"username": "integra"}, secrets={"password": "s3gr3d0"})
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")
    order = make_order(vitrine)
    event = make_event(order)
    update = make_update(order, state=UpdateState.FAILED, reason=UpdateReason.REJECTED, event=event)
    make_order(vitrine, "77", status=None, inclusion="held", inclusion_reason="unmapped")
    ApiToken.objects.create(name="erp", digest="a" * 64, hint="vit_abc").vitrines.add(vitrine)
    of_vitrine = [
        "vitrines:detail",
        "vitrines:edit",
        "status_mapping:edit",
        "status_mapping:history",
        "connection",
        "alarm_settings",
    ]
    plain = [
        "painel",
        "vitrines:list",
        "vitrines:create",
        "order_list",
        "update_list",
        "search",
        "alarm_list",
        "late_orders",
        "orphan_list",
        "token_list",
        "token_issue",
    ]
    return [
        *[reverse(name) for name in plain],
        *[reverse(name, args=[vitrine.code]) for name in of_vitrine],
        reverse("order_detail", args=[vitrine.code, order.number]),
        reverse("update_detail", args=[update.pk]),
        "/atualizacoes/?agrupar=causa",
        "/atualizacoes/reprocessamentos/",
        "/buscar/?q=100482",
        "/nao-existe/",
    ]


def test_every_page_keeps_the_rules():
    client = signed_in(make_superuser())
    faults = {}
    for address in _addresses():
        response = client.get(address, follow=True)
        page = read_page(response.content.decode())
        found = page.faults
        if (page.h1, page.lang) != (1, "pt-BR"):
            found = [*found, f"h1: {page.h1}, lang: {page.lang}"]
        if set(response["Content-Security-Policy"].split("; ")) != POLICY:
            found = [*found, response["Content-Security-Policy"]]
        if found:
            faults[address] = found
    assert faults == {}


def test_refused_form_keeps_the_rules():
    client = signed_in(make_superuser())
    vitrine = make_vitrine()
    for address in ("/vitrines/nova/", "/tokens/emitir/", f"/vitrines/{vitrine.code}/envio/"):
        response = client.post(address, {})
        assert response.status_code == 200
        html = response.content.decode()
        assert read_page(html).faults == []
        assert 'role="alert"' in html


def test_login_page_keeps_the_rules():
    response = Client().get("/entrar/")
    page = read_page(response.content.decode())
    assert (response.status_code, page.faults, page.h1, page.lang) == (200, [], 1, "pt-BR")
    assert set(response["Content-Security-Policy"].split("; ")) == POLICY


def test_unknown_address_sends_a_visitor_a_page_of_ours():
    response = Client().get("/nao-existe/")
    assert response.status_code == 404
    assert "Página não encontrada" in response.content.decode()


def test_server_error_shows_no_trace(monkeypatch):
    def fails(*args, **kwargs):
        raise RuntimeError("detalhe interno")

    monkeypatch.setattr("integrations.views.painel.waiting_causes", fails)
    client = signed_in(make_superuser())
    client.raise_request_exception = False
    response = client.get("/")
    html = response.content.decode()
    assert response.status_code == 500
    assert "Algo deu errado" in html
    assert "detalhe interno" not in html
    assert read_page(html).faults == []


def test_form_without_a_csrf_token_is_refused_in_portuguese():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_superuser())
    response = client.post("/sair/")
    assert response.status_code == 403
    assert "Este formulário venceu" in response.content.decode()


def test_health_answers_without_login():
    assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().get("/readyz").json() == {"status": "ok"}
