"""What a run came to, in words: one line for whoever reads the results, all of it where it failed.
Pure."""

from tests.services.crashes.verdict import Judgement, Kind, Run, told

COUNTED = (Kind.LOST, Kind.OUT_OF_SEQUENCE, Kind.OTHER_KEY, Kind.DOUBLED, Kind.MISRECORDED)


def results(run: Run, judgement: Judgement) -> str:
    """In one line. A duplicate counts for the interruption that explains it: ``3/8`` are three
    repeated requests of eight updates that were in flight."""
    accepted = {request.key for request in run.requests if request.answer.applied}
    in_flight = [len(one.in_flight) for one in run.interruptions]
    pairs = zip(judgement.repeats_by_interruption, in_flight, strict=True)
    each = " ".join(f"{repeats}/{flying}" for repeats, flying in pairs)
    counts = [f"{kind} {judgement.count(kind)}" for kind in COUNTED]
    duplicates = (
        f"duplicates {sum(judgement.repeats_by_interruption)} (at most {sum(in_flight)}"
        f"{': ' if each else ''}{each})"
    )
    sent = f"sent {len(accepted)} updates of {len(run.expected)} orders"
    faults = f"repeated after a fault of the store {judgement.repeats_by_fault}"
    return ", ".join([sent, *counts, duplicates, faults])


def failure(run: Run, judgement: Judgement) -> str:
    """The first problems, and the story of the first order that has one."""
    shown = [f"{problem.order}: {problem.text}" for problem in judgement.problems[:5]]
    orders = [problem.order for problem in judgement.problems if problem.order]
    return "\n".join(
        [f"{len(judgement.problems)} problems in {len(set(orders))} orders", *shown]
        + [told(run, order) for order in orders[:1]]
    )
