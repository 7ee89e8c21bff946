"""A show that moves to another address keeps its episodes; another show that answers at an old address takes none of them.

A permanent redirect (301, 308) and `itunes:new-feed-url` are believed where the feed at the new address is the same show.
"""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

import psycopg

from assets.feeds.model import Feed
from assets.lib.ids import bounded_key

Reason = Literal["permanent redirect", "itunes:new-feed-url"]
# Of the shorter of the two lists of episodes, this share under the same GUIDs is the same show: hosts cut old episodes off.
ENOUGH_SHARED = 1 / 3


@dataclass(frozen=True)
class Identity:
    """What has landed of a show; all empty where nothing has."""

    title: str | None = None
    podcast_guid: str | None = None
    guids: Set[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Move:
    from_url: str
    to_url: str
    reason: Reason


@dataclass(frozen=True)
class Verdict:
    """`evidence` is for people: what was found that makes it the same show, or another."""

    is_accepted: bool
    evidence: str


def judge_move(known: Identity, found: Feed, move: Move) -> Verdict:
    """Whether the feed at the new address is the known show."""
    channel = found.channel
    if not known.guids and known.podcast_guid is None:
        return Verdict(True, "nothing of the show had landed before")
    if known.podcast_guid and channel.podcast_guid and known.podcast_guid.lower() == channel.podcast_guid.lower():
        return Verdict(True, f"the same podcast:guid {known.podcast_guid}")
    listed = {item.episode_guid for item in found.items}
    shared, shorter = len(known.guids & listed), min(len(known.guids), len(listed))
    if shared and shared >= shorter * ENOUGH_SHARED:
        return Verdict(True, f"{shared} of {shorter} episodes have the same GUIDs")
    if _site(move.from_url) == _site(move.to_url) and _site(move.to_url):
        return Verdict(True, "an address of the same host")
    if known.podcast_guid and channel.podcast_guid:
        return Verdict(False, f"found the podcast:guid {channel.podcast_guid}, expected {known.podcast_guid}")
    if _plain(known.title) and _plain(known.title) == _plain(channel.title):
        return Verdict(True, f"the same title {channel.title!r}")
    return Verdict(False, f"found the show {channel.title!r} with {shared} of {shorter} episodes known, expected {known.title!r}")


def known_identity(connection: psycopg.Connection[Any], tenant_id: int, show_id: UUID) -> Identity:
    row = connection.execute(
        "select title, podcast_guid from raw.feeds_channels where tenant_id = %s and show_id = %s "
        "order by fetched_at desc, xact desc, content_sha256 limit 1",
        [tenant_id, show_id],
    ).fetchone()
    guids = connection.execute(
        "select distinct episode_guid from raw.feeds_items where tenant_id = %s and show_id = %s", [tenant_id, show_id]
    ).fetchall()
    title, podcast_guid = row or (None, None)
    return Identity(title, podcast_guid, frozenset(guid for (guid,) in guids))


def record_move(
    connection: psycopg.Connection[Any], tenant_id: int, show_id: UUID, move: Move, verdict: Verdict, at: datetime, run_id: str
) -> None:
    """One row in ops.feed_moves, unless the show's last one says the same."""
    connection.execute(
        "insert into ops.feed_moves (tenant_id, show_id, from_url, to_url, reason, is_accepted, evidence, noticed_at, run_id) "
        "select n.* from (values (%(tenant)s::integer, %(show)s::uuid, %(from)s, %(to)s, %(reason)s, %(accepted)s::boolean, "
        "%(evidence)s, %(at)s::timestamptz, %(run)s)) as n (tenant_id, show_id, from_url, to_url, reason, is_accepted, evidence, "
        "noticed_at, run_id) where not exists (select 1 from (select * from ops.feed_moves as m where m.tenant_id = %(tenant)s "
        "and m.show_id = %(show)s order by m.move_id desc limit 1) as l where l.from_url = n.from_url and l.to_url = n.to_url "
        "and l.reason = n.reason and l.is_accepted = n.is_accepted and l.evidence = n.evidence)",
        {
            "tenant": tenant_id, "show": show_id, "from": move.from_url, "to": move.to_url, "reason": move.reason,
            "accepted": verdict.is_accepted, "evidence": bounded_key(verdict.evidence), "at": at, "run": run_id,
        },
    )  # fmt: skip


def _site(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""


def _plain(title: str | None) -> str:
    return " ".join((title or "").casefold().split())
