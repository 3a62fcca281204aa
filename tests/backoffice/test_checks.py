"""System checks with ids."""

import pytest

from backoffice.checks import (
    alarms_can_leave_by_email,
    broker_goes_with_postgresql,
    broker_is_one_that_we_know,
    encryption_keys_open,
    lease_outlasts_a_renewal,
    private_destinations_are_meant,
    site_url_begins_links,
)

GOOD = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def test_encryption_keys_that_open_pass(settings):
    settings.FIELD_ENCRYPTION_KEYS = [GOOD, GOOD]
    assert encryption_keys_open() == []


def test_encryption_key_that_is_no_fernet_key_is_an_error(settings):
    settings.FIELD_ENCRYPTION_KEYS = [GOOD, "minha-senha"]
    (error,) = encryption_keys_open()
    assert (error.id, error.msg) == (
        "backoffice.E001",
        "Key number 2 of FIELD_ENCRYPTION_KEYS is not a Fernet key.",
    )
    assert "minha-senha" not in error.msg


def test_private_destinations_are_warned_of_only_outside_debug(settings):
    settings.ALLOW_PRIVATE_DESTINATIONS = True
    settings.DEBUG = True
    assert private_destinations_are_meant() == []
    settings.DEBUG = False
    assert [warning.id for warning in private_destinations_are_meant()] == ["backoffice.W001"]
    settings.ALLOW_PRIVATE_DESTINATIONS = False
    assert private_destinations_are_meant() == []


@pytest.mark.parametrize(
    "url",
    ["", "redis://h:6379/0", "rediss://h/0", "amqp://u:p@h//", "amqps://h/v;amqps://h2/v"],
)
def test_broker_that_we_know_passes(settings, url):
    settings.CELERY_BROKER_URL = url
    assert broker_is_one_that_we_know() == []


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("sqs://chave:senha@", "sqs"),
        ("amqp://h/v;memory://", "memory"),
        ("localhost:6379", "localhost:6379"),
        ("chave:senha@h:6379", "h:6379"),
    ],
)
def test_broker_that_we_do_not_know_is_an_error(settings, url, named):
    settings.CELERY_BROKER_URL = url
    (error,) = broker_is_one_that_we_know()
    assert (error.id, error.msg) == (
        "backoffice.E002",
        f"CELERY_BROKER_URL begins with “{named}”.",
    )


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:porta/0",
        "amqp://h/v;amqp://:x/v",
        "amqp://u:se/nha@h/v",
        "redis://[::1/0",
    ],
)
def test_broker_whose_address_cannot_be_read_is_an_error_without_its_password(settings, url):
    settings.CELERY_BROKER_URL = url
    (error,) = broker_is_one_that_we_know()
    assert (error.id, error.msg) == (
        "backoffice.E002",
        "CELERY_BROKER_URL cannot be read: its port is no number.",
    )


@pytest.mark.parametrize(
    "url", ["", "amqp://", "redis://h", "redis://h:6379/0", "amqp://u:p%2Fw@h:5672/v;amqps://h"]
)
def test_broker_that_we_know_is_right(settings, url):
    settings.CELERY_BROKER_URL = url
    assert broker_is_one_that_we_know() == []


def test_broker_beside_sqlite_is_warned_of(settings, monkeypatch):
    database = settings.DATABASES["default"]
    monkeypatch.setitem(database, "ENGINE", "django.db.backends.sqlite3")
    settings.CELERY_BROKER_URL = ""
    assert broker_goes_with_postgresql() == []
    settings.CELERY_BROKER_URL = "redis://h"
    assert [warning.id for warning in broker_goes_with_postgresql()] == ["backoffice.W002"]
    monkeypatch.setitem(database, "ENGINE", "django.db.backends.postgresql")
    assert broker_goes_with_postgresql() == []


def test_lease_shorter_than_a_second_is_an_error(settings):
    settings.LANE_LEASE_SECONDS = 1.0
    assert lease_outlasts_a_renewal() == []
    settings.LANE_LEASE_SECONDS = 0.9
    assert [error.id for error in lease_outlasts_a_renewal()] == ["backoffice.E003"]


@pytest.mark.parametrize("url", ["", "https://backoffice.example", "http://10.0.0.7:8000/vitrines"])
def test_site_url_that_begins_links_passes(settings, url):
    settings.SITE_URL = url
    assert site_url_begins_links() == []


@pytest.mark.parametrize(
    "url", ["backoffice.example", "https://", "ftp://h", "http://[", "http://h?a"]
)
def test_site_url_that_leads_nowhere_is_an_error(settings, url):
    settings.SITE_URL = url
    assert [error.id for error in site_url_begins_links()] == ["backoffice.E005"]


def test_missing_mail_server_is_warned_of(settings):
    assert alarms_can_leave_by_email() == []
    settings.EMAIL_IS_SET = False
    assert [warning.id for warning in alarms_can_leave_by_email()] == ["backoffice.W003"]
