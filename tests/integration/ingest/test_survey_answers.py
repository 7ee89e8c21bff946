"""Survey answers from CSV: idempotent, the first one of a response stands, one bad row alone, an unknown header not at all."""

from pathlib import Path
from typing import Any

import pytest

from assets.campaigns.imports import ImportFailedError, import_file

HEADER = "response_id,answered_at,answer,order_id,sponsor_id\n"


def load(tenant: Any, path: Path, *lines: str, header: str = HEADER) -> Any:
    path.write_text(header + "".join(f"{line}\n" for line in lines), "utf-8")
    return import_file(tenant.url, "survey_answers", tenant.tenant_id, path, "run")


def test_the_same_file_twice_lands_once_and_the_first_answer_stands(tenant: Any, tmp_path: Path) -> None:
    path, sponsor = tmp_path / "s.csv", tenant.rows("select sponsor_id from app.sponsors limit 1")[0][0]
    lines = (f"r1,2026-01-05T10:00:00Z,Podcast,o1,{sponsor}", f"r1,2026-01-05T11:00:00Z,TV,o1,{sponsor}")
    first, again = load(tenant, path, *lines), load(tenant, path, *lines)
    assert (first.landed, again.landed, again.quarantined) == (1, 0, 0)
    assert [row[0] for row in tenant.rows("select answer from raw.campaigns_survey_answers")] == ["Podcast"]


def test_a_bad_row_is_quarantined_alone_and_an_unknown_header_imports_nothing(tenant: Any, tmp_path: Path) -> None:
    sponsor = tenant.rows("select sponsor_id from app.sponsors limit 1")[0][0]
    done = load(
        tenant, tmp_path / "s.csv", f"r1,yesterday,Podcast,,{sponsor}", f"r2,2026-01-05T10:00:00Z,,,{sponsor}",
        "r3,2026-01-05T10:00:00Z,TV,,00000000-0000-4000-8000-000000000009", f"r4,2026-01-05T10:00:00Z,TV,,{sponsor}",
    )  # fmt: skip
    assert (done.landed, done.quarantined) == (1, 3)
    with pytest.raises(ImportFailedError, match="mood"):
        load(tenant, tmp_path / "t.csv", "r9,2026-01-05T10:00:00Z,TV,happy", header="response_id,answered_at,answer,mood\n")
    assert tenant.count("raw.campaigns_survey_answers") == 1
