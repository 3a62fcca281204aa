from itertools import product

import pytest

from integrations.channels.base import Facts
from integrations.channels.registry import CHANNELS
from vitrines.platforms.steps import Send

ALL = ("xml", "tracking", "url")
NOTHING = Facts(has_invoice=False, has_invoice_xml=False, has_tracking=False)


def send(channel, **keys):
    step = {"url": "https://a.example/"}
    return Send.model_validate({"channel": channel, "steps": [step], **keys})


@pytest.mark.parametrize(
    ("channel", "has_invoice", "has_invoice_xml", "has_tracking"),
    list(product(ALL, [False, True], [False, True], [False, True])),
)
def test_each_channel_waits_for_its_own_fact_only(
    channel, has_invoice, has_invoice_xml, has_tracking
):
    facts = Facts(
        has_invoice=has_invoice, has_invoice_xml=has_invoice_xml, has_tracking=has_tracking
    )
    missing = {
        "xml": None if has_invoice_xml else "waiting_invoice_xml",
        "tracking": None if has_tracking else "waiting_tracking",
        "url": None,
    }
    assert CHANNELS[channel].missing(send(channel), facts) == missing[channel]


@pytest.mark.parametrize(
    ("needs", "reason"),
    [
        ([], None),
        (["invoice"], "waiting_invoice_xml"),
        (["invoice.xml"], "waiting_invoice_xml"),
        (["tracking"], "waiting_tracking"),
        (["tracking", "invoice"], "waiting_tracking"),
    ],
)
@pytest.mark.parametrize("channel", ALL)
def test_file_says_what_a_sending_needs_instead(channel, needs, reason):
    assert CHANNELS[channel].missing(send(channel, needs=needs), NOTHING) == reason


def test_invoice_without_its_xml_is_enough_where_the_file_says_so():
    facts = Facts(has_invoice=True, has_invoice_xml=False, has_tracking=False)
    assert CHANNELS["xml"].missing(send("xml", needs=["invoice"]), facts) is None
