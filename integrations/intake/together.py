"""Taking many things at once, so that a bad one spoils no other.

What refuses an item stands in its place in the results, as the exception that says why.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import IntegrityError, InterfaceError, OperationalError

T = TypeVar("T")
R = TypeVar("R")

#: SQLSTATE of a transaction that another one got in the way of: a deadlock, a serialization.
CONFLICTS = ("40P01", "40001")


def each(items: Sequence[T], take: Callable[[T], R]) -> list[R | Exception]:
    """What becomes of each item by itself."""
    results: list[R | Exception] = []
    for item in items:
        try:
            results.append(take(item))
        except Exception as error:
            results.append(error)
    return results


def go_on(
    results: Sequence[T | Exception], take: Callable[[list[T]], Sequence[R | Exception]]
) -> list[R | Exception]:
    """What becomes of those that were not refused so far, taken together."""
    taken = iter(take([result for result in results if not isinstance(result, Exception)]))
    return [result if isinstance(result, Exception) else next(taken) for result in results]


def again(
    results: Sequence[R | Exception],
    take: Callable[[list[R]], Sequence[R | Exception]],
    *,
    where: Callable[[R], bool],
) -> list[R | Exception]:
    """The results, with what becomes of some of them when these are taken together again."""
    some = [one for one in results if not isinstance(one, Exception) and where(one)]
    taken = iter(take(some))
    return [one if isinstance(one, Exception) or not where(one) else next(taken) for one in results]


def only(results: Sequence[R | Exception]) -> R:
    """The result of an item that was alone; raises what refused it."""
    [result] = results
    if isinstance(result, Exception):
        raise result
    return result


def store_together(
    items: Sequence[T], store: Callable[[Sequence[T]], Sequence[R | Exception]]
) -> list[R | Exception]:
    """What becomes of items that are stored in one transaction, which ``store`` is.

    A transaction that another one got in the way of is run once more: it then sees what the other
    has stored. If it fails again, or otherwise, each half is tried by itself, and so on down to
    the item that makes it fail. A database that does not answer fails all of them at once.
    """
    if not items:
        return []
    try:
        return list(_once_more_on_conflict(lambda: store(items)))
    except Exception as error:
        if len(items) == 1 or _no_answer(error):
            return [error for _ in items]
    middle = len(items) // 2
    return [*store_together(items[:middle], store), *store_together(items[middle:], store)]


def _once_more_on_conflict(store: Callable[[], R]) -> R:
    try:
        return store()
    except Exception as error:
        if not _conflict(error):
            raise
    return store()


def _conflict(error: Exception) -> bool:
    sqlstate = getattr(error.__cause__, "sqlstate", "")
    return isinstance(error, IntegrityError) or sqlstate in CONFLICTS


def _no_answer(error: Exception) -> bool:
    return isinstance(error, OperationalError | InterfaceError) and not _conflict(error)
