"""Files that people bring: by the command, an upload or the watched folder; each lands once, and says what came of it."""

import hashlib
import io
import os
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from api.auth.principals import Principal
from api.campaigns.imports import ImportEntry, create_import, get_import
from api.database import AppDatabase
from assets.imports.history import Brought, new_file
from assets.imports.landing import ImportFile, Outcome
from assets.imports.queue import is_work_waiting, land_now, land_waiting
from assets.imports.sealing import unseal
from assets.lib.warehouse import WarehouseUrl

SECRET = "a secret key of enough length"
# Shapes: help.libsynsupport.com/hc/en-us/articles/360041220571-Advanced-Stats names what the export holds.
EPISODES = "date,item_title,downloads\n2026-01-01,Pilot,120\n2026-01-01,Second one,80\n2026-01-02,Pilot,30\n"
TOTALS = "date,downloads\n2026-01-01,200\n2026-01-02,30\n"
COUNTRIES = "country,downloads\nUnited States,150\nNorway,80\n"


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"export/{name}.csv", text)
    return packed.getvalue()


def bring(tenant: Any, path: Path, content: bytes, kind: str = "statistics", **known: Any) -> Outcome:
    path.write_bytes(content)
    known = {"show_id": tenant.show_id} | known if kind == "statistics" else known
    file = new_file(tenant.tenant_id, kind, path, hashlib.sha256(content).digest(), **known)  # type: ignore[arg-type]
    return land_now(tenant.url, file, Brought("command", len(content)), "run")


def feed(tenant: Any, **titles: str) -> None:
    for guid, title in titles.items():
        tenant.execute(
            "insert into raw.feeds_items (tenant_id, show_id, episode_guid, content_sha256, title, payload, fetched_at, run_id) "
            "values (%s, %s, %s, %s, %s, %s, now(), 'run')",
            tenant.tenant_id, tenant.show_id, guid, hashlib.sha256(title.encode()).digest(), title, Jsonb({}),
        )  # fmt: skip


def test_libsyns_zip_lands_by_episode_once_and_a_restated_value_is_a_version(tenant: Any, tmp_path: Path) -> None:
    feed(tenant, **{"guid-1": "Pilot", "guid-2": "Second  One"})
    content = zipped(by_episodes=EPISODES, total_downloads=TOTALS, by_country=COUNTRIES)
    first = bring(tenant, tmp_path / "libsyn.zip", content)
    assert (first.status, first.format, first.landed, first.quarantined, first.message) == ("landed", "libsyn", 7, 0, "")
    assert bring(tenant, tmp_path / "again.zip", content).landed == 0
    assert tenant.rows(
        "select episode_guid, period_start::text, value::int from raw.hosting_downloads where episode_key <> '*' order by 2, 1"
    ) == [("guid-1", "2026-01-01", 120), ("guid-2", "2026-01-01", 80), ("guid-1", "2026-01-02", 30)]
    assert tenant.rows("select distinct source, metric, tz from raw.hosting_downloads") == [
        ("libsyn", "download", "America/New_York")
    ]
    restated = bring(tenant, tmp_path / "new.csv", EPISODES.replace("30", "31").encode())
    assert (restated.landed, restated.unchanged) == (1, 2)


def test_an_unknown_header_imports_nothing_and_says_what_was_found_and_expected(tenant: Any, tmp_path: Path) -> None:
    done = bring(tenant, tmp_path / "mystery.csv", b"wann,was,wieviel\n2026-01-01,Pilot,120\n")
    assert done.status == "refused"
    assert "found the header mystery.csv: 'wann,was,wieviel', expected one of Libsyn: date,item_title,downloads" in done.message
    assert tenant.count("raw.hosting_downloads") == tenant.count("raw.quarantine") == 0
    # One column more than the host's own is another header too: what it means is not guessed.
    assert bring(tenant, tmp_path / "more.csv", b"date,downloads,guessed\n2026-01-01,120,7\n", host="libsyn").status == "refused"


def test_of_a_zip_the_files_that_are_known_land_and_the_others_are_named(tenant: Any, tmp_path: Path) -> None:
    done = bring(tenant, tmp_path / "libsyn.zip", zipped(total_downloads=TOTALS, by_mood="mood,joy\nhappy,3\n"))
    assert (done.status, done.landed) == ("landed", 2)
    assert "by_mood.csv: found the header 'mood,joy'" in done.message


def test_one_bad_row_is_quarantined_alone(tenant: Any, tmp_path: Path) -> None:
    done = bring(tenant, tmp_path / "a.csv", b"date,downloads\n2026-01-01,5\n01/02/2026,6\n2026-01-03,many\n2026-01-04,7\n")
    assert (done.status, done.landed, done.quarantined) == ("landed", 2, 2)
    assert "a date in local form can mean two days" in done.examples[0]
    assert bring(tenant, tmp_path / "again.csv", (tmp_path / "a.csv").read_bytes()).quarantined == 2
    assert tenant.rows("select reason_code, original from raw.quarantine order by quarantine_id") == [
        ("bad_row", b"01/02/2026,6"), ("bad_row", b"2026-01-03,many"),
    ]  # fmt: skip


def test_a_file_none_of_whose_rows_can_be_used_is_refused(tenant: Any, tmp_path: Path) -> None:
    done = bring(tenant, tmp_path / "a.csv", b"date,downloads\n31.01.2026,5\n")
    assert done.status == "refused" and "none of which can be used" in done.message and "expected YYYY-MM-DD" in done.message


def test_totals_without_a_day_are_a_snapshot_of_the_day_on_which_the_file_first_came(tenant: Any, tmp_path: Path) -> None:
    content = b"Episode Title,Plays,Unique Devices,Engaged Listeners\nPilot,1.000,700,300\n"
    assert bring(tenant, tmp_path / "apple.csv", content, as_of=date(2026, 1, 10)).landed == 3
    assert tenant.rows(
        "select metric, dimension_value, value::int, grain, is_cumulative, period_start::text, metric_standard "
        "from raw.hosting_downloads order by metric, dimension_value"
    ) == [
        ("listener", "", 700, "all_time", True, "2026-01-10", "apple"),
        ("listener", "engaged", 300, "all_time", True, "2026-01-10", "apple"),
        ("play", "", 1000, "all_time", True, "2026-01-10", "apple"),
    ]


def upload(tenant: Any, kind: str, name: str, content: bytes, **known: Any) -> UUID:
    database = AppDatabase(tenant.url)
    who = Principal(tenant.tenant_id, "owner", "api_key", uuid4())
    try:
        with database.tenant(tenant.tenant_id) as c:
            entry = ImportEntry(kind=kind, **known)  # type: ignore[arg-type]
            return create_import(
                c, who, entry, file_name=name, content=content, origin="api", secret_key=SECRET
            ).import_id  # fmt: skip
    finally:
        database.close()


def outcome(tenant: Any, import_id: UUID) -> Any:
    database = AppDatabase(tenant.url)
    try:
        with database.tenant(tenant.tenant_id) as c:
            return get_import(c, import_id)
    finally:
        database.close()


LOG = (
    b'203.0.113.9 - - [10/Jan/2026:13:55:36 +0000] "GET /a.mp3 HTTP/1.1" 206 500 "-" "Overcast/3.0" "bytes=0-499"\n'
    b'203.0.113.10 - - [10/Jan/2026:13:56:36 +0000] "GET /a.mp3 HTTP/1.1" 200 900 "-" "AntennaPod/3"\n'
    b"broken line of 203.0.113.77\n"
)


def test_an_upload_lies_sealed_until_it_has_landed_and_then_not_at_all(tenant: Any) -> None:
    made = upload(tenant, "logs", "C:\\logs\\access.log", LOG, base_url="https://media.example")
    ((stored, name),) = tenant.rows("select content, file_name from app.import_files")
    assert name == "access.log"
    assert b"203.0.113" not in bytes(stored) and unseal(bytes(stored), SECRET) == LOG
    assert outcome(tenant, made).status == "waiting"
    assert is_work_waiting(tenant.url, None)
    assert land_waiting(WarehouseUrl(tenant.url, SECRET), None, "run").landed == 2
    done = outcome(tenant, made)
    assert (done.status, done.format, done.landed_count, done.quarantined_count) == ("landed", "combined", 2, 1)
    assert tenant.rows("select content from app.import_files") == [(None,)]
    assert tenant.rows("select url, range_start, range_end, bytes_sent from raw.logs_requests order by requested_at") == [
        ("https://media.example/a.mp3", 0, 499, 500), ("https://media.example/a.mp3", None, None, 900),
    ]  # fmt: skip
    assert tenant.rows("select original from raw.quarantine") == [(b"broken line of 203.0.113.0/24",)]
    assert not is_work_waiting(tenant.url, None)


def test_the_same_log_under_another_name_and_compressed_lands_once(tenant: Any, tmp_path: Path) -> None:
    import gzip

    first = upload(tenant, "logs", "a.log", LOG, base_url="https://media.example")
    again = upload(tenant, "logs", "copy.log.gz", gzip.compress(LOG), base_url="https://media.example")
    land_waiting(WarehouseUrl(tenant.url, SECRET), None, "run")
    assert (outcome(tenant, first).landed_count, outcome(tenant, again).landed_count) == (2, 0)
    assert "had landed before" in outcome(tenant, again).message
    assert tenant.count("raw.logs_requests") == 2


def test_a_file_that_is_no_log_is_refused_and_names_the_formats(tenant: Any) -> None:
    made = upload(tenant, "logs", "notes.txt", b"Dear diary, 203.0.113.9 called\n")
    land_waiting(WarehouseUrl(tenant.url, SECRET), None, "run")
    done = outcome(tenant, made)
    assert done.status == "refused" and "expected JSON lines" in done.message and "CloudFront" in done.message
    assert "203.0.113.9 " not in done.message


def test_orders_and_spend_come_by_the_same_door(tenant: Any) -> None:
    orders = upload(
        tenant, "orders", "orders.csv", b"order_id,ordered_at,value,currency\n1,2026-01-01T00:00:00Z,9.90,USD\nx,y,z,USD\n"
    )
    spend = upload(tenant, "spend", "spend.csv", b"wrong,header\n1,2\n")
    land_waiting(WarehouseUrl(tenant.url, SECRET), None, "run")
    done = outcome(tenant, orders)
    assert (done.status, done.landed_count, done.quarantined_count) == ("landed", 1, 1)
    assert outcome(tenant, spend).status == "refused" and "expected 'date,sponsor_id,show_id" in outcome(tenant, spend).message
    # Nothing is remembered that a later build would look for on the disk.
    assert tenant.count("ops.fetch_state") == 0


def test_an_upload_sealed_under_another_key_stays_and_says_so(tenant: Any) -> None:
    made = upload(tenant, "statistics", "a.csv", TOTALS.encode(), show_id=tenant.show_id)
    land_waiting(WarehouseUrl(tenant.url, "another secret key, long"), None, "run")
    assert outcome(tenant, made).status == "failed" and "HOSTREAD_SECRET_KEY" in outcome(tenant, made).message
    # Tried again after a pause, under the right key.
    assert not is_work_waiting(tenant.url, None)
    tenant.execute("update ops.imports set finished_at = now() - interval '2 minutes'")
    land_waiting(WarehouseUrl(tenant.url, SECRET), None, "run")
    assert (outcome(tenant, made).status, outcome(tenant, made).landed_count) == ("landed", 2)


def test_another_tenant_sees_no_import(tenant: Any) -> None:
    made = upload(tenant, "statistics", "a.csv", TOTALS.encode(), show_id=tenant.show_id)
    tenant.execute("insert into app.tenants (slug, name) values ('two', 'Two')")
    with psycopg.connect(tenant.url, options="-c role=hostread_app -c hostread.tenant_id=2") as other:
        assert other.execute("select count(*) from app.import_files where import_id = %s", [made]).fetchone() == (0,)


def settled(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    long_ago = time.time() - 60
    os.utime(path, (long_ago, long_ago))
    return path


def test_the_watched_folder_lands_each_file_once_and_waits_for_one_that_is_written(tenant: Any, tmp_path: Path) -> None:
    warehouse = WarehouseUrl(tenant.url, SECRET)
    total = settled(tmp_path / "one" / "show" / "total.csv", TOTALS.encode())
    settled(tmp_path / "one" / "show" / "half.csv.part", TOTALS.encode())
    growing = tmp_path / "one" / str(tenant.show_id) / "growing.csv"
    growing.parent.mkdir()
    growing.write_bytes(b"date,downlo")
    assert is_work_waiting(tenant.url, tmp_path)
    assert land_waiting(warehouse, tmp_path, "run").landed == 2
    assert total.exists() and not is_work_waiting(tenant.url, tmp_path)
    # A copy under another name is the same file; a changed one is not.
    settled(tmp_path / "one" / "show" / "copy.csv", TOTALS.encode())
    assert land_waiting(warehouse, tmp_path, "run").files == 0
    settled(total, TOTALS.replace("30", "31").encode())
    assert land_waiting(warehouse, tmp_path, "run").landed == 1
    settled(growing, b"date,downloads\n2026-01-05,4\n")
    assert land_waiting(warehouse, tmp_path, "run").landed == 1
    assert not is_work_waiting(tenant.url, tmp_path)


def test_a_folder_of_no_show_is_said_once(tenant: Any, tmp_path: Path) -> None:
    settled(tmp_path / "one" / "nobody" / "a.csv", TOTALS.encode())
    settled(tmp_path / "stranger" / "show" / "a.csv", TOTALS.encode())
    done = land_waiting(WarehouseUrl(tenant.url, SECRET), tmp_path, "run")
    assert len(done.failures) == 1 and "survey_answers nor a show" in done.failures[0][1]
    assert not is_work_waiting(tenant.url, tmp_path)


def test_logs_of_the_folder_land_where_they_lie(tenant: Any, tmp_path: Path) -> None:
    settled(tmp_path / "one" / "logs" / "access.log", LOG.replace(b'"GET /a', b'"GET https://media.example/a'))
    assert land_waiting(WarehouseUrl(tenant.url, SECRET), tmp_path, "run").landed == 2


@pytest.mark.parametrize("stop", ["before the rows", "after the rows"])
def test_a_run_that_dies_leaves_the_upload_to_the_next(tenant: Any, stop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from assets.imports import queue

    made = upload(tenant, "statistics", "a.csv", TOTALS.encode(), show_id=tenant.show_id)
    whole = queue.land_file

    def dies(url: str, file: ImportFile, run_id: str) -> Outcome:
        if stop == "after the rows":
            whole(url, file, run_id)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(queue, "land_file", dies)
        land_waiting(WarehouseUrl(tenant.url, SECRET), None, "run")
    land_waiting(WarehouseUrl(tenant.url, SECRET), None, "run")
    assert outcome(tenant, made).status == "landed"
    assert tenant.count("raw.hosting_downloads") == 2
