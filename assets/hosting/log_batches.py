"""Batches of judged lines, made one ahead: while the server takes in a batch, the next is judged."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from assets.hosting.log_files import Line
from assets.hosting.log_lines import BadLineError, Judge
from assets.lib.quarantine import Rejected


@dataclass(frozen=True)
class Batch:
    """The lines up to `end` (a file offset): rows in COPY's text format, those turned away, and the days of the rows."""

    end: int
    text: str = field(repr=False)
    rows: int
    rejected: Sequence[Rejected]
    days: frozenset[int]


def judged_batches(lines: Iterator[Line], judge: Judge, file_name: str, size: int) -> Iterator[Batch]:
    """The lines in batches of `size`. What the reading of the file raises is raised after the batch of the lines before it."""
    broken: list[BaseException] = []
    guarded = _until_broken(lines, broken)

    def following() -> Batch | None:
        chunk = list(islice(guarded, size))
        return judge_lines(chunk, judge, file_name) if chunk else None

    yield from _one_ahead(following)
    if broken:
        raise broken[0]


def judge_lines(lines: Sequence[Line], judge: Judge, file_name: str) -> Batch:
    """One batch; `lines` is not empty. A blank line is no line."""
    rows: list[str] = []
    rejected: list[Rejected] = []
    days: set[int] = set()
    for offset, _, line in lines:
        try:
            text, day = judge.row(line, offset)
        except BadLineError as error:
            if line.strip():
                rejected.append(Rejected(error.code, str(error), line, {"file": file_name, "offset": offset}))
            continue
        rows.append(text)
        days.add(day)
    return Batch(lines[-1][1], "".join(rows), len(rows), rejected, frozenset(days))


def _until_broken(lines: Iterator[Line], broken: list[BaseException]) -> Iterator[Line]:
    try:
        yield from lines
    except Exception as error:
        broken.append(error)


def _one_ahead(following: Callable[[], Batch | None]) -> Iterator[Batch]:
    with ThreadPoolExecutor(1, thread_name_prefix="judge") as pool:
        future = pool.submit(following)
        while (batch := future.result()) is not None:
            future = pool.submit(following)
            yield batch
