"""What a site embeds and what of it arrived, through the API and under row-level security."""

from typing import Any

import psycopg


def collect(url: str, account: Any, **values: Any) -> None:
    """One committed event, as the collector's role writes it."""
    row = {
        "tenant_id": account.tenant_id, "site_id": account.site["site_id"], "message_id": "m1", "kind": "track",
        "event_name": "purchase", "properties": '{"order_id": "1", "value": 5, "currency": "XYZ"}', "run_id": "test",
    } | values  # fmt: skip
    with psycopg.connect(url) as owner:
        owner.execute(
            f"insert into raw.collector_events (received_at, body_sha256, {', '.join(row)}) "
            f"values (now(), '', {', '.join(['%s'] * len(row))})",
            list(row.values()),
        )


def test_the_set_up_names_the_key_the_collector_and_every_form(account: Any) -> None:
    answer = account.http.get(f"/v1/sites/{account.site['site_id']}/snippet")
    assert answer.status_code == 200
    made = answer.json()
    assert [form["form"] for form in made["forms"]] == ["loader", "tag", "pinned", "tag_manager"]
    assert [guide["platform"] for guide in made["guides"]] == ["page", "shopify", "woocommerce", "tag_manager", "server"]
    assert all(account.site["write_key"] in form["text"] for form in made["forms"])
    assert made["script_url"] == "https://collect.example/attribution.js"
    # The account's currency stands in the examples.
    assert '"USD"' in made["guides"][0]["code"][0]["text"]


def test_nothing_has_arrived_until_something_has(account: Any, database_url: str) -> None:
    path = f"/v1/sites/{account.site['site_id']}/arrivals"
    assert account.http.get(path).json() == {"first_event_at": None, "events": [], "rejections": []}
    collect(database_url, account)
    found = account.http.get(path)
    assert found.headers["cache-control"] == "no-store"
    (event,) = found.json()["events"]
    assert (event["kind"], event["value"], event["currency"]) == ("purchase", "5", "XYZ")
    assert event["problems"] == ["The currency 'XYZ' is no ISO 4217 code as USD: the order counts with no revenue."]
    assert found.json()["first_event_at"] == event["received_at"]


def test_the_newest_ten_of_the_last_hour_are_shown(account: Any, database_url: str) -> None:
    for number in range(12):
        collect(database_url, account, message_id=f"m{number}")
    with psycopg.connect(database_url) as owner:
        owner.execute("update raw.collector_events set received_at = received_at - interval '2 hours' where message_id = 'm11'")
    found = account.http.get(f"/v1/sites/{account.site['site_id']}/arrivals").json()
    assert [event["message_id"] for event in found["events"]] == [f"m{number}" for number in range(10, 0, -1)]


def test_what_was_turned_away_is_told_with_its_reason(account: Any, database_url: str) -> None:
    """Quarantined events by their own reason; refused requests, of which only counts are kept, by what to do."""
    site, tenant = account.site["site_id"], account.tenant_id
    with psycopg.connect(database_url) as owner:
        owner.execute(
            "insert into raw.quarantine (tenant_id, source, reason_code, reason, original, context, run_id) "
            "values (%s, 'collector', 'nul_byte', 'found a NUL', '', jsonb_build_object('site_id', %s::text), 'test')",
            [tenant, site],
        )
        for count in (2, 3):
            owner.execute(
                "insert into raw.collector_refusals (tenant_id, site_id, minute_at, reason_code, refused_count, run_id) "
                "values (%s, %s, now() - interval '5 minutes', 'origin_not_allowed', %s, 'test')",
                [tenant, site, count],
            )
    found = account.http.get(f"/v1/sites/{site}/arrivals").json()["rejections"]
    assert [(one["outcome"], one["reason_code"], one["count"]) for one in found] == [
        ("quarantined", "nul_byte", 1), ("refused", "origin_not_allowed", 5),
    ]  # fmt: skip
    assert found[0]["reason"] == "found a NUL" and "allowed origins" in found[1]["reason"]


def test_another_account_s_site_is_not_there(account: Any, stranger: Any, database_url: str) -> None:
    collect(database_url, account)
    for path in ("snippet", "arrivals"):
        answer = stranger.http.get(f"/v1/sites/{account.site['site_id']}/{path}")
        assert answer.status_code == 404 and answer.json()["type"].endswith("not-found")
    assert stranger.http.get(f"/v1/sites/{stranger.site['site_id']}/arrivals").json()["events"] == []
