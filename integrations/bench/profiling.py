"""Where the processor's time or the memory of a figure goes; texts to be read."""

import cProfile
import io
import pstats
import threading
import time
import tracemalloc
from collections.abc import Callable
from types import FrameType
from typing import Any

_SHOWN = 45


def processor_time(work: Callable[[], Any]) -> str:
    """Do the work once more, slowed down by being looked at: what it cost, by thread and function.

    In seconds of the processor, not of the clock: waiting for an answer, for a lock of the
    interpreter or for the database costs nothing here. Only threads that begin meanwhile are seen.
    """
    main = cProfile.Profile(time.thread_time)
    others: list[cProfile.Profile] = []

    def begin(frame: FrameType, event: str, argument: object) -> None:
        profile = cProfile.Profile(time.thread_time)
        others.append(profile)
        profile.enable()

    threading.setprofile(begin)
    began = time.perf_counter()
    main.enable()
    try:
        work()
    finally:
        main.disable()
        threading.setprofile(None)
    elapsed = time.perf_counter() - began
    return (
        f"{elapsed:.1f} seconds of the clock, looked at\n\n"
        + _told("the thread that claims and records", [main])
        + _told(f"{len(others)} other threads", others)
    )


def memory(work: Callable[[], Any]) -> str:
    """Do the work twice more: which lines of code hold more after the second time than before."""
    tracemalloc.start(10)
    try:
        work()
        before = tracemalloc.take_snapshot()
        work()
        grown = tracemalloc.take_snapshot().compare_to(before, "lineno")
    finally:
        tracemalloc.stop()
    return "\n".join(str(line) for line in grown[:_SHOWN])


def _told(title: str, profiles: list[cProfile.Profile]) -> str:
    if not profiles:
        return ""
    text = io.StringIO()
    stats = pstats.Stats(*profiles, stream=text)
    for order in ("tottime", "cumulative"):
        stats.sort_stats(order).print_stats(_SHOWN)
    return f"== {title}\n{text.getvalue()}"
