import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.hosting.counting.byte_range import parse_range


@pytest.mark.parametrize(
    ("header", "file_size", "interval"),
    [
        ("bytes=0-99", None, (0, 99)),
        ("bytes=0-", None, (0, None)),
        ("Bytes = 5 - 9", None, (5, 9)),
        ("bytes=-500", 2000, (1500, 1999)),
        ("bytes=-5000", 2000, (0, 1999)),
        ("bytes=-500", None, (None, None)),
        ("bytes=-0", 2000, (None, None)),
        (None, 2000, (None, None)),
        ("", 2000, (None, None)),
        ("bytes=-", 2000, (None, None)),
        ("bytes=9-5", 2000, (None, None)),
        ("bytes=0-1,5-9", 2000, (None, None)),
        ("items=0-5", 2000, (None, None)),
        ("bytes=a-b", 2000, (None, None)),
        ("bytes=٠-٩", 2000, (None, None)),
        (f"bytes=0-{2**63}", None, (None, None)),
    ],
)
def test_ranges(header: str | None, file_size: int | None, interval: tuple[int | None, int | None]) -> None:
    assert parse_range(header, file_size) == interval


@given(st.integers(0, 2**61), st.integers(0, 2**61))
def test_an_interval_is_read_as_it_was_written(start: int, length: int) -> None:
    assert parse_range(f"bytes={start}-{start + length}") == (start, start + length)


@given(st.text(max_size=60), st.one_of(st.none(), st.integers(0, 2**62)))
def test_whatever_a_client_sends_is_an_interval_or_unknown(header: str, size: int | None) -> None:
    start, end = parse_range(header, size)
    assert start is None or 0 <= start < 2**63
    assert end is None or (start is not None and start <= end < 2**63)
