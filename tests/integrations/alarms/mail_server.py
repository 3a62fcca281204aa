"""A mail server on 127.0.0.1 that refuses whom a test says, in the words of real ones."""

import threading
import time
from email import message_from_string, policy
from socketserver import StreamRequestHandler, ThreadingTCPServer


class MailServer(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        #: Address → what it is answered with; to RCPT, or to DATA.
        self.refuses, self.refuses_data = {}, {}
        #: Hangs up at this recipient.
        self.drops = None
        #: Before it takes a message. Seconds.
        self.slow = 0.0
        self.connections = 0
        #: (recipients, message) of each.
        self.accepted = []

    @property
    def reached(self):
        return [address for recipients, _ in self.accepted for address in recipients]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *args):
        self.shutdown()
        self.server_close()


class _Session(StreamRequestHandler):
    def handle(self):
        self.server.connections += 1
        self._say("220 correio.example")
        recipients = []
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            address = line.partition("<")[2].partition(">")[0]
            if verb == "MAIL":
                recipients = []
                self._say("250 OK")
            elif verb == "RCPT":
                if address == self.server.drops:
                    return
                refused = self.server.refuses.get(address)
                recipients += [] if refused else [address]
                self._say(refused or "250 OK")
            elif verb == "DATA":
                self._say("354 Go on")
                text = self._message()
                time.sleep(self.server.slow)
                refused = self.server.refuses_data.get(recipients[0])
                if not refused:
                    message = message_from_string(text, policy=policy.default)
                    self.server.accepted.append((recipients, message))
                self._say(refused or "250 OK")
            elif verb == "QUIT":
                self._say("221 Bye")
                return
            else:
                self._say("250 OK")

    def _message(self):
        lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
        return "".join(line.removeprefix(".") for line in lines)

    def _say(self, line):
        self.wfile.write(f"{line}\r\n".encode())
