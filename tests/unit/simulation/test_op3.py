"""OP3's API as op3.dev/api/docs describes it."""

from typing import Any

from simulation.op3 import answer

SHOWS: dict[str, Any] = {
    "ab-1": {
        "show_uuid": "ab-1", "title": "S", "podcast_guid": "g", "token": "secret",
        "episodes": [{"id": "e1", "title": "One", "pubdate": "2026-05-01", "itemGuid": "guid-1", "url": "https://op3.dev/e/m/1.mp3"}],
        "rows": [[f"2026-06-0{day}T10:00:00.000Z", "e1", "listener"] for day in (1, 1, 2, 3)],
    }
}  # fmt: skip


def ask(path: str, query: str = "", key: str = "secret") -> tuple[int, Any]:
    result = answer(SHOWS, path, query, {"authorization": f"Bearer {key}"})
    return result.status, result.body


def test_rows_come_in_pages_by_a_continuation_token() -> None:
    seen, token = [], ""
    while True:
        query = f"format=json&limit=2&start=2026-06-01T00:00:00.000Z&end=2026-06-03T00:00:00.000Z{token}"
        _, body = ask("/api/1/downloads/show/ab-1", query)
        seen += body["rows"]
        if "continuationToken" not in body:
            break
        token = f"&continuationToken={body['continuationToken']}"
    assert [row["time"][:10] for row in seen] == ["2026-06-01", "2026-06-01", "2026-06-02"]
    assert seen[0]["url"] == "https://op3.dev/e/m/1.mp3"
    assert ask("/api/1/downloads/show/ab-1", "limit=20001&start=2026-06-01&end=2026-06-02")[0] == 400
    assert ask("/api/1/downloads/show/ab-1")[0] == 400


def test_a_show_lists_its_episodes_with_their_guids_and_counts() -> None:
    _, show = ask("/api/1/shows/ab-1", "episodes=include")
    assert show["episodes"] == [{"id": "e1", "title": "One", "pubdate": "2026-05-01", "itemGuid": "guid-1"}]
    _, counts = ask("/api/1/queries/episode-download-counts", "showUuid=ab-1")
    assert [(episode["itemGuid"], episode["downloadsAll"]) for episode in counts["episodes"]] == [("guid-1", 4)]


def test_another_token_opens_nothing_and_the_parameter_opens_as_the_header_does() -> None:
    assert ask("/api/1/shows/ab-1", key="other")[0] == 401
    assert answer(SHOWS, "/api/1/shows/ab-1", "token=secret", {}).status == 200
