"""The write side: campaigns with their parts, their status, and the traces that every change leaves."""

from types import SimpleNamespace
from typing import Any

import psycopg

from api.campaigns.codes import normalize_code


def events_of(url: str, campaign_id: str) -> list[str]:
    with psycopg.connect(url) as owner:
        rows = owner.execute(
            "select event_name from app.product_events where campaign_id = %s order by occurred_at, event_name", [campaign_id]
        )
        return [name for (name,) in rows]


def test_a_campaign_is_created_whole_and_read_back(account: Any, database_url: str) -> None:
    read = account.http.get(f"/v1/campaigns/{account.campaign_id}").json()
    assert read == account.campaign
    placement, code = read["placements"][0], read["promo_codes"][0]
    assert placement["price"] == {"amount": "25.00", "currency": "USD"}
    assert (placement["flight_start"], placement["flight_end"]) == ("2026-03-01", "2026-04-30"), "the campaign's flight"
    assert (code["code"], code["code_normalized"], code["placement_id"]) == ("Spring-20", "SPRING20", placement["placement_id"])
    assert set(events_of(database_url, account.campaign_id)) >= {
        "campaign.created", "campaign.activated", "attribution.configured", "report.requested",
    }  # fmt: skip
    with psycopg.connect(database_url) as owner:
        maker = owner.execute("select user_id from app.product_events where event_name = 'campaign.created'").fetchone()
        user = owner.execute("select user_id from app.users").fetchone()
    assert maker == user, "what a key creates counts as its maker's: TTFV asks for the user"


def test_a_campaign_that_fails_in_its_last_part_leaves_nothing(account: Any, database_url: str, tools: SimpleNamespace) -> None:
    entry = tools.campaign_entry(account.sponsor_id, account.show_id, utm_campaign="other", name="Half")
    entry["promo_codes"] = [{"code": "FINE", "show_id": account.show_id}, {"code": " -. ", "show_id": account.show_id}]
    entry["placements"] = []
    assert account.http.post("/v1/campaigns", json=entry).status_code == 422
    with psycopg.connect(database_url) as owner:
        assert owner.execute("select count(*) from app.campaigns where name = 'Half'").fetchone() == (0,)
        assert owner.execute("select count(*) from app.promo_codes where code = 'FINE'").fetchone() == (0,)


def test_a_code_is_one_campaigns_per_show_and_time(account: Any, tools: SimpleNamespace) -> None:
    def attempt(code: str, start: str, end: str, show_id: str) -> tuple[int, str]:
        entry = tools.campaign_entry(
            account.sponsor_id, show_id, utm_campaign=f"u-{code}-{start}-{show_id}", flight_start=start, flight_end=end
        )
        entry["placements"][0]["promo_codes"] = [{"code": code}]
        answer = account.http.post("/v1/campaigns", json=entry)
        return answer.status_code, answer.text

    status, text = attempt(" s.p.r.i.n.g 20", "2026-04-30", "2026-05-30", account.show_id)
    assert status == 409 and account.campaign_id in text, "the last day is shared, and the other campaign is named"
    assert attempt("SPRING20", "2026-05-01", "2026-05-30", account.show_id)[0] == 201, "the day after is free"
    other = account.http.post("/v1/shows", json={"title": "b", "feed_url": "https://b.example/f"}).json()["show_id"]
    assert attempt("SPRING20", "2026-03-01", "2026-04-30", other)[0] == 201, "another show's code is another code"


def test_the_write_side_and_the_warehouse_normalise_codes_alike(database_url: str) -> None:
    codes = ["pod-20", " Pod 20 ", "ＰＯＤ２０", "p.o.d–2−0", "straße", "ǆ", "Ünï", "a\u00a0b\u2009c", "ﬁve", "ısı", "- .", "👍-x"]
    with psycopg.connect(database_url) as owner:
        for code in codes:
            row = owner.execute("select coalesce(ops.normalized_code(%s), '')", [code]).fetchone()
            assert row == (normalize_code(code),), code


def test_changes_are_kept_and_parts_added(account: Any, database_url: str) -> None:
    change = {"name": "Spring, longer", "flight_end": "2026-05-31", "promo_codes": [{"code": "NEW", "show_id": account.show_id}]}
    answer = account.http.patch(f"/v1/campaigns/{account.campaign_id}", json=change).json()
    assert (answer["name"], answer["flight_end"], answer["utm_campaign"]) == ("Spring, longer", "2026-05-31", "spring")
    assert {code["code_normalized"] for code in answer["promo_codes"]} == {"SPRING20", "NEW"}
    assert answer["updated_at"] > account.campaign["updated_at"]
    assert "campaign.updated" in events_of(database_url, account.campaign_id)
    for bad in ({"flight_end": "2026-01-01"}, {"name": None}, {"name": ""}, {"status": "active"}, {"nonsense": 1}):
        assert account.http.patch(f"/v1/campaigns/{account.campaign_id}", json=bad).status_code == 422, bad
    assert account.http.get(f"/v1/campaigns/{account.campaign_id}").json() == answer


def test_status_follows_its_rules_and_its_history_is_kept(account: Any, database_url: str) -> None:
    path = f"/v1/campaigns/{account.campaign_id}"

    def step(status: str, reason: str = "") -> int:
        return account.http.post(f"{path}/status", json={"status": status, "reason": reason}).status_code

    assert step("draft") == 409 and step("active") == 409
    assert step("paused", "host on holiday") == 200
    assert step("active") == 200
    assert step("completed") == 409, "the final report has not been made"
    with psycopg.connect(database_url) as owner:
        owner.execute("update app.reports set status = 'succeeded', is_final = true")
        owner.execute("update app.campaigns set flight_end = '2026-03-05'")
    assert step("completed") == 200
    assert step("active") == 409
    assert account.http.patch(path, json={"name": "x"}).status_code == 409
    history = account.http.get(f"{path}/status-history").json()["items"]
    assert [(h["from_status"], h["to_status"]) for h in history] == [
        (None, "active"), ("active", "paused"), ("paused", "active"), ("active", "completed"),
    ]  # fmt: skip
    assert history[1]["reason"] == "host on holiday"
    assert events_of(database_url, account.campaign_id).count("campaign.completed") == 1


def test_two_campaigns_of_a_sponsor_do_not_share_a_utm_campaign(account: Any, tools: SimpleNamespace) -> None:
    entry = tools.campaign_entry(account.sponsor_id, account.show_id, placements=[])
    assert account.http.post("/v1/campaigns", json=entry).status_code == 409


def test_prices_have_the_currencys_digits(account: Any, tools: SimpleNamespace) -> None:
    entry = tools.campaign_entry(account.sponsor_id, account.show_id, utm_campaign=None, currency="JPY")
    entry["placements"][0] |= {"price": "2500.5", "promo_codes": []}
    assert account.http.post("/v1/campaigns", json=entry).status_code == 422
    entry["placements"][0]["price"] = "2500"
    made = account.http.post("/v1/campaigns", json=entry).json()
    assert made["placements"][0]["price"] == {"amount": "2500", "currency": "JPY"}


def test_lists_are_paged_without_gap_or_repeat(account: Any) -> None:
    for n in range(5):
        account.http.post("/v1/sponsors", json={"name": f"s{n}"})
    seen, path = [], "/v1/sponsors?limit=2"
    while path:
        answer = account.http.get(path)
        seen += [sponsor["sponsor_id"] for sponsor in answer.json()["items"]]
        path = answer.links.get("next", {}).get("url")
    assert len(seen) == len(set(seen)) == 6
    assert account.http.get("/v1/sponsors?after=nonsense").status_code == 422


def test_a_site_has_a_write_key_and_a_snippet(account: Any) -> None:
    assert account.site["write_key"] in account.site["snippet"]
    assert '"https://collect.example/attribution.js"' in account.site["snippet"]
    listed = account.http.get("/v1/sites").json()["items"]
    assert [site["write_key"] for site in listed] == [account.site["write_key"]]


def test_hostile_text_is_stored_or_refused_never_a_fault(account: Any) -> None:
    for name in ("\u0000", "a\u0000b", "", " ", "x" * 301):
        assert account.http.post("/v1/sponsors", json={"name": name}).status_code == 422, repr(name)
    raw = account.http.post("/v1/sponsors", content=b'{"name": "\\ud800"}', headers={"Content-Type": "application/json"})
    assert raw.status_code == 422
    for body in (b"{", b'{"name": NaN}', b"[]", b"[" * 100_000):
        answer = account.http.post("/v1/sponsors", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422), body[:20]
    name = "'; drop table app.sponsors; -- <script>"
    assert account.http.post("/v1/sponsors", json={"name": name}).json()["name"] == name
    assert account.http.post("/v1/sponsors", content=b'{"name": "' + b"x" * 1_100_000 + b'"}').status_code == 413
