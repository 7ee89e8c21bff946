"""Buzzsprout behind a loopback server that behaves as its public API pages say, faults included."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from assets.hosting.connectors.buzzsprout import TRAILING_DAYS
from assets.hosting.statistics import HostingSummary, pull_hosting
from assets.lib.secrets_box import encrypt
from assets.lib.warehouse import WarehouseUrl

TODAY = date(2026, 3, 10)
TOKEN = "a1b2c3"
EPISODES = [{"id": 11, "guid": "guid-11", "title": "One"}, {"id": 12, "guid": "guid-12", "title": "Two"}]


class Host:
    """The downloads by date and episode; `faults` are answers that come before the true one."""

    def __init__(self, site: Any, answer: Callable[..., Any]) -> None:
        self.site, self.answer = site, answer
        self.downloads: dict[str, dict[int, int]] = {}
        self.faults: list[Any] = []
        site.answers |= {"/api/99/episodes.json": self.episodes, "/api/99/downloads": self.by_date}

    def episodes(self, request: Any) -> Any:
        return self.respond(request, EPISODES)

    def by_date(self, request: Any) -> Any:
        day = parse_qs(urlsplit(request.path).query)["date"][0]
        return self.respond(request, [{"episode_id": key, "total": total} for key, total in self.downloads.get(day, {}).items()])

    def respond(self, request: Any, document: Any) -> Any:
        if request.headers.get("authorization") != f"Token token={TOKEN}" or not request.headers.get("user-agent"):
            return self.answer(status=401)
        if self.faults:
            return self.faults.pop(0)
        body = json.dumps(document).encode()
        tag = f'W/"{hash(body)}"'
        if request.headers.get("if-none-match") == tag:
            return self.answer(status=304)
        return self.answer(body, headers={"ETag": tag})


@pytest.fixture
def host(tenant: Any, site: Any, answer: Callable[..., Any]) -> Host:
    tenant.execute(
        "insert into app.hosting_accounts (tenant_id, show_id, host, base_url, external_show_id, credential_encrypted) "
        "values (%s, %s, 'buzzsprout', %s, '99', %s)",
        tenant.tenant_id, tenant.show_id, site.url, encrypt(TOKEN, "key"),
    )  # fmt: skip
    return Host(site, answer)


def pull(tenant: Any, waits: list[float] | None = None, key: str = "key", **more: Any) -> HostingSummary:
    wait = (waits if waits is not None else []).append
    return pull_hosting(WarehouseUrl(tenant.url, key, True), "run", today=TODAY, is_forced=True, wait=wait, **more)


def values(tenant: Any) -> list[tuple[Any, ...]]:
    rows = tenant.rows("select period_start, episode_guid, value::int from raw.hosting_downloads order by hosting_download_id")
    return [(str(day), guid, value) for day, guid, value in rows]


def failure(tenant: Any) -> Any:
    return tenant.rows("select last_error, last_status, consecutive_failures from ops.fetch_state where source = 'hosting'")[0]


def test_the_trailing_days_land_and_a_second_pull_changes_nothing(tenant: Any, host: Host, site: Any) -> None:
    host.downloads = {"2026-03-09": {11: 5, 12: 1}, "2026-02-04": {11: 9}, "2026-02-03": {11: 7}}
    assert pull(tenant).landed == 3
    assert values(tenant) == [("2026-02-04", "guid-11", 9), ("2026-03-09", "guid-11", 5), ("2026-03-09", "guid-12", 1)]
    assert len(site.seen) == TRAILING_DAYS + 1
    assert pull(tenant).landed == 0
    assert all("if-none-match" in request.headers for request in site.seen[TRAILING_DAYS + 1 :])
    shape = "select distinct source, metric, metric_standard, grain, tz, is_cumulative, show_key from raw.hosting_downloads"
    assert tenant.rows(shape) == [("buzzsprout", "download", "host", "day", "America/New_York", False, "99")]


def test_a_restated_value_is_a_new_row_and_one_that_vanished_is_zero(tenant: Any, host: Host) -> None:
    host.downloads = {"2026-03-09": {11: 5, 12: 1}}
    pull(tenant)
    host.downloads = {"2026-03-09": {11: 6}}
    assert pull(tenant).landed == 2
    assert values(tenant)[2:] == [("2026-03-09", "guid-11", 6), ("2026-03-09", "guid-12", 0)]
    host.downloads = {"2026-03-09": {11: 5}}
    pull(tenant)
    assert values(tenant)[-1] == ("2026-03-09", "guid-11", 5)


def test_a_busy_host_is_asked_again_after_what_it_says(tenant: Any, host: Host, answer: Callable[..., Any]) -> None:
    host.downloads = {"2026-03-09": {11: 5}}
    host.faults = [answer(status=429, headers={"Retry-After": "3"}), answer(status=500)]
    waits: list[float] = []
    assert pull(tenant, waits).landed == 1
    assert waits == [3.0, 2.0]


def test_a_fault_in_the_middle_keeps_what_landed_and_the_next_pull_goes_on(
    tenant: Any, host: Host, answer: Callable[..., Any]
) -> None:
    host.downloads = {str(TODAY - timedelta(days=back)): {11: back + 1} for back in range(5)}
    calls = {"count": 0}
    by_date = host.by_date

    def failing(request: Any) -> Any:
        calls["count"] += 1
        return answer(status=503) if calls["count"] > TRAILING_DAYS - 2 else by_date(request)

    host.site.answers["/api/99/downloads"] = failing
    summary = pull(tenant)
    assert (summary.landed, summary.failed, summary.transient) == (3, 1, 1)
    assert "answered 503" in failure(tenant)[0]
    host.site.answers["/api/99/downloads"] = by_date
    assert pull(tenant).landed == 2
    assert failure(tenant) == (None, 200, 0)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (
            b'{"error": {"code": "invalid", "message": "must be a date", "param": "date"}}',
            422,
            "the parameter `date` (must be a date)",
        ),
        (b"", 401, "check the account's API token"),
        (b'[{"episode_id": 11, "tot', 200, "expected JSON"),
        (b'{"rows": []}', 200, "expected a list"),
        (b'[{"id": 11}]', 200, "expected {episode_id, total}"),
        (b'[{"episode_id": 11, "total": "5"}]', 200, "expected a whole number"),
    ],
)
def test_what_is_wrong_is_said_and_the_token_is_not(
    tenant: Any, host: Host, site: Any, answer: Callable[..., Any], body: bytes, status: int, message: str
) -> None:
    site.answers["/api/99/downloads"] = answer(body, status)
    summary = pull(tenant)
    assert (summary.landed, summary.failed) == (0, 1)
    assert message in failure(tenant)[0]
    assert TOKEN not in failure(tenant)[0]


def test_pages_are_followed_to_the_last(tenant: Any, host: Host, site: Any, answer: Callable[..., Any]) -> None:
    def paged(request: Any) -> Any:
        query = parse_qs(urlsplit(request.path).query)
        page = int(query.get("page", ["1"])[0])
        rows = [{"episode_id": 10 + page, "total": page}] if query["date"] == ["2026-03-10"] else []
        following = page + 1 if page < 3 and rows else None
        return answer(json.dumps({"downloads": rows, "pagination": {"has_more": bool(following), "next_page": following}}).encode())

    site.answers["/api/99/downloads"] = paged
    pull(tenant)
    assert [value for *_, value in values(tenant)] == [1, 2, 3]


def test_another_secret_key_is_said(tenant: Any, host: Host, site: Any) -> None:
    assert "HOSTREAD_SECRET_KEY" in pull(tenant, key="other").failures[0][1]
    assert site.seen == []


def test_an_unknown_host_is_said_and_the_others_land(tenant: Any, host: Host) -> None:
    host.downloads = {"2026-03-09": {11: 5}}
    tenant.execute(
        "insert into app.hosting_accounts (tenant_id, show_id, host, base_url, external_show_id, credential_encrypted) "
        "values (%s, %s, 'nowhere', 'http://x', '1', 'x')",
        tenant.tenant_id, tenant.show_id,
    )  # fmt: skip
    summary = pull(tenant)
    assert (summary.accounts, summary.landed, summary.failed) == (2, 1, 1)
    assert "expected one of buzzsprout" in summary.failures[0][1]
