"""Property tests of landing: in whatever order and however often documents come, the same episodes and versions are there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.feeds.checks import collapsed_feeds, drifted_feeds, late_feeds
from assets.feeds.client import refresh_feeds
from assets.feeds.landing import Landed, land_feed
from assets.feeds.parse import parse_feed

START = datetime(2026, 3, 2, tzinfo=UTC)


def document(items: list[tuple[str | None, str, str]], extra: str = "") -> bytes:
    """Items of (GUID or None, title, file)."""
    entries = "".join(
        "<item>"
        + (f"<guid>{guid}</guid>" if guid else "")
        + f'<title>{title}</title><itunes:duration>60</itunes:duration><enclosure url="https://cdn.example/{file}.mp3" length="9"/>'
        + "</item>"
        for guid, title, file in items
    )
    return (
        '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>Show</title>'
        f"{extra}{entries}</channel></rss>"
    ).encode()


@dataclass
class Shelf:
    tenant: Any
    fetches: int = 0

    def land(self, body: bytes) -> Landed:
        self.fetches += 1
        with psycopg.connect(self.tenant.url) as connection:
            return land_feed(
                connection, self.tenant.tenant_id, self.tenant.show_id, parse_feed(body), body, content_type=None,
                fetched_at=START + timedelta(minutes=self.fetches), run_id="run",
            )  # fmt: skip

    def contents(self) -> tuple[set[Any], set[Any]]:
        """Episodes, and the contents that each ever had."""
        rows = self.tenant.rows("select episode_guid, payload ->> 'hostread_content' from raw.feeds_items")
        return {guid for guid, _ in rows}, set(rows)

    def empty(self) -> None:
        for table in ("items", "channels", "documents", "snapshots"):
            self.tenant.execute(f"truncate raw.feeds_{table}")


ITEM = st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["One", "Two"]), st.sampled_from(["x", "y"]))
DOCUMENTS = st.lists(st.lists(ITEM, max_size=3, unique_by=lambda item: item[0]), min_size=1, max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_order_and_repetition_change_neither_episodes_nor_their_contents(tenant: Any, days: list[Any], chance: Any) -> None:
    shelf = Shelf(tenant)
    shelf.empty()
    for day in days:
        shelf.land(document(day))
    first = shelf.contents()
    shelf.empty()
    shuffled = [*days, *days]
    chance.shuffle(shuffled)
    for day in shuffled:
        chance.shuffle(day)
        shelf.land(document(day))
        again = shelf.land(document(day))
        assert (again.items, again.channels, again.documents, again.snapshots) == (0, 0, 0, 0)
    assert shelf.contents() == first


def test_the_order_within_a_feed_is_no_change_and_a_list_that_comes_back_is_one(tenant: Any) -> None:
    shelf = Shelf(tenant)
    a, b = ("a", "One", "x"), ("b", "Two", "y")
    counts = [shelf.land(document(items)).snapshots for items in ([a, b], [b, a], [a], [a], [a, b])]
    assert counts == [1, 0, 1, 0, 1]
    columns = "item_count, enclosure_count, duration_count, episode_guids"
    newest = f"select {columns} from raw.feeds_snapshots order by fetched_at desc limit 1"
    assert tenant.rows(newest) == [(2, 2, 2, ["a", "b"])]


def test_an_item_without_a_guid_keeps_its_made_one_through_a_new_title_and_prefix(tenant: Any) -> None:
    shelf = Shelf(tenant)
    shelf.land(document([(None, "One", "x")]))
    assert shelf.land(document([(None, "Two", "x")])).items == 1
    assert len(shelf.contents()[0]) == 1


def test_episodes_told_apart_stay_so_when_one_leaves_the_feed(tenant: Any) -> None:
    """The fault: two files under one GUID; when the older left, the newer took over its GUID and its whole history."""
    shelf = Shelf(tenant)
    old, new = ("g", "Old", "old"), ("g", "New", "new")
    shelf.land(document([old]))
    shelf.land(document([new, old]))
    episodes, _ = shelf.contents()
    assert len(episodes) == 2
    for items in ([new], [new, old], [old], [old, new]):
        assert shelf.land(document(items)).items == 0
    assert shelf.contents()[0] == episodes
    assert tenant.rows("select distinct title from raw.feeds_items where episode_guid = 'g'") == [("Old",)]


def test_a_file_that_is_replaced_is_a_version_and_no_second_episode(tenant: Any) -> None:
    shelf = Shelf(tenant)
    shelf.land(document([("g", "One", "first-cut")]))
    shelf.land(document([("g", "One", "second-cut")]))
    assert [len(part) for part in shelf.contents()] == [1, 2]


def test_a_feed_that_collapses_and_one_that_changes_its_shape_are_seen(tenant: Any) -> None:
    shelf = Shelf(tenant)
    tenant.execute("update app.shows set created_at = now() - interval '1 day'")
    many = [(f"e{number}", "T", f"f{number}") for number in range(10)]
    shelf.land(document(many))
    # The landing's times lie in the past: what is asked is the newest, and the newest of the last days.
    recent = "update raw.feeds_snapshots set fetched_at = now() - interval '1 hour' - (interval '1 minute' * (10 - item_count))"
    tenant.execute(recent)
    assert (collapsed_feeds(tenant.url), drifted_feeds(tenant.url)) == ([], [])
    shelf.land(document(many[:4], extra="<itunes:smell>roses</itunes:smell>"))
    tenant.execute("update raw.feeds_snapshots set fetched_at = now() - interval '1 minute' where item_count = 4")
    assert collapsed_feeds(tenant.url) == [("Show", "10", "4")]
    assert drifted_feeds(tenant.url) == [("Show", "new element itunes:smell")]
    shelf.land(
        document(many[:4], extra="<itunes:smell>roses</itunes:smell>").replace(b"<itunes:duration>60</itunes:duration>", b"")
    )
    tenant.execute("update raw.feeds_snapshots set fetched_at = now() where duration_count = 0")
    assert drifted_feeds(tenant.url) == [("Show", "items with a duration: 0 of 4, before 4 of 4")]
    assert late_feeds(tenant.url) == [("Show", "never", "not asked yet")]


def test_a_busy_host_is_left_alone_with_all_its_feeds(tenant: Any, site: Any, answer: Callable[..., Any]) -> None:
    """One feed's 429 is a failed row; the host's other feeds are not asked, are no failures, and wait as long as it said."""
    site.answers["/0"] = answer(document([("a", "A", "x")]))
    tenant.execute("update app.shows set feed_url = %s", f"{site.url}/0")
    for number in range(1, 12):
        site.answers[f"/{number}"] = answer(document([("a", "A", "x")]))
        url = f"{site.url}/{number}"
        tenant.execute("insert into app.shows (tenant_id, title, feed_url) values (%s, %s, %s)", tenant.tenant_id, url, url)
    assert refresh_feeds(tenant.url, "run", allow_private=True).landed == 12
    site.seen.clear()
    for path in site.answers:
        site.answers[path] = answer(status=429, headers={"Retry-After": "3600"})
    done = refresh_feeds(tenant.url, "run", allow_private=True)
    assert 1 <= done.failed == len(site.seen) <= 2
    assert done.waiting == 12 - done.failed
    waits = "select count(*) from ops.fetch_state where next_attempt_at > now() + interval '50 minutes'"
    assert tenant.rows(waits) == [(12,)]
    assert tenant.rows("select count(*) from ops.fetch_state where last_error is not null") == [(done.failed,)]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_pause_grows_and_is_never_shorter_than_asked_for(
    tenant: Any, site: Any, answer: Callable[..., Any], status: int
) -> None:
    tenant.execute("update app.shows set feed_url = %s", f"{site.url}/0")
    site.answers["/0"] = answer(status=status)
    pauses = []
    for _ in range(4):
        refresh_feeds(tenant.url, "run", allow_private=True, is_forced=True)
        pauses.append(
            tenant.rows("select extract(epoch from next_attempt_at - last_attempt_at)::float8 from ops.fetch_state")[0][0]
        )
    assert all(60 * 2**number * 0.79 <= pause <= 60 * 2**number * 1.21 for number, pause in enumerate(pauses))
    site.answers["/0"] = answer(status=status, headers={"Retry-After": "86000"})
    refresh_feeds(tenant.url, "run", allow_private=True, is_forced=True)
    assert tenant.rows("select next_attempt_at - last_attempt_at >= interval '86000 seconds' from ops.fetch_state") == [(True,)]


def test_thousands_of_feeds_with_every_fault_among_them_end_in_one_run(tenant: Any, site: Any, answer: Callable[..., Any]) -> None:
    """Scaled to 60: the good ones land, each broken one is one failed row with its message."""
    faults = {
        "/404": answer(status=404), "/500": answer(status=500), "/410": answer(status=410), "/page": answer(b"<html></html>"),
        "/empty": answer(b""), "/half": answer(b"<rss>", headers={"Content-Length": "100"}), "/loop": answer(
            status=302, headers={"Location": "/loop"}),
        "/gzip": answer(b"no gzip", headers={"Content-Encoding": "gzip"}), "/file": answer(
            status=301, headers={"Location": "file:///etc/passwd"}),
    }  # fmt: skip
    site.answers |= faults
    tenant.execute("delete from app.shows")
    for number in range(51):
        site.answers[f"/good-{number}"] = answer(document([("a", "A", "x")]))
    for path in site.answers:
        tenant.execute(
            "insert into app.shows (tenant_id, title, feed_url) values (%s, %s, %s)", tenant.tenant_id, path, site.url + path
        )
    done = refresh_feeds(tenant.url, "run", allow_private=True)
    assert (done.landed, done.failed) == (51, len(faults))
    failed = tenant.rows("select url, last_error from ops.fetch_state where last_error is not null")
    assert {url.removeprefix(site.url) for url, _ in failed} == set(faults)
    assert all(
        "expected" in message or "gone" in message or "end" in message or "compressed" in message for _, message in failed
    ), failed
