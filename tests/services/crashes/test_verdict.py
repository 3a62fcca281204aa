"""The verdict of the crash tests finds what it is there to find. Needs no service."""

from dataclasses import replace

from tests.services.crashes.store import Answer, answer_to
from tests.services.crashes.stories import Story
from tests.services.crashes.verdict import (
    STILL_ON_THE_WIRE,
    Interruption,
    Request,
    Run,
    Update,
    judge,
    told,
)

WORDS = ("pago", "enviado")
SENT = (
    Update("key-1", "100", 1, "pago", "sent", False, 1, ((1, "accepted"),)),
    Update("key-2", "100", 2, "enviado", "sent", False, 1, ((1, "accepted"),)),
)
PAID = Request(1.0, "key-1", "100", "pago", Answer.ACCEPTED)
SHIPPED = Request(2.0, "key-2", "100", "enviado", Answer.ACCEPTED)
KILL = Interruption("kill -9", 1.1, frozenset({"key-1"}))
TWO_TRIES = ((1, "transient"), (2, "accepted"))


def run(*requests: Request, updates=SENT, interruptions=(), held_lanes=()) -> Run:
    return Run({"100": WORDS}, requests, updates, interruptions, held_lanes)


def problems_of(run: Run) -> list[str]:
    return [problem.text for problem in judge(run).problems]


def test_run_in_which_all_went_well_has_no_problem():
    judgement = judge(run(PAID, SHIPPED))
    assert (judgement.problems, judgement.repeats_by_fault) == ([], 0)


def test_update_that_the_store_never_accepted_is_lost():
    assert problems_of(run(PAID)) == [
        "lost: the store never accepted 'enviado'",
        "the store ends at 'pago', the ERP at 'enviado'",
        "'enviado' arrived 0 times and has 1 tries on record; it was in flight at 0 interruptions",
    ]


def test_order_of_which_nothing_is_known_is_lost():
    assert problems_of(run(updates=())) == [
        "lost: the store never accepted 'pago'",
        "lost: the store never accepted 'enviado'",
        "the updates tell [], the ERP told ['pago', 'enviado']",
    ]


def test_update_that_is_not_sent_in_the_end_is_a_problem():
    left = replace(SENT[1], state="sending", turn=True)
    assert problems_of(run(PAID, SHIPPED, updates=(SENT[0], left))) == [
        "the update 'enviado' is sending and has the turn"
    ]


def test_older_status_after_a_newer_one_is_out_of_sequence():
    late = replace(PAID, at=3.0)
    assert problems_of(run(SHIPPED, late)) == [
        "the store ends at 'pago', the ERP at 'enviado'",
        "out of sequence: 'pago' arrived after 'enviado'",
    ]


def test_repeat_of_an_older_status_is_out_of_sequence_though_a_kill_explains_it():
    repeat = replace(PAID, at=3.0)
    again = replace(SHIPPED, at=4.0)
    kill = replace(KILL, at=2.5, in_flight=frozenset({"key-1", "key-2"}))
    early = replace(KILL, at=1.5)
    assert problems_of(run(PAID, SHIPPED, repeat, again, interruptions=(early, kill))) == [
        "out of sequence: 'pago' arrived after 'enviado'"
    ]


def test_repeat_with_another_key_is_a_problem():
    stranger = replace(PAID, at=1.5, key="key-9")
    assert problems_of(run(PAID, stranger, SHIPPED)) == [
        "'pago' arrived with the key key-9, which is not its own"
    ]


def test_repeat_after_a_fault_of_the_store_is_counted_and_is_no_problem():
    for answer in (Answer.ERROR, Answer.RESET, Answer.LOST):
        failed = replace(PAID, at=0.5, answer=answer)
        retried = replace(SENT[0], attempts_made=2, attempts=TWO_TRIES)
        judgement = judge(run(failed, PAID, SHIPPED, updates=(retried, SENT[1])))
        assert (judgement.problems, judgement.repeats_by_fault) == ([], 1)


def test_repeat_of_what_was_in_flight_at_a_kill_is_counted_and_is_no_problem():
    judgement = judge(run(PAID, replace(PAID, at=1.5), SHIPPED, interruptions=(KILL,)))
    assert (judgement.problems, judgement.repeats_by_interruption) == ([], [1])


def test_repeat_without_a_cause_is_doubled():
    repeated = (PAID, replace(PAID, at=1.5), SHIPPED)
    doubled = "doubled: 'pago' was accepted and sent again for no reason"
    not_in_flight = replace(KILL, in_flight=frozenset({"key-2"}))
    before = replace(KILL, at=PAID.at - STILL_ON_THE_WIRE - 0.1)
    after = replace(KILL, at=1.6)
    for kills in ((), (not_in_flight,), (before,), (after,)):
        assert doubled in problems_of(run(*repeated, interruptions=kills))


def test_repeat_of_what_was_sent_while_an_interruption_lasted_is_no_problem():
    outage = replace(KILL, at=0.1, lasted=0.6)
    repeated = (PAID, replace(PAID, at=1.5), SHIPPED)
    assert problems_of(run(*repeated, interruptions=(outage,))) == []


def test_two_repeats_are_not_explained_by_one_kill():
    once_more = replace(PAID, at=KILL.at + STILL_ON_THE_WIRE + 0.1)
    thrice = (PAID, once_more, replace(once_more, at=once_more.at + 0.1), replace(SHIPPED, at=9.0))
    assert problems_of(run(*thrice, interruptions=(KILL,))) == [
        "'pago' arrived 3 times and has 1 tries on record; it was in flight at 1 interruptions",
        "doubled: 'pago' was accepted and sent again for no reason",
    ]


def test_one_request_that_a_halted_thread_was_about_to_write_is_no_problem_and_two_are():
    halt = Interruption("SIGSTOP", 0.5, frozenset({"key-1", "key-2"}), went_on_at=9.0)
    late = replace(PAID, at=9.1)
    first, second = replace(PAID, at=9.5), replace(SHIPPED, at=9.6)
    first_is_late, second_is_late = (late, first, second), (replace(PAID, at=8.0), late, second)
    for requests in (first_is_late, second_is_late):
        judgement = judge(run(*requests, interruptions=(halt,)))
        assert (judgement.problems, judgement.repeats_by_interruption) == ([], [1])
    both = (late, first, second, replace(SHIPPED, at=9.7))
    assert problems_of(run(*both, interruptions=(halt,))) == [
        "SIGSTOP: 2 requests written after the lease"
    ]


def test_repeat_long_after_a_halted_process_went_on_is_doubled():
    halt = Interruption("SIGSTOP", 0.5, frozenset({"key-1"}), went_on_at=4.0)
    accepted = replace(PAID, at=halt.went_on_at - 1.0)
    again = replace(PAID, at=halt.went_on_at + STILL_ON_THE_WIRE + 0.1)
    assert problems_of(run(accepted, again, replace(SHIPPED, at=9.0), interruptions=(halt,))) == [
        "doubled: 'pago' was accepted and sent again for no reason"
    ]


def test_try_that_is_recorded_twice_is_a_problem():
    twice = replace(SENT[0], attempts=((1, "accepted"), (1, "accepted")))
    assert problems_of(run(PAID, SHIPPED, updates=(twice, SENT[1]))) == [
        "the tries of 'pago' are numbered [1, 1]",
        "'pago' counts 1 tries, recorded 2",
        "'pago' was recorded as accepted at its tries [1, 1]",
        "'pago' arrived 1 times and has 2 tries on record; it was in flight at 0 interruptions",
    ]


def test_acceptance_that_a_stale_holder_recorded_too_is_a_problem():
    both = replace(SENT[0], attempts_made=2, attempts=((1, "accepted"), (2, "accepted")))
    again = replace(PAID, at=1.5)
    assert problems_of(
        run(PAID, again, SHIPPED, updates=(both, SENT[1]), interruptions=(KILL,))
    ) == ["'pago' was recorded as accepted at its tries [1, 2]"]


def test_more_repeats_than_were_in_flight_at_a_kill_are_a_problem():
    at_once = (PAID, replace(PAID, at=1.3), replace(PAID, at=1.4), SHIPPED)
    assert problems_of(run(*at_once, interruptions=(KILL,))) == [
        "'pago' arrived 3 times and has 1 tries on record; it was in flight at 1 interruptions",
        "kill -9: 2 repeats of 1 in flight",
    ]


def test_lane_that_is_not_released_is_a_problem():
    held = run(PAID, SHIPPED, held_lanes=(("LOJA-1", "host:1"),))
    assert problems_of(held) == ["the lane of LOJA-1 is still held by host:1"]


def test_story_of_an_order_tells_updates_requests_and_interruptions_in_order_of_time():
    again = replace(PAID, at=1.5)
    assert told(run(PAID, again, SHIPPED, interruptions=(KILL,)), "100").splitlines() == [
        "order 100: the ERP told pago, enviado",
        "  update 1 pago sent key-1 tries: 1 accepted",
        "  update 2 enviado sent key-2 tries: 1 accepted",
        "     0.000 s  store: pago key-1 -> accepted",
        "     0.100 s  kill -9 (in flight: pago)",
        "     0.500 s  store: pago key-1 -> accepted",
        "     1.000 s  store: enviado key-2 -> accepted",
    ]


def test_store_breaks_about_five_in_a_hundred_first_tries_and_no_other():
    story = Story("of faults", orders=5_000)
    first = [answer_to(order, word, 1) for order, words in story.expected.items() for word in words]
    assert {answer: first.count(answer) for answer in Answer} == {
        Answer.ACCEPTED: 19_034,
        Answer.ERROR: 322,
        Answer.RESET: 326,
        Answer.LOST: 318,
    }
    broken = next(order for order in story.numbers if answer_to(order, "pago", 1) is Answer.LOST)
    assert [answer_to(broken, "pago", tried) for tried in (2, 3)] == [Answer.ACCEPTED] * 2
