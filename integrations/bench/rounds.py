"""Two ways of doing the same, taken in turns, so that what else the machine does falls on both."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Measure = Callable[[], float]


@dataclass(frozen=True)
class Comparison:
    """Of each round what both sides came to, in the same unit."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the rounds' own ratios."""
        return median(self.ratios)

    def told(self, ours: str, theirs: str, unit: str) -> list[str]:
        each = " ".join(f"{ratio:.2f}" for ratio in self.ratios)
        return [
            f"{ours} {median(self.ours):.0f}{unit}, {theirs} {median(self.theirs):.0f}{unit}; "
            f"ratio of each round {each}"
        ]


def alternate(ours: Measure, theirs: Measure, *, rounds: int) -> Comparison:
    """A round of each that does not count, then A/B/A/B…"""
    return Comparison(*in_turns(ours, theirs, rounds=rounds))


def in_turns(*sides: Measure, rounds: int) -> list[tuple[float, ...]]:
    """Of each side what it came to in each round, after one that does not count."""
    taken = [[side() for side in sides] for _ in range(rounds + 1)]
    return list(zip(*taken[1:], strict=True))
