"""System checks with ids."""

from backoffice.checks import encryption_keys_open, private_destinations_are_meant

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
