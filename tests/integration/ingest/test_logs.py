"""Log files to raw.logs_requests: every complete line exactly once, whatever happens to the file, the run or the line."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assets.hosting.lists import ListError, load_ip_ranges, load_user_agents
from assets.hosting.log_offsets import ConcurrentLandingError, FileKey, commit_offset
from assets.hosting.logs import LogsSummary, import_logs, land_logs
from assets.lib.warehouse import connect

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "user_agents"


def line(number: int, **changes: Any) -> bytes:
    request = {
        "requested_at": f"2026-01-{number % 28 + 1:02}T10:00:00.{number % 1000:03}Z", "ip": f"24.1.{number % 200}.{number % 250}",
        "user_agent": f"AntennaPod/{number % 7}", "method": "GET", "status": 206, "range": f"bytes={number}-", "bytes_sent": number,
        "url": f"https://media.example/{number % 5}.mp3", "referer": None, "file_size": 1000, "header_bytes": 10, "is_hls": False,
    }  # fmt: skip
    return json.dumps(request | changes).encode() + b"\n"


def numbers(tenant: Any) -> list[int]:
    return [row[0] for row in tenant.rows("select range_start from raw.logs_requests order by 1")]


@pytest.fixture
def log(tenant: Any, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "access.jsonl"
    tenant.execute(
        "insert into app.log_sources (tenant_id, name, path, format) values (%s, 'cdn', %s, 'jsonl')",
        tenant.tenant_id, f"{tmp_path}/access.jsonl*",
    )  # fmt: skip
    yield path


def land(tenant: Any, **more: Any) -> LogsSummary:
    return land_logs(tenant.url, "run", **more)


def test_a_growing_file_lands_each_line_once_and_no_address(tenant: Any, log: Path) -> None:
    log.write_bytes(b"".join(line(n) for n in range(10)) + line(10)[:30])
    assert land(tenant).landed == 10
    with log.open("ab") as file:
        file.write(line(10)[30:] + line(11))
    assert land(tenant).landed == 2
    assert land(tenant).landed == 0
    assert numbers(tenant) == list(range(12))
    stored = str(tenant.rows("select r::text from raw.logs_requests as r"))
    assert "24.1.3.3" not in stored
    assert "24.1.3.0/24" in stored
    assert tenant.count("raw.logs_requests_default") == 0


def test_malformed_lines_are_quarantined_with_their_reason_and_the_rest_lands(tenant: Any, log: Path) -> None:
    bad = [
        b'{"ip": "24.9.8.7", "user_ag\n',
        b"[1]\n",
        b"\xff\xfe\n",
        line(3, requested_at="then"),
        line(4, ip="x"),
        line(5, bytes_sent=-1),
    ]
    log.write_bytes(line(1) + b"".join(bad) + b"\n" + line(2, user_agent="a\u0000b\tc\\d", url="https://media.example/\u0001.mp3"))
    summary = land(tenant)
    assert (summary.landed, summary.quarantined) == (2, 6)
    found = tenant.rows("select reason_code, original, context ->> 'file' from raw.quarantine order by quarantine_id")
    assert [row[0] for row in found] == ["not_json", "not_an_object", "not_json", "bad_time", "bad_ip", "bad_number"]
    assert found[0][1] == b'{"ip": "24.9.8.0/24", "user_ag'
    assert {row[2] for row in found} == {"access.jsonl"}
    assert tenant.rows("select user_agent from raw.logs_requests where range_start = 2") == [("ab\tc\\d",)]
    assert tenant.rows("select landed_count, quarantined_count from ops.log_files") == [(2, 6)]


def test_a_run_killed_between_batches_goes_on_where_it_stopped(tenant: Any, log: Path) -> None:
    log.write_bytes(b"".join(line(n) for n in range(1000)))
    script = (
        "import os, signal, sys\n"
        "from assets.hosting.logs import land_logs\n"
        "calls = []\n"
        "def progress(done):\n"
        "    calls.append(done)\n"
        "    if len(calls) == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        "land_logs(sys.argv[1], 'run', batch_lines=100, progress=progress)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, tenant.url], check=False)
    assert killed.returncode == -9
    assert numbers(tenant) == list(range(300))
    assert land(tenant, batch_lines=100).landed == 700
    assert numbers(tenant) == list(range(1000))


def test_a_rotated_file_goes_on_under_its_new_name_and_the_new_one_begins(tenant: Any, log: Path) -> None:
    log.write_bytes(line(0) + line(1))
    land(tenant)
    rotated = log.with_name("access.jsonl.1")
    with log.open("ab") as file:
        file.write(line(2))
    log.rename(rotated)
    log.write_bytes(line(3))
    assert land(tenant).landed == 2
    packed = log.with_name("access.jsonl.2.gz")
    packed.write_bytes(gzip.compress(rotated.read_bytes() + line(4)))
    rotated.unlink()
    assert land(tenant).landed == 1
    assert numbers(tenant) == [0, 1, 2, 3, 4]


def test_a_compressed_copy_beside_the_file_is_not_landed_again(tenant: Any, log: Path) -> None:
    log.write_bytes(line(0) + line(1))
    land(tenant)
    log.with_name("access.jsonl.gz").write_bytes(gzip.compress(log.read_bytes()))
    assert land(tenant).landed == 0


def test_two_files_that_begin_with_the_same_line_are_two(tenant: Any, log: Path) -> None:
    log.write_bytes(b"# begin\n" + line(0))
    log.with_name("access.jsonl.b").write_bytes(b"# begin\n" + line(1))
    assert land(tenant).landed == 2
    assert land(tenant).landed == 0


def test_a_cut_off_archive_lands_what_it_holds_and_says_so(tenant: Any, log: Path) -> None:
    whole = b"".join(line(n, user_agent=os.urandom(20).hex()) for n in range(2000))
    log.with_name("access.jsonl.gz").write_bytes(gzip.compress(whole)[:-3000])
    log.write_bytes(line(5000))
    summary = land(tenant)
    assert 1000 < summary.landed < 2000
    assert "could not be read to its end" in summary.failures[0][1]
    assert numbers(tenant)[-1] == 5000
    assert tenant.rows("select consecutive_failures from ops.fetch_state where source = 'logs'") == [(1,)]


def test_a_missing_file_is_said_and_the_other_sources_land(tenant: Any, log: Path) -> None:
    log.write_bytes(line(0))
    tenant.execute(
        "insert into app.log_sources (tenant_id, name, path, format) values (%s, 'a', '/none', 'jsonl')", tenant.tenant_id
    )
    summary = land(tenant)
    assert summary.landed == 1
    assert "found no file at /none" in summary.failures[0][1]


def test_a_wrong_clock_makes_no_partition(tenant: Any, log: Path) -> None:
    log.write_bytes(line(0, requested_at="1970-01-01T00:00:00Z") + line(1, requested_at="2099-01-01T00:00:00Z"))
    assert land(tenant).landed == 2
    assert tenant.count("raw.logs_requests_default") == 2


def test_two_runs_at_once_land_nothing_twice(tenant: Any, log: Path) -> None:
    log.write_bytes(line(0))
    land(tenant)
    source, head = tenant.rows("select log_source_id, head_sha256 from ops.log_files")[0]
    with connect(tenant.url, "ingest") as connection, pytest.raises(ConcurrentLandingError):
        commit_offset(connection, FileKey(tenant.tenant_id, source, str(log), head), start=0, end=99, landed=1, quarantined=0)


def test_the_newest_list_of_addresses_judges_and_its_version_stands_in_the_row(tenant: Any, log: Path, tmp_path: Path) -> None:
    ranges = tmp_path / "ranges.csv"
    ranges.write_text("network,ip_class\n24.1.0.0/16,datacenter\n24.1.1.0/24,mobile\nnonsense,vpn\n", "utf-8")
    first = load_ip_ranges(tenant.url, ranges)
    assert (first.entries, first.quarantined, first.is_new) == (2, 1, True)
    assert not load_ip_ranges(tenant.url, ranges).is_new
    log.write_bytes(line(0) + line(1))
    land(tenant)
    assert tenant.rows("select ip_class, ip_list_version from raw.logs_requests order by range_start") == [
        ("datacenter", first.version), ("mobile", first.version),
    ]  # fmt: skip
    ranges.write_text("net,class\n", "utf-8")
    with pytest.raises(ListError, match="expected 'network,ip_class'"):
        load_ip_ranges(tenant.url, ranges)


@pytest.mark.skipif(not SHARED.exists(), reason="the opawg lists are not beside the repository")
def test_imported_user_agent_lists_judge_from_then_on(tenant: Any, log: Path) -> None:
    log.write_bytes(line(0, user_agent="Overcast/3.0 (+http://overcast.fm/; iOS podcast app)"))
    land(tenant)
    loaded = load_user_agents(tenant.url, SHARED)
    assert loaded.entries > 500 and not load_user_agents(tenant.url, SHARED).is_new
    with log.open("ab") as file:
        file.write(line(1, user_agent="AppleCoreMedia/1.0.0.21F90 (iPhone)"))
    land(tenant)
    judged = tenant.rows("select user_agent_kind, user_agent_list_version from raw.logs_requests order by range_start")
    assert judged[0][0] == "app" and judged[0][1].startswith("crawler-user-agents-")
    assert judged[1] == ("library", loaded.version)


def test_a_file_is_imported_by_hand_with_its_last_line(tenant: Any, tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes(line(0) + line(1).rstrip())
    assert import_logs(tenant.url, tenant.tenant_id, path, "run").landed == 2
    assert import_logs(tenant.url, tenant.tenant_id, path, "run").landed == 0
    assert "found no file" in import_logs(tenant.url, tenant.tenant_id, tmp_path / "none", "run").failures[0][1]


COMBINED = '198.51.100.{n} - - [10/Jan/2026:13:{m:02}:{s:02} +0000] "GET /{n}.mp3 HTTP/1.1" 206 500 "-" "P/{n}" "bytes={i}-"\n'
CLOUDFRONT_HEAD = (
    b"#Version: 1.0\n#Fields: date time c-ip cs-method x-host-header cs-uri-stem sc-status cs(User-Agent) sc-bytes sc-range-start "
    b"sc-range-end x-edge-result-type\n"
)


def combined(numbers: range) -> bytes:
    return b"".join(COMBINED.format(n=i % 200, m=i % 60, s=i % 59, i=i).encode() for i in numbers)


def cloudfront(number: int) -> bytes:
    return (
        f"2026-01-10\t10:00:{number:02}\t198.51.100.{number}\tGET\tmedia.example\t/a.mp3\t206\tP%2F{number}\t900\t{number}\t899\tHit\n"
    ).encode()


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_killed_run_goes_on_by_the_decoded_offset_in_any_format(tenant: Any, tmp_path: Path, is_packed: bool) -> None:
    content = combined(range(1000))
    path = tmp_path / "access.log"
    path.write_bytes(gzip.compress(content) if is_packed else content)
    tenant.execute(
        "insert into app.log_sources (tenant_id, name, path, format, base_url) values (%s, 'cdn', %s, 'combined', 'https://m.example')",
        tenant.tenant_id, str(path),
    )  # fmt: skip
    script = (
        "import os, signal, sys\nfrom assets.hosting.logs import land_logs\ncalls = []\n"
        "def progress(done):\n    calls.append(done)\n    if len(calls) == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        "land_logs(sys.argv[1], 'run', batch_lines=100, progress=progress)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, tenant.url], check=False).returncode == -9
    assert numbers(tenant) == list(range(300))
    assert land(tenant, batch_lines=100).landed == 700
    assert numbers(tenant) == list(range(1000))
    assert land(tenant).landed == 0


def test_a_copy_in_another_source_lands_only_what_is_new_in_it(tenant: Any, tmp_path: Path) -> None:
    """A file that was landed, copied under another name and grown there; then the first one grows by the same lines."""
    first, copy = tmp_path / "a.log", tmp_path / "elsewhere" / "b.log"
    copy.parent.mkdir()
    first.write_bytes(combined(range(10)))
    assert import_logs(tenant.url, tenant.tenant_id, first, "run", base_url="https://m.example").landed == 10
    copy.write_bytes(combined(range(15)))
    assert import_logs(tenant.url, tenant.tenant_id, copy, "run", base_url="https://m.example").landed == 5
    first.write_bytes(combined(range(15)))
    assert land(tenant).landed == 0
    (tmp_path / "part.log").write_bytes(combined(range(7)))
    assert import_logs(tenant.url, tenant.tenant_id, tmp_path / "part.log", "run", base_url="https://m.example").landed == 0
    assert numbers(tenant) == list(range(15))


def test_cloudfronts_files_all_begin_alike_and_are_told_apart(tenant: Any, tmp_path: Path) -> None:
    for hour in range(3):
        (tmp_path / f"E1.2026-01-10-{hour:02}.gz").write_bytes(
            gzip.compress(CLOUDFRONT_HEAD + cloudfront(hour) + cloudfront(hour + 10))
        )
    done = import_logs(tenant.url, tenant.tenant_id, tmp_path / "E1.*.gz", "run")
    assert (done.landed, done.quarantined, done.failures) == (6, 0, ())
    assert tenant.rows("select format from app.log_sources") == [("cloudfront",)]
    assert numbers(tenant) == [0, 1, 2, 10, 11, 12]
    assert "198.51.100.1\t" not in str(tenant.rows("select r::text from raw.logs_requests as r"))


def test_a_log_without_its_host_or_in_no_format_adds_no_source(tenant: Any, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(combined(range(2)))
    (tmp_path / "b.log").write_bytes(b"time|address|what\n1|2|3\n")
    hostless = import_logs(tenant.url, tenant.tenant_id, tmp_path / "a.log", "run")
    unknown = import_logs(tenant.url, tenant.tenant_id, tmp_path / "b.log", "run")
    assert "--base-url https://media.example" in hostless.failures[0][1]
    assert "begins with 'time|address|what', expected JSON lines" in unknown.failures[0][1]
    assert tenant.count("app.log_sources") == tenant.count("raw.logs_requests") == 0
