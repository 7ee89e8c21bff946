"""A bad raw row seen through Dagster's own pages: its check fails, nothing is built on it, and readers keep the last good marts."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
import requests
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("dagster")]

JOB = "/locations/orchestration.definitions/jobs/build_marts/partitions"
CHECK = "tracked_events_have_a_name"
CHECK_PAGE = f"/assets/raw/collector_events?view=checks&checkDetail={CHECK}"
LOGIN = {"email": "demo@hostread.example", "password": "demo-hostread"}
# A run is queued, gets a process of its own, judges, builds and publishes: 40 s alone on two cores, and minutes beside a test that
# builds too. It is when to give up, and no bound on how long a run may take.
RUN_SECONDS = 900
# What sensors ask for after the first build.
FIRST_FITS = {"fit_attribution", "fit_saturation"}
POLL_SECONDS = 2


def test_a_bad_raw_row_withholds_the_build_and_the_last_good_marts_are_served(network: Any, page: Page) -> None:
    day = datetime.now(UTC).date() - timedelta(days=1)
    client = requests.Session()
    assert client.post(f"{network.api}/v1/sessions", json=LOGIN, timeout=60).status_code == 201
    wait_for_the_first_fits(network)
    good = answer(network, client, "/v1/builds/current")
    assert not good["build"]["is_stale"]
    path = f"/v1/campaigns/{answer(network, client, '/v1/campaigns')['items'][0]['campaign_id']}/analytics"
    figures, served = answer(network, client, path), marts(network)

    open_asset_graph(network, page)
    plant(network, day)
    run = backfill(network, page, day)

    assert run["status"] == "FAILURE"
    ended = {step["stepKey"]: step["status"] for step in run["stepStats"]}
    assert ended.get("raw__collector_events") == "SUCCESS", run
    withheld = ("warehouse_models", "marts__builds")
    assert {ended.get(step, "SKIPPED") for step in withheld} == {"SKIPPED"}, ended
    see_check(network, page, "Failed")
    expect(page.get_by_text("This is a blocking asset check")).to_be_visible()
    expect(page.get_by_text("1 of 1 rows are not as expected")).to_be_visible()
    assert marts(network) == served

    reason = f"a newer build was held back: raw.collector_events: {CHECK}"
    stale = {**good["build"], "is_stale": True, "stale_reason": reason}
    assert answer(network, client, "/v1/builds/current")["build"] == stale
    assert answer(network, client, path) == {**figures, "build": stale}
    sign_in(network, page)
    expect(page.locator("[data-stale]")).to_contain_text(reason)
    expect(page.locator("[data-stale]")).to_contain_text(stale["build_id"][:8])

    mend(network)
    assert backfill(network, page, day)["status"] == "SUCCESS"
    see_check(network, page, "Passed")
    fresh = answer(network, client, "/v1/builds/current")["build"]
    assert (fresh["is_stale"], fresh["stale_reason"]) == (False, None)
    assert fresh["build_id"] != stale["build_id"]
    page.goto(f"{network.api}/")
    expect(page.get_by_text(f"Build {fresh['build_id'][:8]}").first).to_be_visible()
    expect(page.locator("[data-stale]")).to_have_count(0)


def open_asset_graph(network: Any, page: Page) -> None:
    """Lineage of every group, and one table within it, opened by its name."""
    page.goto(f"{network.dagster}/asset-groups")
    for group in ("feeds", "hosting", "campaigns", "pixels", "marts_attribution", "marts_downloads", "delivery"):
        expect(page.get_by_text(group, exact=True).first).to_be_visible()
    page.get_by_placeholder("Jump to…").fill("collector_events")
    page.get_by_placeholder("Jump to…").press("Enter")
    expect(page.get_by_text("raw / collector_events")).to_be_visible()
    expect(page.get_by_text("One row per event as a sponsor's site sent it")).to_be_visible()


def wait_for_the_first_fits(network: Any) -> None:
    """What is published first is fitted by runs that sensors ask for; from then on nothing but a build changes a mart."""
    deadline = time.monotonic() + RUN_SECONDS
    while not {run["jobName"] for run in runs(network) if run["status"] == "SUCCESS"} >= FIRST_FITS:
        assert time.monotonic() < deadline, f"waited {RUN_SECONDS} s in vain for the first fits: {runs(network)}"
        time.sleep(POLL_SECONDS)


def backfill(network: Any, page: Page, day: date) -> dict[str, Any]:
    """Launch the day from the job's page of partitions, as a person does; the run, when it has ended."""
    before = {run["runId"] for run in runs(network)}
    page.goto(f"{network.dagster}{JOB}")
    page.get_by_role("button", name="Materialize").first.click()
    chosen = page.get_by_placeholder("No matching partitions")
    chosen.fill(day.isoformat())
    chosen.press("Enter")
    expect(page.get_by_text("1 partition", exact=True)).to_be_visible()
    page.get_by_role("button", name="Launch 1 run").click()
    tag = {"key": "dagster/partition", "value": day.isoformat()}
    deadline = time.monotonic() + RUN_SECONDS
    while True:
        # Sensors look at alerts and at mail that is due meanwhile, by runs of their own.
        new = [run for run in runs(network) if run["runId"] not in before and tag in run["tags"]]
        if new and new[0]["status"] in ("SUCCESS", "FAILURE", "CANCELED"):
            break
        assert time.monotonic() < deadline, f"waited {RUN_SECONDS} s in vain for the run of {day}: {new}"
        time.sleep(POLL_SECONDS)
    (run,) = new
    assert run["jobName"] == "build_marts"
    return run


def see_check(network: Any, page: Page, verdict: str) -> None:
    """The check's own page says what became of its latest execution."""
    page.goto(f"{network.dagster}{CHECK_PAGE}")
    expect(page.get_by_text("Latest execution")).to_be_visible()
    expect(page.get_by_text("Evaluation result").locator("xpath=../..").get_by_text(verdict, exact=True).first).to_be_visible()


def sign_in(network: Any, page: Page) -> None:
    page.goto(f"{network.api}/login")
    page.get_by_label("E-mail").fill(LOGIN["email"])
    page.get_by_label("Password").fill(LOGIN["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{network.api}/")


def plant(network: Any, day: date) -> None:
    """One event of `day` whose name is blank: the collector refuses such, so somebody wrote it past the collector."""
    with psycopg.connect(network.database_url, options="-c role=hostread_collector") as connection:
        connection.execute(
            "insert into raw.collector_events (tenant_id, site_id, received_at, message_id, kind, event_name, anonymous_id, "
            "body_sha256, run_id) select tenant_id, site_id, %s::timestamptz, 'planted', 'track', ' ', 'nobody', body_sha256, "
            "'planted' from raw.collector_events limit 1",
            [f"{day} 12:00:00Z"],
        )


def mend(network: Any) -> None:
    """Its owner takes the row away; the pipeline itself never deletes what came in."""
    with psycopg.connect(network.database_url, options="-c role=hostread_collector") as connection:
        assert connection.execute("delete from raw.collector_events where run_id = 'planted'").rowcount == 1


def marts(network: Any) -> list[tuple[Any, ...]]:
    """What readers are served: every published build, and a digest of the credits."""
    digest = "(select md5(string_agg(c::text, '|' order by c::text)) from marts.attribution_credits as c)"
    found: list[tuple[Any, ...]] = network.rows(f"select build_id, published_at, {digest} from marts.builds order by published_at")
    return found


def runs(network: Any) -> list[dict[str, Any]]:
    """Every run that Dagster knows, the newest first."""
    query = "{ runsOrError { ... on Runs { results { runId jobName status tags { key value } stepStats { stepKey status } } } } }"
    found: list[dict[str, Any]] = network.graphql(query)["runsOrError"]["results"]
    return found


def answer(network: Any, client: requests.Session, path: str) -> dict[str, Any]:
    got = client.get(f"{network.api}{path}", timeout=60)
    assert got.status_code == 200, got.text
    body: dict[str, Any] = got.json()
    return body
