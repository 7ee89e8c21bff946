"""A feed's bytes → its channel and its items. Pure: no network, no clock, no database.

Tolerant where feeds are careless (not-well-formed XML, NUL bytes, no GUID, durations and dates in every style), and strict in one
thing: every item that is in the document comes out, with its enclosure.
"""

import calendar
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import feedparser

from assets.feeds.durations import parse_duration
from assets.feeds.podcast_tags import Tags, podcast_tags
from assets.lib.ids import bounded_key, digest, stable_uuid
from assets.lib.media import media_key

Payload = dict[str, Any]
# Podcasting began in 2004; a date outside is a mistake (a Unix time of 0, a year of two digits).
YEARS = range(1995, 2100)
# What changes at every fetch and says nothing new of the show.
VOLATILE = frozenset({"updated", "published", "generator", "ttl"})
BIGINT = 2**63 - 1
# The longer mark first: UTF-32's begins with UTF-16's.
WIDE_MARKS = ((b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
WIDE_DECLARATION = re.compile(r"(<\?xml[^>]*?encoding=[\"'])UTF-(?:16|32)(?:LE|BE)?", re.IGNORECASE)


class NotAFeedError(ValueError):
    """The document holds neither a channel nor items."""


@dataclass(frozen=True)
class Channel:
    title: str | None
    podcast_guid: str | None
    language: str | None
    payload: Payload
    content_sha256: bytes


@dataclass(frozen=True)
class Item:
    """One episode as the feed has it. `published_at` in UTC, `duration_s` in seconds; None where the feed says nothing usable."""

    episode_guid: str
    title: str | None
    published_at: datetime | None
    enclosure_url: str | None
    media_key: str | None
    enclosure_type: str | None
    enclosure_bytes: int | None
    duration_s: Decimal | None
    payload: Payload
    content_sha256: bytes


@dataclass(frozen=True)
class Feed:
    channel: Channel
    items: tuple[Item, ...]


def parse_feed(body: bytes, content_type: str | None = None) -> Feed:
    """The feed in `body`. Raises NotAFeedError, which says what was found instead."""
    readable = without_nuls(body)
    # A file object: feedparser takes a plain string for a file's name or a URL, and would open it.
    parsed = feedparser.parse(
        io.BytesIO(readable),
        response_headers={"content-type": content_type} if content_type else None,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.get("version") and not parsed.entries:
        start = readable[:60].decode("utf-8", "replace").strip()
        raise NotAFeedError(
            f"found {len(body):,} bytes that begin with {start!r}"
            + (f" ({content_type})" if content_type else "")
            + ", expected an RSS or Atom feed: check that the URL is the feed's and not the web page's"
        )
    channel_tags, item_tags = podcast_tags(readable)
    matched = _match(parsed.entries, item_tags)
    items = [_item(entry, tags) for entry, tags in zip(parsed.entries, matched, strict=True)]
    return Feed(_channel(parsed.feed, channel_tags), tuple(_with_one_guid_each(items)))


def without_nuls(body: bytes) -> bytes:
    """PostgreSQL stores no NUL, and parsers end at one; in UTF-16 and UTF-32 it is half a letter, so there the text is re-coded."""
    if b"\x00" not in body:
        return body
    for mark, encoding in WIDE_MARKS:
        if body.startswith(mark):
            text = body.decode(encoding, "replace").replace("\x00", "")
            return WIDE_DECLARATION.sub(r"\1UTF-8", text, count=1).encode()
    return body.replace(b"\x00", b"")


def _match(entries: Sequence[Any], tags: Sequence[tuple[str | None, Tags]]) -> list[Tags]:
    """Each entry's podcast elements: in order where both passes saw as many items, else by GUID."""
    if len(entries) == len(tags):
        return [found for _, found in tags]
    by_guid = {guid: found for guid, found in tags if guid}
    return [by_guid.get(str(entry.get("id", "")).strip(), {}) for entry in entries]


def _channel(feed: Mapping[str, Any], tags: Tags) -> Channel:
    payload = _payload(feed)
    if tags:
        payload["podcast"] = _plain(tags)
    title, language = _text(feed.get("title")), _text(feed.get("language"))
    guid = next((_text(tag.get("text")) for tag in tags.get("guid", [])), None)
    stable = {name: value for name, value in payload.items() if name not in VOLATILE}
    return Channel(title, guid, language, payload, digest({"title": title, "language": language, "payload": stable}))


def _item(entry: Mapping[str, Any], tags: Tags) -> Item:
    payload = _payload(entry)
    if tags:
        payload["podcast"] = _plain(tags)
    enclosure = _enclosure(entry)
    url = _text(enclosure.get("href") or enclosure.get("url"))
    key = (media_key(url) or None) if url else None
    title = _text(entry.get("title"))
    published_at = _instant(entry)
    guid = bounded_key(_text(entry.get("id")) or _made_guid(key, _text(entry.get("link")), title, published_at))
    media_type = _text(enclosure.get("type"))
    size = _size(enclosure.get("length") or enclosure.get("filesize"))
    duration = parse_duration(_text(entry.get("itunes_duration")) or _text(enclosure.get("duration")))
    # A signed URL has another query at each fetch: that is no new version of the episode.
    settled = _unsigned({"payload": {name: value for name, value in payload.items() if name != "updated"}, "url": url})
    facts = [title, published_at and published_at.isoformat(), media_type, size, str(duration)]
    return Item(guid, title, published_at, url, key, media_type, size, duration, payload, digest([facts, settled]))


def _made_guid(key: str | None, link: str | None, title: str | None, published_at: datetime | None) -> str:
    """A GUID for an item without one, from what changes least: the file, then the page, then title and date."""
    basis = key or link or f"{title} {published_at and published_at.isoformat()}"
    return f"hostread:{stable_uuid('episode', basis)}"


def _with_one_guid_each(items: Sequence[Item]) -> Iterable[Item]:
    """Items that share a GUID but not a file are different episodes: all but the oldest get their file's digest appended.

    The oldest keeps the plain GUID, since a careless copy of it is what comes later, at the top of the feed.
    """
    owners: dict[str, Item] = {}
    for item in reversed(items):
        known = owners.get(item.episode_guid)
        if known is None or (item.published_at and known.published_at and item.published_at < known.published_at):
            owners[item.episode_guid] = item
    for item in items:
        owner = owners[item.episode_guid]
        if item.media_key is None or item.media_key == owner.media_key:
            yield item
        else:
            guid = bounded_key(f"{item.episode_guid}#{stable_uuid('episode', item.media_key)}")
            yield Item(**{**item.__dict__, "episode_guid": guid})


def _enclosure(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The audio among an item's enclosures, else the video, else the first; Media RSS where there is no enclosure."""
    candidates = [one for one in entry.get("enclosures") or [] if one.get("href") or one.get("url")]
    if not candidates:
        candidates = [one for one in entry.get("media_content") or [] if one.get("url") and _kind(one) in ("audio", "video")]
    for kind in ("audio", "video"):
        for candidate in candidates:
            if _kind(candidate) == kind:
                return dict(candidate)
    return dict(candidates[0]) if candidates else {}


def _kind(enclosure: Mapping[str, Any]) -> str:
    return str(enclosure.get("type") or enclosure.get("medium") or "").partition("/")[0].lower()


def _size(text: object) -> int | None:
    digits = str(text or "").replace(",", "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and 0 < int(digits[:30]) <= BIGINT else None


def _instant(entry: Mapping[str, Any]) -> datetime | None:
    parsed = entry.get("published_parsed") or (None if entry.get("published") else entry.get("updated_parsed"))
    try:
        at = datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None
    return at if at is not None and at.year in YEARS else None


def _payload(source: Mapping[str, Any]) -> Payload:
    """All that feedparser read, but for its own parsed and detailed forms of the same values."""
    return {
        str(name): _plain(value)
        for name, value in source.items()
        if not str(name).endswith(("_parsed", "_detail")) and value not in (None, "", [], {})
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {clean(str(name)): _plain(inner) for name, inner in value.items() if not str(name).endswith(("_parsed", "_detail"))}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return clean(str(value))


def _unsigned(value: Any) -> Any:
    """The same value with the query and fragment of each URL left out."""
    if isinstance(value, Mapping):
        return {name: _unsigned(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_unsigned(inner) for inner in value]
    if isinstance(value, str) and value.startswith(("http://", "https://")) and " " not in value:
        try:
            return urlsplit(value)._replace(query="", fragment="").geturl()
        except ValueError:
            return value
    return value


def _text(value: object) -> str | None:
    return (clean(str(value)).strip() or None) if value is not None else None


def clean(text: str) -> str:
    """Without what PostgreSQL's text and jsonb refuse: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
