"""A show that moves host keeps its episodes, and another show that answers at its address takes none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from assets.feeds.client import FeedsSummary, refresh_feeds

GUID = "<podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>"
OTHER_GUID = "<podcast:guid>00000000-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>"


def feed(*guids: str, title: str = "Show", head: str = "", host: str = "cdn.example") -> bytes:
    items = "".join(f'<item><guid>{guid}</guid><enclosure url="https://{host}/{guid}.mp3" length="9"/></item>' for guid in guids)
    return (
        '<rss version="2.0" xmlns:podcast="https://podcastindex.org/namespace/1.0" '
        'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">'
        f"<channel><title>{title}</title>{head}{items}</channel></rss>"
    ).encode()


def new_address(url: str) -> str:
    return f"<itunes:new-feed-url>{url}</itunes:new-feed-url>"


@dataclass
class World:
    """Two hosts on one server: the same port of two names of this machine."""

    tenant: Any
    site: Any

    @property
    def elsewhere(self) -> str:
        return str(self.site.url).replace("127.0.0.1", "localhost")

    def refresh(self) -> FeedsSummary:
        return refresh_feeds(self.tenant.url, "run", allow_private=True, is_forced=True)

    def moves(self) -> list[tuple[str, bool, str]]:
        found = self.tenant.rows("select reason, is_accepted, evidence, to_url from ops.feed_moves order by move_id")
        return [(reason, accepted, evidence) for reason, accepted, evidence, _ in found]

    def episodes(self) -> set[str]:
        return {row[0] for row in self.tenant.rows("select distinct episode_guid from raw.feeds_items")}

    def state(self, columns: str) -> Any:
        return self.tenant.rows(f"select {columns} from ops.fetch_state where source = 'feeds'")[0]


@pytest.fixture
def world(tenant: Any, site: Any, answer: Callable[..., Any]) -> World:
    tenant.execute("update app.shows set feed_url = %s", f"{site.url}/old")
    site.answers["/old"] = answer(feed("a", "b", "c", head=GUID))
    made = World(tenant, site)
    assert made.refresh().items == 3
    return made


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_redirect_to_the_same_show_is_recorded_and_asked_directly(
    world: World, answer: Callable[..., Any], status: int
) -> None:
    world.site.answers["/old"] = answer(status=status, headers={"Location": f"{world.elsewhere}/new"})
    world.site.answers["/new"] = answer(feed("b", "c", "d", head=GUID, host="new.example"))
    done = world.refresh()
    assert (done.moved, done.failed) == (1, 0)
    assert world.moves() == [("permanent redirect", True, "the same podcast:guid 917393e3-1b1e-5cef-ace4-edaa54e1f810")]
    # By GUID: the same episodes under new files, and the one that the new host left behind.
    assert world.episodes() == {"a", "b", "c", "d"}
    assert world.state("url") == (f"{world.elsewhere}/new",)
    world.site.seen.clear()
    assert world.refresh().unchanged == 1
    assert [request.path for request in world.site.seen] == ["/new"]


def test_a_redirect_for_now_moves_nothing(world: World, answer: Callable[..., Any]) -> None:
    world.site.answers["/old"] = answer(status=302, headers={"Location": f"{world.elsewhere}/new"})
    world.site.answers["/new"] = answer(feed("a", "d", head=OTHER_GUID))
    world.refresh()
    assert (world.moves(), world.state("url")) == ([], (f"{world.site.url}/old",))


def test_another_show_behind_a_redirect_lands_nothing_and_says_so(world: World, answer: Callable[..., Any]) -> None:
    """The fault: a host that sends all its old addresses to one feed put that feed's episodes into every show."""
    world.site.answers["/old"] = answer(status=301, headers={"Location": f"{world.elsewhere}/new"})
    world.site.answers["/new"] = answer(feed("x", "y", title="Somebody Else", head=OTHER_GUID))
    done = world.refresh()
    assert (done.moved, done.failed, done.items) == (0, 1, 0)
    assert "another show" in done.failures[0][1] and "expected 917393e3" in done.failures[0][1]
    world.refresh()
    assert [accepted for _, accepted, _ in world.moves()] == [False], "the same refusal is one row"
    assert world.episodes() == {"a", "b", "c"}
    # A person's word is enough: the show is given that feed.
    world.tenant.execute("update app.shows set feed_url = %s", f"{world.elsewhere}/new")
    assert world.refresh().items == 2


def test_a_new_feed_url_is_followed_with_the_next_run_and_the_old_one_not_asked_again(
    world: World, answer: Callable[..., Any]
) -> None:
    announced = f"{world.elsewhere}/new"
    world.site.answers["/old"] = answer(feed("a", "b", "c", head=GUID + new_address(announced)))
    world.site.answers["/new"] = answer(feed("a", "b", "c", "d", head=GUID + new_address(announced)), headers={"ETag": '"1"'})
    world.site.seen.clear()
    world.refresh()
    assert [request.path for request in world.site.seen] == ["/old"], "one question a run"
    assert world.refresh().moved == 1
    assert world.moves() == [("itunes:new-feed-url", True, "the same podcast:guid 917393e3-1b1e-5cef-ace4-edaa54e1f810")]
    world.refresh()
    assert [request.path for request in world.site.seen] == ["/old", "/new", "/new"]
    assert world.site.seen[-1].headers["if-none-match"] == '"1"'
    assert world.episodes() == {"a", "b", "c", "d"}


@pytest.mark.parametrize(
    ("content", "status", "evidence"),
    [
        (feed("x", title="Else", head=OTHER_GUID), 200, "found the podcast:guid 00000000"),
        (b"<html></html>", 200, "expected an RSS or Atom feed"),
        (b"", 404, "answered 404"),
        (b"", 410, "answered 410"),
    ],
    ids=["another show", "a web page", "nothing", "gone"],
)
def test_a_new_feed_url_that_holds_no_such_feed_leaves_the_old_one_in_use(
    world: World, answer: Callable[..., Any], content: bytes, status: int, evidence: str
) -> None:
    world.site.answers["/old"] = answer(feed("a", "b", "c", head=GUID + new_address(f"{world.elsewhere}/new")))
    world.site.answers["/new"] = answer(content, status)
    for _ in range(3):
        assert world.refresh().failed == 0
    world.site.answers["/old"] = answer(feed("a", "b", "c", "d", head=GUID + new_address(f"{world.elsewhere}/new")))
    assert world.refresh().items == 1
    assert [request.path for request in world.site.seen].count("/new") == 1, "tried again in an hour, not with each run"
    ((reason, accepted, why),) = world.moves()
    assert (reason, accepted) == ("itunes:new-feed-url", False) and evidence in why
    assert world.state("url, last_error") == (f"{world.site.url}/old", None)


def test_two_feeds_that_name_each_other_are_not_asked_in_turn_for_ever(world: World, answer: Callable[..., Any]) -> None:
    old, new = f"{world.site.url}/old", f"{world.elsewhere}/new"
    world.site.answers["/old"] = answer(feed("a", "b", head=GUID + new_address(new)))
    world.site.answers["/new"] = answer(feed("a", "b", head=GUID + new_address(old)))
    for _ in range(6):
        world.refresh()
    assert len(world.moves()) == 1
    assert world.state("url") == (new,)


def test_a_private_new_feed_url_is_not_asked(world: World, answer: Callable[..., Any]) -> None:
    world.site.answers["/old"] = answer(feed("a", head=GUID + new_address("file:///etc/passwd")))
    world.refresh()
    world.refresh()
    assert world.moves() == []


@pytest.mark.parametrize(
    ("content", "is_same"),
    [
        (feed("b", "c", "n1", "n2", head=OTHER_GUID), True),
        (feed("a", "n1", "n2", head=""), True),
        (feed("n1", "n2", title="  SHOW "), True),
        (feed("n1", "n2", title="Show", head=OTHER_GUID), False),
        (feed("n1", "n2", title="Else"), False),
    ],
    ids=["episodes outweigh a made podcast:guid", "one of three", "the title alone", "podcast:guid against the title", "nothing"],
)
def test_what_makes_it_the_same_show(world: World, answer: Callable[..., Any], content: bytes, is_same: bool) -> None:
    world.site.answers["/old"] = answer(status=301, headers={"Location": f"{world.elsewhere}/new"})
    world.site.answers["/new"] = answer(content)
    assert world.refresh().moved == is_same


def test_where_a_move_led_to_nothing_the_first_address_is_asked_again(world: World, answer: Callable[..., Any]) -> None:
    world.site.answers["/old"] = answer(status=301, headers={"Location": f"{world.elsewhere}/new"})
    world.site.answers["/new"] = answer(feed("a", "b", "c", head=GUID), headers={"ETag": '"new"'})
    world.refresh()
    world.site.answers["/new"] = answer(status=410)
    assert "answered 410" in world.refresh().failures[0][1]
    world.site.answers["/old"] = answer(status=301, headers={"Location": f"{world.elsewhere}/newer"})
    world.site.answers["/newer"] = answer(feed("a", "b", "c", "e", head=GUID))
    assert world.refresh().items == 1
    assert "if-none-match" not in world.site.seen[-1].headers
    assert world.state("url, last_error") == (f"{world.elsewhere}/newer", None)


def test_a_broken_feed_that_a_show_was_newly_given_has_its_pause_too(world: World, answer: Callable[..., Any]) -> None:
    world.tenant.execute("update app.shows set feed_url = %s", f"{world.site.url}/gone")
    world.site.answers["/gone"] = answer(status=410)
    world.refresh()
    assert world.state("next_attempt_at = 'infinity', etag, content_sha256") == (True, None, None)
    assert refresh_feeds(world.tenant.url, "run", allow_private=True).waiting == 1
