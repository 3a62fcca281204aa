"""A store that gives access tokens, lets them run out and spends each refresh token once."""

import itertools
import json
import threading
import time
from urllib.parse import parse_qsl

from werkzeug import Request, Response

CLIENT_SECRET = "s3gr3do-do-aplicativo"

#: Its platform file; ``{renewal}`` and ``{more}`` are for a test to fill.
PLATFORM = """
name = "com_token"
label = "Loja com token"
base_url = "{{ params.base_url }}"

[[params]]
name = "base_url"
label = "Endereço"
kind = "url"
required = true

[[params]]
name = "client_id"
label = "Aplicativo"
default = "app-1"

[[params]]
name = "note"
label = "Nota"

[[params]]
name = "client_secret"
label = "Segredo do aplicativo"
secret = true
required = true

[auth]
kind = "token_exchange"
headers = { Authorization = "Bearer {{ token.access }}" }
lend = { session = "{{ token.access }}" }

[auth.exchange]
path = "/oauth/token"
form = '''
grant_type=client_credentials
client_id={{ params.client_id }}
client_secret={{ secrets.client_secret }}
'''
access_token = "body.access_token"
refresh_token = "body.refresh_token"
expires_in = "body.expires_in"
error_message = "body.error_description"

[auth.renewal]
path = "/oauth/token"
form = '''
grant_type=refresh_token
client_id={{ params.client_id }}
refresh_token={{ token.refresh }}
'''
access_token = "body.access_token"
refresh_token = "body.refresh_token"
expires_in = "body.expires_in"
error_message = "body.error_description"

[[send]]
channel = "url"

[[send.steps]]
method = "PUT"
path = "/orders/{{ order.number }}"
json = '''{ "status": "{{ mapping.platform_status }}", "session": "{{ auth.session }}" }'''
error_message = "body.message"
"""


class TokenShop:
    """Its requests are answered by threads; every field is read under the lock or afterwards."""

    def __init__(self, expires_in=3600):
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.expires_in = expires_in
        self.client_secret = CLIENT_SECRET
        self.access = ""
        self.refresh = ""
        #: ``grant_type`` of each request for a token.
        self.grants: list[str] = []
        #: (order, access token, status answered).
        self.calls: list[tuple[str, str, int]] = []
        #: Seconds that it thinks about a request for a token.
        self.thinks = 0.0
        #: Answers that replace the shop's own, in turn.
        self.token_answers: list[Response] = []
        self.refuses_all = False
        self.refused_orders: set[str] = set()
        #: Set to hold the sendings back until so many have come.
        self.barrier: threading.Barrier | None = None

    def answer(self, request: Request) -> Response:
        if request.path == "/oauth/token":
            with self.lock:
                return self._token(dict(parse_qsl(request.get_data(as_text=True))))
        return self._order(request)

    def _token(self, form: dict[str, str]) -> Response:
        time.sleep(self.thinks)
        self.grants.append(form["grant_type"])
        if self.token_answers:
            return self.token_answers.pop(0)
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != self.refresh:
            return _json({"error_description": f"refresh {form['refresh_token']} já usado"}, 400)
        if form.get("client_secret", self.client_secret) != self.client_secret:
            return _json({"error_description": f"segredo {form['client_secret']} inválido"}, 401)
        number = next(self.numbers)
        self.access, self.refresh = f"acc3ss-{number}-tok", f"r3fresh-{number}-tok"
        return _json(
            {
                "access_token": self.access,
                "refresh_token": self.refresh,
                "expires_in": self.expires_in,
            }
        )

    def _order(self, request: Request) -> Response:
        barrier = self.barrier
        if barrier is not None:
            barrier.wait(timeout=10)
        used = request.headers["Authorization"].removeprefix("Bearer ")
        number = request.path.rsplit("/", 1)[1]
        with self.lock:
            good = used == self.access and not self.refuses_all
            status = 200 if good and number not in self.refused_orders else 401
            self.calls.append((number, used, status))
            told = {"seen": used, "of": self.refresh}
        if status != 200:
            told = {"message": f"token {used} inválido"}
        return _json(told, status)

    def forget_token(self) -> None:
        """The token stops to be taken before its time; the refresh token goes on."""
        self.access = "outro"


def _json(body: dict[str, object], status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
