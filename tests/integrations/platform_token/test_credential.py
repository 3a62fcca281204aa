"""Which changes of a connection ask for another token."""

from dataclasses import replace

from tests.integrations.platform_token.shop import PLATFORM


def test_digest_changes_with_what_a_token_is_obtained_with(credential):
    same = credential()
    others = [
        credential(secrets={"client_secret": "outro"}),
        credential(params={"client_id": "app-2"}),
        credential(params={"base_url": "http://127.0.0.1:1"}),
        credential(PLATFORM.replace('"com_token"', '"outra"')),
    ]
    assert len({same.digest, *(other.digest for other in others)}) == 5


def test_digest_stays_when_something_else_changes(credential):
    same = credential()
    others = [
        credential(params={"note": "nova"}),
        credential(params={"client_id": "app-1"}),
        replace(same, vitrine={"code": "OUTRO"}),
        credential(PLATFORM.replace("/orders/", "/pedidos/")),
        credential(PLATFORM.replace("grant_type=", "scope=all\ngrant_type=")),
    ]
    assert {other.digest for other in others} == {same.digest}
