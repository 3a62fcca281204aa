"""A step that several sendings make is written once, in [steps.<name>], and used by its name."""

import pytest

from tests.platform_samples import platform_from
from vitrines.platforms import PlatformFileError

HEAD = """name = "shared"
label = "Shared"
base_url = "https://loja.example"

[steps.find_order]
lookup = true
method = "GET"
path = "/orders/{{ order.number }}"
capture = { order_id = "body.id" }

[steps.tell]
method = "PUT"
path = "/orders/{{ captured.order_id }}"
json = '{ "status": "{{ mapping.platform_status }}" }'
"""
SENDS = """
[[send]]
channel = "url"
statuses = ["EM_PREPARACAO"]

[[send.steps]]
use = "find_order"

[[send.steps]]
use = "tell"

[[send]]
channel = "url"
statuses = ["CANCELADO"]

[[send.steps]]
use = "find_order"

[[send.steps]]
use = "tell"
method = "DELETE"
"""


def faults_of(toml, folder):
    with pytest.raises(PlatformFileError) as refused:
        platform_from(toml, folder)
    return [fault.split("sample.toml:")[1] for fault in refused.value.faults]


def test_used_step_stands_in_its_place_with_the_keys_beside_it_instead_of_its_own(tmp_path):
    platform = platform_from(HEAD + SENDS, tmp_path)

    steps = [[step.method for step in send.steps] for send in platform.sends]
    assert steps == [["GET", "PUT"], ["GET", "DELETE"]]
    first, second = platform.sends
    assert first.steps[0] == second.steps[0]
    assert (second.steps[1].path, second.steps[1].json_text) == (
        first.steps[1].path,
        first.steps[1].json_text,
    )


def test_fault_in_a_shared_step_is_told_once_where_it_is_written(tmp_path):
    toml = (HEAD + SENDS).replace("{{ order.number }}", "{{ order.nunber }}")

    [fault] = faults_of(toml, tmp_path)

    assert fault.startswith("8: key 'steps.find_order.path': 'order' has no 'nunber'")


def test_fault_beside_a_use_is_told_there(tmp_path):
    toml = (HEAD + SENDS).replace('method = "DELETE"', 'method = "DELETTE"')

    [fault] = faults_of(toml, tmp_path)

    assert fault.startswith("35: key 'send[1].steps[1].method': Input should be 'GET',")


def test_unknown_key_of_a_shared_step_is_told_where_it_is_written(tmp_path):
    toml = (HEAD + SENDS).replace("lookup = true", "look_up = true")

    assert faults_of(toml, tmp_path) == ["6: key 'steps.find_order.look_up': there is no such key"]


def test_unknown_name_is_told_with_the_names_there_are(tmp_path):
    toml = (HEAD + SENDS).replace('use = "tell"\nmethod', 'use = "tel"\nmethod')

    assert faults_of(toml, tmp_path) == [
        "34: key 'send[1].steps[1].use': there is no step 'tel' (there are: find_order, tell)"
    ]


def test_step_that_nothing_uses_is_told(tmp_path):
    extra = '\n[steps.forgotten]\npath = "/x"\n'

    assert faults_of(HEAD + extra + SENDS, tmp_path) == [
        "16: key 'steps.forgotten': no sending uses it"
    ]


@pytest.mark.parametrize("steps", ["steps = 7", 'steps = ["a"]', "steps = { a = 1 }"])
def test_steps_that_are_no_tables_are_told(tmp_path, steps):
    toml = f"{steps}\n" + HEAD.split("[steps.", maxsplit=1)[0] + SENDS

    assert "each step is a table of its own" in "".join(faults_of(toml, tmp_path))
