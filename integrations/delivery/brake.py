"""What stops the senders of a lane at once.

An answer that stops the lane is written down a moment later, with those that came about the same
time. Until then the brake keeps the senders from beginning what was claimed ahead. Pure, but for
being noted on by one thread after another.
"""

from integrations.delivery.breaker import BreakerState, after_transient
from integrations.delivery.lane_health import Sign, sign_of
from integrations.delivery.sending import SendResult


class Brake:
    def __init__(self) -> None:
        self.on = False
        self._breaker = BreakerState()

    def note(self, result: SendResult) -> None:
        """Called once an answer, by one thread at a time, in the sequence in which the answers
        are recorded: so failures in a row are counted here as they are there."""
        match sign_of(result):
            case Sign.REFUSES | Sign.WAIT:
                self.on = True
            case Sign.UNWELL:
                self._breaker = after_transient(self._breaker.failures, self._breaker.openings)
                self.on |= self._breaker.open_for is not None
            case Sign.WELL:
                self._breaker = BreakerState()

    def release(self, breaker: BreakerState) -> None:
        """All that was answered is recorded, and the lane, whose breaker is so, goes on."""
        self.on, self._breaker = False, breaker
