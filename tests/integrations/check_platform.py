"""``manage.py check_platform``, run as from a terminal."""

from io import StringIO

from django.core.management import CommandError, call_command

RULE = "─" * 100


def run(*arguments: str) -> tuple[str, str, str]:
    """What it prints, what it prints of faults, and what it fails with."""
    out, err, failure = StringIO(), StringIO(), ""
    try:
        call_command("check_platform", *arguments, stdout=out, stderr=err, no_color=True)
    except CommandError as error:
        failure = str(error)
    return out.getvalue(), err.getvalue(), failure
