"""Feeds from a loopback server to raw rows: what is kept, what is not written twice, and what a broken feed leaves alone."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets.feeds.client import FeedsSummary, refresh_feeds
from assets.feeds.registration import FeedRefusedError, add_feed
from assets.lib.http import FetchPolicy

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "feeds"


def body(*items: tuple[str, str], head: str = "") -> bytes:
    entries = "".join(
        f"<item><guid>{guid}</guid><title>{title}</title>"
        f'<enclosure url="https://cdn.example/{guid}.mp3" length="9" type="audio/mpeg"/></item>'
        for guid, title in items
    )
    return f'<rss version="2.0"><channel><title>Show</title>{head}{entries}</channel></rss>'.encode()


def refresh(tenant: Any) -> FeedsSummary:
    return refresh_feeds(tenant.url, "run", allow_private=True, is_forced=True)


def point_to(tenant: Any, url: str) -> None:
    tenant.execute("update app.shows set feed_url = %s", url)


def state(tenant: Any, *columns: str) -> tuple[Any, ...]:
    found: tuple[Any, ...] = tenant.rows(f"select {', '.join(columns)} from ops.fetch_state where source = 'feeds'")[0]
    return found


def titles(tenant: Any) -> list[str]:
    return [row[0] for row in tenant.rows("select title from raw.feeds_items order by fetched_at, episode_guid")]


def test_twice_is_nothing_new_and_the_second_time_is_conditional(tenant: Any, site: Any, answer: Callable[..., Any]) -> None:
    content = body(("a", "A"), ("b", "B"))

    def conditional(request: Any) -> Any:
        if request.headers.get("if-none-match") == '"1"':
            return answer(status=304)
        return answer(content, headers={"ETag": '"1"'})

    site.answers["/feed"] = conditional
    point_to(tenant, f"{site.url}/feed")
    first, second = refresh(tenant), refresh(tenant)
    assert (first.landed, first.items, first.channels, first.documents) == (1, 2, 1, 1)
    assert (second.landed, second.unchanged, second.items) == (0, 1, 0)
    assert [tenant.count(f"raw.feeds_{table}") for table in ("documents", "channels", "items")] == [1, 1, 2]
    assert state(tenant, "last_status", "consecutive_failures", "last_error") == (304, 0, None)
    assert "Hostread" in site.seen[0].headers["user-agent"]


def test_versions_are_kept_and_a_title_that_comes_back_is_the_newest_again(
    tenant: Any, site: Any, answer: Callable[..., Any]
) -> None:
    point_to(tenant, f"{site.url}/feed")
    for title in ("A", "B", "A", "A"):
        site.answers["/feed"] = answer(body(("a", title)))
        refresh(tenant)
    assert titles(tenant) == ["A", "B", "A"]


def test_an_item_that_leaves_the_feed_stays_and_a_new_build_date_writes_nothing(
    tenant: Any, site: Any, answer: Callable[..., Any]
) -> None:
    point_to(tenant, f"{site.url}/feed")
    site.answers["/feed"] = answer(body(("a", "A"), ("b", "B")))
    refresh(tenant)
    site.answers["/feed"] = answer(body(("b", "B"), head="<lastBuildDate>Wed, 13 Mar 2024 23:04:35 +0100</lastBuildDate>"))
    again = refresh(tenant)
    assert (again.items, again.channels, again.documents) == (0, 0, 0)
    assert titles(tenant) == ["A", "B"]


@pytest.mark.parametrize(
    ("status", "content", "message"),
    [
        (500, b"", "answered 500"),
        (404, b"", "answered 404"),
        (200, b"<html><body>Sign in</body></html>", "expected an RSS or Atom feed"),
        (200, b"", "expected an RSS or Atom feed"),
    ],
)
def test_a_broken_feed_is_a_failed_row_and_the_others_land(
    tenant: Any, site: Any, answer: Callable[..., Any], status: int, content: bytes, message: str
) -> None:
    site.answers |= {"/broken": answer(content, status), "/good": answer(body(("a", "A")))}
    point_to(tenant, f"{site.url}/broken")
    tenant.execute(
        "insert into app.shows (tenant_id, title, feed_url) values (%s, 'Good', %s)", tenant.tenant_id, f"{site.url}/good"
    )
    summary = refresh(tenant)
    assert (summary.landed, summary.failed, summary.items) == (1, 1, 1)
    assert message in summary.failures[0][1]
    failed = "select last_error, consecutive_failures, next_attempt_at > now() from ops.fetch_state where last_error is not null"
    assert message in tenant.rows(failed)[0][0]
    assert tenant.rows(failed)[0][1:] == (1, True)
    assert refresh_feeds(tenant.url, "run", allow_private=True).waiting == 1


def test_a_feed_that_recovers_is_clean_again(tenant: Any, site: Any, answer: Callable[..., Any]) -> None:
    point_to(tenant, f"{site.url}/feed")
    site.answers["/feed"] = answer(status=503, headers={"Retry-After": "7200"})
    refresh(tenant)
    assert tenant.rows("select next_attempt_at > now() + interval '1 hour' from ops.fetch_state")[0][0]
    site.answers["/feed"] = answer(body(("a", "A")))
    assert refresh(tenant).items == 1
    assert state(tenant, "last_error", "consecutive_failures") == (None, 0)


def test_a_gzip_bomb_stops_at_the_limit(tenant: Any, site: Any, answer: Callable[..., Any]) -> None:
    point_to(tenant, f"{site.url}/feed")
    bomb = gzip.compress(b"<rss>" + bytes(300_000_000))
    site.answers["/feed"] = answer(bomb, headers={"Content-Encoding": "gzip"})
    assert "decodes to more than 50,000,000 bytes" in refresh(tenant).failures[0][1]
    site.answers["/feed"] = answer(gzip.compress(body(("a", "A"))), headers={"Content-Encoding": "gzip"})
    assert refresh(tenant).items == 1


def test_a_private_address_is_refused_and_never_connected_to(tenant: Any, site: Any, answer: Callable[..., Any]) -> None:
    site.answers["/feed"] = answer(body(("a", "A")))
    port = site.url.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]"):
        point_to(tenant, f"http://{host}:{port}/feed")
        assert "only 80 and 443" in refresh_feeds(tenant.url, "run", is_forced=True).failures[0][1]
        # On a port that is allowed, the address itself is what refuses.
        policy = FetchPolicy(ports=frozenset({int(port)}))
        assert "not on the public internet" in refresh_feeds(tenant.url, "run", is_forced=True, policy=policy).failures[0][1], host
    assert (site.seen, site.connections()) == ([], 0)


def test_redirects_are_followed_a_little_and_a_permanent_one_is_remembered(
    tenant: Any, site: Any, answer: Callable[..., Any]
) -> None:
    site.answers |= {
        "/old": answer(status=301, headers={"Location": "/new"}),
        "/new": answer(body(("a", "A"))),
        "/loop": answer(status=302, headers={"Location": "/loop"}),
    }
    point_to(tenant, f"{site.url}/old")
    assert refresh(tenant).items == 1
    refresh(tenant)
    assert [request.path for request in site.seen] == ["/old", "/new", "/new"]
    point_to(tenant, f"{site.url}/loop")
    assert "redirects" in refresh(tenant).failures[0][1]


def test_a_feed_that_is_gone_is_not_asked_again_until_the_show_names_another(
    tenant: Any, site: Any, answer: Callable[..., Any]
) -> None:
    site.answers |= {"/gone": answer(status=410), "/feed": answer(body(("a", "A")))}
    point_to(tenant, f"{site.url}/gone")
    refresh(tenant)
    assert state(tenant, "next_attempt_at = 'infinity'") == (True,)
    assert refresh_feeds(tenant.url, "run", allow_private=True).waiting == 1


def test_a_feed_is_added_by_its_address(tenant: Any, site: Any, answer: Callable[..., Any]) -> None:
    site.answers |= {"/feed": answer(body(("a", "A"))), "/page": answer(b"<html></html>")}
    added = add_feed(tenant.url, tenant.tenant_id, f"{site.url}/feed", "run", allow_private=True)
    assert (added.title, added.items, added.is_new) == ("Show", 1, True)
    assert not add_feed(tenant.url, tenant.tenant_id, f"{site.url}/feed", "run", allow_private=True).is_new
    assert titles(tenant) == ["A"]
    with pytest.raises(FeedRefusedError, match="expected an RSS or Atom feed"):
        add_feed(tenant.url, tenant.tenant_id, f"{site.url}/page", "run", allow_private=True)
    assert tenant.count("app.shows") == 2


@pytest.mark.skipif(not SHARED.exists(), reason="the real feeds are not beside the repository")
def test_the_ten_real_feeds_land_without_loss(tenant: Any, site: Any, answer: Callable[..., Any]) -> None:
    tenant.execute("delete from app.shows")
    paths = [path for path in sorted(SHARED.glob("*.xml")) if path.name != "2024-03-14-ndr.xml"]
    for path in paths:
        site.answers[f"/{path.name}"] = answer(path.read_bytes(), headers={"Content-Type": "application/rss+xml"})
        url = f"{site.url}/{path.name}"
        tenant.execute("insert into app.shows (tenant_id, title, feed_url) values (%s, %s, %s)", tenant.tenant_id, path.name, url)
    first = refresh(tenant)
    assert (first.landed, first.failed, first.items) == (9, 0, 505)
    assert tenant.rows("select count(*) from raw.feeds_items where enclosure_url is null or media_key is null") == [(0,)]
    assert refresh(tenant).unchanged == 9
    site.answers["/2024-03-13-ndr.xml"] = answer((SHARED / "2024-03-14-ndr.xml").read_bytes())
    refresh(tenant)
    episodes = (
        "select count(distinct episode_guid) from raw.feeds_items as i inner join app.shows as s using (show_id) "
        "where s.title like %s"
    )
    assert tenant.rows(episodes, "2024-03-13%") == [(3,)]
