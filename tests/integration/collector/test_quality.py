"""received = accepted + quarantined + refused, by site and hour; and what a page numbered and never arrived (section 9)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from orchestration.build import BuildOutcome, run_build
from orchestration.replay import replay_collector

KEY, OTHER_KEY = "hrw_integration_0000000000", "hrw_other_tenant_000000000"
Collector = Any
HOUR_BACK = (
    "update raw.collector_receipts set minute_at = minute_at - interval '1 hour'",
    "update raw.collector_events set received_at = received_at - interval '1 hour', sent_at = sent_at - interval '1 hour', "
    "client_at = client_at - interval '1 hour'",
    "update raw.quarantine set quarantined_at = quarantined_at - interval '1 hour'",
)


# What is read here and what a publication compares: half of a build's nodes. A check is made where all that it reads is.
READ = (
    "attribution_rules", "attribution_touches", "campaign_attribution_daily", "collection_quality", "conversion_fraud",
    "episode_downloads_daily", "identity_links",
)  # fmt: skip


@pytest.fixture
def build(
    database_url: str, dbt_targets: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, narrowed: Callable[..., None]
) -> Callable[..., BuildOutcome]:
    narrowed(monkeypatch, READ)
    return lambda mode="incremental": run_build(database_url, "quality", mode, dbt_targets(database_url))


def page(message_id: str, sequence: int, is_last: bool = False, **more: Any) -> dict[str, Any]:
    numbered = {"page_id": "p1", "sequence": sequence, "is_last": is_last, "sdk_version": "1"}
    return {"type": "page", "messageId": message_id, "anonymousId": "a", "context": {"hostread": numbered}, **more}


def send(collector: Collector, *events: dict[str, Any], key: str = KEY, **headers: str) -> int:
    body = json.dumps({"batch": events, "writeKey": key, "sentAt": "2026-06-01T00:00:10Z"})
    answer = collector.client.post("/v1/batch", content=body, headers={"content-type": "application/json", **headers})
    return int(answer.status_code)


def quality(database_url: str, tenant_id: int) -> list[dict[str, Any]]:
    with psycopg.connect(database_url, row_factory=dict_row, options="-c role=hostread_reader") as connection:
        connection.execute("select set_config('hostread.tenant_id', %s, true)", [str(tenant_id)])
        return connection.execute("select * from marts.collection_quality order by hour_at").fetchall()


def test_what_was_received_is_accepted_quarantined_or_refused_and_loss_is_known(
    collector: Collector, database_url: str, build: Callable[..., BuildOutcome]
) -> None:
    late = {"timestamp": "2026-06-01T00:00:00Z"}
    assert send(collector, page("1", 1, **late), page("2", 2, **late), page("5", 5, is_last=True, **late)) == 200
    assert send(collector, page("1", 1, **late), page("2", 2, **late)) == 200  # a retry
    assert send(collector, page("1", 1, properties={"other": "body"})) == 200  # the id of another body
    assert send(collector, {"type": "track", "messageId": "poison"}) == 200  # who did it, and what?
    assert send(collector, page("x", 1), key=OTHER_KEY, origin="https://elsewhere.example") == 403
    assert collector.refusals(1) == {"origin_not_allowed": 1}
    with psycopg.connect(database_url) as connection:
        for statement in HOUR_BACK:
            connection.execute(statement.encode())
    assert build().status == "published"
    (earlier,) = quality(database_url, 1)
    counts = {name: earlier[name] for name in ("accepted_count", "quarantined_count", "refused_count", "duplicate_count")}
    assert counts == {"accepted_count": 5, "quarantined_count": 2, "refused_count": 0, "duplicate_count": 2}
    assert earlier["received_count"] == 7
    assert (earlier["page_count"], earlier["unclosed_page_count"], earlier["numbered_count"], earlier["lost_count"]) == (1, 0, 5, 2)
    assert (earlier["is_loss_alert"], earlier["is_delay_alert"]) == (True, True)
    assert earlier["delay_p95_s"] == pytest.approx(10)
    (other,) = quality(database_url, 2)
    assert (other["received_count"], other["refused_count"]) == (1, 1)

    # A year's history that is sent on purpose is no delay of the way here.
    old = {"anonymousId": "h", "timestamp": "2025-06-01T00:00:00Z"}
    assert send(collector, *({"type": "page", "messageId": f"h{number}", **old} for number in range(3)), key=OTHER_KEY) == 200
    # One of the missing arrives after all, in the next hour and build; another page is whole.
    assert send(collector, page("3", 3), {**page("6", 1, is_last=True), "anonymousId": "b"} | {"context": {}}) == 200
    assert build().status == "published"
    first, second = quality(database_url, 1)
    assert (first["numbered_count"], first["lost_count"], second["accepted_count"], second["page_count"]) == (5, 1, 2, 0)
    other = quality(database_url, 2)[-1]
    assert (other["accepted_count"], other["historical_count"], other["delay_p95_s"], other["is_delay_alert"]) == (
        3,
        3,
        None,
        False,
    )
    incremental = [quality(database_url, tenant_id) for tenant_id in (1, 2)]
    assert build("full").status == "published"
    assert [quality(database_url, tenant_id) for tenant_id in (1, 2)] == incremental

    # What is used after a fix is accepted in the hour that it came in.
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "update raw.quarantine set original = replace(convert_from(original, 'UTF8'), '\"track\"', "
            '\'"track","userId":"u","event":"Known"\')::bytea where reason_code <> \'message_id_conflict\''
        )
    assert replay_collector(database_url, "replay").landed == 1
    assert build().status == "published"
    assert (quality(database_url, 1)[0]["accepted_count"], quality(database_url, 1)[0]["quarantined_count"]) == (6, 1)

    # An acknowledged event that is not there any more holds the build, and is named.
    with psycopg.connect(database_url) as connection:
        assert connection.execute("delete from raw.collector_events where message_id = '6'").rowcount == 1
    held = build("full")
    assert held.status == "held"
    assert [check["name"] for check in held.failed_checks] == ["collection_receives_what_it_keeps"]
