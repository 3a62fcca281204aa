"""Entering and leaving."""

import pytest
from django.test import Client

from tests.factories import make_user

pytestmark = pytest.mark.django_db


def _try(client, username, password):
    return client.post("/entrar/", {"username": username, "password": password})


def test_login_with_the_right_password_leads_to_the_painel():
    make_user("ana")
    response = _try(Client(), "ana", "senha-de-teste")
    assert (response.status_code, response["Location"]) == (302, "/")


def test_login_goes_back_to_the_page_that_was_asked_for_but_not_outside():
    make_user("ana")
    form = {"username": "ana", "password": "senha-de-teste"}
    inside = Client().post("/entrar/", form | {"next": "/vitrines/"})
    outside = Client().post("/entrar/", form | {"next": "https://outro.exemplo/"})
    assert inside["Location"] == "/vitrines/"
    assert outside["Location"] == "/"


def test_sixth_attempt_is_refused_even_with_the_right_password():
    make_user("ana")
    client = Client()
    answers = [_try(client, "ana", "errada").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    sixth = _try(client, "ana", "senha-de-teste")
    assert sixth.status_code == 429
    assert "Acesso suspenso por alguns minutos" in sixth.content.decode()
    assert client.get("/").status_code == 302


def test_lockout_of_one_user_leaves_another_free():
    make_user("ana")
    make_user("bia")
    client = Client()
    for _ in range(5):
        _try(client, "ana", "errada")
    assert _try(client, "bia", "senha-de-teste").status_code == 302


def test_admin_login_is_throttled_too():
    make_user("ana", is_staff=True)
    client = Client()
    form = {"username": "ana", "password": "errada"}
    answers = [client.post("/admin/login/", form).status_code for _ in range(6)]
    assert answers[-2:] == [429, 429]


def test_logout_needs_a_post():
    client = Client()
    client.force_login(make_user("ana"))
    assert client.get("/sair/").status_code == 405
    assert client.post("/sair/")["Location"] == "/entrar/"
    assert client.get("/").status_code == 302
