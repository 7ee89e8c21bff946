"""The page of a campaign's holdouts: marked, ended on the day that the ad is on again, withdrawn; faults at their fields."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx


def test_a_holdout_is_marked_ended_and_withdrawn_on_its_page(account: Any, published: str, tools: Any) -> None:
    """Without the page a holdout could be marked by hand alone."""
    today = datetime.now(UTC).date()
    path = f"/campaigns/{account.campaign_id}/holdouts"
    entry = {"kind": "time", "starts_on": str(today - timedelta(days=2)), "ends_on": str(today + timedelta(days=9)), "note": "Off"}
    with httpx.Client(base_url=account.http.base_url, follow_redirects=True) as browser:
        said = {"email": account.email, "password": tools.PASSWORD}
        assert browser.post("/v1/sessions", json=said).status_code in (200, 201)
        token = {"csrf_token": browser.get("/v1/me").json()["csrf_token"]}
        assert "No holdout yet" in browser.get(path).text
        turned = browser.post(path, data={**entry, **token, "ends_on": str(today - timedelta(days=9))})
        assert turned.status_code == 422 and 'id="ends_on-error"' in turned.text and "before starts_on" in turned.text
        alone = browser.post(path, data={**entry, **token, "kind": "geo"})
        assert alone.status_code == 422 and 'id="show_id-error"' in alone.text
        marked = browser.post(path, data={**entry, **token})
        assert marked.status_code == 200 and marked.text.count("data-holdout=") == 1 and "End today" in marked.text
        (held,) = account.http.get(f"/v1{path.replace('holdouts', 'lift-holdouts')}").json()["items"]
        one = f"{path}/{held['holdout_id']}"
        assert browser.post(f"{one}/end").status_code == 403, "a form without its session's token"
        ended = browser.post(f"{one}/end", data=token)
        assert ended.status_code == 200 and "End today" not in ended.text and "In use" in ended.text
        (held,) = account.http.get(f"/v1{path.replace('holdouts', 'lift-holdouts')}").json()["items"]
        assert (held["ends_on"], held["withdrawn_at"]) == (str(today), None)
        withdrawn = browser.post(f"{one}/withdraw", data=token)
        assert withdrawn.status_code == 200 and "Withdrawn" in withdrawn.text and ">Withdraw<" not in withdrawn.text


def test_nobody_sees_or_marks_anothers_on_the_page(account: Any, stranger: Any, published: str, tools: Any) -> None:
    path = f"/campaigns/{stranger.campaign_id}/holdouts"
    entry = {"kind": "time", "starts_on": "2026-06-08", "ends_on": "2026-06-14"}
    with httpx.Client(base_url=account.http.base_url, follow_redirects=True) as browser:
        browser.post("/v1/sessions", json={"email": account.email, "password": tools.PASSWORD})
        token = {"csrf_token": browser.get("/v1/me").json()["csrf_token"]}
        assert browser.get(path).status_code == 404
        assert browser.post(path, data={**entry, **token}).status_code == 404
    assert stranger.http.get(f"/v1{path.replace('holdouts', 'lift-holdouts')}").json()["items"] == []
