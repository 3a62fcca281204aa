"""Taking many things at once: what refuses one of them stands in its place, and only there."""

import pytest
from django.db import IntegrityError, OperationalError

from integrations.intake.together import again, each, go_on, only, store_together


class Refused(Exception):
    """What an item may be refused with."""


class Store:
    """One transaction a call. Fails whenever a poisoned item is in it."""

    def __init__(self, poison="", error=Refused, failures=99):
        self.poison = poison
        self.error = error
        self.failures = failures
        #: What each call was given.
        self.calls = []

    def __call__(self, items):
        self.calls.append("".join(items))
        if self.poison and self.poison in items and self.failures:
            self.failures -= 1
            raise self.error
        return [item.upper() for item in items]


def deadlock():
    """As Django tells PostgreSQL's."""
    cause = Exception()
    cause.sqlstate = "40P01"
    error = OperationalError("deadlock detected")
    error.__cause__ = cause
    return error


def told(results):
    return [type(one).__name__ if isinstance(one, Exception) else one for one in results]


def test_store_together_is_one_transaction():
    store = Store()
    assert store_together("abc", store) == ["A", "B", "C"]
    assert store.calls == ["abc"]


def test_store_together_of_nothing_begins_no_transaction():
    store = Store()
    assert store_together([], store) == []
    assert store.calls == []


def test_item_that_breaks_the_transaction_is_found_by_halving():
    store = Store("f")
    assert told(store_together("abcdefgh", store)) == [*"ABCDE", "Refused", *"GH"]
    assert store.calls == ["abcdefgh", "abcd", "efgh", "ef", "e", "f", "gh"]


@pytest.mark.parametrize("error", [IntegrityError, deadlock()])
def test_transaction_that_another_got_in_the_way_of_is_run_once_more(error):
    store = Store("b", error, failures=1)
    assert store_together("abc", store) == ["A", "B", "C"]
    assert store.calls == ["abc", "abc"]


def test_conflict_that_stays_is_the_items_own():
    store = Store("b", IntegrityError)
    assert told(store_together("ab", store)) == ["A", "IntegrityError"]
    assert store.calls == ["ab", "ab", "a", "b", "b"]


def test_database_that_does_not_answer_is_asked_once():
    store = Store("b", OperationalError)
    assert told(store_together("abc", store)) == ["OperationalError"] * 3
    assert store.calls == ["abc"]


def test_each_keeps_what_refused_an_item_in_its_place():
    assert told(each("a1c", int)) == ["ValueError", 1, "ValueError"]


def test_go_on_takes_together_those_that_were_not_refused():
    store = Store()
    assert told(go_on(["a", Refused(), "c"], store)) == ["A", "Refused", "C"]
    assert store.calls == ["ac"]


def test_again_takes_only_those_that_it_is_asked_for():
    store = Store()
    assert told(again(["a", Refused(), "c"], store, where="c".__eq__)) == ["a", "Refused", "C"]
    assert store.calls == ["c"]


def test_only_raises_what_refused_the_one():
    assert only(["a"]) == "a"
    with pytest.raises(Refused):
        only([Refused()])
