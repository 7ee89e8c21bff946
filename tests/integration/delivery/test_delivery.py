"""Reports of a week from the schedule to the recipient's mailbox, through the Dagster assets and a real SMTP server."""

import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

import dagster as dg
import psycopg
import pypdf
import pytest

from api.marts.campaigns import campaign_analytics
from api.marts.roi import campaign_roi
from api.marts.warehouse import Warehouse
from api.reports.formats import money
from assets.delivery.assets import report_mails, reports
from assets.delivery.outbox import Mailer, send_pending
from assets.delivery.queue import prepare_reports
from assets.lib.clock import now
from assets.lib.warehouse import WarehouseUrl

Queued = Callable[[str], None]
RUNNING = UUID("c0000000-0000-4000-8000-000000000001")
builds = dg.AssetSpec(["marts", "builds"])


def run(url: str, smtp_url: str | None, **more: Any) -> dg.ExecuteInProcessResult:
    resources = {
        "warehouse": dg.ResourceDefinition.hardcoded_resource(WarehouseUrl(url, "secret")),
        "mailer": dg.ResourceDefinition.hardcoded_resource(Mailer(smtp_url, "reports@hostread.example")),
    }
    return dg.materialize([reports, report_mails, builds], resources=resources, selection=[reports, report_mails], **more)


def deliveries(url: str) -> dict[str, tuple[str, str | None]]:
    with psycopg.connect(url) as owner:
        rows = owner.execute("select recipient, status, last_error from ops.deliveries").fetchall()
    return {recipient: (status, error) for recipient, status, error in rows}


def held_reasons(url: str) -> list[str | None]:
    with psycopg.connect(url) as owner:
        return [reason for (reason,) in owner.execute("select held_reason from ops.report_issues").fetchall()]


def test_the_weekly_run_mails_one_message_once_and_its_figures_are_those_of_the_api(sponsor_url: str, mailbox: Any) -> None:
    assert run(sponsor_url, mailbox.url).success
    assert held_reasons(sponsor_url) == [None], "figures that add up are not held"
    [(recipient, message)] = mailbox.messages
    assert recipient == "jane@sponsor.example"
    assert message["Subject"].startswith("Northwind Coffee: weekly report, ")
    attachments = list(message.iter_attachments())
    assert [one.get_content_type() for one in attachments] == ["application/pdf"] * 2, (
        "the running campaign and the one that is over"
    )
    texts = ["\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(a.get_content())).pages) for a in attachments]
    text = next(text for text in texts if "Running" in text)
    with Warehouse(sponsor_url) as warehouse, warehouse.tenant(1) as reader:
        analytics, roi = campaign_analytics(reader, RUNNING, live=False), campaign_roi(reader, RUNNING)
    p = analytics.performance
    expected = [f"{p.ads_delivered:,}", money(p.spend.amount, "USD"), money(p.revenue.amount, "USD"), str(analytics.build.build_id)]
    expected += [money(row.revenue.amount, "USD") for row in roi.rows] + [f"{row.roas:,.2f}×" for row in roi.rows if row.roas]
    assert [words for words in expected if words not in text] == []
    body = message.get_body(("plain",))
    assert body
    assert f"Revenue: {money(p.revenue.amount, 'USD')}" in body.get_content()

    assert run(sponsor_url, mailbox.url).success
    assert len(mailbox.messages) == 1, "a second run of the same week sends nothing"
    with psycopg.connect(sponsor_url) as owner:
        assert owner.execute("select count(*) from app.reports").fetchone() == (2,)
        assert owner.execute("select status from app.campaigns where name = 'Over'").fetchone() == ("completed",)


def test_a_refused_recipient_is_marked_and_the_others_are_reached(sponsor_url: str, mailbox: Any) -> None:
    from_people = ["gone@sponsor.example", "jane@sponsor.example", "x@y.example\r\nBcc: all@sponsor.example", "not an address"]
    with psycopg.connect(sponsor_url) as owner:
        owner.execute("update app.report_schedules set recipients = %s", [from_people])
    mailbox.answers["gone@sponsor.example"] = ["550 5.1.1 no such user"]
    assert run(sponsor_url, mailbox.url).success
    states = deliveries(sponsor_url)
    assert states["jane@sponsor.example"] == ("sent", None)
    assert states["gone@sponsor.example"] == ("failed", "550 5.1.1 no such user")
    assert states[from_people[2]][0] == "failed"
    assert "expected one plain e-mail address" in (states["not an address"][1] or "")
    assert {recipient for recipient, _ in mailbox.messages} == {"jane@sponsor.example"}


def test_without_a_mail_server_deliveries_wait_and_say_why(sponsor_url: str, mailbox: Any) -> None:
    assert run(sponsor_url, None).success
    assert {status for status, _ in deliveries(sponsor_url).values()} == {"pending"}
    assert all("HOSTREAD_SMTP_URL" in (error or "") for _, error in deliveries(sponsor_url).values())
    assert run(sponsor_url, mailbox.url).success
    assert len(mailbox.messages) == 1


def test_what_the_server_puts_off_is_sent_later_in_the_same_run(sponsor_url: str, mailbox: Any, queued: Queued) -> None:
    queued(sponsor_url)
    mailbox.answers["jane@sponsor.example"] = ["451 4.7.1 greylisted", "250 OK"]
    waits: list[float] = []
    outcome = send_pending(sponsor_url, Mailer(mailbox.url, "reports@hostread.example"), waits.append)
    assert outcome.counts == {"sent": 1}
    assert len(waits) == 1
    with psycopg.connect(sponsor_url) as owner:
        assert owner.execute("select sum(attempt_count) from ops.deliveries").fetchone() == (2,)


def test_a_message_that_ends_the_session_keeps_no_other(sponsor_url: str, mailbox: Any, queued: Queued) -> None:
    with psycopg.connect(sponsor_url) as owner:
        owner.execute("update app.report_schedules set recipients = %s", [["poison@sponsor.example", "jane@sponsor.example"]])
    queued(sponsor_url)
    mailbox.hang_up_on = "poison@sponsor.example"
    outcome = send_pending(sponsor_url, Mailer(mailbox.url, "reports@hostread.example"), lambda _: None)
    assert outcome.counts == {"sent": 1, "pending": 1}
    assert outcome.problem


def test_a_server_that_is_away_fails_the_asset_and_loses_nothing(
    sponsor_url: str, mailbox: Any, queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(sponsor_url)
    outcome = send_pending(sponsor_url, Mailer("smtp://127.0.0.1:9", "reports@hostread.example"), lambda _: None)
    assert outcome.counts == {"pending": 1}
    assert "127.0.0.1:9" in (outcome.problem or "")
    assert run(sponsor_url, mailbox.url).success
    assert len(mailbox.messages) == 1


def test_a_repeat_after_a_mailer_died_has_the_same_message_id(sponsor_url: str, mailbox: Any, queued: Queued) -> None:
    queued(sponsor_url)
    mailer = Mailer(mailbox.url, "reports@hostread.example")
    send_pending(sponsor_url, mailer)
    with psycopg.connect(sponsor_url) as owner:
        # As if it had died between the server's answer and its own note.
        owner.execute("update ops.deliveries set status = 'pending', sent_at = null")
    send_pending(sponsor_url, mailer)
    ids = [message["Message-ID"] for _, message in mailbox.messages]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_held_build_holds_the_mail_until_a_good_one(sponsor_url: str, mailbox: Any) -> None:
    with psycopg.connect(sponsor_url) as owner:
        owner.execute(
            "insert into ops.build_attempts (build_id, mode, status, from_xact, to_xact, run_id, finished_at) "
            "values (gen_random_uuid(), 'incremental', 'held', '1000', '1001', 'test', now())"
        )
    assert run(sponsor_url, mailbox.url).success
    assert mailbox.messages == []
    assert {status for status, _ in deliveries(sponsor_url).values()} == {"held"}
    with psycopg.connect(sponsor_url) as owner:
        owner.execute("delete from ops.build_attempts where status = 'held'")
    assert run(sponsor_url, mailbox.url).success
    assert len(mailbox.messages) == 1


def test_a_recipient_who_is_added_gets_the_same_report(sponsor_url: str, mailbox: Any) -> None:
    assert run(sponsor_url, mailbox.url).success
    with psycopg.connect(sponsor_url) as owner:
        owner.execute("update app.report_schedules set recipients = recipients || %s", [["joe@sponsor.example"]])
    assert run(sponsor_url, mailbox.url).success
    assert [recipient for recipient, _ in mailbox.messages] == ["jane@sponsor.example", "joe@sponsor.example"]
    pdfs = [[one.get_content() for one in message.iter_attachments()] for _, message in mailbox.messages]
    assert pdfs[0] == pdfs[1]


def test_a_password_is_not_sent_in_the_clear(
    sponsor_url: str, mailbox: Any, queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(sponsor_url)
    monkeypatch.setattr("api.mail.smtp.Server.is_local", False)
    url = mailbox.url.replace("smtp://", "smtp://user:hunter2@")
    outcome = send_pending(sponsor_url, Mailer(url, "reports@hostread.example"), lambda _: None)
    assert "STARTTLS" in (outcome.problem or "")
    assert "hunter2" not in (outcome.problem or "")
    assert mailbox.messages == []


def test_a_report_that_failed_is_made_anew_by_the_next_run(sponsor_url: str, mailbox: Any) -> None:
    prepare_reports(sponsor_url, now())
    with psycopg.connect(sponsor_url) as owner:
        owner.execute("update app.reports set status = 'failed', error = 'test'")
    assert run(sponsor_url, mailbox.url).success
    assert len(mailbox.messages) == 1


def test_a_login_is_used(sponsor_url: str, mailbox: Any, queued: Queued, mail_server: Any) -> None:
    seen: list[tuple[bytes, bytes]] = []

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        from aiosmtpd.smtp import AuthResult

        seen.append((data.login, data.password))
        return AuthResult(success=True)

    controller = mail_server(mailbox, authenticator=authenticate, auth_require_tls=False, auth_required=True)
    controller.start()
    queued(sponsor_url)
    outcome = send_pending(
        sponsor_url, Mailer(f"smtp://us%40er:p%2Fw@127.0.0.1:{controller.port}", "reports@hostread.example"), lambda _: None
    )
    controller.stop()
    assert outcome.counts == {"sent": 1}
    assert seen[0] == (b"us@er", b"p/w")


@pytest.mark.parametrize(
    ("smtp_url", "sender", "words"),
    [("http://mail", "reports@hostread.example", "HOSTREAD_SMTP_URL"), (None, "Reports <reports@x>", "HOSTREAD_MAIL_FROM")],
)
def test_wrong_settings_say_which_and_keep_the_mail(
    sponsor_url: str, mailbox: Any, queued: Queued, smtp_url: str | None, sender: str, words: str
) -> None:
    queued(sponsor_url)
    outcome = send_pending(sponsor_url, Mailer(smtp_url or mailbox.url, sender), lambda _: None)
    assert words in (outcome.problem or "")
    assert {status for status, _ in deliveries(sponsor_url).values()} == {"pending"}
    assert mailbox.messages == []


def test_a_local_part_that_the_server_cannot_carry_is_refused_alone(sponsor_url: str, mailbox: Any, queued: Queued) -> None:
    with psycopg.connect(sponsor_url) as owner:
        owner.execute("update app.report_schedules set recipients = %s", [["jürgen@sponsor.example", "jane@sponsor.example"]])
    queued(sponsor_url)
    outcome = send_pending(sponsor_url, Mailer(mailbox.url, "reports@hostread.example"), lambda _: None)
    assert outcome.counts in ({"failed": 1, "sent": 1}, {"sent": 2})
    assert "jane@sponsor.example" in {recipient for recipient, _ in mailbox.messages}
