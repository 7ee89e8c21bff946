"""A show is added by its feed's address: `hostread feed add URL`."""

from dataclasses import dataclass
from uuid import UUID

from assets.feeds.asking import Show, ask
from assets.feeds.client import FeedsSummary, refresh_feeds
from assets.lib.fetch_state import State
from assets.lib.http import FetchPolicy
from assets.lib.warehouse import connect


class FeedRefusedError(RuntimeError):
    """The address gave no feed; the message says what was found and what to do. Nothing was added."""


@dataclass(frozen=True)
class AddedFeed:
    """`is_new` is False where the tenant had the show already."""

    show_id: UUID
    title: str
    items: int
    is_new: bool
    summary: FeedsSummary


def add_feed(
    url: str, tenant_id: int, feed_url: str, run_id: str, *, timezone: str = "UTC", allow_private: bool = False
) -> AddedFeed:
    """Read the feed, add its show to the tenant and land its items. Raises FeedRefusedError where the feed cannot be read.

    `timezone` is the show's IANA zone: hosts report by its dates.
    """
    answer = ask(Show(tenant_id, UUID(int=0), feed_url), State(), FetchPolicy(allow_private=allow_private))
    if answer.failure is not None or answer.feed is None:
        raise FeedRefusedError(answer.failure or f"{feed_url} gave no feed")
    title = answer.feed.channel.title or feed_url
    with connect(url, "app") as connection:
        connection.execute("select set_config('hostread.tenant_id', %s, true)", [str(tenant_id)])
        row = connection.execute(
            "insert into app.shows (tenant_id, title, feed_url, timezone) values (%s, %s, %s, %s) "
            "on conflict (tenant_id, feed_url) do update set is_active = true returning show_id, xmax = 0",
            [tenant_id, title, feed_url, timezone],
        ).fetchone()
    assert row is not None  # noqa: S101
    show_id, is_new = row
    summary = refresh_feeds(url, run_id, allow_private=allow_private, is_forced=True, tenant_id=tenant_id, show_id=show_id)
    return AddedFeed(show_id, title, len(answer.feed.items), is_new, summary)
