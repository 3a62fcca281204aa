"""How much a platform takes, and how it says "wait"."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from vitrines.platforms.parts import AsParam, Part, RuleText, shape_without_xpath

#: A number written in the file, or a parameter of kind number.
Count = Annotated[
    Annotated[int, Field(ge=1), Tag("<text>")] | AsParam, Discriminator(shape_without_xpath)
]


#: What is longer could not even be calculated with.
MOST_DIGITS = 6


def countable(number: str) -> bool:
    """Whether a parameter's text says how many requests a platform takes."""
    return number.isdecimal() and len(number) <= MOST_DIGITS and int(number) >= 1


class RetryAfter(Part):
    """Where and how the platform says how long to wait."""

    header: str = "Retry-After"
    #: ``auto`` reads seconds or an HTTP date, as RFC 9110 has it.
    unit: Literal["auto", "s", "ms", "epoch", "http-date"] = "auto"
    #: An expression over ``answer`` that gives seconds, for platforms that tell it in the body.
    #: The header is read where it finds nothing.
    wait: str | None = None


class Rate(Part):
    """At most so many requests in any stretch of so many seconds."""

    requests: Count
    #: Seconds.
    per: Annotated[float, Field(gt=0, le=86_400)]
    #: Set for a leaky bucket: it takes so many at once and drains ``requests`` each ``per``.
    burst: Annotated[int, Field(ge=1)] | None = None


class Limits(Part):
    #: All hold at the same time.
    rates: tuple[Rate, ...] = ()
    #: Requests of one vitrine in flight at the same time.
    concurrency: Annotated[int, Field(ge=1, le=8)] = 8
    #: A sign of "wait" beside status 429.
    throttled: RuleText | None = None
    retry_after: RetryAfter = Field(default_factory=RetryAfter)

    @model_validator(mode="after")
    def _one_of_each(self) -> "Limits":
        stretches = [rate.per for rate in self.rates]
        if len(set(stretches)) != len(stretches):
            raise ValueError("two rates have the same 'per'")
        return self
