"""What schedules owe, the gate before the mails, previews, partitions, and mail that nobody wants any more."""

import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import dagster as dg
import psycopg
import pytest
from click.testing import CliRunner

from api.mail.links import Links
from api.marts.figures import campaign_figures
from api.marts.warehouse import Warehouse
from assets.delivery.assets import PERIODS, SPONSORS, report_mails, reports, sponsor_reports
from assets.delivery.due import partitions, work_due
from assets.delivery.held_mail import send_held_mails
from assets.delivery.outbox import Mailer, send_pending
from assets.delivery.proofs import figure_faults
from assets.delivery.queue import prepare_reports
from assets.delivery.returned import take_folder
from assets.lib.clock import now
from assets.lib.warehouse import WarehouseUrl

SPONSOR = "a0000000-0000-4000-8000-000000000001"
RUNNING = UUID("c0000000-0000-4000-8000-000000000001")
LINKS = Links("https://reports.example", "s" * 32)
builds = dg.AssetSpec(["marts", "builds"])


def resources(url: str, mailbox: Any) -> dict[str, dg.ResourceDefinition]:
    mailer = Mailer(mailbox.url, "reports@hostread.example", LINKS)
    return {
        "warehouse": dg.ResourceDefinition.hardcoded_resource(WarehouseUrl(url, "secret")),
        "mailer": dg.ResourceDefinition.hardcoded_resource(mailer),
    }


def run(url: str, mailbox: Any) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [reports, report_mails, builds], resources=resources(url, mailbox), selection=[reports, report_mails], raise_on_error=False
    )


def column(url: str, query: str) -> list[Any]:
    with psycopg.connect(url) as owner:
        return [value for (value,) in owner.execute(query).fetchall()]  # type: ignore[arg-type]


def change(url: str, statement: str, *values: Any) -> None:
    with psycopg.connect(url) as owner:
        owner.execute(statement, values)  # type: ignore[arg-type]


def test_a_proof_that_fails_holds_the_report_tells_the_owner_and_goes_out_once_it_is_right(sponsor_url: str, mailbox: Any) -> None:
    """A wrong figure must never reach a sponsor: here one day's spend is not in the campaign's total."""
    change(
        sponsor_url, "insert into app.users (tenant_id, email, display_name, role) values (1, 'owner@light.example', 'O', 'owner')"
    )
    fault = "update marts.campaign_performance set spend_minor = spend_minor + %s where campaign_id = %s"
    change(sponsor_url, fault, 1, RUNNING)
    result = run(sponsor_url, mailbox)
    checks = {one.check_name: one.passed for one in result.get_asset_check_evaluations()}
    assert checks["every_report_is_proved"] is False
    assert [recipient for recipient, _ in mailbox.messages] == ["owner@light.example"], (
        "the sponsor gets nothing, the owner is told"
    )
    assert "is held" in mailbox.messages[0][1]["Subject"]
    assert "spend, by day" in mailbox.messages[0][1].get_content().replace("\n", " ")
    assert column(sponsor_url, "select status from ops.deliveries") == ["held"]
    change(sponsor_url, fault, -1, RUNNING)
    assert run(sponsor_url, mailbox).success
    assert [recipient for recipient, _ in mailbox.messages] == ["owner@light.example", "jane@sponsor.example"]
    mailer = Mailer(mailbox.url, "reports@hostread.example")
    assert send_held_mails(sponsor_url, mailer).counts == {}, "the owner is told once"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("update marts.campaign_spend_daily set ads_delivered = ads_delivered + 1 where day = current_date - 3", "ads delivered"),
        ("update marts.campaign_roi set spend_minor = spend_minor + 1", "spend behind the return"),
        ("update marts.campaign_roi set revenue_minor = revenue_minor - 1 where model = 'linear'", "revenue behind the return"),
    ],
)
def test_figures_that_do_not_add_up_are_found(sponsor_url: str, statement: str, words: str) -> None:
    with Warehouse(sponsor_url) as warehouse:
        with warehouse.tenant(1) as reader:
            assert figure_faults(campaign_figures(reader, RUNNING)) == []
        change(sponsor_url, statement)
        with warehouse.tenant(1) as reader:
            faults = figure_faults(campaign_figures(reader, RUNNING))
    assert any(words in fault for fault in faults), faults


def test_a_file_that_is_not_what_was_rendered_is_held(sponsor_url: str, mailbox: Any) -> None:
    change(
        sponsor_url,
        "create function app.spoil() returns trigger language plpgsql as $$ begin new.content := new.content || '\\x20'::bytea; "
        "return new; end $$; create trigger spoil before insert on app.report_files for each row execute function app.spoil()",
    )
    run(sponsor_url, mailbox)
    assert mailbox.messages == []
    assert "not the one that was rendered" in column(sponsor_url, "select held_reason from ops.report_issues")[0]


def test_each_cadence_sends_its_own_period(sponsor_url: str, mailbox: Any, queued: Callable[[str], None]) -> None:
    """Weekly, monthly and at a campaign's end: three messages, of which the end's is of the one campaign that is over."""
    insert = (
        "insert into app.report_schedules (tenant_id, sponsor_id, cadence, timezone, recipients, active_since, days_after_end) "
        "values (1, %s, %s, 'UTC', '{kim@sponsor.example}', now() - interval '50 days', 30)"
    )
    for cadence in ("monthly", "campaign_end"):
        change(sponsor_url, insert, SPONSOR, cadence)
    queued(sponsor_url)
    send_pending(sponsor_url, Mailer(mailbox.url, "reports@hostread.example", LINKS))
    subjects = sorted(message["Subject"].split(",")[0] for to, message in mailbox.messages if to == "kim@sponsor.example")
    assert "Northwind Coffee: monthly report" in subjects
    assert [one for one in subjects if one.startswith("Over: ")], subjects
    ends = column(sponsor_url, "select campaign_id from ops.report_issues where cadence = 'campaign_end'")
    assert ends == [UUID("c0000000-0000-4000-8000-000000000002")]
    message = next(m for to, m in mailbox.messages if to == "kim@sponsor.example")
    assert message["List-Unsubscribe"].startswith("<https://reports.example/unsubscribe/")
    assert "https://reports.example/mailed-reports/" in message.get_body(("plain",)).get_content()
    prepare_reports(sponsor_url, now() + timedelta(hours=1))
    assert len(column(sponsor_url, "select 1 from ops.report_issues where cadence = 'campaign_end'")) == 1, "once a campaign"


def test_what_is_due_is_seen_and_a_pause_is_not(sponsor_url: str, mailbox: Any, queued: Callable[[str], None]) -> None:
    assert "is due" in (work_due(sponsor_url, now(), is_mail_on=True) or "")
    queued(sponsor_url)
    assert "mails wait" in (work_due(sponsor_url, now(), is_mail_on=True) or "")
    assert work_due(sponsor_url, now(), is_mail_on=False) is None, "without a server a mail that waits is no work"
    send_pending(sponsor_url, Mailer(mailbox.url, "reports@hostread.example"))
    assert work_due(sponsor_url, now(), is_mail_on=True) is None
    change(sponsor_url, "update app.report_schedules set is_active = false")
    assert work_due(sponsor_url, now() + timedelta(days=8), is_mail_on=True) is None
    change(sponsor_url, "update app.report_schedules set is_active = true")
    assert "is due" in (work_due(sponsor_url, now() + timedelta(days=8), is_mail_on=True) or "")


def test_what_the_server_puts_off_waits_longer_each_time(sponsor_url: str, mailbox: Any, queued: Callable[[str], None]) -> None:
    queued(sponsor_url)
    mailbox.answers["jane@sponsor.example"] = ["451 4.7.1 greylisted"]
    outcome = send_pending(sponsor_url, Mailer(mailbox.url, "reports@hostread.example"), lambda _: None)
    assert outcome.counts == {"pending": 1}
    [(attempts, pause)] = (
        psycopg.connect(sponsor_url)
        .execute("select attempt_count, extract(epoch from next_attempt_at - now()) from ops.deliveries")
        .fetchall()
    )
    assert attempts == 3 and 60 < pause <= 240, "a minute, two, four"
    assert send_pending(sponsor_url, Mailer(mailbox.url, "reports@hostread.example")).counts == {}, "not before its time"


def test_a_partition_makes_an_old_period_once(sponsor_url: str, mailbox: Any) -> None:
    """A backfill over what went out already must send nothing again."""
    sponsors, periods = partitions(sponsor_url, datetime.now(UTC).date())
    assert sponsors == [SPONSOR]
    weeks = [key for key in periods if len(key) == 10]
    assert len(weeks) >= 12 and weeks == sorted(weeks)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(SPONSORS.name or "", sponsors)
        instance.add_dynamic_partitions(PERIODS.name or "", periods)
        for _ in range(2):
            done = dg.materialize(
                [sponsor_reports, builds], resources=resources(sponsor_url, mailbox), selection=[sponsor_reports],
                instance=instance, partition_key=dg.MultiPartitionKey({"sponsor": SPONSOR, "period": weeks[-3]}),
            )  # fmt: skip
            assert done.success
    assert len(mailbox.messages) == 1
    assert column(sponsor_url, "select period_start from ops.report_issues") == [date.fromisoformat(weeks[-3])]


def test_a_preview_goes_to_who_asked_alone_and_completes_nothing(sponsor_url: str, mailbox: Any) -> None:
    change(
        sponsor_url,
        "with i as (insert into ops.report_issues (tenant_id, sponsor_id, cadence, period_start, period_end, is_preview) "
        "values (1, %s, 'weekly', current_date - 3, current_date + 3, true) returning issue_id) "
        "insert into ops.deliveries (tenant_id, sponsor_id, issue_id, recipient, message_id) "
        "select 1, %s, issue_id, 'me@light.example', 'hostread.preview' from i",
        SPONSOR, SPONSOR,
    )  # fmt: skip
    change(sponsor_url, "update app.report_schedules set is_active = false")
    assert run(sponsor_url, mailbox).success
    [(recipient, message)] = mailbox.messages
    assert recipient == "me@light.example"
    assert message["Subject"].startswith("[Preview] Northwind Coffee")
    assert message["List-Unsubscribe"] is None
    assert column(sponsor_url, "select status from app.campaigns where name = 'Over'") == ["active"]


def bounce(message_id: str, status: str = "5.1.1") -> bytes:
    return (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        f"Action: failed\r\nStatus: {status}\r\n\r\n--b\r\n"
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    ).encode()


def test_bounces_of_the_watched_folder_stop_mail_to_a_bad_address(
    sponsor_url: str, mailbox: Any, queued: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(sponsor_url)
    mailer = Mailer(mailbox.url, "reports@hostread.example")
    send_pending(sponsor_url, mailer)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1.mx").write_bytes(bounce(mailbox.messages[0][1]["Message-ID"]))
    (tmp_path / "note.eml").write_bytes(b"Subject: away\r\n\r\nI am away.\r\n")
    (tmp_path / "other.eml").write_bytes(bounce(f"<hostread.{'0' * 40}@elsewhere.example>"))
    assert take_folder(sponsor_url, tmp_path)[0] == {}, "what is written just now is left alone"
    for path in (*tmp_path.glob("*.eml"), *(tmp_path / "new").iterdir()):
        os.utime(path, (time.time() - 60, time.time() - 60))
    counts, said = take_folder(sponsor_url, tmp_path)
    assert counts == {"bounced": 1, "strange": 1, "unknown": 1}
    assert len(said) == 1 and "expected multipart/report" in said[0]
    assert len(list((tmp_path / "strange").iterdir())) == 2 and len(list((tmp_path / "taken").iterdir())) == 1
    assert column(sponsor_url, "select status || ' ' || answer from ops.deliveries") == ["bounced 5.1.1"]
    assert column(sponsor_url, "select reason from app.mail_suppressions") == ["bounced"]
    prepare_reports(sponsor_url, now() + timedelta(days=7))
    assert sorted(column(sponsor_url, "select status from ops.deliveries")) == ["bounced", "suppressed"], (
        "the next week sends nothing"
    )

    from orchestration.cli import bounces

    monkeypatch.setattr(bounces, "database_url", lambda _: sponsor_url)
    answer = CliRunner().invoke(bounces.bounce, ["-"], input=bounce(mailbox.messages[0][1]["Message-ID"], "4.4.7"))
    assert answer.exit_code == 0 and "1 bounced" in answer.output


def test_one_full_mailbox_is_no_bad_address_and_three_in_a_row_are(sponsor_url: str, mailbox: Any, tmp_path: Path) -> None:
    for week in range(3):
        prepare_reports(sponsor_url, now() + timedelta(days=7 * week))
        change(sponsor_url, "update ops.deliveries set status = 'sent' where status = 'pending'")
        key = column(sponsor_url, "select message_id from ops.deliveries order by created_at desc limit 1")[0]
        (tmp_path / "b.eml").write_bytes(bounce(f"<{key}@hostread.example>", "5.2.2"))
        os.utime(tmp_path / "b.eml", (time.time() - 60, time.time() - 60))
        take_folder(sponsor_url, tmp_path)
        assert len(column(sponsor_url, "select 1 from app.mail_suppressions")) == (1 if week == 2 else 0)


def test_who_unsubscribed_after_it_was_queued_gets_nothing(sponsor_url: str, mailbox: Any, queued: Callable[[str], None]) -> None:
    queued(sponsor_url)
    change(
        sponsor_url,
        "insert into app.mail_suppressions (tenant_id, address, reason) values (1, 'jane@sponsor.example', 'unsubscribed')",
    )
    send_pending(sponsor_url, Mailer(mailbox.url, "reports@hostread.example"))
    assert mailbox.messages == []
    assert column(sponsor_url, "select status from ops.deliveries") == ["suppressed"]
