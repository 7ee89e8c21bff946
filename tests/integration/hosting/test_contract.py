"""What every host's connector owes: the same tests over all of them, against a server that acts as the host documents."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from assets.hosting.connectors.registry import CONNECTORS

TODAY = date(2026, 3, 10)
NAMES = ["buzzsprout", "op3", "podbean", "simplecast", "transistor"]
# Days on both sides of a month's end, and the first and the last of the trailing 35.
COUNTS = {
    date(2026, 2, 4): {"11": 9}, date(2026, 2, 28): {"11": 3, "12": 2}, date(2026, 3, 1): {"12": 4},
    date(2026, 3, 9): {"11": 5, "12": 1}, date(2026, 3, 10): {"11": 2},
}  # fmt: skip


@pytest.fixture(params=NAMES)
def host(request: pytest.FixtureRequest, documented: Any) -> Any:
    made = documented.HOSTS[request.param]()
    made.counts = {day: dict(by_episode) for day, by_episode in COUNTS.items()}
    return made


def expected(host: Any, documented: Any) -> dict[tuple[date, str], int]:
    """What the host's documented answers say, by day and the name that the episode has in the feed."""
    return {
        (day, f"guid-{key}" if host.names_guid else documented.FILES[key]): count
        for day, by_episode in host.counts.items()
        for key, count in by_episode.items()
        if count
    }


def test_every_connector_is_under_this_contract_and_names_its_documentation(documented: Any) -> None:
    assert set(CONNECTORS) == set(documented.HOSTS) == set(NAMES)
    assert all(made().documentation.startswith("https://") for made in documented.HOSTS.values())


def test_what_the_host_says_lands_and_a_second_pull_changes_nothing(
    host: Any, serve: Callable[[Any], Any], tenant: Any, documented: Any
) -> None:
    account = tenant.add(serve(host))
    summary = tenant.pull()
    assert (summary.accounts, summary.failed) == (1, 0), summary.failures
    assert tenant.totals(host.host) == expected(host, documented)
    assert tenant.state(account) == (None, 200, 0, False, True)
    assert tenant.pull().landed == 0
    zone = "UTC" if host.host in ("op3", "podbean") else "America/New_York"
    shape = "select distinct source, metric_standard, tz, show_key from raw.hosting_downloads"
    assert tenant.rows(shape) == [(host.host, "host", zone, "99")]


def test_a_restated_value_is_a_new_row_and_one_that_vanished_is_zero(
    host: Any, serve: Callable[[Any], Any], tenant: Any, documented: Any
) -> None:
    tenant.add(serve(host))
    tenant.pull()
    host.counts[date(2026, 3, 1)] = {"12": 6}
    host.counts[date(2026, 3, 9)] = {"11": 5}
    assert tenant.pull().failed == 0
    assert tenant.totals(host.host) == expected(host, documented)
    versions = tenant.rows(
        "select value::int from raw.hosting_downloads where grain = 'day' and metric = 'download' and dimension = '' "
        "and period_start = '2026-03-01' order by hosting_download_id"
    )
    assert versions == [(4,), (6,)]
    assert tenant.doubled() == []


def broken_page(reply: Any) -> Any:
    reply.body = reply.body[: len(reply.body) // 2]
    return reply


def broken_connection(reply: Any) -> Any:
    reply.sent = len(reply.body) // 2
    return reply


# Fault: (what the server does to the statistics, words of the message, whether a later try may succeed).
FAULTS: dict[str, tuple[Callable[[Any, Any, Any], Any], str, bool]] = {
    "500": (lambda d, h, r: d.Reply(b"oops", 500), "answered 500", True),
    "429": (lambda d, h, r: d.Reply(b"", 429, {"Retry-After": "3600"}), "answered 429", True),
    "html": (lambda d, h, r: d.Reply(b"<!doctype html><title>Maintenance</title>"), "<!doctype html", True),
    "empty": (lambda d, h, r: d.Reply(b""), "an empty", True),
    "half_page": (lambda d, h, r: broken_page(r), "", True),
    "half_connection": (lambda d, h, r: broken_connection(r), "", True),
    "other_columns": (lambda d, h, r: h.wrong_columns(), "expected", False),
    "unauthorised": (lambda d, h, r: d.Reply(b"", 401), "check the account's credential", False),
    "gone": (lambda d, h, r: d.Reply(b"", 404), "check the show's id", False),
    "slow": (lambda d, h, r: d.Reply(r.body, r.status, r.headers, None, 1.5), "took over", True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_marks_its_source_the_others_complete_and_the_next_run_goes_on(
    fault: str, host: Any, serve: Callable[[Any], Any], tenant: Any, documented: Any
) -> None:
    change, words, is_transient = FAULTS[fault]
    if fault == "html" and host.host == "podbean":
        words = "the header"  # of a CSV
        is_transient = False
    server = serve(host)
    other = documented.Podbean() if host.host == "transistor" else documented.Transistor()
    other.show, other.counts = "77", {TODAY: {"11": 1}}
    broken, whole = tenant.add(server), tenant.add(serve(other))

    def breaking(asked: Any, reply: Any) -> Any:
        # Something has landed by then, where one answer is not all there is.
        is_early = len(server.statistics) < host.breaks_at
        return reply if is_early or not host.is_statistics(asked) else change(documented, host, reply)

    server.fault = breaking
    waits: list[float] = []
    summary = tenant.pull(waits, total_s=1.0 if fault == "slow" else 10)
    assert (summary.accounts, summary.failed) == (2, 1), summary.failures
    assert summary.transient == is_transient
    message, _, failures, has_pause, _ = tenant.state(broken)
    assert words in message and host.credential not in message and message in dict(summary.failures).values()
    assert failures == 1 and has_pause
    assert tenant.state(whole)[:3] == (None, 200, 0)
    if fault == "429":
        assert waits == [], "an hour of patience is the next run's, not this one's"
    # It is not asked again before its pause is over.
    assert tenant.pull(is_forced=False).waiting == 1
    server.fault = None
    before = len(server.statistics)
    assert tenant.pull().failed == 0
    assert tenant.totals(host.host) == expected(host, documented)
    assert tenant.doubled() == []
    assert tenant.state(broken)[:3] == (None, 200, 0)
    if host.host in ("op3", "simplecast"):
        # The days or episodes that had landed are not asked for again.
        asked = [question.path for question in server.statistics]
        assert asked[0] not in asked[before:]


def test_a_short_wait_is_waited_within_the_run(host: Any, serve: Callable[[Any], Any], tenant: Any, documented: Any) -> None:
    server = serve(host)
    tenant.add(server)
    faults = [documented.Reply(b"", 429, {"Retry-After": "3"}), documented.Reply(b"", 500)]
    server.fault = lambda asked, reply: faults.pop(0) if faults and host.is_statistics(asked) else reply
    waits: list[float] = []
    assert tenant.pull(waits).failed == 0
    assert waits == [3.0, 2.0]
    assert tenant.totals(host.host) == expected(host, documented)


def test_a_redirect_to_another_origin_takes_no_credential_along(
    host: Any, serve: Callable[[Any], Any], tenant: Any, documented: Any
) -> None:
    server, stranger = serve(host), serve(type(host)())
    tenant.add(server)
    server.fault = lambda asked, reply: documented.Reply(b"", 302, {"Location": f"{stranger.url}/elsewhere"})
    assert tenant.pull().failed == 1
    for asked in stranger.seen:
        told = f"{asked.path} {asked.headers} {asked.body!r}"
        assert host.credential not in told and "sekret" not in told and "basic" not in told.lower()


def test_a_pull_that_is_killed_between_two_answers_doubles_nothing(
    host: Any, serve: Callable[[Any], Any], tenant: Any, documented: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends after the rows landed and before the next question: rows and cursor are one transaction."""
    from assets.hosting import statistics

    tenant.add(serve(host))
    land, calls = statistics.land_batch, []

    def land_and_die(*arguments: Any) -> int:
        calls.append(land(*arguments))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return calls[-1]

    with monkeypatch.context() as patch:
        patch.setattr(statistics, "land_batch", land_and_die)
        with pytest.raises(KeyboardInterrupt):
            tenant.pull()
    assert tenant.pull().failed == 0
    assert tenant.totals(host.host) == expected(host, documented)
    assert tenant.doubled() == []


def test_an_account_without_downloads_lands_nothing_and_is_no_fault(host: Any, serve: Callable[[Any], Any], tenant: Any) -> None:
    host.counts = {}
    account = tenant.add(serve(host))
    assert tenant.pull().failed == 0
    assert tenant.totals(host.host) == {}
    assert tenant.state(account)[0] is None


def test_chosen_days_are_read_again_without_moving_the_trailing_ones(
    host: Any, serve: Callable[[Any], Any], tenant: Any, documented: Any
) -> None:
    server = serve(host)
    account = tenant.add(server)
    tenant.pull()
    cursor = tenant.rows("select cursor from ops.fetch_state where source = 'hosting'")
    old = date(2025, 12, 24)
    host.counts[old] = {"12": 8}
    assert tenant.pull(days=(date(2025, 12, 1), date(2025, 12, 31)), account_id=account).failed == 0
    assert tenant.totals(host.host) == expected(host, documented)
    assert tenant.rows("select cursor from ops.fetch_state where source = 'hosting'") == cursor
    assert min(day for day, _ in tenant.totals(host.host)) == old < TODAY - timedelta(days=34)
