"""Schedules of reports: set, changed, paused; what was sent; links in mails; bounces; and who may not send yet."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from api.mail.links import DownloadLink, Links
from api.settings import ApiSettings

SECRET = "s" * 32


def entry(account: Any, **more: Any) -> dict[str, Any]:
    return {"sponsor_id": account.sponsor_id, "recipients": ["jane@acme.com"], "timezone": "Europe/Berlin", **more}


def made(account: Any, **more: Any) -> dict[str, Any]:
    answer = account.http.post("/v1/report-schedules", json=entry(account, **more))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def mailed(url: str, account: Any, schedule_id: str, recipients: list[str], status: str = "sent") -> tuple[str, dict[str, str]]:
    """A message of the schedule with a finished report, as the delivery leaves it: (issue, delivery by recipient)."""
    with psycopg.connect(url) as owner:
        row = owner.execute(
            "insert into ops.report_issues "
            "(tenant_id, schedule_id, sponsor_id, cadence, period_start, period_end, status, ready_at) "
            "values (%s, %s, %s, 'weekly', '2026-11-09', '2026-11-15', 'ready', now()) returning issue_id",
            [account.tenant_id, schedule_id, account.sponsor_id],
        ).fetchone()
        assert row is not None
        report = account.report["report_id"]
        owner.execute("update app.reports set status = 'succeeded', finished_at = now() where report_id = %s", [report])
        owner.execute(
            "insert into app.report_files (tenant_id, report_id, format, filename, media_type, content, sha256) "
            "values (%s, %s, 'pdf', 'spring.pdf', 'application/pdf', '%%PDF', 'abc')",
            [account.tenant_id, report],
        )
        owner.execute(
            "insert into ops.issue_reports values (%s, %s, %s, %s)", [account.tenant_id, row[0], account.campaign_id, report]
        )
        deliveries = {}
        for number, recipient in enumerate(recipients):
            made_row = owner.execute(
                "insert into ops.deliveries (tenant_id, sponsor_id, issue_id, recipient, message_id, status, sent_at) "
                "values (%s, %s, %s, %s, %s, %s, now()) returning delivery_id",
                [account.tenant_id, account.sponsor_id, row[0], recipient, f"hostread.{number:040}", status],
            ).fetchone()
            assert made_row is not None
            deliveries[recipient] = str(made_row[0])
        return str(row[0]), deliveries


def test_schedules_are_one_a_sponsor_and_cadence_and_say_what_comes(account: Any) -> None:
    weekly = made(account, send_hour=7)
    assert weekly["next_send_at"] > datetime.now(UTC).isoformat()
    assert account.http.post("/v1/report-schedules", json=entry(account)).status_code == 409
    ended = made(account, cadence="campaign_end", days_after_end=14)
    assert ended["next_send_at"] is None
    made(account, cadence="monthly")
    assert [one["cadence"] for one in account.http.get("/v1/report-schedules").json()["items"]] == [
        "monthly", "campaign_end", "weekly",
    ]  # fmt: skip
    for bad in (
        {"recipients": []}, {"recipients": ["not an address"]}, {"timezone": "Mars/Olympus"}, {"send_hour": 24},
        {"recipients": ["a@b.com\r\nBcc: c@d.com"]}, {"cadence": "daily"}, {"days_after_end": -1},
    ):  # fmt: skip
        assert account.http.post("/v1/report-schedules", json=entry(account) | bad).status_code == 422, bad


def test_a_schedule_names_the_kinds_that_its_messages_carry(account: Any, published: str, database_url: str) -> None:
    """The fault: a kind that has no subject in a message of this cadence, which would hold every message back."""
    assert published
    weekly = made(account, kinds=["network", "campaign", "network"])
    assert weekly["kinds"] == ["campaign", "network"] and made(account, cadence="monthly")["kinds"] == ["campaign"]
    with psycopg.connect(database_url) as owner:
        owner.execute("update app.campaigns set status = 'active' where campaign_id = %s", [account.campaign_id])
    path = f"/v1/report-schedules/{weekly['schedule_id']}"
    preview = account.http.get(f"{path}/preview")
    assert preview.status_code == 200, preview.text
    assert "All campaigns\n" in preview.json()["text"]
    assert account.http.patch(path, json={"kinds": ["network"]}).json()["kinds"] == ["network"]
    assert account.http.get(f"{path}/preview").json()["subject"].startswith("ours sponsor: weekly report")
    for bad in (["post_campaign"], [], ["value_review"]):
        assert account.http.patch(path, json={"kinds": bad}).status_code == 422, bad
    assert (
        account.http.post("/v1/report-schedules", json=entry(account, cadence="campaign_end", kinds=["network"])).status_code == 422
    )


def test_a_schedule_is_changed_paused_resumed_and_deleted(account: Any, database_url: str) -> None:
    """A pause must stop what waits, and its end must not bring back what fell due meanwhile."""
    path = f"/v1/report-schedules/{made(account)['schedule_id']}"
    issue, _ = mailed(database_url, account, path.rpartition("/")[2], ["jane@acme.com", "joe@acme.com"], "pending")
    changed = account.http.patch(path, json={"send_hour": 9, "recipients": ["jane@acme.com"]}).json()
    assert changed["send_hour"] == 9 and changed["timezone"] == "Europe/Berlin"
    states = {m["recipient"]: m["status"] for m in account.http.get(f"/v1/report-deliveries/{issue}").json()["mails"]}
    assert states == {"jane@acme.com": "pending", "joe@acme.com": "suppressed"}, "who is no recipient any more gets nothing"
    paused = account.http.patch(path, json={"is_active": False}).json()
    assert paused["is_active"] is False and paused["next_send_at"] is None
    mails = account.http.get(f"/v1/report-deliveries/{issue}").json()["mails"]
    assert {m["reason"] for m in mails} == {"the schedule was paused", "not a recipient any more"}
    resumed = account.http.patch(path, json={"is_active": True}).json()
    assert resumed["active_since"] > paused["active_since"]
    assert account.http.patch(path, json={"nothing": 1}).status_code == 422
    assert account.http.delete(path).status_code == 204
    assert account.http.delete(path).status_code == 404
    assert account.http.get("/v1/report-deliveries").json()["items"][0]["issue_id"] == issue, "the history stays"


def test_another_accounts_schedule_is_not_there(account: Any, stranger: Any, database_url: str) -> None:
    schedule = made(stranger)["schedule_id"]
    issue, _ = mailed(database_url, stranger, schedule, ["jane@acme.com"])
    for method, path in (
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/preview"), ("POST", "/send-to-me"),
    ):  # fmt: skip
        answer = account.http.request(method, f"/v1/report-schedules/{schedule}{path}", json={} if method == "PATCH" else None)
        assert answer.status_code in (404, 409), (method, path, answer.text)
    assert account.http.get(f"/v1/report-deliveries/{issue}").status_code == 404
    assert account.http.post(f"/v1/report-deliveries/{issue}/corrections").status_code == 404
    assert account.http.get("/v1/report-deliveries").json()["items"] == []


def test_a_correction_is_the_next_version(account: Any, database_url: str) -> None:
    issue, _ = mailed(database_url, account, made(account)["schedule_id"], ["jane@acme.com"])
    second = account.http.post(f"/v1/report-deliveries/{issue}/corrections").json()
    assert (second["version"], second["status"], second["period_start"]) == (2, "open", "2026-11-09")
    assert [m["recipient"] for m in second["mails"]] == ["jane@acme.com"]
    assert [r["campaign_id"] for r in second["reports"]] == [account.campaign_id]
    assert account.http.post(f"/v1/report-deliveries/{second['issue_id']}/corrections").status_code == 409


def test_a_file_opens_by_its_link_until_that_ends(account: Any, database_url: str, anonymous: httpx.Client) -> None:
    _, deliveries = mailed(database_url, account, made(account)["schedule_id"], ["jane@acme.com"])
    links = Links("", SECRET)
    until = datetime.now(UTC) + timedelta(days=1)
    link = DownloadLink(account.tenant_id, UUID(deliveries["jane@acme.com"]), UUID(account.report["report_id"]), "pdf", until)
    answer = anonymous.get(links.download(link))
    assert answer.status_code == 200 and answer.content == b"%PDF"
    assert answer.headers["cache-control"] == "private, no-store"
    over = DownloadLink(link.tenant_id, link.delivery_id, link.report_id, "pdf", datetime.now(UTC) - timedelta(seconds=1))
    assert anonymous.get(links.download(over)).status_code == 404
    foreign = DownloadLink(link.tenant_id, link.delivery_id, UUID(int=5), "pdf", until)
    assert anonymous.get(links.download(foreign)).status_code == 404
    assert anonymous.get(Links("", "t" * 32).download(link)).status_code == 404


def test_one_post_unsubscribes_and_looking_at_the_page_does_not(account: Any, database_url: str, anonymous: httpx.Client) -> None:
    """RFC 8058: no cookie, no form token, no question; and a program that opens links must end nothing."""
    _, deliveries = mailed(database_url, account, made(account)["schedule_id"], ["jane@acme.com"], "pending")
    path = Links("", SECRET).unsubscribe(account.tenant_id, UUID(deliveries["jane@acme.com"]))
    assert "sends reports to jane@acme.com" in anonymous.get(path).text
    assert account.http.get("/v1/mail-suppressions").json()["items"] == []
    done = anonymous.post(path, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200 and "no more reports" in done.text
    [one] = account.http.get("/v1/mail-suppressions").json()["items"]
    assert (one["address"], one["reason"]) == ("jane@acme.com", "unsubscribed")
    assert account.http.get("/v1/report-deliveries").json()["items"][0]["mails"][0]["status"] == "suppressed"
    assert account.http.delete(f"/v1/mail-suppressions/{one['suppression_id']}").status_code == 409, "the person alone undoes it"
    assert "again" in anonymous.post(f"{path}/undo").text
    assert account.http.get("/v1/mail-suppressions").json()["items"] == []
    assert anonymous.post("/unsubscribe/made-up").status_code == 404


def test_a_bounce_marks_its_delivery_and_a_bad_address_gets_nothing_more(account: Any, stranger: Any, database_url: str) -> None:
    mailed(database_url, account, made(account)["schedule_id"], ["jane@acme.com"])
    content = (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\n"
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <hostread.{0:040}@hostread.example>\r\n\r\n--b--\r\n"
    )
    headers = {"Content-Type": "message/rfc822"}
    assert stranger.http.post("/v1/mail-bounces", content=content, headers=headers).status_code == 404
    noted = account.http.post("/v1/mail-bounces", content=content, headers=headers)
    assert noted.json() == {"kind": "bounced", "status": "5.1.1", "is_suppressed": True}
    [issue] = account.http.get("/v1/report-deliveries").json()["items"]
    assert (issue["mails"][0]["status"], issue["mails"][0]["answer"]) == ("bounced", "5.1.1")
    [one] = account.http.get("/v1/mail-suppressions").json()["items"]
    assert one["reason"] == "bounced"
    assert account.http.delete(f"/v1/mail-suppressions/{one['suppression_id']}").status_code == 204
    assert account.http.post("/v1/mail-bounces", content="Subject: hello\r\n\r\n", headers=headers).status_code == 422


def test_an_address_is_suppressed_by_hand_and_lifted(account: Any) -> None:
    entered = account.http.post("/v1/mail-suppressions", json={"address": "Left@acme.com"})
    assert entered.status_code == 201 and entered.json()["address"] == "left@acme.com"
    again = account.http.post("/v1/mail-suppressions", json={"address": "left@acme.com"}).json()
    assert again["suppression_id"] == entered.json()["suppression_id"]
    assert account.http.delete(f"/v1/mail-suppressions/{again['suppression_id']}").status_code == 204


@pytest.fixture
def with_mail(database_url: str, serve: Callable[[ApiSettings], str], tools: SimpleNamespace, mailbox: Any) -> str:
    return serve(tools.settings_for(database_url, smtp_url=mailbox.url))


def test_who_has_not_confirmed_an_address_sends_no_mail_to_others(account: Any, with_mail: str, database_url: str) -> None:
    """Anybody can register: until the address is confirmed nobody may have reports sent to strangers, by page, API or key."""
    http = httpx.Client(base_url=with_mail, headers=account.http.headers, timeout=60)
    refused = http.post("/v1/report-schedules", json=entry(account))
    assert refused.status_code == 403 and "not confirmed" in refused.json()["detail"]
    with psycopg.connect(database_url) as owner:
        owner.execute("update app.logins set verified_at = now() where email = %s", [account.email])
    schedule = http.post("/v1/report-schedules", json=entry(account)).json()
    asked = http.post(f"/v1/report-schedules/{schedule['schedule_id']}/send-to-me")
    assert asked.status_code == 202 and asked.json()["recipients"] == [account.email]
    with psycopg.connect(database_url) as owner:
        owner.execute("update app.logins set verified_at = null where email = %s", [account.email])
    path = f"/v1/report-schedules/{schedule['schedule_id']}"
    assert http.patch(path, json={"recipients": ["other@acme.com"]}).status_code == 403
    assert http.patch(path, json={"is_active": False}).status_code == 200, "a pause is always allowed"
    http.close()


def test_without_a_mail_server_nothing_is_sent_to_me(account: Any) -> None:
    answer = account.http.post(f"/v1/report-schedules/{made(account)['schedule_id']}/send-to-me")
    assert answer.status_code == 409 and "HOSTREAD_SMTP_URL" in answer.json()["detail"]
