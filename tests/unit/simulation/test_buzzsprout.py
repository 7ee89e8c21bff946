"""Buzzsprout's API as its public pages (buzzsprout/buzzsprout-api, sections/stats.md and episodes.md) describe it."""

from typing import Any

import pytest

from simulation.buzzsprout import answer

PODCASTS: dict[str, Any] = {
    "77": {
        "podcast_id": 77,
        "token": "secret",
        "episodes": [{"id": 2, "guid": "b"}, {"id": 1, "guid": "a"}],
        "downloads": {"2026-06-01": {"2": 5, "1": 205}},
    }
}
GOOD = {"authorization": "Token token=secret", "user-agent": "Hostread/1"}


def ask(path: str, query: str = "", headers: dict[str, str] = GOOD) -> tuple[int, Any]:
    result = answer(PODCASTS, path, query, headers)
    return result.status, result.body


def test_a_wrong_token_and_a_missing_agent_are_refused() -> None:
    assert ask("/api/77/episodes.json", headers={"user-agent": "x", "authorization": "Token token=other"})[0] == 401
    assert ask("/api/77/episodes.json", headers={"user-agent": "x"})[0] == 401
    assert ask("/api/77/episodes.json", headers={"authorization": "Token token=secret"})[0] == 403
    assert ask("/api/78/episodes.json")[0] == 401


def test_a_day_lists_its_episodes_in_order_and_an_idle_day_none() -> None:
    assert ask("/api/77/downloads", "date=2026-06-01") == (200, [{"episode_id": 1, "total": 205}, {"episode_id": 2, "total": 5}])
    assert ask("/api/77/downloads", "date=2026-06-02") == (200, [])


@pytest.mark.parametrize("query", ["", "date=01-06-2026", "date=2026-13-01", "date=20260601"])
def test_a_bad_date_is_422_and_named(query: str) -> None:
    status, body = ask("/api/77/downloads", query)
    assert (status, body["error"]["param"]) == (422, "date")


@pytest.mark.parametrize(("query", "parameter"), [("page=0", "page"), ("per_page=1001", "per_page"), ("per_page=x", "per_page")])
def test_a_bad_page_is_422_and_named(query: str, parameter: str) -> None:
    status, body = ask("/api/77/1/downloads", f"date=2026-06-01&{query}")
    assert (status, body["error"]["param"]) == (422, parameter)


def test_pages_add_up_and_the_last_says_so() -> None:
    seen, page = 0, 1
    while True:
        _, body = ask("/api/77/1/downloads", f"date=2026-06-01&page={page}")
        seen += len(body["episodes"][0]["downloads"])
        if not body["pagination"]["has_more"]:
            break
        page = body["pagination"]["next_page"]
    assert (seen, page, body["pagination"]["next_page"]) == (205, 3, None)
    _, exact = ask("/api/77/1/downloads", "date=2026-06-01&per_page=205")
    assert exact["pagination"]["has_more"] is False


def test_an_unknown_episode_is_404() -> None:
    assert ask("/api/77/9/downloads", "date=2026-06-01")[0] == 404
