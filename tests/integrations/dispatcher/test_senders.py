"""The threads that send: what was not begun can be taken back, what was begun is waited for."""

import threading

import pytest

from integrations.delivery.brake import Brake
from integrations.delivery.breaker import BreakerState
from integrations.delivery.senders import Senders
from integrations.delivery.sending import NoLongerPermitted
from tests.integrations.dispatcher.dispatching import result


class Platform:
    """Answers when the test lets it."""

    def __init__(self):
        self.asked: list[str] = []
        #: What it says to a parcel, if it does not accept it.
        self.says: dict[str, str] = {}
        self.begun = threading.Semaphore(0)
        self.answer = threading.Semaphore(0)

    def send(self, parcel):
        self.asked.append(parcel)
        self.begun.release()
        self.answer.acquire()
        return result(self.says.get(parcel, "accepted"), message=f"answer to {parcel}")

    def wait_for(self, number):
        for _ in range(number):
            assert self.begun.acquire(timeout=5)

    def answer_to(self, number):
        for _ in range(number):
            self.answer.release()


@pytest.fixture
def platform():
    return Platform()


@pytest.fixture
def brake():
    return Brake()


@pytest.fixture
def senders_of(brake):
    """Senders that brake."""

    def make(send, *, threads):
        return Senders(send, brake=brake, threads=threads, name="t")

    return make


def answers(senders, **how):
    return [
        (one.parcel, one.result and one.result.message)
        for one in senders.answers(**({"wait": 5, "linger": 5, "enough": 100} | how))
    ]


def test_answers_come_back_with_their_parcels(platform, senders_of):
    platform.answer_to(3)
    with senders_of(platform.send, threads=2) as senders:
        senders.hand_over(["a", "b", "c"])

        assert sorted(answers(senders)) == [(p, f"answer to {p}") for p in "abc"]
        assert senders.in_hand == 0


def test_no_more_threads_are_at_work_than_the_platform_takes(platform, senders_of):
    with senders_of(platform.send, threads=2) as senders:
        senders.hand_over(["a", "b", "c"])
        platform.wait_for(2)

        assert platform.asked == ["a", "b"]
        assert senders.in_hand == 3
        platform.answer_to(3)
        assert len(answers(senders)) == 3


def test_withdraw_takes_back_what_was_not_begun(platform, senders_of):
    with senders_of(platform.send, threads=1) as senders:
        senders.hand_over(["a", "b", "c"])
        platform.wait_for(1)

        assert senders.withdraw() == ["b", "c"]
        platform.answer_to(1)
        assert answers(senders) == [("a", "answer to a")]
    assert platform.asked == ["a"]


def test_answers_waits_no_longer_than_told(platform, senders_of):
    with senders_of(platform.send, threads=1) as senders:
        senders.hand_over(["a"])

        assert answers(senders, wait=0.01) == []
        platform.answer_to(1)


def test_answers_are_given_as_soon_as_there_are_enough(platform, senders_of):
    platform.answer_to(2)
    with senders_of(platform.send, threads=1) as senders:
        senders.hand_over(["a", "b", "c"])
        platform.wait_for(3)

        assert len(answers(senders, enough=2)) == 2
        platform.answer_to(1)


def test_parcel_that_may_not_be_sent_any_more_comes_back_without_a_result(senders_of):
    def send(parcel):
        raise NoLongerPermitted

    with senders_of(send, threads=1) as senders:
        senders.hand_over(["a"])

        assert answers(senders) == [("a", None)]


def test_what_a_thread_fails_by_is_raised_where_the_lane_is_held(senders_of):
    def send(parcel):
        raise ZeroDivisionError

    with senders_of(send, threads=1) as senders:
        senders.hand_over(["a"])

        with pytest.raises(ZeroDivisionError):
            answers(senders)


def test_answer_that_stops_the_lane_lets_no_thread_begin_another(platform, brake, senders_of):
    """The other thread's answer is good, and comes after it: that changes nothing."""
    platform.says["a"] = "throttled"
    with senders_of(platform.send, threads=2) as senders:
        senders.hand_over(["a", "b", "c", "d"])
        platform.wait_for(2)
        platform.answer_to(1)
        (first,) = answers(senders, enough=1)
        platform.answer_to(3)

        others = sorted(answers(senders))
        assert brake.on
    assert platform.asked == ["a", "b"]
    assert {first, *others} == {
        ("a", "answer to a"), ("b", "answer to b"), ("c", None), ("d", None)
    }  # fmt: skip


def test_what_comes_back_without_being_begun_says_so(platform, brake, senders_of):
    brake.on = True
    with senders_of(platform.send, threads=1) as senders:
        senders.hand_over(["a"])

        (one,) = senders.answers(wait=5, linger=5, enough=1)
    assert (one.parcel, one.result, one.begun) == ("a", None, False)
    assert platform.asked == []


def test_released_brake_lets_the_threads_go_on(platform, brake, senders_of):
    platform.answer_to(2)
    brake.on = True
    with senders_of(platform.send, threads=1) as senders:
        senders.hand_over(["a"])
        assert answers(senders) == [("a", None)]
        brake.release(BreakerState())
        senders.hand_over(["a"])

        assert answers(senders) == [("a", "answer to a")]
