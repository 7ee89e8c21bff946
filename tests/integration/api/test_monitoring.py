"""The platform's health over real processes: figures that add up, for operators alone, no id in a label, no secret in a log."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from api.settings import ApiSettings

PATIENCE_S = 30.0


def make_operator(url: str, email: str) -> None:
    with psycopg.connect(url) as owner:
        owner.execute("insert into ops.operators (email) values (%s)", [email])


def eventually(read: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """What `read` gives once it is as wanted; the last of it where it never is."""
    deadline = time.monotonic() + PATIENCE_S
    while not wanted(found := read()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


@contextmanager
def sign_in(base_url: str, email: str, password: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url, timeout=60) as client:
        made = client.post("/v1/sessions", json={"email": email, "password": password})
        assert made.status_code in (200, 201), made.text
        client.headers["X-CSRF-Token"] = client.get("/v1/me").json()["csrf_token"]
        yield client


@pytest.fixture
def operator(base_url: str, database_url: str, account: Any, tools: Any) -> Iterator[httpx.Client]:
    make_operator(database_url, account.email)
    with sign_in(base_url, account.email, tools.PASSWORD) as client:
        yield client


def test_two_processes_add_up(
    operator: httpx.Client, account: Any, database_url: str, serve: Callable[[ApiSettings], str], tools: Any
) -> None:
    """A process that overwrites another's minute, or that counts nothing but its own."""
    other = httpx.Client(base_url=serve(tools.settings_for(database_url)), headers=account.http.headers, timeout=60)
    for client, count in ((account.http, 7), (other, 5)):
        for _ in range(count):
            assert client.get(f"/v1/campaigns/{account.campaign_id}").status_code == 200
            assert client.get(f"/v1/campaigns/{uuid4()}").status_code == 404

    def read() -> Any:
        found = operator.get("/monitoring/metrics").json()
        return next((one for one in found["api"]["by_name"] if one["name"] == "/v1/campaigns/{campaign_id}"), None), found

    route, found = eventually(read, lambda seen: seen[0] is not None and seen[0]["request_count"] == 24)
    assert (route["request_count"], route["refused_count"], route["failed_count"], route["error_rate"]) == (24, 12, 0, 0.0)
    assert 0 < route["p50_s"] <= route["p95_s"] <= route["p99_s"]
    assert [process["kind"] for process in found["processes"] if process["is_alive"]] == ["api", "api"]
    assert account.campaign_id not in json.dumps(found)


def test_who_runs_the_platform_sees_it_and_nobody_else(
    operator: httpx.Client, account: Any, stranger: Any, base_url: str, tools: Any
) -> None:
    """An account's own role operator, which every owner may give; a key that an operator made for a tool or a sponsor."""
    assert operator.get("/monitoring/metrics").status_code == 200
    assert "Monitoring" in operator.get("/monitoring", headers={"accept": "text/html"}).text
    assert stranger.http.get("/monitoring/metrics").status_code == 403
    named = {"name": "tool", "role": "operator", "scopes": ["operator"]}
    keys = {
        "stranger's": stranger.http.post("/v1/api-keys", json=named),
        "reading": account.http.post("/v1/api-keys", json={"name": "reads", "role": "analyst", "scopes": ["read"]}),
        "operating": account.http.post("/v1/api-keys", json=named),
    }
    answered = {
        name: httpx.get(f"{base_url}/monitoring/metrics", headers={"Authorization": f"Bearer {made.json()['key']}"}).status_code
        for name, made in keys.items()
    }
    assert answered == {"stranger's": 403, "reading": 403, "operating": 200}
    with sign_in(base_url, stranger.email, tools.PASSWORD) as other:
        page = other.get("/monitoring", headers={"accept": "text/html"})
        assert page.status_code == 404 and "Processes" not in page.text
        assert 'href="/monitoring"' not in other.get("/settings", headers={"accept": "text/html"}).text


@pytest.mark.parametrize(
    ("changes", "headers", "status"),
    [
        ({}, {}, 200),
        # A proxy on the same machine hands the public on.
        ({}, {"X-Forwarded-For": "203.0.113.9"}, 403),
        ({}, {"Forwarded": "for=203.0.113.9"}, 403),
        ({"trusted_proxies": "127.0.0.1"}, {"X-Forwarded-For": "203.0.113.9"}, 403),
        ({"trusted_proxies": "127.0.0.1"}, {"X-Forwarded-For": "127.0.0.1, 203.0.113.9"}, 403),
        ({"trusted_proxies": "127.0.0.1"}, {"X-Real-IP": "203.0.113.9"}, 403),
        ({"trusted_proxies": "127.0.0.1", "metrics_networks": "203.0.113.0/24"}, {"X-Forwarded-For": "203.0.113.9"}, 200),
        ({"metrics_networks": "10.0.0.0/8"}, {}, 403),
        ({"metrics_token": "a token of prometheus"}, {}, 403),
        ({"metrics_token": "a token of prometheus"}, {"Authorization": "Bearer another token there"}, 403),
        ({"metrics_token": "a token of prometheus"}, {"Authorization": "Bearer a token of prometheus"}, 200),
    ],
)  # fmt: skip
def test_metrics_are_not_the_publics(
    database_url: str, serve: Callable[[ApiSettings], str], tools: Any, changes: Any, headers: Any, status: int
) -> None:
    base = serve(tools.settings_for(database_url, **changes))
    answer = httpx.get(f"{base}/metrics", headers=headers)
    assert answer.status_code == status, answer.text[:300]
    assert ("hostread_queue_depth" in answer.text) is (status == 200)


def test_no_stranger_makes_a_series(account: Any, base_url: str) -> None:
    """A label of what a request says: its path, its method, an id."""
    account.http.get(f"/v1/campaigns/{account.campaign_id}")
    for path in ("/wp-login.php", "/v1/nothing-4711", f"/v1/campaigns/{uuid4()}", "/static/nothing-4712"):
        account.http.get(path)
    account.http.request("PROPFIND", "/v1/campaigns")
    text = httpx.get(f"{base_url}/metrics").text
    assert 'hostread_api_requests_total{method="GET",route="/v1/campaigns/{campaign_id}",status="200"} 1.0' in text
    for word in ("wp-login", "4711", "4712", "PROPFIND", account.campaign_id, account.email, f'tenant="{account.tenant_id}"'):
        assert word not in text, word
    assert 'route="unmatched"' in text and 'method="other"' in text


def load(client: httpx.Client, **changes: Any) -> int:
    said = {"path": "/settings", "ms": 812, "csrf_token": client.headers["X-CSRF-Token"]} | changes
    return client.post("/monitoring/loads", content=json.dumps(said)).status_code


def test_pages_say_how_long_they_took(operator: httpx.Client, account: Any, base_url: str) -> None:
    """Loads of nobody, of another site, of pages that are not there, or without an end: none of them may move a figure."""
    assert [load(operator, path=f"/campaigns/{account.campaign_id}", ms=ms) for ms in (400, 800, 3_900)] == [204] * 3
    assert load(operator, csrf_token="made up") == 403
    assert load(operator, ms=-5) == load(operator, ms=1e12) == load(operator, path="no path") == 422
    assert load(operator, path="/no/such/page") == load(operator, path="/v1/campaigns") == 204
    assert operator.post("/monitoring/loads", content=b"{" * 3_000).status_code == 413
    assert operator.post("/monitoring/loads", content=b"{}", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert httpx.post(f"{base_url}/monitoring/loads", content=b"{}").status_code == 401
    text = httpx.get(f"{base_url}/metrics").text
    assert 'hostread_page_load_seconds_count{page="/campaigns/{campaign_id}"} 3.0' in text
    assert text.count("hostread_page_load_seconds_count{") == 1

    def read() -> Any:
        return operator.get("/monitoring/metrics").json()["page_loads"]["by_name"]

    (one,) = eventually(read, bool)
    assert (one["name"], one["request_count"]) == ("/campaigns/{campaign_id}", 3)
    assert 0.7 < one["p50_s"] < 0.96 and 3.2 < one["p95_s"] < 4.7
    assert {load(operator) for _ in range(70)} == {204}
    text = httpx.get(f"{base_url}/metrics").text
    counted = next(line for line in text.splitlines() if line.startswith('hostread_page_load_seconds_count{page="/settings"}'))
    assert float(counted.split()[-1]) <= 120, "a session that says too much is passed over"


def test_a_line_of_the_log_says_who_and_nothing_secret(
    account: Any, database_url: str, serve: Callable[[ApiSettings], str], tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line without its request, account or person; a key, a mail address, an address of the network or a query in one."""
    base = serve(tools.settings_for(database_url, log_level="INFO", trusted_proxies="127.0.0.1"))
    headers = {"Authorization": f"Bearer {account.key}", "X-Request-ID": "request-4711", "X-Forwarded-For": "203.0.113.77"}
    httpx.get(f"{base}/v1/campaigns/{account.campaign_id}?q=hr_secretsecret", headers=headers)
    httpx.post(f"{base}/v1/sessions", json={"email": account.email, "password": tools.PASSWORD})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    line = next(line for line in lines if line["request_id"] == "request-4711")
    assert (line["tenant_id"], line["route"], line["status"]) == (account.tenant_id, "/v1/campaigns/{campaign_id}", 200)
    assert line["user_id"] and line["key_id"]
    said = json.dumps(lines)
    for secret in (account.key, account.email, tools.PASSWORD, "203.0.113", "127.0.0.1", "secretsecret", account.campaign_id):
        assert secret not in said, secret
