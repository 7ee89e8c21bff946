"""Every element of the Podcasting 2.0 and iTunes namespaces is kept, at the channel and the item, however often it stands there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.feeds.parse import parse_feed

HEAD = (
    '<?xml version="1.0"?><rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>A show</title><link>https://show.example</link>'
)
# As the namespace's own page writes them (podcastindex.org/namespace/1.0), shortened.
CHANNEL = """
<podcast:locked owner="a@show.example">yes</podcast:locked>
<podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>
<podcast:medium>podcast</podcast:medium>
<podcast:funding url="https://show.example/donate">Support us</podcast:funding>
<podcast:funding url="https://show.example/members">Become a member</podcast:funding>
<podcast:person role="host" group="cast" img="https://show.example/a.jpg" href="https://show.example/a">Ada</podcast:person>
<podcast:person role="producer" group="administration">Bob</podcast:person>
<podcast:location geo="geo:30.2672,97.7431" osm="R113314">Austin, TX</podcast:location>
<podcast:trailer pubdate="Thu, 01 Apr 2021 08:00:00 EST" url="https://cdn.example/t1.mp3" length="1" type="audio/mp3"
 season="1">One</podcast:trailer>
<podcast:trailer pubdate="Fri, 01 Apr 2022 08:00:00 EST" url="https://cdn.example/t2.mp3" length="1" type="audio/mp3"
 season="2">Two</podcast:trailer>
<podcast:license url="https://show.example/l">cc-by-4.0</podcast:license>
<podcast:value type="lightning" method="keysend" suggested="0.00000005000">
  <podcast:valueRecipient name="Ada" type="node" address="02d5" split="50"/>
  <podcast:valueRecipient name="Bob" type="node" address="032f" split="50" fee="true"/>
</podcast:value>
<podcast:podroll><podcast:remoteItem feedGuid="29cdca4a"/><podcast:remoteItem feedGuid="396d9ae0"/></podcast:podroll>
<podcast:updateFrequency complete="false" rrule="FREQ=WEEKLY">weekly</podcast:updateFrequency>
<podcast:block id="google">yes</podcast:block><podcast:block>no</podcast:block>
<podcast:txt purpose="verify">S6lpp</podcast:txt>
<podcast:liveItem status="live" start="2021-09-26T07:30:00.000-0600" end="2021-09-26T09:30:00.000-0600">
  <title>Live now</title><guid isPermaLink="true">https://show.example/live</guid><link>https://show.example/live-page</link>
  <enclosure url="https://cdn.example/live.mp3" type="audio/mpeg" length="312"/>
  <podcast:alternateEnclosure type="audio/mpeg" length="312" default="true">
    <podcast:source uri="https://cdn.example/live"/></podcast:alternateEnclosure>
  <podcast:contentLink href="https://video.example/live">Watch</podcast:contentLink>
</podcast:liveItem>
<podcast:liveItem status="pending"><title>Next week</title><guid>n</guid></podcast:liveItem>
"""
ITEM = """
<guid>e-1</guid><title>Episode</title><enclosure url="https://cdn.example/1.mp3" length="100" type="audio/mpeg"/>
<podcast:season name="Race for the White House">3</podcast:season>
<podcast:episode display="Ch.3">204</podcast:episode>
<podcast:transcript url="https://show.example/1.html" type="text/html"/>
<podcast:transcript url="https://show.example/1.srt" type="application/srt" language="es" rel="captions"/>
<podcast:chapters url="https://show.example/1.json" type="application/json+chapters"/>
<podcast:soundbite startTime="73.0" duration="60.0"/>
<podcast:soundbite startTime="1234.5" duration="42.25">Why the moth?</podcast:soundbite>
<podcast:person>Ada</podcast:person><podcast:person role="guest">Cy</podcast:person>
<podcast:location>Gitmo Nation</podcast:location><podcast:license>all rights</podcast:license>
<podcast:alternateEnclosure type="audio/opus" length="32400000" bitrate="32000" title="Low">
  <podcast:source uri="https://cdn.example/1.opus"/><podcast:source uri="ipfs://Qmdw" contentType="application/x"/>
  <podcast:integrity type="sri" value="sha384-ExV"/>
</podcast:alternateEnclosure>
<podcast:alternateEnclosure type="video/mp4"><podcast:source uri="https://cdn.example/1.mp4"/></podcast:alternateEnclosure>
<podcast:value type="lightning" method="keysend">
  <podcast:valueRecipient name="Ada" type="node" address="02d5" split="100"/>
  <podcast:valueTimeSplit startTime="60" duration="237" remotePercentage="95">
    <podcast:remoteItem itemGuid="x" medium="music"/></podcast:valueTimeSplit>
</podcast:value>
<podcast:images srcset="https://show.example/1500.jpg 1500w"/>
<podcast:socialInteract priority="1" uri="https://social.example/1" protocol="activitypub"/>
<podcast:socialInteract priority="2" uri="https://social.example/2" protocol="twitter"/>
<podcast:txt>one</podcast:txt><podcast:chat server="irc.example" protocol="irc"/>
<itunes:duration>10:00</itunes:duration><itunes:episode>204</itunes:episode><itunes:season>3</itunes:season>
<itunes:episodeType>full</itunes:episodeType><itunes:title>Short</itunes:title><itunes:explicit>no</itunes:explicit>
<itunes:image href="https://show.example/1.jpg"/><itunes:author>Ada</itunes:author><itunes:block>no</itunes:block>
"""
ITUNES = """
<itunes:category text="Society &amp; Culture"><itunes:category text="Documentary"/></itunes:category><itunes:category text="News"/>
<itunes:owner><itunes:name>Ada</itunes:name><itunes:email>a@show.example</itunes:email></itunes:owner><itunes:type>serial</itunes:type>
<itunes:new-feed-url>https://new.example/feed</itunes:new-feed-url><itunes:complete>Yes</itunes:complete>
"""


def whole() -> Any:
    return parse_feed(f"{HEAD}{CHANNEL}{ITUNES}<item>{ITEM}</item></channel></rss>".encode())


@pytest.mark.parametrize(
    ("name", "count"),
    {
        "locked": 1, "guid": 1, "medium": 1, "funding": 2, "person": 2, "location": 1, "trailer": 2, "license": 1, "value": 1,
        "podroll": 1, "updateFrequency": 1, "block": 2, "txt": 1, "liveItem": 2,
    }.items(),
)  # fmt: skip
def test_the_channel_keeps_each_element(name: str, count: int) -> None:
    assert len(whole().channel.payload["podcast"][name]) == count


@pytest.mark.parametrize(
    ("name", "count"),
    {
        "season": 1, "episode": 1, "transcript": 2, "chapters": 1, "soundbite": 2, "person": 2, "location": 1, "license": 1,
        "alternateEnclosure": 2, "value": 1, "images": 1, "socialInteract": 2, "txt": 1, "chat": 1,
    }.items(),
)  # fmt: skip
def test_the_item_keeps_each_element(name: str, count: int) -> None:
    assert len(whole().items[0].payload["podcast"][name]) == count


def test_attributes_text_and_what_is_nested_are_kept_in_order() -> None:
    feed = whole()
    item, channel = feed.items[0].payload["podcast"], feed.channel.payload["podcast"]
    assert item["soundbite"][1] == {"attributes": {"startTime": "1234.5", "duration": "42.25"}, "text": "Why the moth?"}
    assert [child["attributes"]["name"] for child in channel["value"][0]["children"]] == ["Ada", "Bob"]
    assert [child["name"] for child in item["alternateEnclosure"][0]["children"]] == ["source", "source", "integrity"]
    assert item["value"][0]["children"][1]["children"][0]["attributes"] == {"itemGuid": "x", "medium": "music"}
    live = {child["name"]: child for child in channel["liveItem"][0]["children"]}
    assert live["enclosure"]["attributes"]["url"] == "https://cdn.example/live.mp3"
    assert live["alternateEnclosure"]["children"][0]["attributes"]["uri"] == "https://cdn.example/live"


def test_itunes_is_kept_with_its_nesting() -> None:
    feed = whole()
    channel, item = feed.channel.payload["itunes"], feed.items[0].payload["itunes"]
    assert [one["attributes"]["text"] for one in channel["category"]] == ["Society & Culture", "News"]
    assert channel["category"][0]["children"][0]["attributes"]["text"] == "Documentary"
    assert [child["text"] for child in channel["owner"][0]["children"]] == ["Ada", "a@show.example"]
    assert (feed.channel.new_feed_url, channel["complete"][0]["text"]) == ("https://new.example/feed", "Yes")
    assert {name: item[name][0]["text"] for name in ("duration", "episode", "season", "episodeType", "title")} == {
        "duration": "10:00", "episode": "204", "season": "3", "episodeType": "full", "title": "Short",
    }  # fmt: skip


def test_a_live_item_is_neither_an_episode_nor_the_channel() -> None:
    feed = whole()
    assert [item.episode_guid for item in feed.items] == ["e-1"]
    assert (feed.channel.title, feed.channel.payload["link"]) == ("A show", "https://show.example")
    assert "live" not in str(feed.channel.payload["links"])


def test_a_live_item_in_the_notes_is_text() -> None:
    notes = "<description><![CDATA[<podcast:liveItem> is new </podcast:liveItem>]]></description>"
    item = parse_feed(f"{HEAD}<item><guid>a</guid>{notes}</item></channel></rss>".encode()).items[0]
    assert "is new" in item.payload["summary"]


@pytest.mark.parametrize(
    "address",
    ["https://podcastindex.org/namespace/1.0", "http://podcastindex.org/namespace/1.0/", None,
     "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"],
)  # fmt: skip
@pytest.mark.parametrize("prefix", ["podcast", "p"])
def test_the_namespace_is_known_by_its_addresses_under_any_prefix_and_undeclared(address: str | None, prefix: str) -> None:
    if address is None and prefix != "podcast":
        return
    declared = f' xmlns:{prefix}="{address}"' if address else ""
    people = f"<{prefix}:person>Ada</{prefix}:person><{prefix}:person>Bob</{prefix}:person>"
    body = f"<rss version='2.0'{declared}><channel><title>T</title><item><guid>a</guid>{people}</item></channel></rss>"
    assert [one["text"] for one in parse_feed(body.encode()).items[0].payload["podcast"]["person"]] == ["Ada", "Bob"]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.integers(0, 5))
def test_a_fault_in_one_item_takes_no_element_from_another(counts: list[int], broken: int) -> None:
    """The fault: with markup that is not closed in one item, its neighbours lost their people or took each other's."""
    items = [
        f"<item><guid>g{number}</guid><title>{'A & <b> B' if number == broken else 'T'}</title>"
        + "".join(f"<podcast:person>p{number}.{one}</podcast:person>" for one in range(count))
        + "</item>"
        for number, count in enumerate(counts)
    ]
    parsed = parse_feed(f"{HEAD}{''.join(items)}</channel></rss>".encode()).items
    assert [item.episode_guid for item in parsed] == [f"g{number}" for number in range(len(counts))]
    for number, (item, count) in enumerate(zip(parsed, counts, strict=True)):
        if number != broken:
            people = item.payload.get("podcast", {}).get("person", [])
            assert [one["text"] for one in people] == [f"p{number}.{one}" for one in range(count)]


def test_new_elements_are_named_and_known_ones_are_not() -> None:
    assert whole().unknown_elements == ()
    extra = '<podcast:hologram>x</podcast:hologram><itunes:smell/><x:thing xmlns:x="https://new.example/ns">1</x:thing><pubdate/>'
    body = f"{HEAD}<item><guid>a</guid>{extra}</item></channel></rss>".encode()
    parsed = parse_feed(body)
    assert parsed.unknown_elements == ("https://new.example/ns:thing", "itunes:smell", "podcast:hologram")
    assert parsed.items[0].payload["podcast"]["hologram"] == [{"text": "x"}]


def test_atom_keeps_them_too_and_its_enclosures() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:podcast="https://podcastindex.org/namespace/1.0"><title>T</title>'
        "<podcast:person>Ada</podcast:person><entry><id>urn:1</id><title>E</title><published>2024-03-13T22:04:35+01:00</published>"
        '<updated>2024-05-01T00:00:00Z</updated><link rel="alternate" href="https://show.example/1"/>'
        '<link rel="enclosure" type="image/png" href="https://cdn.example/1.png" length="1"/>'
        '<link rel="enclosure" type="audio/mpeg" href="https://cdn.example/1.mp3" length="5"/>'
        '<podcast:transcript url="a"/><podcast:transcript url="b"/></entry></feed>'
    )
    feed = parse_feed(body.encode())
    item = feed.items[0]
    assert (item.media_key, item.enclosure_bytes, item.enclosure_type) == ("cdn.example/1.mp3", 5, "audio/mpeg")
    assert item.published_at is not None and item.published_at.isoformat() == "2024-03-13T21:04:35+00:00"
    assert len(item.payload["podcast"]["transcript"]) == 2 and feed.channel.payload["podcast"]["person"] == [{"text": "Ada"}]


@pytest.mark.parametrize(
    ("markup", "key"),
    [
        (
            '<podcast:alternateEnclosure><podcast:source uri="https://cdn.example/a.m4a"/></podcast:alternateEnclosure>',
            "cdn.example/a.m4a",
        ),
        ('<enclosure url="/media/1.mp3" length="1"/>', "feeds.example/media/1.mp3"),
        ('<enclosure url="//cdn.example/1.mp3" length="1"/>', "cdn.example/1.mp3"),
        ('<enclosure url="https://cdn.example/c.jpg"/><enclosure url="https://cdn.example/1.mp3"/>', "cdn.example/1.mp3"),
        ('<enclosure url=" https://cdn.example/1.mp3 "/>', "cdn.example/1.mp3"),
        (
            '<media:content xmlns:media="http://search.yahoo.com/mrss/" url="https://cdn.example/m.mp3" type="audio/mpeg"/>',
            "cdn.example/m.mp3",
        ),
    ],
)  # fmt: skip
def test_an_enclosure_that_is_not_where_it_should_be_is_found(markup: str, key: str) -> None:
    body = f"{HEAD}<item><guid>a</guid>{markup}</item></channel></rss>".encode()
    assert parse_feed(body, None, "https://feeds.example/show.xml").items[0].media_key == key
