import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.lib.media import media_key

FILE = "traffic.libsyn.com/show/Episode 1.mp3"
PREFIXES = (
    "dts.podtrac.com/redirect.mp3/", "www.podtrac.com/pts/redirect.mp3/", "pdst.fm/e/", "chrt.fm/track/AB12/", "chtbl.com/track/X/",
    "op3.dev/e/", "op3.dev/e,pg=b53b10fe-9bab/", "op3.dev/e/https://", "mgln.ai/e/12/", "media.blubrry.com/show/",
)  # fmt: skip


@given(
    st.lists(st.sampled_from(PREFIXES), max_size=4),
    st.sampled_from(["http://", "https://"]),
    st.sampled_from(["", "?a=1&b=2", "#t=5"]),
)
def test_the_file_is_the_same_behind_any_chain_of_prefixes(prefixes: list[str], scheme: str, tail: str) -> None:
    assert media_key(scheme + "".join(prefixes) + "traffic.libsyn.com/show/Episode%201.mp3" + tail) == FILE


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://CDN.Example.com:443/A.mp3", "cdn.example.com/A.mp3"),
        ("http://cdn.example.com:8080/a.mp3", "cdn.example.com:8080/a.mp3"),
        ("https://user:secret@cdn.example.com/a.mp3", "cdn.example.com/a.mp3"),
        # A file of the measurement service's own is no prefix.
        ("https://media.blubrry.com/show/file.mp3", "media.blubrry.com/show/file.mp3"),
        # Decoded once: what was encoded twice stays encoded once.
        ("https://a.example/x%2520y.mp3", "a.example/x%20y.mp3"),
        ("https://a.example/%00x.mp3", "a.example/x.mp3"),
        ("/local/a.mp3?x=1", "/local/a.mp3"),
        ("https://a.example:port/a.mp3?x", "https://a.example:port/a.mp3"),
    ],
)
def test_keys(url: str, key: str) -> None:
    assert media_key(url) == key


@given(st.text(max_size=80))
def test_no_url_however_odd_stops_a_landing(url: str) -> None:
    assert "\x00" not in media_key(url)
