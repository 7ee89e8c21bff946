"""A feed's bytes → its channel and its items. Pure: no network, no clock, no database.

Tolerant where feeds are careless (not-well-formed XML, NUL bytes, no GUID, durations and dates in every style), and strict in one
thing: every item that is in the document comes out, with its enclosure.
"""

import calendar
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import feedparser

from assets.feeds.dates import parse_date
from assets.feeds.documents import readable
from assets.feeds.durations import parse_duration
from assets.feeds.elements import Tags, read_elements
from assets.feeds.enclosures import absolute, enclosure_of, size_of
from assets.feeds.guids import made_guid, one_guid_each
from assets.feeds.model import Channel, Feed, Item, NotAFeedError
from assets.feeds.payloads import payload_of, plain, text_of, unsigned
from assets.feeds.spans import without
from assets.lib.ids import bounded_key, digest
from assets.lib.media import media_key

# Podcasting began in 2004; a date outside is a mistake (a Unix time of 0, a year of two digits).
YEARS = range(1995, 2100)
# What changes at every fetch and says nothing new of the show.
VOLATILE = frozenset({"updated", "published", "generator", "ttl"})


def parse_feed(body: bytes, content_type: str | None = None, url: str | None = None) -> Feed:
    """The feed in `body`; relative enclosures are of `url`. Raises NotAFeedError, which says what was found instead."""
    document = readable(body, content_type)
    if document is None:
        raise _no_feed(body, content_type)
    # A live item is no episode yet: feedparser would take its title, link and enclosure for the channel's.
    # A file object: feedparser takes a plain string for a file's name or a URL, and would open it.
    parsed = feedparser.parse(
        io.BytesIO(without(document, "liveItem")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.get("version") and not parsed.entries:
        raise _no_feed(body, content_type)
    elements, item_tags = read_elements(document, [text_of(entry.get("id")) for entry in parsed.entries])
    items = [_item(entry, tags, url) for entry, tags in zip(parsed.entries, item_tags, strict=True)]
    return Feed(_channel(parsed.feed, elements.channel), tuple(one_guid_each(items)), elements.unknown)


def _no_feed(body: bytes, content_type: str | None) -> NotAFeedError:
    start = body.replace(b"\x00", b"")[:60].decode("utf-8", "replace").strip()
    return NotAFeedError(
        f"found {len(body):,} bytes that begin with {start!r}"
        + (f" ({content_type})" if content_type else "")
        + ", expected an RSS or Atom feed: check that the URL is the feed's and not the web page's"
    )


def _channel(feed: Mapping[str, Any], tags: Tags) -> Channel:
    payload = {**payload_of(feed), **plain(tags)}
    title, language = text_of(feed.get("title")), text_of(feed.get("language"))
    podcast, itunes = tags.get("podcast", {}), tags.get("itunes", {})
    guid, moved = _first(podcast.get("guid", [])), _first(itunes.get("new-feed-url", []))
    stable = {name: value for name, value in payload.items() if name not in VOLATILE}
    return Channel(title, guid, language, moved, payload, digest({"title": title, "language": language, "payload": stable}))


def _first(elements: Sequence[Mapping[str, Any]]) -> str | None:
    return next((text for element in elements if (text := text_of(element.get("text")))), None)


def _item(entry: Mapping[str, Any], tags: Tags, feed_url: str | None) -> Item:
    payload = {**payload_of(entry), **plain(tags)}
    enclosure = enclosure_of(entry, tags)
    url = absolute(text_of(enclosure.get("href") or enclosure.get("url")), feed_url)
    key = (media_key(url) or None) if url else None
    title = text_of(entry.get("title"))
    published_at = _instant(entry)
    guid = bounded_key(text_of(entry.get("id")) or made_guid(key, text_of(entry.get("link")), title, published_at))
    media_type = text_of(enclosure.get("type"))
    size = size_of(enclosure.get("length") or enclosure.get("filesize"))
    duration = parse_duration(text_of(entry.get("itunes_duration"))) or parse_duration(text_of(enclosure.get("duration")))
    # A signed URL has another query at each fetch: that is no new version of the episode.
    settled = unsigned({"payload": {name: value for name, value in payload.items() if name != "updated"}, "url": url})
    facts = [title, published_at and published_at.isoformat(), media_type, size, str(duration)]
    return Item(guid, title, published_at, url, key, media_type, size, duration, payload, digest([facts, settled]), guid)


def _instant(entry: Mapping[str, Any]) -> datetime | None:
    is_dated = bool(entry.get("published"))
    at = parse_date(entry.get("published") if is_dated else entry.get("updated"))
    parsed = entry.get("published_parsed" if is_dated else "updated_parsed")
    try:
        # feedparser knows a few more ways, Korean and Greek ones among them.
        at = at or (datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at is not None and at.year in YEARS else None
