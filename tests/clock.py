"""The clock that tests give to what is told the time."""

from datetime import timedelta

from tests.factories import NOW


class Clock:
    """Time that stands still until a test moves it."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def pass_by(self, **span):
        self.now += timedelta(**span)
