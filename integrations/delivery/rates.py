"""How fast a platform may be asked. Pure.

Each rate of a platform file is a bucket that drains steadily and takes a burst on top, so that no
stretch of ``per`` seconds ever holds more than ``requests``. Of a bucket one moment is kept: when
it will be empty again (the generic cell rate algorithm). Nothing is lost by forgetting it.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from vitrines.platforms import Platform
from vitrines.platforms.limits import Rate, countable
from vitrines.platforms.parts import ParamRef, resolve

#: Bucket → when it is empty again, in seconds since the epoch; and under ``AT``, when that was
#: written. JSON, kept on the lane.
Drained = Mapping[str, float]
AT = "at"
#: Of a rate without a burst of its own: how much of it may come at once.
BURST_SHARE = 10


@dataclass(frozen=True)
class Bucket:
    key: str
    #: Seconds in which one request drains.
    interval: float
    burst: int

    @classmethod
    def of(cls, rate: Rate, requests: int) -> "Bucket":
        key = f"{rate.per:g}"
        if rate.burst is not None:
            return cls(key, rate.per / requests, rate.burst)
        burst = max(1, requests // BURST_SHARE)
        # The burst and what drains after it must fit into one stretch together.
        return cls(key, rate.per / max(1, requests - burst), burst)

    def room(self, empty_at: float, now: float) -> int:
        filled = max(0.0, empty_at - now) / self.interval
        # A rounding error must not cost a request.
        return max(0, math.floor(self.burst - filled + 1e-6))

    def free_at(self, empty_at: float, requests: int) -> float:
        """When there is room for so many, or for a full burst if they are more."""
        return empty_at - (self.burst - min(requests, self.burst)) * self.interval


@dataclass(frozen=True)
class Pace:
    """All the rates of one vitrine, and what one update costs at most."""

    buckets: tuple[Bucket, ...] = ()
    #: Requests that an update may come to, as far as its file tells.
    cost: int = 1

    @classmethod
    def of(cls, platform: Platform, params: Mapping[str, str]) -> "Pace":
        filled, defaults = platform.fill(params), platform.fill({})
        rates = [(rate, _requests(rate, filled, defaults)) for rate in platform.limits.rates]
        return cls(tuple(Bucket.of(rate, n) for rate, n in rates), platform.most_requests)

    def room(self, drained: Drained, now: datetime) -> int | None:
        """How many updates may be sent now; None: as many as there are."""
        if not self.buckets:
            return None
        moment = now.timestamp()
        return min(
            b.room(_empty_at(drained, b, moment), moment) // min(self.cost, b.burst)
            for b in self.buckets
        )

    def free_at(self, drained: Drained, now: datetime) -> datetime:
        """When the next update may be sent."""
        moment = now.timestamp()
        frees = [b.free_at(_empty_at(drained, b, moment), self.cost) for b in self.buckets]
        return datetime.fromtimestamp(max([moment, *frees]), UTC)

    def spend(self, drained: Drained, updates: int, now: datetime) -> dict[str, float]:
        """Set aside what so many updates may cost."""
        return self._pour(drained, updates * self.cost, now)

    def correct(self, drained: Drained, made: Iterable[int], now: datetime) -> dict[str, float]:
        """Replace what was set aside for some updates by the requests that were made."""
        counts = list(made)
        return self._pour(drained, sum(counts) - len(counts) * self.cost, now)

    def _pour(self, drained: Drained, requests: int, now: datetime) -> dict[str, float]:
        if not self.buckets:
            return {}
        moment = now.timestamp()
        poured = {
            b.key: max(_empty_at(drained, b, moment), moment if requests > 0 else 0.0)
            + requests * b.interval
            for b in self.buckets
        }
        return poured | {AT: moment}


def set_back_since(drained: Drained, now: datetime) -> bool:
    """Whether the clock was set back since these were written."""
    return now.timestamp() < drained.get(AT, 0.0)


def _empty_at(drained: Drained, bucket: Bucket, moment: float) -> float:
    """By a clock that may have been set back: what was left then is left still, and no more."""
    set_back = max(0.0, drained.get(AT, moment) - moment)
    return drained.get(bucket.key, 0.0) - set_back


def _requests(rate: Rate, params: Mapping[str, str], defaults: Mapping[str, str]) -> int:
    """The file's own number in place of one that cannot be kept to: what is wrong with a parameter
    is told with the updates, and must not stop the lane without a word."""
    if not isinstance(rate.requests, ParamRef):
        return rate.requests
    chosen = resolve(rate.requests, params)
    return int(chosen if countable(chosen) else resolve(rate.requests, defaults))
