"""A prefix leads to what the show's feed names and nowhere else: the fault would be an open redirect under our name."""

import pytest

from api.collector.enclosures import NotAllowedError, enclosure, lead, leads, without_own_prefix
from assets.lib.media import without_prefixes

SHOW = "0b8f6c1e-6a53-4d57-9b7e-6f3f3a3a1f10"
FEED = [
    "https://cdn.example/show/1.mp3",
    f"https://collector.example/v1/prefix/{SHOW}/op3.dev/e/media.example/2.mp3",
    "https://chtbl.com/track/ABC12/traffic.example/3.mp3?x=1",
    "https://media.blubrry.com/night/4.mp3",
    "http://files.example:8080/5.mp3",
]
ALLOWED = leads(FEED, without_prefixes)


def test_a_feed_names_its_leads_as_they_are_and_each_file_s_host_alone() -> None:
    assert {
        "cdn.example", "media.example", "traffic.example", "media.blubrry.com", "files.example:8080",
        "op3.dev/e/media.example", "chtbl.com/track/ABC12/traffic.example",
    } == ALLOWED  # fmt: skip


@pytest.mark.parametrize(
    ("rest", "query", "url"),
    [
        ("cdn.example/show/1.mp3", "", "https://cdn.example/show/1.mp3"),
        ("https://cdn.example/show/1.mp3", "a=1&b=%20", "https://cdn.example/show/1.mp3?a=1&b=%20"),
        ("https:/cdn.example/a%2Fb%20c.mp3", "", "https://cdn.example/a%2Fb%20c.mp3"),
        ("http://CDN.Example/new-episode.mp3", "", "http://cdn.example/new-episode.mp3"),
        ("op3.dev/e/media.example/2.mp3", "", "https://op3.dev/e/media.example/2.mp3"),
        ("chtbl.com/track/ABC12/traffic.example/9.mp3", "", "https://chtbl.com/track/ABC12/traffic.example/9.mp3"),
        ("http://files.example:8080/5.mp3", "", "http://files.example:8080/5.mp3"),
        ("cdn.example/a..b/.hidden/1.mp3", "", "https://cdn.example/a..b/.hidden/1.mp3"),
        ("cdn.example/@user:x/1.mp3", "to=https://evil.example/", "https://cdn.example/@user:x/1.mp3?to=https://evil.example/"),
    ],
)
def test_a_file_of_the_show_is_sent_on_byte_for_byte(rest: str, query: str, url: str) -> None:
    assert enclosure(rest, query, ALLOWED, without_prefixes).url == url


BYPASSES = [
    "evil.example/1.mp3", "https://evil.example/1.mp3", "//evil.example/1.mp3", "///evil.example/1.mp3",
    "https:///evil.example/x", "/evil.example/x", "https:evil.example/x", "http:https://evil.example/x",
    "javascript:alert(1)", "data:text/html,x", "ftp://cdn.example/x", "cdn.example@evil.example/1.mp3",
    "cdn.example:80@evil.example/1.mp3", "https://user:pw@cdn.example/1.mp3", "https://cdn.example:pw@evil.example/",
    "cdn.example.evil.example/1.mp3", "evilcdn.example/1.mp3", "cdn.example.:443/x", "cdn.example./1.mp3",
    "cdn.example:443/1.mp3", "cdn.example:8443/1.mp3", "files.example/5.mp3", "cdn%2Eexample/1.mp3",
    "cdn.example%2F@evil.example/x", "cdn.example%00.evil.example/x", "cdn.example\\@evil.example/x", "\\\\evil.example/x",
    "evil.example\\.cdn.example/x", "evil.example?.cdn.example/x", "evil.example#.cdn.example/x", "https://[::1]/x",
    "127.0.0.1/x", "2130706433/x", "0x7f.1/x", "localhost/x", "cdn.example\t/x", "cdn\n.example/x",
    "cdn.example/x\r\nSet-Cookie: a=b", " cdn.example/x", "cdn\u3002example/x", "\uff43\uff44\uff4e.example/x",
    "cdn.example\u2215x/1", "op3.dev/e/evil.example/1.mp3", "op3.dev/e/cdn.example/1.mp3",
    "op3.dev/e/media.example.evil.example/x", "op3.dev/e/media.example/../evil.example/x",
    "op3.dev/e/media.example/%2e%2e/evil.example/x", "op3.dev/e/media.example/.%2E/%2e./evil.example/x",
    "op3.dev/e/media.example/..%5cevil.example/x", "op3.dev/e/https://evil.example/1.mp3", "op3.dev/e,x/media.example/2.mp3",
    "chtbl.com/track/OTHER/traffic.example/3.mp3", "chtbl.com/track/ABC12/evil.example/3.mp3",
    "media.blubrry.com/night/evil.example/4.mp3", "op3.dev/x", "chtbl.com/",
    f"collector.example/v1/prefix/{SHOW}/cdn.example/1.mp3", "cdn.example/./1.mp3", "cdn.example/..", "", "/", "https://",
    ":80/x",
]  # fmt: skip


@pytest.mark.parametrize("rest", BYPASSES)
def test_nothing_else_is(rest: str) -> None:
    with pytest.raises(NotAllowedError) as refused:
        enclosure(rest, "", ALLOWED, without_prefixes)
    assert "evil" not in str(refused.value)


def test_characters_in_the_query_cannot_end_the_header() -> None:
    for query in ("a\r\nb", "a b", 'x"', "ü", "a\\b", "x" * 5_000):
        with pytest.raises(NotAllowedError):
            enclosure("cdn.example/1.mp3", query, ALLOWED, without_prefixes)


def test_the_own_prefix_is_stripped_however_often_it_stands() -> None:
    twice = f"https://c.example/v1/prefix/{SHOW}/https://d.example/v1/prefix/{SHOW}/cdn.example/1.mp3"
    assert without_own_prefix(twice) == "cdn.example/1.mp3"
    assert lead("no-host", without_prefixes) is None


def test_a_prefixed_enclosure_and_the_request_behind_it_have_one_media_key() -> None:
    from assets.lib.media import media_key

    for url in FEED:
        bare = without_own_prefix(url).partition("://")[2] or without_own_prefix(url)
        assert media_key(url) == media_key(bare) == media_key(f"https://collector.example/v1/prefix/{SHOW}/{bare}")
