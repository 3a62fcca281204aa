"""Steps written once, in ``[steps.<name>]``, and used by several sendings. Pure.

They are put in their places before anything else is read, so that the rest of the code knows
sendings with whole steps only.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from vitrines.platforms.inspection import Problem

Data = Mapping[str, Any]

_STEP_KEY = re.compile(r"send\[(\d+)\]\.steps\[(\d+)\]\.(\w+)(.*)", re.DOTALL)


def with_shared_steps(data: Data) -> tuple[dict[str, Any], list[Problem]]:
    """The file's data with each ``use`` replaced by the step it names, and what is wrong with it.

    A key beside ``use`` stands in place of the shared step's own.
    """
    whole = {key: value for key, value in data.items() if key != "steps"}
    shared = data.get("steps", {})
    if not (isinstance(shared, dict) and all(isinstance(step, dict) for step in shared.values())):
        return whole, [Problem("steps", "each step is a table of its own: [steps.find_order]")]
    used = {step["use"]: key for key, step in _using(data)}
    found = [
        Problem(f"{key}.use", f"there is no step '{name}' (there are: {', '.join(shared) or '-'})")
        for name, key in used.items()
        if name not in shared
    ]
    found += [Problem(f"steps.{name}", "no sending uses it") for name in shared if name not in used]
    if not found and used:
        whole["send"] = [_with_steps(send, shared) for send in data["send"]]
    return whole, found


def written_key(data: Data, key: str) -> str:
    """Where a key of a step is written in the file: in the shared step, unless beside its use."""
    told = _STEP_KEY.fullmatch(key)
    if told is None:
        return key
    place, number, name, rest = told.groups()
    for step_key, step in _using(data):
        if step_key == f"send[{place}].steps[{number}]" and name not in step:
            return f"steps.{step['use']}.{name}{rest}"
    return key


def _using(data: Data) -> Iterator[tuple[str, Data]]:
    sends = data.get("send")
    for place, send in enumerate(sends if isinstance(sends, list) else []):
        steps = send.get("steps") if isinstance(send, dict) else None
        for number, step in enumerate(steps if isinstance(steps, list) else []):
            if isinstance(step, dict) and isinstance(step.get("use"), str):
                yield f"send[{place}].steps[{number}]", step


def _with_steps(send: Any, shared: Data) -> Any:
    if not (isinstance(send, dict) and isinstance(send.get("steps"), list)):
        return send
    return {**send, "steps": [_with_step(step, shared) for step in send["steps"]]}


def _with_step(step: Any, shared: Data) -> Any:
    if not (isinstance(step, dict) and isinstance(step.get("use"), str)):
        return step
    own = {key: value for key, value in step.items() if key != "use"}
    return {**shared[step["use"]], **own}
