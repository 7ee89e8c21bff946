"""The Range header (RFC 9110, section 14.1.2) → the inclusive byte interval asked for."""

import re

_INTERVAL = re.compile(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE | re.ASCII)
_BIGINT = 2**63
Interval = tuple[int | None, int | None]
UNKNOWN: Interval = (None, None)


def parse_range(header: str | None, file_size: int | None = None) -> Interval:
    """`bytes=0-99` → (0, 99); `bytes=100-` → (100, None); `bytes=-500` of a 2,000-byte file → (1500, 1999).

    (None, None) without a header, and for one that says nothing usable: several ranges, an end before its start, a unit other than
    bytes, a suffix of a file whose size is unknown.
    """
    match = _INTERVAL.fullmatch(header) if header else None
    if match is None:
        return UNKNOWN
    first, last = match.groups()
    if not first:
        return _suffix(int(last[:20]), file_size) if last else UNKNOWN
    start = int(first)
    end = int(last) if last else None
    if start >= _BIGINT or (end is not None and not start <= end < _BIGINT):
        return UNKNOWN
    return start, end


def _suffix(length: int, file_size: int | None) -> Interval:
    if not file_size or length == 0:
        return UNKNOWN
    return max(0, file_size - length), file_size - 1
