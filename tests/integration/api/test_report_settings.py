"""White label: what may stand on a sponsor's report, and what is refused with words that help."""

import io
from typing import Any

import psycopg
import pytest
from PIL import Image, PngImagePlugin

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(size: tuple[int, int] = (300, 90), kind: str = "PNG", **more: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", size, (200, 60, 40)).save(buffer, kind, **more)
    return buffer.getvalue()


def put(account: Any, content: bytes, name: str = "logo.png") -> Any:
    return account.http.put("/v1/report-settings/logo", files={"file": (name, content)})


def test_the_look_is_chosen_read_back_and_audited(account: Any) -> None:
    default = account.http.get("/v1/report-settings").json()
    assert (default["display_name"], default["language"], default["accent_colour"]) == (None, "en", "#1F6FEB")
    change = {"display_name": "Leuchtturm", "language": "de", "band_colour": "#f2d64b", "accent_colour": "#0b7a53"}
    made = account.http.patch("/v1/report-settings", json=change).json()
    assert made["band_colour"] == "#F2D64B" and made["text_colour"] == "#14213D", "dark text on a light band"
    assert made["text_contrast"] > 4.5
    only = account.http.patch("/v1/report-settings", json={"language": "es"}).json()
    assert only == made | {"language": "es"}, "what is left out stays"
    back = account.http.patch("/v1/report-settings", json={"band_colour": None, "display_name": None}).json()
    assert (back["band_colour"], back["display_name"]) == ("#101B36", None)
    audit = account.http.get("/v1/audit?limit=1").json()["items"][0]
    assert (audit["action"], audit["subject_kind"], audit["after"]) == (
        "change",
        "report_settings",
        {"band_colour": None, "display_name": None},
    )
    report = account.http.post("/v1/reports", json={"kind": "post_campaign", "campaign_id": account.campaign_id}).json()
    assert report["language"] == "es", "a report speaks the language of the settings"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"accent_colour": "#FFFF00"}, "contrast of 1.1 to 1"), ({"accent_colour": "red"}, "pattern"),
        ({"band_colour": "#12"}, "pattern"), ({"language": "fr"}, "'en'"), ({"display_name": ""}, "at least 1"),
        ({"logo": "x"}, "Extra"),
    ],
)  # fmt: skip
def test_a_look_that_cannot_be_read_is_refused(account: Any, change: dict[str, Any], said: str) -> None:
    answer = account.http.patch("/v1/report-settings", json=change)
    assert answer.status_code == 422 and said in answer.text


def test_a_logo_is_kept_as_pixels_and_nothing_else(account: Any, database_url: str) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")
    assert put(account, picture((2_400, 600), pnginfo=notes) + b"<?php evil(); ?>").json()["has_logo"] is True
    kept = account.http.get("/v1/report-settings/logo")
    assert kept.headers["content-type"] == "image/png" and kept.headers["x-content-type-options"] == "nosniff"
    assert b"script" not in kept.content and b"php" not in kept.content
    assert Image.open(io.BytesIO(kept.content)).size == (1_000, 250)
    assert put(account, picture(kind="JPEG"), "logo.jpg").status_code == 200
    assert account.http.delete("/v1/report-settings/logo").json()["has_logo"] is False
    assert account.http.get("/v1/report-settings/logo").status_code == 404
    with psycopg.connect(database_url) as owner:
        shown = owner.execute("select after from app.audit_log where after ? 'logo'").fetchall()
    assert {row[0]["logo"] for row in shown} == {"hidden", None}, "no bytes in the log"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (SVG, 422), (b"", 422), (b"%PDF-1.7", 422), (picture()[:60], 422), (picture(kind="GIF"), 422), (picture((8, 8)), 422),
        (picture((4_001, 20)), 422), (b"\x89PNG\r\n\x1a\n" + b"x" * 899_000, 422), (picture() + b"x" * 900_000, 413),
    ],
    ids=["svg", "empty", "pdf", "torn", "gif", "tiny", "wide", "noise", "large"],
)  # fmt: skip
def test_what_is_no_logo_is_refused(account: Any, content: bytes, status: int) -> None:
    answer = put(account, content)
    assert answer.status_code == status, answer.text
    assert account.http.get("/v1/report-settings").json()["has_logo"] is False


def test_a_network_summary_needs_its_period_and_a_campaigns_report_its_campaign(account: Any) -> None:
    first, last = "2026-03-01", "2026-03-31"
    made = account.http.post("/v1/reports", json={"kind": "network", "first_day": first, "last_day": last})
    assert made.status_code == 202
    assert (made.json()["campaign_id"], made.json()["period_start"], made.json()["version"]) == (None, first, 1)
    again = account.http.post("/v1/reports", json={"kind": "network", "first_day": first, "last_day": last})
    assert again.json()["report_id"] == made.json()["report_id"], "one that waits is enough"
    assert [r["kind"] for r in account.http.get("/v1/reports?kind=network").json()["items"]] == ["network"]
    for bad in (
        {}, {"kind": "network"}, {"kind": "network", "first_day": last, "last_day": first},
        {"kind": "network", "first_day": "2024-01-01", "last_day": last}, {"kind": "post_campaign"},
        {"campaign_id": account.campaign_id, "first_day": first, "last_day": last},
        {"kind": "network", "campaign_id": account.campaign_id, "first_day": first, "last_day": last},
        {"kind": "network", "first_day": first, "last_day": last, "language": "xx"},
    ):  # fmt: skip
        assert account.http.post("/v1/reports", json=bad).status_code == 422, bad
    strange = {"kind": "network", "first_day": first, "last_day": last, "sponsor_id": account.campaign_id}
    assert account.http.post("/v1/reports", json=strange).status_code == 404
