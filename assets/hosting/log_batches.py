"""Batches of judged lines, made one ahead: while the server takes in a batch, the next is judged."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice

from assets.hosting.log_content import Content
from assets.hosting.log_files import Line
from assets.hosting.log_lines import Judge
from assets.hosting.log_request import BadLineError
from assets.lib.quarantine import Rejected


@dataclass(frozen=True)
class Batch:
    """The lines up to `end` (a file offset): rows in COPY's text format, those turned away, and the days of the rows.

    `content` is the digest of the file up to there with the chain to go on from; None behind a line that was cut.
    """

    end: int
    text: str = field(repr=False)
    rows: int
    rejected: Sequence[Rejected]
    days: frozenset[int]
    content: tuple[bytes, bytes] | None = None


def judged_batches(
    lines: Iterator[Line], judge: Judge, file_name: str, size: int, content: Content | None = None
) -> Iterator[Batch]:
    """The lines in batches of `size`. What the reading of the file raises is raised after the batch of the lines before it.

    `content` is the state of the file's digest where the lines begin.
    """
    broken: list[BaseException] = []
    guarded = _until_broken(lines, broken)

    def following() -> Batch | None:
        nonlocal content
        chunk = list(islice(guarded, size))
        if not chunk:
            return None
        batch = judge_lines(chunk, judge, file_name)
        if content is not None:
            content.take(b"\n".join([line for _, _, line in chunk]) + b"\n")
            # A line that was cut is not what the file holds.
            content = content if content.offset == batch.end else None
        return batch if content is None else replace(batch, content=(content.digest, content.chain))

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
            judged = judge.row(line, offset)
        except BadLineError as error:
            if line.strip():
                rejected.append(Rejected(error.code, str(error), line, {"file": file_name, "offset": offset}))
            continue
        if judged is None:
            continue
        text, day = judged
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
