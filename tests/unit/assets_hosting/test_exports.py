"""Exports as hosts describe them: by the words of their headers, in the encodings and numbers that spreadsheets write.

Shapes: Libsyn help.libsynsupport.com/hc/en-us/articles/360041220571-Advanced-Stats; Spotify for Creators
support.spotify.com/us/creators/article/understanding-your-podcast-analytics; Apple podcasters.apple.com/support/844 and /5392.
"""

import io
import struct
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.hosting.exports import tables
from assets.hosting.exports.protocol import Reading
from assets.hosting.exports.registry import EXPORTS, read_export
from assets.hosting.exports.tables import ExportError
from assets.hosting.exports.values import day, whole_number

AS_OF = date(2026, 2, 1)


def read(text: str | bytes, name: str = "a.csv", host: str | None = None) -> Reading:
    return read_export(text if isinstance(text, bytes) else text.encode(), name, AS_OF, host)


def values(reading: Reading) -> list[tuple[str, str, int, str, str]]:
    rows = (row.statistic for row in reading.rows)
    return [(r.episode_key, r.metric, int(r.value), f"{r.period_start}", r.dimension_value) for r in rows]


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_every_example_of_a_header_is_read_as_its_host() -> None:
    for export in EXPORTS.values():
        for header in export.examples:
            assert export.source_url.startswith("https://")
            assert read(
                f"{header}\n{','.join('2026-01-01' if 'date' in w.lower() or 'Time' in w else '5' for w in header.split(','))}\n",
                host=export.host,
            ).rows


def test_libsyns_breakdowns_are_figures_of_the_whole_show_by_dimension() -> None:
    found = read(zipped({
        "stats/by_country.csv": b"country,downloads\nNorway,5\n", "stats/by_user_agent.csv": b"user_agent,downloads\nOvercast,7\n",
        "stats/by_destination.csv": b"destination,downloads\nMy blog,9\n", "__MACOSX/._x.csv": b"\x00", "stats/": b"",
    }), "libsyn.zip")  # fmt: skip
    assert found.host == "libsyn"
    assert sorted((r.statistic.dimension, r.statistic.dimension_value, int(r.statistic.value)) for r in found.rows) == [
        ("country", "Norway", 5), ("destination", "My blog", 9), ("user_agent", "Overcast", 7),
    ]  # fmt: skip
    assert {(r.statistic.episode_key, r.statistic.grain, r.statistic.is_cumulative) for r in found.rows} == {
        ("*", "all_time", True)
    }


def test_of_two_counts_the_certified_one_is_kept_and_the_other_named() -> None:
    found = read("date,item_title,downloads,unique_downloads,iab_downloads\n2026-01-01,Pilot,9,8,7\n")
    assert values(found) == [("Pilot", "download", 7, "2026-01-01", "")]
    assert found.rows[0].statistic.metric_standard == "iab2"
    assert "not kept" in found.notes[0]


def test_spotifys_days_are_four_metrics_that_are_never_one() -> None:
    found = read("Date,Starts,Streams,Listeners,Followers\n2026-01-01,50,40,30,1000\n")
    assert values(found) == [
        ("*", "play", 50, "2026-01-01", ""), ("*", "stream", 40, "2026-01-01", ""), ("*", "listener", 30, "2026-01-01", ""),
        ("*", "follower", 1000, "2026-01-01", ""),
    ]  # fmt: skip


def test_apples_tab_delimited_text_in_utf_16() -> None:
    found = read(
        "Episode Title\tPlays\tUnique Devices\tEngaged Listeners\nDie “Folge”\t1.000\t700\t300\n".encode("utf-16"), "a.txt"
    )
    assert found.host == "apple"
    assert [(r.title, r.statistic.metric, r.statistic.dimension_value) for r in found.rows] == [
        ("Die “Folge”", "play", ""), ("Die “Folge”", "listener", ""), ("Die “Folge”", "listener", "engaged"),
    ]  # fmt: skip


def test_followers_without_a_day_are_the_level_of_the_day_of_the_export() -> None:
    (row,) = read("Show,Followers,Title\nx,5,Pilot\n", host="spotify").rows
    assert (row.statistic.grain, row.statistic.is_cumulative, row.statistic.period_start) == ("day", False, AS_OF)


def test_months_as_columns() -> None:
    found = read("Episode;2026-01;2026-02\nPilot;1 234;\n", host="libsyn")
    assert values(found) == [("Pilot", "download", 1234, "2026-01-01", "")]
    assert found.rows[0].statistic.grain == "month" and found.rows[0].statistic.period_end == date(2026, 1, 31)


def test_a_header_that_two_hosts_write_asks_which() -> None:
    with pytest.raises(ExportError, match="--host spotify or --host apple"):
        read("Date,Plays,Listeners,Followers\n2026-01-01,5,4,3\n")
    assert read("Date,Plays,Listeners,Followers\n2026-01-01,5,4,3\n", host="apple").host == "apple"


@pytest.mark.parametrize("header", ["", "date", "downloads", "date,downloads,mood", "date,date,downloads", "a;b;c", "日付,再生数"])
def test_an_unknown_header_names_what_was_found_and_expected(header: str) -> None:
    with pytest.raises(ExportError, match="found"):
        read(f"{header}\n2026-01-01,5,4\n" if header else "")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("03/04/2026,Pilot,5", "a date in local form can mean two days"),
        ("1 février 2026,Pilot,5", "expected YYYY-MM-DD"),
        ("2026-02-30,Pilot,5", "expected YYYY-MM-DD"),
        ("2026-01-01,Pilot,5.5", "expected a whole number"),
        ("2026-01-01,Pilot,-5", "expected a whole number"),
        ("2026-01-01,Pilot,1.234,5", "found 4 fields"),
        ("2026-01-01,,5", "found no episode"),
        ("2026-01-02,Pilot,6", "expected each episode and period once"),
    ],
)
def test_a_bad_row_is_turned_away_alone(row: str, reason: str) -> None:
    found = read(f"date,item_title,downloads\n2026-01-02,Pilot,7\n{row}\n2026-01-03,Pilot,8\n")
    assert [value for _, _, value, _, _ in values(found)] == [7, 8]
    (rejected,) = found.rejected
    assert reason in rejected.reason and rejected.reason.startswith("line 3: ")


@pytest.mark.parametrize(
    ("text", "number"),
    [("1234", 1234), ("1,234", 1234), ("1.234.567", 1234567), ("1 234", 1234), ("1\u202f234", 1234), ("1'234", 1234), ("5.0", 5),
     ("5,00", 5), ("0", 0), (" 7 ", 7), ("", None), ("–", None), ("N/A", None)],
)  # fmt: skip
def test_whole_numbers_as_spreadsheets_write_them(text: str, number: int | None) -> None:
    assert whole_number(text, "x") == (None if number is None else Decimal(number))


@given(st.integers(0, 10**15), st.sampled_from(["", ",", ".", " ", "'"]))
def test_any_grouping_of_a_count_is_the_count(number: int, mark: str) -> None:
    assert whole_number(f"{number:,}".replace(",", mark), "x") == number


@given(st.text(max_size=30))
def test_any_cell_is_a_value_or_a_reason(text: str) -> None:
    for parse in (whole_number, day):
        try:
            parse(text, "column")
        except ValueError as error:
            assert "expected" in str(error)


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.zip"]))
def test_any_bytes_are_a_reading_or_a_refusal(content: bytes, name: str) -> None:
    try:
        read(content, name)
        read(b"PK\x03\x04" + content, name)
    except ExportError:
        pass


def test_a_bomb_ends_at_the_limit_whatever_its_archive_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LARGEST_DECODED", 100_000)
    bomb = zipped({"total_downloads.csv": b"date,downloads\n" + b"2026-01-01,5\n" * 100_000})
    assert len(bomb) < 10_000
    with pytest.raises(ExportError, match="bytes unpacked"):
        read(bomb, "a.zip")
    # The directory's own size says 1 byte: the checksum or the limit stops it, and nothing is read beyond.
    lying = bomb.replace(struct.pack("<L", 1_300_015), struct.pack("<L", 1))
    with pytest.raises(ExportError):
        read(lying, "a.zip")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"inner.zip": b"PK"}, "expected CSV files alone"),
        ({"notes.pdf": b"x"}, "expected CSV files alone"),
        ({}, "found no CSV"),
        ({f"{n}.csv": b"x" for n in range(300)}, "found 300 files"),
    ],
)
def test_what_is_no_export_in_a_zip_is_refused(files: dict[str, bytes], reason: str) -> None:
    with pytest.raises(ExportError, match=reason):
        read(zipped(files), "a.zip")


def test_a_path_in_a_zip_leads_nowhere() -> None:
    found = read(
        zipped({"../../etc/total.csv": b"date,downloads\n2026-01-01,x\n", "C:\\x\\b.csv": b"date,downloads\n2026-01-02,3\n"}),
        "a.zip",
    )
    assert found.rejected[0].context["file"] == "total.csv" and values(found)[0][3] == "2026-01-02"


def test_an_open_quote_is_said_and_no_field_is_without_end() -> None:
    with pytest.raises(ExportError, match="is a quote left open"):
        read('date,downloads\n2026-01-01,"' + "x" * 200_000)
