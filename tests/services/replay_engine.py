"""An engine that does nothing but advance replays, as fast as it can, until it is killed."""

import django

django.setup()

from datetime import timedelta  # noqa: E402

from django.utils import timezone  # noqa: E402

from integrations.replay.advancing import advance_replays  # noqa: E402


def main() -> None:
    now = timezone.now()
    while True:
        advance_replays(now=now)
        now += timedelta(seconds=1)  # a clock that runs ahead, so that the pace holds nothing up


if __name__ == "__main__":
    main()
