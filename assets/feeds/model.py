"""What a feed says, as rows: a channel and its items."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

Payload = dict[str, Any]


class NotAFeedError(ValueError):
    """The document holds neither a channel nor items."""


@dataclass(frozen=True)
class Channel:
    """`new_feed_url` is where the show says that it has moved (`itunes:new-feed-url`)."""

    title: str | None
    podcast_guid: str | None
    language: str | None
    new_feed_url: str | None
    payload: Payload
    content_sha256: bytes


@dataclass(frozen=True)
class Item:
    """One episode as the feed has it. `published_at` in UTC, `duration_s` in seconds; None where the feed says nothing usable.
    `guid_in_feed` is what stands there, `episode_guid` what tells it from the feed's other items (see `guids`)."""

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
    guid_in_feed: str = ""


@dataclass(frozen=True)
class Feed:
    """`unknown_elements` are names that no vocabulary has (see `vocabulary`)."""

    channel: Channel
    items: tuple[Item, ...]
    unknown_elements: tuple[str, ...] = ()
