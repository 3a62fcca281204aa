"""A notice by e-mail, by Django's mail API (EMAIL_URL): a message of their own to each recipient.

Touches no database: ``notice`` comes with its alarm and vitrine.
"""

import time
from dataclasses import dataclass, field
from email.utils import parseaddr
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from integrations.alarms import words
from integrations.alarms.message import told
from integrations.alarms.notices import CHANNEL_OFF, Delivery
from integrations.models import AlarmNotice
from integrations.wording import one_line

#: After so long the rest is left to the next try: a slow server must not outlast the claim, or keep
#: the next look waiting. Seconds.
TOTAL = 15.0
_TOO_SLOW = "O servidor de e-mail demorou demais; o restante fica para a próxima tentativa."
_NO_MAIL_SERVER = "Nenhum servidor de e-mail foi configurado (EMAIL_URL)."


def by_email(notice: AlarmNotice, recipients: list[str]) -> Delivery:
    """One message to each, on one connection: whom the server refuses keeps it from nobody else.
    Whoever has it from an earlier try does not get it again."""
    if not recipients:
        return Delivery("", CHANNEL_OFF, final=True)
    if not settings.EMAIL_IS_SET:
        return Delivery(", ".join(recipients), _NO_MAIL_SERVER)
    mails = _Mails(reached=list(notice.reached))
    message = told(notice)
    ends = time.monotonic() + TOTAL
    try:
        with get_connection() as connection:
            for address in [each for each in recipients if each not in mails.reached]:
                if time.monotonic() >= ends:
                    mails.trouble = _TOO_SLOW
                    break
                mails.send(_email(notice, message, address, connection))
    except OSError as error:  # SMTPException is one
        mails.trouble = f"O servidor de e-mail não aceitou: {_detail(error)}"
    return mails.delivery(recipients)


@dataclass
class _Mails:
    """What became of the messages of one notice."""

    reached: list[str]
    #: Address → the server's reply code and words.
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    #: What befell all that were still to be sent.
    trouble: str = ""

    def send(self, email: EmailMessage) -> None:
        (address,) = email.to
        try:
            email.send()
        except SMTPRecipientsRefused as error:
            ((code, reply),) = error.recipients.values()
            self.refused[address] = (code, _in_words(reply))
        except SMTPDataError as error:
            self.refused[address] = (error.smtp_code, _in_words(error.smtp_error))
        else:
            self.reached.append(address)

    def delivery(self, recipients: list[str]) -> Delivery:
        told = [f"{to}: {code} {reply}" for to, (code, reply) in self.refused.items()]
        refused = f"O servidor de e-mail recusou {'; '.join(told)}." if told else ""
        for_good = all(code >= 500 for code, _ in self.refused.values())
        return Delivery(
            ", ".join(self.reached or recipients),
            " ".join(filter(None, (self.trouble, refused))),
            final=bool(self.refused) and for_good and not self.trouble,
            reached=tuple(self.reached),
        )


def _email(
    notice: AlarmNotice, message: words.Told, address: str, connection: BaseEmailBackend
) -> EmailMessage:
    return EmailMessage(
        subject=words.subject(message),
        body=words.body(message),
        to=[address],
        connection=connection,
        # The same at each try, so that a mail program takes a repetition for what it is.
        headers={"Message-ID": _message_id(notice), "Auto-Submitted": "auto-generated"},
    )


def _in_words(reply: bytes | str) -> str:
    text = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
    return one_line(text)[:150]


def _message_id(notice: AlarmNotice) -> str:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{notice.uuid}@{host}>"


def _detail(error: OSError) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
