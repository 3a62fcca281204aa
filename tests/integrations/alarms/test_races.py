"""Several engines look and send at once, on one database file: one alarm, each notice sent once."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
#: Six threads, as two engines of three would: all look at the same three vitrines, then all send.
AT_ONCE = """
import json, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import django
django.setup()
from django.apps import apps
from django.conf import settings
from django.db import connection, connections
from integrations.alarms.raising import raise_alarms
from integrations.alarms.sending import send_notices
from integrations.models import Alarm, AlarmNotice, AlarmSettings
from tests.clock import Clock
from tests.factories import NOW, make_vitrine
from tests.integrations.alarms.world import SECRET, pause, want

heard = []

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        heard.append(self.headers["webhook-id"])
        # Whoever sent from within a transaction would keep this waiting until it gave up.
        AlarmSettings.objects.update(repeat_hours=None)
        connections.close_all()
        self.send_response(204)
        self.end_headers()
    def log_message(self, *args):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
with connection.schema_editor() as editor:
    for model in apps.get_models():
        editor.create_model(model)
for number in range(3):
    vitrine = make_vitrine(f"LOJA-{number}")
    url = f"http://127.0.0.1:{server.server_port}/"
    want(vitrine, auth_refused=True, recipients=[], webhook_url=url, secrets={"webhook": SECRET})
    pause(vitrine)
start = threading.Barrier(6)
troubles = []

def run():
    clock = Clock()
    try:
        for _ in range(5):
            start.wait()
            raise_alarms(now=clock())
            start.wait()
            send_notices(now=clock)
            clock.pass_by(seconds=30)
    except Exception as error:
        troubles.append(repr(error))
        start.abort()
    connections.close_all()

threads = [threading.Thread(target=run) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps({
    "troubles": troubles,
    "alarms": sorted(Alarm.objects.values_list("vitrine__code", "kind")),
    "notices": sorted(AlarmNotice.objects.values_list("vitrine__code", "state", "attempts")),
    "heard_once": sorted(heard) == sorted(str(u) for u in
        AlarmNotice.objects.values_list("uuid", flat=True)),
}))
"""


def test_engines_that_look_at_once_raise_and_send_once(tmp_path):
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"}
    env |= {"DJANGO_SETTINGS_MODULE": "backoffice.settings", "ALLOW_PRIVATE_DESTINATIONS": "on"}
    ran = subprocess.run(
        [sys.executable, "-c", AT_ONCE],
        cwd=ROOT,
        env=env,
        check=True,
        capture_output=True,
        timeout=60,
        text=True,
    )
    codes = ["LOJA-0", "LOJA-1", "LOJA-2"]
    assert json.loads(ran.stdout) == {
        "troubles": [],
        "alarms": [[code, "auth_refused"] for code in codes],
        "notices": [[code, "sent", 1] for code in codes],
        "heard_once": True,
    }
    assert "could not be" not in ran.stderr
