"""Reports: queued once, followed, downloaded with their trace."""

from typing import Any

import psycopg

CONTENT = b"%PDF-1.7 \x00 rest"


def finish(url: str, report_id: str, tenant_id: int) -> None:
    with psycopg.connect(url) as owner:
        owner.execute("update app.reports set status = 'succeeded', finished_at = now() where report_id = %s", [report_id])
        owner.execute(
            "insert into app.report_files (tenant_id, report_id, format, filename, media_type, content, sha256) "
            "values (%s, %s, 'pdf', %s, 'application/pdf', %s, 'abc')",
            [tenant_id, report_id, 'Spring "x"\r\nSet-Cookie: a=b.pdf', CONTENT],
        )


def test_a_report_is_requested_followed_and_downloaded(account: Any, database_url: str) -> None:
    report_id = account.report["report_id"]
    assert account.report["status"] == "requested" and account.report["is_final"] is True, "the flight is over"
    again = account.http.post("/v1/reports", json={"campaign_id": account.campaign_id})
    assert again.status_code == 202 and again.json()["report_id"] == report_id, "one that waits is enough"
    assert again.headers["location"] == f"/v1/reports/{report_id}"
    waiting = account.http.get(f"/v1/reports/{report_id}/files/pdf")
    assert waiting.status_code == 409
    finish(database_url, report_id, account.tenant_id)
    assert account.http.get(f"/v1/reports/{report_id}").json()["formats"] == ["pdf"]
    file = account.http.get(f"/v1/reports/{report_id}/files/pdf")
    assert file.content == CONTENT and file.headers["content-type"] == "application/pdf"
    assert "set-cookie" not in file.headers and file.headers["content-disposition"].count('"') == 2
    assert account.http.get(f"/v1/reports/{report_id}/files/pdf", headers={"If-None-Match": '"abc"'}).status_code == 304
    assert account.http.get(f"/v1/reports/{report_id}/files/xlsx").status_code == 404
    assert account.http.get(f"/v1/reports/{report_id}/files/exe").status_code == 422
    with psycopg.connect(database_url) as owner:
        row = owner.execute("select count(*) from app.product_events where event_name = 'report.downloaded'").fetchone()
    assert row == (1,)
    assert account.http.post("/v1/reports", json={"campaign_id": account.campaign_id}).json()["report_id"] != report_id
