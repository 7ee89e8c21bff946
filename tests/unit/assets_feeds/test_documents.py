"""Charsets declared, undeclared and wrongly declared, and what a DOCTYPE would bring in."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.feeds.documents import decoded, readable
from assets.feeds.model import NotAFeedError
from assets.feeds.parse import parse_feed
from assets.feeds.spans import spans

DOCUMENT = (
    '{declaration}<rss version="2.0"><channel><title>{title}</title>{language}<item><guid>g</guid><title>{title}</title>'
    '<enclosure url="https://cdn.example/1.mp3" length="9" type="audio/mpeg"/></item></channel></rss>'
)


def feed(title: str, encoding: str, declared: str | None, language: str = "") -> bytes:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    spoken = f"<language>{language}</language>" if language else ""
    return DOCUMENT.format(declaration=declaration, title=title, language=spoken).encode(encoding)


@pytest.mark.parametrize(
    ("title", "encoding", "declared", "header", "language"),
    [
        ("Grüße", "utf-8", "UTF-8", None, "de"),
        ("Grüße", "utf-8", None, None, "de"),
        ("Grüße", "utf-8-sig", None, None, "de"),
        ("Grüße", "utf-8-sig", "ISO-8859-1", None, "de"),
        ("Grüße", "latin-1", "ISO-8859-1", None, "de"),
        # The euro and the curly quote are Windows-1252's, and Latin-1 is what such feeds say.
        ("€ 5 – “ja”", "cp1252", "ISO-8859-1", None, "de"),
        ("Grüße", "latin-1", "UTF-8", None, "de"),
        ("Grüße", "latin-1", None, None, "de"),
        ("Grüße", "utf-8", "ISO-8859-1", None, "de"),
        ("Grüße", "utf-8", "UTF-8", "text/xml; charset=ISO-8859-1", "de"),
        ("Grüße", "utf-8", None, "text/xml", "de"),
        ("Grüße", "utf-8", "US-ASCII", "text/xml; charset=us-ascii", "de"),
        ("Привет, это подкаст", "cp1251", "windows-1251", None, "ru"),
        ("Привет, это подкаст", "cp1251", None, 'text/xml; charset="windows-1251"', "ru"),
        ("Привет, это подкаст", "cp1251", "UTF-8", None, "ru"),
        ("Zażółć gęślą jaźń", "cp1250", "windows-1250", None, "pl"),
        ("Zażółć gęślą jaźń", "cp1250", "utf-8", None, "pl"),
        ("Grüße", "utf-16", "UTF-16", None, "de"),
        ("Grüße", "utf-16-le", "UTF-16", None, "de"),
        ("Grüße", "utf-16-be", "UTF-16", None, "de"),
        ("Grüße", "utf-16", "UTF-8", "text/xml; charset=utf-8", "de"),
        ("Grüße", "utf-32", None, None, "de"),
        ("日本語のポッドキャスト", "shift_jis", "Shift_JIS", None, "ja"),
        ("日本語のポッドキャスト", "euc-jp", "EUC-JP", None, "ja"),
        ("日本語", "iso-2022-jp", "ISO-2022-JP", None, "ja"),
        ("한국어", "euc-kr", "EUC-KR", None, "ko"),
        ("播客", "gb18030", "GB2312", None, "zh"),
        ("播客", "utf-8", "x-unknown-charset", "text/xml; charset=nonsense", "zh"),
    ],
)  # fmt: skip
def test_a_title_in_any_charset_is_that_title(
    title: str, encoding: str, declared: str | None, header: str | None, language: str
) -> None:
    parsed = parse_feed(feed(title, encoding, declared, language), header)
    assert (parsed.channel.title, [item.title for item in parsed.items]) == (title, [title])


def test_a_single_wrong_letter_spoils_no_other() -> None:
    body = feed("Grüße aus Köln", "utf-8", "UTF-8").replace("Köln".encode(), "Köln".encode("latin-1"))
    assert parse_feed(body).channel.title == "Grüße aus Köln"


@given(st.text(max_size=200), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_valid_unicode_is_read_back(text: str, encoding: str) -> None:
    sound = "<rss>" + text.encode("utf-8", "ignore").decode().replace("\x00", "").replace("\ufeff", "")
    assert decoded(sound.encode(encoding)) == sound


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_that_they_are_no_feed(body: bytes) -> None:
    readable(body, "text/xml; charset=utf-16")
    with suppress(NotAFeedError):
        parse_feed(b"<rss><channel><title>" + body)


LAUGHS = '<!ENTITY a "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n > 1 else str()};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        f"<!DOCTYPE rss [{LAUGHS}]>",
        f'<!DOCTYPE rss [<!ENTITY a9 "{"A" * 100_000}">]>',
        '<!DOCTYPE rss [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/feed.dtd" [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        """<!DOCTYPE rss [<!-- don't --><!ENTITY b "<rss>"><!ENTITY a9 "]>EXPANDED">]>""",
        '<!DOCTYPE rss [<!ENTITY b "<rss>"><!ENTITY a9 "EXPANDED">]>',
        '<!doctype rss [<!ENTITY a9 "EXPANDED">]>',
    ],
    ids=["billion laughs", "quadratic", "file", "parameter", "comment", "root in an entity", "lower case"],
)
def test_no_entity_is_expanded_and_the_item_lands(doctype: str) -> None:
    body = feed("&a9;" * 1000, "utf-8", None).replace(b"<rss ", f"{doctype}<rss ".encode(), 1)
    parsed = parse_feed(b'<?xml version="1.0"?>' + body)
    item = parsed.items[0]
    assert (item.episode_guid, item.media_key) == ("g", "cdn.example/1.mp3")
    text = f"{parsed.channel.payload} {item.payload}"
    assert len(text) < 60_000 and "EXPANDED" not in text and "root:" not in text and "lollol" not in text


@pytest.mark.parametrize("fragment", ["<![CDATA[", "<!--", "<podcast:liveItem>", "<", "&", "<!", '<a b="', "&#"])
def test_what_never_ends_loses_no_item_before_it(fragment: str) -> None:
    """The fault: an end that never comes was looked for anew at each beginning; with this many it would take days."""
    item = "<item><guid>first</guid></item>"
    body = (
        feed("T", "utf-8", None).replace(b"<item>", item.encode() + b"<item>", 1).replace(b"</channel>", fragment.encode() * 5_000)
    )
    assert [one.episode_guid for one in parse_feed(body).items][:2] == ["first", "g"]
    assert [*spans(fragment.encode() * 500_000, "item")] == []


def test_control_characters_go_and_the_rest_stays() -> None:
    assert parse_feed(feed("Nu\x00l \x0b\x1fand\ufffe more", "utf-8", "UTF-8")).channel.title == "Nul and more"
