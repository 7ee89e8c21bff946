import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.hosting import log_files
from assets.hosting.log_files import head_digest, head_lines, matching_files, read_lines


@settings(max_examples=50)
@given(
    st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"")), max_size=12), st.integers(0, 12), st.integers(1, 40)
)
def test_every_complete_line_comes_once_wherever_the_reading_stopped(lines: list[bytes], stop: int, chunk: int) -> None:
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"hostread-log-{os.getpid()}.jsonl"  # noqa: S108
    path.write_bytes(b"".join(line + b"\n" for line in lines) + b"half")
    before = log_files.CHUNK
    log_files.CHUNK = chunk
    try:
        read = list(read_lines(path, 0))
        first = read[:stop]
        second = list(read_lines(path, first[-1][1] if first else 0))
    finally:
        log_files.CHUNK = before
        path.unlink()
    assert [line for _, _, line in read] == lines
    assert first + second == read


def test_a_last_line_without_its_end_waits_unless_it_is_final(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"one\ntwo")
    assert [line for *_, line in read_lines(path, 0)] == [b"one"]
    assert [line for *_, line in read_lines(path, 0, is_final=True)] == [b"one", b"two"]


def test_a_line_without_end_stays_bounded_and_the_next_one_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "CHUNK", 10)
    monkeypatch.setattr(log_files, "LONGEST_LINE", 20)
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"x" * 500 + b"\nnext\n")
    lines = list(read_lines(path, 0))
    assert [len(line) < 60 for *_, line in lines] == [True, True]
    assert lines[1] == (501, 506, b"next")


def test_a_growing_and_a_compressed_file_are_the_same_file(tmp_path: Path) -> None:
    path, packed = tmp_path / "a.jsonl", tmp_path / "a.jsonl.gz"
    path.write_bytes(b"one\n")
    head = head_digest(head_lines(path, 5))
    path.write_bytes(b"one\ntwo\n")
    packed.write_bytes(gzip.compress(b"one\ntwo\n"))
    assert head == head_digest(head_lines(path, 5)) == head_digest(head_lines(packed, 5)) is not None
    assert list(read_lines(packed, 4)) == [(4, 8, b"two")]


def test_a_cut_off_archive_gives_its_lines_and_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    whole = b"".join(os.urandom(30).hex().encode() + b"\n" for _ in range(5000))
    path.write_bytes(gzip.compress(whole)[:-2000])
    with pytest.raises(EOFError):
        list(read_lines(path, 0))


def test_paths_and_globs(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl", "c.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in matching_files(f"{tmp_path}/*.jsonl")] == ["a.jsonl", "b.jsonl"]
    assert [path.name for path in matching_files(f"{tmp_path}/c.txt")] == ["c.txt"]
    assert matching_files(f"{tmp_path}/none") == []
