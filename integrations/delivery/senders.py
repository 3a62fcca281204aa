"""The threads that send for one lane: parcels go in, answers come out.

They touch no database. What waits here was claimed and not begun; ``withdraw`` takes it back, and
once the brake is on it comes back by itself.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType

from integrations.delivery.brake import Brake
from integrations.delivery.sending import NoLongerPermitted, Parcel, SendResult

Send = Callable[[Parcel], SendResult]


@dataclass(frozen=True)
class Answered:
    parcel: Parcel
    #: None: the lease was over before it was sent whole, or the brake was on before it was begun.
    result: SendResult | None
    begun: bool = True


class Senders:
    """As many threads as the platform takes requests at a time. Used by the lane's thread alone."""

    def __init__(self, send: Send, *, brake: Brake, threads: int, name: str) -> None:
        self._send = send
        self._brake = brake
        #: Answers are noted on the brake in the sequence in which they are given back.
        self._noting = threading.Lock()
        self._most = threads
        self._name = name
        self._threads: list[threading.Thread] = []
        self._waiting: SimpleQueue[Parcel | None] = SimpleQueue()
        self._done: SimpleQueue[Answered | BaseException] = SimpleQueue()
        #: Handed over and neither answered nor withdrawn.
        self.in_hand = 0

    def __enter__(self) -> "Senders":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Begin nothing more and wait for what is under way."""
        self.withdraw()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    def hand_over(self, parcels: Iterable[Parcel]) -> None:
        for parcel in parcels:
            self._waiting.put(parcel)
            self.in_hand += 1
        while len(self._threads) < min(self._most, self.in_hand):
            self._start()

    def withdraw(self) -> list[Parcel]:
        """What no thread has begun."""
        taken: list[Parcel] = []
        try:
            while True:
                parcel = self._waiting.get_nowait()
                if parcel is not None:
                    taken.append(parcel)
        except Empty:
            self.in_hand -= len(taken)
            return taken

    def answers(self, *, wait: float, linger: float, enough: int) -> list[Answered]:
        """What has been answered. Waits for the first, ``wait`` seconds at most, and then gathers
        more for ``linger`` seconds, until there are ``enough`` or none is left.

        Raises what a thread failed by: ``deliver`` makes a result of whatever can go wrong.
        """
        answered: list[Answered] = []
        until = time.monotonic() + wait
        while self.in_hand and len(answered) < enough:
            try:
                one = self._done.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                break
            if isinstance(one, BaseException):
                if answered:  # of these the lane has to know first
                    self._done.put(one)
                    break
                self.in_hand -= 1
                raise one
            if not answered:
                until = time.monotonic() + linger
            answered.append(one)
            self.in_hand -= 1
        return answered

    def _start(self) -> None:
        name = f"{self._name}-{len(self._threads) + 1}"
        thread = threading.Thread(target=self._work, name=name)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (parcel := self._waiting.get()) is not None:
            if self._brake.on:
                self._done.put(Answered(parcel, None, begun=False))
                continue
            try:
                result = self._send(parcel)
            except NoLongerPermitted:
                self._done.put(Answered(parcel, None))
            except BaseException as error:
                self._done.put(error)
            else:
                with self._noting:
                    self._brake.note(result)
                    self._done.put(Answered(parcel, result))
