import pytest

from assets.feeds.parse import NotAFeedError, parse_feed

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>A show</title><language>en</language>'
)


def feed(*items: str, head: str = HEAD) -> bytes:
    return (head + "".join(f"<item>{item}</item>" for item in items) + "</channel></rss>").encode()


def enclosure(url: str = "https://cdn.example/1.mp3", length: str = "1000", kind: str = "audio/mpeg") -> str:
    return f'<enclosure url="{url}" length="{length}" type="{kind}"/>'


def test_an_episode_with_everything() -> None:
    item = parse_feed(feed(
        "<guid>g-1</guid><title>One</title><pubDate>Tue, 16 Jan 2018 20:28:02 -0800</pubDate>"
        "<itunes:duration>1:00:01</itunes:duration>"
        + enclosure("https://dts.podtrac.com/redirect.mp3/cdn.example/1.mp3?x=1", "1,234")
    )).items[0]  # fmt: skip
    assert (item.episode_guid, item.title, item.enclosure_bytes, item.duration_s) == ("g-1", "One", 1234, 3601)
    assert (item.media_key, item.enclosure_type) == ("cdn.example/1.mp3", "audio/mpeg")
    assert item.published_at is not None and item.published_at.isoformat() == "2018-01-17T04:28:02+00:00"


def test_repeated_podcast_elements_are_all_kept() -> None:
    parsed = parse_feed(feed(
        "<guid>a</guid><podcast:person role='host'>Ada</podcast:person><podcast:person>Bob</podcast:person>"
        "<podcast:value><podcast:valueRecipient name='x'/></podcast:value>" + enclosure(),
        head=HEAD + "<podcast:guid>show-guid</podcast:guid>",
    ))  # fmt: skip
    people = parsed.items[0].payload["podcast"]["person"]
    assert [person["text"] for person in people] == ["Ada", "Bob"]
    assert people[0]["attributes"] == {"role": "host"}
    assert parsed.items[0].payload["podcast"]["value"][0]["children"][0]["name"] == "valueRecipient"
    assert parsed.channel.podcast_guid == "show-guid"


def test_an_item_without_a_guid_keeps_its_made_one_when_title_and_prefix_change() -> None:
    first = parse_feed(feed("<title>One</title>" + enclosure())).items[0]
    second = parse_feed(feed("<title>Two</title>" + enclosure("https://pdst.fm/e/cdn.example/1.mp3"))).items[0]
    assert first.episode_guid == second.episode_guid
    assert first.episode_guid.startswith("hostread:")
    assert first.content_sha256 != second.content_sha256


def test_items_that_share_a_guid_but_not_a_file_are_two_episodes_and_the_older_keeps_it() -> None:
    old = "<guid>g</guid><pubDate>Mon, 1 Jan 2024 10:00:00 GMT</pubDate>" + enclosure("https://cdn.example/old.mp3")
    new = "<guid>g</guid><pubDate>Mon, 8 Jan 2024 10:00:00 GMT</pubDate>" + enclosure("https://cdn.example/new.mp3")
    both = {item.media_key: item.episode_guid for item in parse_feed(feed(new, old)).items}
    assert both["cdn.example/old.mp3"] == "g"
    assert both["cdn.example/new.mp3"].startswith("g#")
    assert {item.media_key: item.episode_guid for item in parse_feed(feed(old, new)).items} == both


def test_not_well_formed_xml_loses_no_item() -> None:
    body = feed(
        "<guid>a</guid><title>A &nbsp; & B</title>" + enclosure(),
        "<guid>b</guid><title>T</title>" + enclosure("https://cdn.example/2.mp3"),
    )
    assert [item.episode_guid for item in parse_feed(body).items] == ["a", "b"]


def test_nul_bytes_are_removed_and_the_item_lands() -> None:
    body = feed("<guid>a</guid><title>Nu\x00l</title>" + enclosure())
    assert parse_feed(body).items[0].title == "Nul"


def test_utf_16_is_read_and_not_stripped_of_its_zeros() -> None:
    body = feed("<guid>ü</guid>" + enclosure()).decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert parse_feed(body).items[0].episode_guid == "ü"


@pytest.mark.parametrize("date", ["Wed, 31 Feb 2022 10:00:00 GMT", "yesterday", "Thu, 01 Jan 1970 00:00:00 GMT", ""])
def test_a_wrong_date_is_unknown(date: str) -> None:
    assert parse_feed(feed(f"<guid>a</guid><pubDate>{date}</pubDate>" + enclosure())).items[0].published_at is None


@pytest.mark.parametrize("length", ["0", "-5", "", "many", "9" * 40])
def test_a_wrong_size_is_unknown(length: str) -> None:
    assert parse_feed(feed("<guid>a</guid>" + enclosure(length=length))).items[0].enclosure_bytes is None


def test_the_audio_among_several_enclosures() -> None:
    item = parse_feed(feed("<guid>a</guid>" + enclosure("https://c.example/a.jpg", "1", "image/jpeg") + enclosure())).items[0]
    assert item.media_key == "cdn.example/1.mp3"
    assert len(item.payload["links"]) == 2


def test_a_signed_url_is_no_new_version_and_a_new_title_is() -> None:
    contents = [
        parse_feed(feed(f"<guid>a</guid><title>{title}</title>" + enclosure(f"https://cdn.example/1.mp3?sig={sig}")))
        .items[0]
        .content_sha256
        for title, sig in (("One", 1), ("One", 2), ("Two", 2))
    ]
    assert contents[0] == contents[1] != contents[2]


def test_a_new_build_date_is_no_new_channel() -> None:
    channels = [
        parse_feed(feed(head=HEAD + f"<lastBuildDate>Wed, {day} Mar 2024 23:04:35 +0100</lastBuildDate>")).channel
        for day in (13, 14)
    ]
    assert channels[0].content_sha256 == channels[1].content_sha256


def test_atom() -> None:
    body = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>urn:1</id><title>E</title><updated>2024-01-01T00:00:00Z'
        b'</updated><link rel="enclosure" type="audio/mpeg" length="5" href="https://cdn.example/a.mp3"/></entry></feed>'
    )
    item = parse_feed(body).items[0]
    assert (item.episode_guid, item.media_key, item.enclosure_bytes) == ("urn:1", "cdn.example/a.mp3", 5)
    assert item.published_at is not None


def test_no_entity_is_expanded_and_no_file_is_read() -> None:
    body = b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + feed(
        "<guid>a</guid><title>&x;</title>" + enclosure()
    )
    assert "root:" not in str(parse_feed(body).items[0])


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Not found</body></html>", b"{}", b"\x00\x01", b"http://127.0.0.1/feed.xml", b"/etc/passwd"]
)
def test_what_is_no_feed_is_said(body: bytes) -> None:
    with pytest.raises(NotAFeedError, match="expected an RSS or Atom feed"):
        parse_feed(body, "text/html")


def test_a_guid_beyond_what_an_index_holds_is_cut_to_its_digest() -> None:
    item = parse_feed(feed(f"<guid>{'x' * 5000}</guid>" + enclosure())).items[0]
    assert len(item.episode_guid) < 500
