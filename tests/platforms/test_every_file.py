"""What holds for every shipped platform file. The files are found, not listed."""

import re
import tomllib
from pathlib import Path

import pytest

from integrations.channels.base import Facts
from integrations.channels.registry import CHANNELS
from integrations.preview.dry_run import preview_list_statuses, preview_send
from integrations.preview.sample import (
    facts_in,
    sample_facts,
    sample_mapping,
    sample_params,
    sample_secrets,
)
from vitrines.platforms import SHIPPED, Platform, all_platforms, get_platform
from vitrines.statuses import SCREEN_ORDER

NAMES = sorted(path.stem for path in SHIPPED.glob("*.toml"))
#: ``generic`` describes no vendor.
VENDORS = [name for name in NAMES if name != "generic"]
#: No Portuguese sentence is without one of these, and none has one of those.
PORTUGUESE = re.compile(
    r"\b(o|a|os|as|de|da|do|no|na|em|com|que|se|um|uma|só|é|para|nas|nos|ao|por|ou)\b",
    re.IGNORECASE,
)
ENGLISH = re.compile(r"\b(the|and|of|with|is|are|your|from|this|not)\b", re.IGNORECASE)

every_file = pytest.mark.parametrize("name", NAMES)
every_vendor = pytest.mark.parametrize("name", VENDORS)


def header(name: str) -> str:
    """The comments that a file begins with."""
    text = (SHIPPED / f"{name}.toml").read_text()
    lines = text[: text.index("\nname = ")].splitlines()
    return " ".join(line.removeprefix("#").strip() for line in lines)


def sendings(platform: Platform):
    """Everything that can be sent: ``(what, kind, status, send)``."""
    for status in SCREEN_ORDER:
        for channel in platform.channels_for(status):
            send = platform.find_send("status", channel, status)
            assert send is not None
            yield f"{status.name} by {channel}", "status", status, send
        late = platform.find_send("tracking", "tracking", status)
        if late is not None:
            yield f"late tracking in {status.name}", "tracking", status, late


def faults(platform: Platform, facts_for) -> dict[str, str]:
    """What does not render whole, or makes no request at all."""
    words, found = sample_mapping(platform), {}
    for what, kind, status, send in sendings(platform):
        context = facts_in(facts_for(send), status) | {"mapping": words[status]}
        preview = preview_send(
            platform,
            send,
            kind=kind,
            context=context,
            params=sample_params(platform),
            secrets=sample_secrets(platform),
        )
        if preview.problem or not preview.requests:
            found[what] = preview.problem or "no request"
    return found


def least_facts(send):
    """No note and no tracking unless the sending waits for them, and not even the store's id."""
    needs = CHANNELS[send.channel].needs if send.needs is None else send.needs
    facts = sample_facts()
    if not {"invoice", "invoice.xml"} & set(needs):
        facts["invoice"] = None
    if "tracking" not in needs:
        facts |= {"tracking": None, "trackings": []}
    known = Facts(
        facts["invoice"] is not None, facts["invoice"] is not None, bool(facts["tracking"])
    )
    assert CHANNELS[send.channel].missing(send, known) is None
    return facts


@every_file
def test_file_is_named_after_its_platform(name):
    assert get_platform(name).name == name
    assert name in all_platforms()


@every_vendor
def test_file_says_what_it_rests_on_and_what_was_not_found(name):
    told = header(name)
    assert ("Evidence" in told, "ot found" in told) == (True, True)


@every_file
def test_people_are_told_in_portuguese(name):
    platform = get_platform(name)
    told = [platform.help, platform.mapping.help, *(param.help for param in platform.params)]
    assert platform.help
    assert platform.mapping.help
    assert [text for text in told if text and not text.endswith(".")] == []
    assert [text for text in told if text and not PORTUGUESE.search(text)] == []
    labels = [param.label for param in platform.params]
    labels += [status.label for status in platform.mapping.statuses]
    ours = [re.sub("“.*?”", "", text) for text in told + labels]
    assert [text for text in ours if ENGLISH.search(text)] == []
    assert [text for text in labels if len(text) > 60] == []


@every_file
def test_required_parameters_have_an_example(name):
    wanted = [p for p in get_platform(name).params if p.required and not p.secret and not p.default]
    assert [param.name for param in wanted if not param.example] == []


@every_file
def test_what_is_captured_has_an_example(name):
    platform = get_platform(name)
    assert platform.names.captured - platform.examples.keys() == set()


@every_file
def test_every_sending_renders(name):
    assert faults(get_platform(name), lambda send: sample_facts()) == {}


@every_vendor
def test_every_sending_renders_with_the_least_that_may_be_known(name):
    assert faults(get_platform(name), least_facts) == {}


@every_file
def test_list_of_statuses_renders(name):
    platform = get_platform(name)
    preview = preview_list_statuses(
        platform, params=sample_params(platform), secrets=sample_secrets(platform)
    )
    if platform.list_statuses is None:
        assert preview is None
    else:
        assert (preview.problem, preview.requests[-1].role) == ("", "list_statuses")


@every_vendor
def test_suggested_rows_can_be_sent(name):
    platform = get_platform(name)
    unsendable = [
        status.name
        for status, suggestion in platform.mapping.suggestions.items()
        if (suggestion.active and not platform.channels_for(status))
        or suggestion.channel not in ("", *platform.channels_for(status))
    ]
    assert unsendable == []


@every_vendor
def test_addresses_are_https(name):
    text = (SHIPPED / f"{name}.toml").read_text()
    assert re.findall(r'"http://[^"]*', text) == []
    examples = [
        p.get("example", "") for p in tomllib.loads(text)["params"] if p.get("kind") == "url"
    ]
    assert [example for example in examples if not example.startswith("https://")] == []


@every_vendor
def test_every_file_has_the_four_tests(name):
    text = (Path(__file__).parent / f"test_{name}.py").read_text()
    kinds = ("success", "refusal", "throttled", "already_applied")
    assert [kind for kind in kinds if f"def test_{name}_{kind}(" not in text] == []
