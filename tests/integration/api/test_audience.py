"""An episode's first days and a show's listeners, through the real API."""

from datetime import date
from typing import Any

import psycopg
import pytest

DAYS = (1, 3, 7, 30, 60, 90)


@pytest.fixture
def world(account: Any, published: str, database_url: str, tools: Any) -> Any:
    base = {"tenant_id": account.tenant_id, "show_id": account.show_id}
    for guid, published_at, factor in (("old", "2026-01-05 10:00Z", 10), ("new", "2026-03-02 10:00Z", 1)):
        for window, more in (("first_touch", 0), ("calendar", 1)):
            figures = {f"downloads_{days}d": factor * days + more for days in DAYS}
            complete = {f"is_complete_{days}d": days <= 30 or guid == "old" for days in DAYS}
            tools.insert(
                database_url, "marts.episode_milestones", **base, episode_guid=guid, source="logs", counting_window=window,
                published_at=published_at, downloads_total=factor * 100, **figures, **complete,
            )  # fmt: skip
    for source, listeners in (("logs", 7), ("prefix", 5)):
        for frame, start, end in (
            ("day", "2026-03-02", "2026-03-02"), ("week", "2026-03-02", "2026-03-08"), ("month", "2026-03-01", "2026-03-31"),
            ("30d", "2026-02-10", "2026-03-11"), ("day", "2026-03-03", "2026-03-03"),
        ):  # fmt: skip
            tools.insert(
                database_url, "marts.show_listeners", **base, source=source, frame=frame, frame_start=start, frame_end=end,
                listener_count=listeners, household_count=3,
            )  # fmt: skip
    return account


def test_an_episodes_first_days_come_newest_first_and_say_whether_they_are_over(world: Any, stranger: Any) -> None:
    """Fails where a window is another's, or a milestone that is still growing looks final."""
    found = world.http.get("/v1/downloads/milestones", params={"show_id": world.show_id}).json()
    assert (found["source"], found["counting_window"]) == ("logs", "first_touch")
    assert [episode["episode_guid"] for episode in found["episodes"]] == ["new", "old"]
    new, old = found["episodes"]
    assert [(m["days"], m["downloads"], m["is_complete"]) for m in new["milestones"]] == [(d, d, d <= 30) for d in DAYS]
    assert [m["downloads"] for m in old["milestones"]] == [10 * d for d in DAYS] and old["downloads"] == 1_000
    first = world.http.get("/v1/downloads/milestones", params={"show_id": world.show_id, "limit": 1})
    rest = world.http.get(first.headers["link"].partition(">")[0][1:]).json()
    assert first.json()["episodes"] + rest["episodes"] == found["episodes"]
    other = {"show_id": world.show_id, "counting_window": "calendar"}
    calendar = world.http.get("/v1/downloads/milestones", params=other).json()
    assert calendar["episodes"][0]["milestones"][0]["downloads"] == 2
    assert world.http.get("/v1/downloads/milestones", params={**other, "source": "prefix"}).json()["episodes"] == []
    assert stranger.http.get("/v1/downloads/milestones", params={"show_id": world.show_id}).status_code == 404


def test_a_table_of_first_days_is_whole(world: Any, database_url: str) -> None:
    """The answer comes in pages, the export walks them: fails where it ends with the first, or repeats what stands beside."""
    with psycopg.connect(database_url) as owner:
        owner.execute(
            "insert into marts.episode_milestones select (jsonb_populate_record(m, jsonb_build_object('episode_guid', n::text))).* "
            "from marts.episode_milestones as m cross join generate_series(1, 250) as n where m.episode_guid = 'old'"
        )
    path = "/v1/downloads/milestones"
    sheet = world.http.get(path, params={"show_id": world.show_id, "format": "csv"})
    guids = [line.split(",")[0] for line in sheet.text.splitlines()[1:]]
    assert len(guids) == len(set(guids)) == 252
    page = world.http.get(path, params={"show_id": world.show_id})
    assert len(page.json()["episodes"]) == 50 and "limit=50" in page.headers["link"]


def test_listeners_come_with_their_time_frame_and_from_one_source(world: Any, stranger: Any) -> None:
    """Fails where two sources' listeners are added, or a frame loses its days."""
    found = world.http.get("/v1/listeners", params={"show_id": world.show_id}).json()["frames"]
    assert {frame["listeners"] for frame in found} == {7} and len(found) == 5
    starts = [date.fromisoformat(frame["frame_start"]) for frame in found]
    assert starts == sorted(starts, reverse=True)
    (month,) = world.http.get("/v1/listeners", params={"show_id": world.show_id, "frame": "month", "source": "prefix"}).json()[
        "frames"
    ]
    assert month == {
        "frame": "month", "frame_start": "2026-03-01", "frame_end": "2026-03-31", "listeners": 5, "households": 3,
    }  # fmt: skip
    assert stranger.http.get("/v1/listeners", params={"show_id": world.show_id}).status_code == 404


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("downloads/milestones", {"source": "buzzsprout"}),
        ("downloads/milestones", {"counting_window": "host"}),
        ("listeners", {"frame": "year"}),
        ("listeners", {"source": "apple"}),
    ],
)
def test_what_is_not_counted_from_requests_is_refused(world: Any, path: str, query: dict[str, str]) -> None:
    answer = world.http.get(f"/v1/{path}", params={"show_id": world.show_id, **query})
    assert answer.status_code == 422 and "expected" in answer.text
