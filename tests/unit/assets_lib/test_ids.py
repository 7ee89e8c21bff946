from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from assets.lib.ids import LONGEST_KEY, bounded_key, digest, stable_uuid, version_key


def test_parts_are_kept_apart() -> None:
    assert stable_uuid("ab", "c") != stable_uuid("a", "bc")


@given(st.lists(st.sampled_from([b"a" * 32, b"b" * 32, b"c" * 32]), max_size=20))
def test_the_newest_row_always_says_what_the_source_says_now(contents: list[bytes]) -> None:
    """A value that comes back (A, B, A) must be a new row: else the newest would tell the old one."""
    rows: list[tuple[bytes, bytes]] = []
    for content in contents:
        latest = rows[-1] if rows else (None, None)
        key = version_key(content, latest[1], latest[0], {row[0] for row in rows})
        if key is not None:
            assert key not in {row[0] for row in rows}
            rows.append((key, content))
        assert rows[-1][1] == content
    changes = sum(a != b for a, b in pairwise(contents)) + bool(contents)
    assert len(rows) == changes


@given(st.text(max_size=2000))
def test_a_key_always_fits_its_index(text: str) -> None:
    assert len(bounded_key(text.encode("utf-8", "replace").decode()).encode()) <= LONGEST_KEY


def test_the_digest_knows_no_key_order() -> None:
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1}) != digest({"a": 1, "b": [3]})
