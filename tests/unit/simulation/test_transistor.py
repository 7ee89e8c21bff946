"""Transistor's API as developers.transistor.fm describes it, its limit included."""

from typing import Any

from simulation.transistor import Limit, answer

SHOWS: dict[str, Any] = {
    "7": {
        "show_id": "7", "slug": "s", "api_key": "secret", "today": "2026-06-10",
        "episodes": [
            {"id": n, "title": str(n), "published_at": "", "duration": 1, "media_url": f"https://m/{n}.mp3"} for n in (3, 2, 1)
        ],
        "downloads": {"2026-06-01": {"2": 5}},
    }
}  # fmt: skip


def ask(path: str, query: str = "", key: str = "secret", limit: Limit | None = None, now: float = 0) -> tuple[int, Any]:
    result = answer(SHOWS, path, query, {"x-api-key": key}, limit or Limit(), now)
    return result.status, result.body


def test_dates_are_asked_for_with_the_day_first_and_answered_with_the_month_first() -> None:
    status, body = ask("/v1/analytics/7/episodes", "start_date=31-05-2026&end_date=01-06-2026")
    counted = body["data"]["attributes"]["episodes"][1]
    assert status == 200 and counted["id"] == 2
    assert counted["downloads"] == [{"date": "05-31-2026", "downloads": 0}, {"date": "06-01-2026", "downloads": 5}]
    assert ask("/v1/analytics/7/episodes", "start_date=2026-05-31&end_date=2026-06-01")[0] == 422
    assert len(ask("/v1/analytics/7/episodes")[1]["data"]["attributes"]["episodes"][0]["downloads"]) == 7


def test_episodes_come_in_pages_that_say_how_many_there_are() -> None:
    _, body = ask("/v1/episodes", "show_id=7&pagination[page]=2&pagination[per]=2")
    assert [item["id"] for item in body["data"]] == ["1"]
    assert body["meta"] == {"currentPage": 2, "totalPages": 2, "totalCount": 3}


def test_the_eleventh_request_in_ten_seconds_is_refused_and_so_is_all_for_ten() -> None:
    limit = Limit()
    assert [ask("/v1/episodes", "show_id=7", limit=limit, now=n / 10)[0] for n in range(11)] == [200] * 10 + [429]
    assert ask("/v1/episodes", "show_id=7", limit=limit, now=10.9)[0] == 429
    assert ask("/v1/episodes", "show_id=7", limit=limit, now=11.1)[0] == 200


def test_another_key_or_show_opens_nothing() -> None:
    assert ask("/v1/episodes", "show_id=7", key="other")[0] == 401
    assert ask("/v1/episodes", "show_id=8")[0] == 404
