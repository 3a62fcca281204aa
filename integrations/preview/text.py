"""Previews as plain text for a terminal of 100 columns. What was masked stays masked."""

from collections.abc import Callable, Iterable, Iterator
from textwrap import wrap

from integrations.preview.dry_run import Preview, PreviewedSend
from integrations.preview.vitrine import StatusPreview
from integrations.preview.words import (
    ShownStep,
    needs_in_words,
    passed_over_in_words,
    problem_in_words,
    send_title,
    shown_question,
    shown_steps,
    shown_tokens,
)

WIDTH = 100


def title_lines(title: str, note: str) -> Iterator[str]:
    yield title
    yield note
    yield "═" * WIDTH


def sends_lines(
    sends: Iterable[PreviewedSend],
    listed: Preview | None = None,
    *,
    note: Callable[[PreviewedSend], str] = lambda _: "",
) -> Iterator[str]:
    """The requests for a token first and once, then those of each sending, under its ``note``."""
    sends = list(sends)
    yield from _token_lines(sends)
    for send in sends:
        yield from _send_lines(send, note=note(send))
    if listed is not None:
        for step in shown_question(listed):
            yield from _step_lines("Buscar status da plataforma", step)
        if listed.problem:
            yield from _told("Buscar status da plataforma", f"✗ {listed.problem}")


def statuses_lines(previews: Iterable[StatusPreview]) -> Iterator[str]:
    """By a vitrine's DE-PARA: what it chooses first, and the other channels after it."""
    previews = list(previews)
    yield from _token_lines(send for found in previews for send in found.sends)
    for found in previews:
        if found.silent:
            yield from _told(found.status.label, found.silent)
        if found.chosen:
            yield from _send_lines(found.chosen, mark=" (o do DE-PARA)")
        for send in found.others:
            yield from _send_lines(send, note="A plataforma também oferece este envio.")


def _token_lines(sends: Iterable[PreviewedSend]) -> Iterator[str]:
    for step in shown_tokens(sends):
        yield from _step_lines("Antes de todos", step)


def _send_lines(send: PreviewedSend, *, note: str = "", mark: str = "") -> Iterator[str]:
    title = send_title(send) + mark
    notes, needs = [note] if note else [], needs_in_words(send.needs)
    if needs:
        notes.append(f"Precisa de: {needs}")
    for step in shown_steps(send):
        yield from _step_lines(title, step, notes)
        notes = []
    for over in send.passed_over:
        yield from _wrapped(passed_over_in_words(over, send))
        yield ""
    if problem := problem_in_words(send):
        yield from _told(title, f"✗ {problem}")


def _step_lines(title: str, step: ShownStep, notes: Iterable[str] = ()) -> Iterator[str]:
    told, shown = [*notes, *step.notes], step.request
    yield f"{title} · {step.place}"
    yield "─" * WIDTH
    for note in told:
        yield from _wrapped(note)
    if told:
        yield ""
    yield f"  {shown.method} {shown.url}"
    yield from (f"  {name}: {value}" for name, value in shown.headers.items())
    yield ""
    if shown.body:
        yield from (f"  {line}".rstrip() for line in shown.body.splitlines())
        yield ""


def _told(title: str, sentence: str) -> Iterator[str]:
    yield title
    yield "─" * WIDTH
    yield from _wrapped(sentence)
    yield ""


def _wrapped(note: str) -> list[str]:
    return wrap(note, WIDTH, initial_indent="  ", subsequent_indent="    ")
