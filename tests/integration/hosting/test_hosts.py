"""What is particular to each host, and what is said of a fault: limits, tokens, dates, headers, secrets."""

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
import pytest

from assets.hosting.connectors import buzzsprout
from assets.hosting.connectors.client import Client
from assets.hosting.connectors.protocol import TRAILING_DAYS
from assets.hosting.connectors.registry import CONNECTORS
from assets.hosting.pacing import Sender

TODAY = date(2026, 3, 10)
Serve = Callable[[Any], Any]


def dimensions(tenant: Any, dimension: str) -> list[tuple[Any, ...]]:
    return tenant.rows(
        "select episode_key, period_start::text, dimension_value, value::int from raw.hosting_downloads "
        "where dimension = %s order by 1, 2, 3",
        dimension,
    )


def snapshots(tenant: Any) -> list[tuple[Any, ...]]:
    return tenant.rows(
        "select episode_key, period_start::text, value::int from raw.hosting_downloads "
        "where is_cumulative and grain = 'all_time' and period_start = period_end order by hosting_download_id"
    )


def test_buzzsprout_asks_again_only_what_changed_and_counts_what_downloads_were_made_with(
    serve: Serve, tenant: Any, documented: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buzzsprout, "PER_PAGE", 2)
    host = documented.Buzzsprout()
    host.counts = {date(2026, 3, 9): {"11": 5}, TODAY: {"12": 3}}
    server = serve(host)
    tenant.add(server)
    tenant.pull()
    # One list of episodes, a question a date, three pages of the single downloads of 9 March; today's day is not over.
    assert len(server.seen) == 1 + TRAILING_DAYS + 3
    assert dimensions(tenant, "app") == [("11", "2026-03-09", "Apple Podcasts", 2), ("11", "2026-03-09", "Spotify", 3)]
    assert dimensions(tenant, "country") == [("11", "2026-03-09", "US", 2), ("11", "2026-03-09", "Unknown", 3)]
    assert dimensions(tenant, "city") == []
    tenant.pull()
    again = server.seen[1 + TRAILING_DAYS + 3 :]
    assert len(again) == 1 + TRAILING_DAYS and all("if-none-match" in asked.headers for asked in again)
    host.counts[date(2026, 3, 9)] = {"11": 1}
    tenant.pull()
    latest = tenant.rows(
        "select distinct on (dimension_value) dimension_value, value::int from raw.hosting_downloads where dimension = 'app' "
        "order by dimension_value, hosting_download_id desc"
    )
    assert latest == [("Apple Podcasts", 1), ("Spotify", 0)]


def test_buzzsprouts_single_downloads_are_read_a_bounded_number_a_pull_and_go_on(
    serve: Serve, tenant: Any, documented: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buzzsprout, "MOST_DETAILS", 3)
    host = documented.Buzzsprout()
    host.counts = {date(2026, 3, day): {"11": 1, "12": 1} for day in (7, 8, 9)}
    tenant.add(serve(host))
    seen = []
    for _ in range(3):
        tenant.pull()
        seen.append(len(dimensions(tenant, "app")))
    assert seen == [3, 6, 6]


def test_counters_of_all_time_are_snapshots_a_day(serve: Serve, tenant: Any, documented: Any) -> None:
    host = documented.Buzzsprout()
    host.counts = {date(2026, 3, 9): {"11": 5}}
    tenant.add(serve(host))
    tenant.pull()
    host.counts = {date(2026, 3, 9): {"11": 6}}
    tenant.pull(today=date(2026, 3, 11))
    assert [row for row in snapshots(tenant) if row[0] == "11"] == [("11", "2026-03-10", 5), ("11", "2026-03-11", 6)]


def test_a_422_names_the_parameter(serve: Serve, tenant: Any, documented: Any) -> None:
    host = documented.Buzzsprout()
    server = serve(host)
    refusal = documented.Reply.of({"error": {"code": "invalid", "message": "must be a date", "param": "date"}}, status=422)
    server.fault = lambda asked, reply: refusal if host.is_statistics(asked) else reply
    tenant.add(server)
    assert "it refuses the parameter `date` (must be a date)" in tenant.pull().failures[0][1]


def test_transistors_ten_requests_in_ten_seconds_are_never_passed(serve: Serve, tenant: Any, documented: Any) -> None:
    """Eight accounts of one key: the host, which counts by its own clock, has nothing to refuse."""
    now, arrived, refused = [1000.0], [], []

    def limit(asked: Any, reply: Any) -> Any:
        recent = [at for at in arrived if now[0] - at < 10]
        arrived.append(now[0])
        if len(recent) >= 10:
            refused.append(asked)
            return documented.Reply(b"", 429)
        return reply

    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    host = documented.Transistor()
    host.counts = {TODAY: {"11": 1}}
    server = serve(host)
    server.fault = limit
    for show in range(8):
        host.show = f"9{show}"
        tenant.add(server)
    summary = tenant.pull(wait=wait, clock=lambda: now[0])
    assert (summary.accounts, summary.failed) == (8, 0)
    assert len(arrived) == 16 and refused == []
    assert len(waits) == 1 and 10 < waits[0] < 11


def test_transistors_block_is_waited_out_though_it_names_no_time(serve: Serve, tenant: Any, documented: Any) -> None:
    host = documented.Transistor()
    server, faults = serve(host), [documented.Reply(b"", 429)]
    server.fault = lambda asked, reply: faults.pop() if faults else reply
    tenant.add(server)
    waits: list[float] = []
    assert tenant.pull(waits).failed == 0
    assert waits == [10.0]


def test_op3_counts_rows_by_day_and_keeps_nobody(serve: Serve, tenant: Any, documented: Any) -> None:
    host = documented.Op3()
    host.counts = {date(2026, 2, 28): {"11": 3}, date(2026, 3, 1): {"11": 3}}
    tenant.add(serve(host))
    tenant.pull()
    assert dimensions(tenant, "country") == [
        ("11", "2026-02-28", "DE", 2), ("11", "2026-02-28", "US", 1), ("11", "2026-03-01", "DE", 2), ("11", "2026-03-01", "US", 1),
    ]  # fmt: skip
    # Two of the three downloads of a day are of one listener; the two days are never joined.
    listeners = "select period_start::text, grain, value::int from raw.hosting_downloads where metric = 'listener' order by 1"
    assert tenant.rows(listeners) == [("2026-02-28", "day", 2), ("2026-03-01", "day", 2)]
    with psycopg.connect(tenant.url) as connection:
        kept = connection.execute("select string_agg(d::text, '') from raw.hosting_downloads as d").fetchone()
    assert kept is not None and "hhhh" not in kept[0] and "a0" not in kept[0].split(",")
    assert [row[2] for row in snapshots(tenant) if row[0] == "11"] == [6]


def test_simplecasts_next_page_leads_nowhere_else(serve: Serve, tenant: Any, documented: Any) -> None:
    host, stranger = documented.Simplecast(), serve(documented.Simplecast())
    server = serve(host)
    host.base_url = stranger.url
    tenant.add(server)
    assert "expected one at" in tenant.pull().failures[0][1]
    assert stranger.seen == []


def test_a_list_without_a_last_page_ends(serve: Serve, tenant: Any, documented: Any) -> None:
    host = documented.Simplecast()
    server = serve(host)
    endless = {"href": f"{server.url}/podcasts/99/episodes?limit=100"}
    page = documented.Reply.of({"collection": [], "pages": {"total": 9, "current": 1, "next": endless}})
    server.fault = lambda asked, reply: page if asked.bare.endswith("/episodes") else reply
    tenant.add(server)
    assert "expected a last page" in tenant.pull().failures[0][1]
    assert len(server.seen) == 1


def test_podbeans_token_is_bought_again_when_it_runs_out_and_only_then(serve: Serve, tenant: Any, documented: Any) -> None:
    host = documented.Podbean()
    host.counts = {date(2026, 3, 9): {"11": 2}}
    server = serve(host)
    tenant.add(server)

    def expiring(asked: Any, reply: Any) -> Any:
        if asked.bare == "/v1/analytics/podcastReports" and host.bought == 1:
            return documented.Reply.of({"error": "expired_token"}, status=401)
        return reply

    server.fault = expiring
    assert tenant.pull().failed == 0
    assert host.bought == 2
    assert tenant.totals("podbean") == {(date(2026, 3, 9), "media.example/11.mp3"): 2}


def test_podbeans_unknown_header_imports_nothing_and_says_so(serve: Serve, tenant: Any, documented: Any) -> None:
    host = documented.Podbean()
    host.counts, host.header = {date(2026, 3, 9): {"11": 2}}, ("Time(GMT)", "Episode", "Listener")
    tenant.add(serve(host))
    message = tenant.pull().failures[0][1]
    assert "found the header Time(GMT), Episode, Listener" in message and "expected Time(GMT) and Episode Title" in message
    assert tenant.rows("select count(*) from raw.hosting_downloads") == [(0,)]


def test_podbeans_bad_rows_are_rejected_alone_once_and_without_their_listener(serve: Serve, tenant: Any, documented: Any) -> None:
    host = documented.Podbean()
    host.counts = {date(2026, 3, 9): {"11": 2}}
    host.broken_rows = [["yesterday", "Episode 11", "eve@example.com", "", "", ""], ["2026-03-09 1:00", "", "", "", "", ""]]
    tenant.add(serve(host))
    assert tenant.pull().failed == 0
    host.counts = {date(2026, 3, 9): {"11": 3}}
    assert tenant.pull().failed == 0
    assert tenant.totals("podbean") == {(date(2026, 3, 9), "media.example/11.mp3"): 3}
    kept = tenant.rows("select reason_code, original, context ->> 'host' from raw.quarantine order by quarantine_id")
    assert [(code, where) for code, _, where in kept] == [("unreadable_row", "podbean")] * 2
    assert bytes(kept[0][1]) == b"yesterday,Episode 11"
    everything = tenant.rows("select string_agg(d::text, '') from raw.hosting_downloads as d")[0][0]
    assert "example.com" not in everything and "AppleCore" not in everything


def test_another_secret_key_is_said_and_nothing_is_asked(serve: Serve, tenant: Any, documented: Any) -> None:
    server = serve(documented.Buzzsprout())
    tenant.add(server)
    assert "HOSTREAD_SECRET_KEY" in tenant.pull(key="other").failures[0][1]
    assert server.seen == []


def test_an_unknown_host_is_said_and_the_others_land(serve: Serve, tenant: Any, documented: Any) -> None:
    host = documented.Transistor()
    host.counts = {TODAY: {"11": 5}}
    tenant.add(serve(host))
    tenant.execute(
        "insert into app.hosting_accounts (tenant_id, show_id, host, base_url, external_show_id, credential_encrypted) "
        "values (%s, %s, 'nowhere', 'http://x', '1', 'x')",
        tenant.tenant_id, tenant.show_id,
    )  # fmt: skip
    summary = tenant.pull()
    assert (summary.accounts, summary.landed, summary.failed) == (2, 1, 1)
    assert "expected one of buzzsprout" in summary.failures[0][1]
    assert {result.host: result.status for result in summary.results} == {"transistor": "landed", "nowhere": "failed"}


def test_two_runs_at_once_pull_an_account_once(serve: Serve, tenant: Any, documented: Any) -> None:
    server = serve(documented.Transistor())
    account = tenant.add(server)
    with psycopg.connect(tenant.url) as other:
        other.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [f"hosting {account}"])
        assert tenant.pull().waiting == 1
    assert server.seen == []
    assert tenant.pull().accounts == 1


@pytest.mark.parametrize("name", sorted(CONNECTORS))
@pytest.mark.parametrize("status", [200, 401, 400])
def test_a_credential_is_in_no_log_error_repr_or_row(
    name: str, status: int, serve: Serve, tenant: Any, documented: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The host quotes what it was sent, in every way that it can; the log is at its most talkative."""
    host = documented.HOSTS[name]()
    host.counts = {date(2026, 3, 9): {"11": 2}}
    server = serve(host)
    said = " ".join([host.credential, *host.credential.split(":")])
    quoting = documented.Reply.of({"error": {"message": f"no access for {said}", "param": said}}, status=status)
    server.fault = lambda asked, reply: quoting if status != 200 and host.is_statistics(asked) else reply
    tenant.add(server)
    with caplog.at_level(logging.DEBUG):
        summary = tenant.pull()
    assert summary.failed == (status != 200)
    rows = tenant.rows(
        "select (select string_agg(f::text, '') from ops.fetch_state as f), (select string_agg(d::text, '') "
        "from raw.hosting_downloads as d), (select string_agg(q::text, '') from raw.quarantine as q), "
        "(select string_agg(a::text, '') from app.hosting_accounts as a)"
    )
    everything = f"{rows} {summary!r} {caplog.text}"
    for secret in {host.credential, *host.credential.split(":"), *getattr(host, "tokens", [])}:
        assert secret not in everything, secret


def test_what_holds_a_credential_does_not_show_it() -> None:
    from uuid import UUID

    from assets.hosting.connectors.protocol import Account

    account = Account(1, UUID(int=1), UUID(int=2), "transistor", "http://x", "9", "UTC", "sekret-0815")
    send = Sender().of(CONNECTORS["transistor"], account)
    for thing in (account, Client("T", "http://x", send, {"x-api-key": "sekret-0815"}), send, Sender()):
        assert "sekret" not in repr(thing) + str(thing)


def test_the_platforms_that_people_see_are_those_with_a_connector(tenant: Any) -> None:
    listed = tenant.rows("select source, name from app.download_sources where kind = 'api'")
    assert dict(listed) == {connector.host: connector.name for connector in CONNECTORS.values()}
