"""Which rows the table has, and in which sequence: by module and then by test."""

from tests.faults import (
    test_lost_answers,
    test_no_connection,
    test_no_whole_answer,
    test_odd_answers,
    test_ours,
    test_refusals,
    test_throttling,
    test_unwell,
)

MODULES = (
    test_no_connection,
    test_no_whole_answer,
    test_odd_answers,
    test_refusals,
    test_throttling,
    test_unwell,
    test_lost_answers,
    test_ours,
)
FAULTS = [
    thing.fault
    for module in MODULES
    for thing in vars(module).values()
    if callable(thing) and hasattr(thing, "fault")
]
