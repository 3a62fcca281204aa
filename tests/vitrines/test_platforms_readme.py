"""The reference page says what is true: its examples run, and nothing is left out of it."""

import re
import tomllib
from collections.abc import Iterator

import pytest

from integrations.models import AttemptClass
from integrations.preview.dry_run import preview_list_statuses, preview_platform
from integrations.preview.sample import (
    sample_facts,
    sample_mapping,
    sample_params,
    sample_secrets,
)
from vitrines.platforms import SHIPPED, Platform
from vitrines.platforms.auth import Auth, TokenRequest
from vitrines.platforms.filters import FILTERS
from vitrines.platforms.inspection import RESERVED_HEADERS
from vitrines.platforms.limits import Limits, Rate, RetryAfter
from vitrines.platforms.parts import Choice, MappingNeeds, OfferedStatus, Param, Suggestion
from vitrines.platforms.scope import CONTEXT, ITEM_FIELDS
from vitrines.platforms.shared_steps import with_shared_steps
from vitrines.platforms.steps import (
    Answers,
    Body,
    ListStatuses,
    Probe,
    Request,
    Send,
    Step,
)
from vitrines.statuses import SCREEN_ORDER

README = (SHIPPED / "README.md").read_text()
BLOCKS = [
    (kind.strip(), text)
    for kind, text in re.findall(r"```toml([^\n]*)\n(.*?)```", README, re.DOTALL)
]
WHOLE = [text for kind, text in BLOCKS if not kind]
FRAGMENTS = [text for kind, text in BLOCKS if kind == "fragment"]

MINIMAL = {
    "name": "sample",
    "label": "Sample",
    "send": [{"channel": "url", "steps": [{"url": "https://loja.example/orders"}]}],
}


def parsed(block: str) -> Platform:
    """A whole platform, or a fragment laid over one that says the least that a file must."""
    data, wrong_uses = with_shared_steps({**MINIMAL, **tomllib.loads(block)})
    assert wrong_uses == []
    return Platform.model_validate(data)


def first_words(block: str) -> str:
    return next(line for line in block.splitlines() if line and not line.startswith("#"))


def test_every_example_is_marked_as_a_platform_or_a_piece_of_one():
    assert (len(WHOLE), len(WHOLE) + len(FRAGMENTS)) == (3, len(BLOCKS))


@pytest.mark.parametrize("block", [*WHOLE, *FRAGMENTS], ids=first_words)
def test_example_loads_and_renders_every_step(block):
    platform = parsed(block)
    params, secrets = sample_params(platform), sample_secrets(platform)
    previews = preview_platform(
        platform,
        params=params,
        secrets=secrets,
        facts=sample_facts(),
        mapping=sample_mapping(platform),
    )
    assert {preview.problem for preview in previews} == {""}
    assert all(preview.requests for preview in previews)
    listed = preview_list_statuses(platform, params=params, secrets=secrets)
    assert listed is None or listed.problem == ""


@pytest.mark.parametrize("block", WHOLE, ids=first_words)
def test_whole_example_says_where_its_facts_come_from(block):
    assert "Source: " in block


# Nothing is left out


def keys_of(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield name
            yield from keys_of(value)
    elif isinstance(node, list):
        for item in node:
            yield from keys_of(item)


MODELS = (
    *(Platform, Param, Choice, MappingNeeds, OfferedStatus, Suggestion, Auth, TokenRequest),
    *(Limits, Rate, RetryAfter, Answers, ListStatuses, Send, Request, Body, Step, Probe),
)
EXEMPLIFIED = {key for _, text in BLOCKS for key in keys_of(tomllib.loads(text))}


@pytest.mark.parametrize("model", MODELS)
def test_every_key_of_a_model_is_named_and_has_an_example(model):
    keys = {field.alias or name for name, field in model.model_fields.items()} - {"digest"}
    assert keys - EXEMPLIFIED == set()
    unnamed = {key for key in keys if not re.search(rf"[`.\[{{ ]{key}[`.\] ,=}}]", README)}
    assert unnamed == set()


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table after some words of the page."""
    table = README.split(heading, 1)[1].split("|---", 1)[1].split("\n\n")[0]
    lines = [line for line in table.splitlines()[1:] if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_shared_steps_are_named_and_have_an_example():
    """No model knows them: they are put in their places before anything else is read."""
    assert "`[steps.<name>]`" in [row[0] for row in rows("### The platform")]
    assert "`use`" in [row[0] for row in rows("### `[[send.steps]]`")]
    data = [tomllib.loads(text) for text in FRAGMENTS]
    [shared] = [fragment for fragment in data if "steps" in fragment]
    used = [step.get("use") for send in shared["send"] for step in send["steps"]]
    assert used == ["find_order", None, "find_order", None]


def test_every_name_and_field_is_in_the_table_of_names():
    told = {
        name: set(re.findall(r"`(\w+)`", row[1]))
        for row in rows("## Templates")
        for name in re.findall(r"`(\w+)`", row[0])
    }
    assert told["invoice"] == CONTEXT["invoice"] | ITEM_FIELDS["invoice.items"]
    for name, fields in CONTEXT.items():
        if name != "invoice":
            assert told[name] == (fields or set()), name
    assert set(told) - set(CONTEXT) == {
        *("params", "captured", "secrets", "auth", "token", "request", "item", "answer")
    }


def test_every_filter_is_in_the_table_of_filters():
    cells = [row[0] for row in rows("| Filter | |")]
    assert {name for cell in cells for name in re.findall(r"`(\w+)", cell)} == set(FILTERS)


def test_every_status_and_engine_header_is_named():
    assert [status.name for status in SCREEN_ORDER if f"`{status.name}`" not in README] == []
    named = {name.lower() for name in re.findall(r"`([\w-]+)`", README)}
    assert RESERVED_HEADERS - named == set()


def test_every_class_of_an_attempt_is_explained():
    cells = " ".join(row[0] for row in rows("**7. Read the attempt.**"))
    assert [label for label in AttemptClass.labels if label not in cells] == []


def test_table_of_what_is_shipped_agrees_with_the_folder():
    listed = [row[0].strip("`") for row in rows("## What is shipped")]
    assert listed == sorted(path.name for path in SHIPPED.glob("*.toml"))


def test_links_within_the_page_lead_somewhere():
    headings = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", text).lower().replace(" ", "-") for text in headings}
    assert set(re.findall(r"\]\(#(.*?)\)", README)) - anchors == set()
