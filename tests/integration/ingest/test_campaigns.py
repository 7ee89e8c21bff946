"""Orders and spend from CSV: idempotent by content, one bad row alone, an unknown header not at all."""

from pathlib import Path
from typing import Any

import pytest

from assets.campaigns.imports import ImportFailedError, import_file, refresh_imports, register_imports

ORDERS = "order_id,sponsor_id,ordered_at,value,currency,promo_code,country\n"
SPEND = "date,sponsor_id,show_id,currency,spend,ads_delivered,conversions,revenue\n"


def order(tenant: Any, name: str, value: str = "10.00") -> str:
    return f"{name},{tenant.sponsor_id},2026-01-05T10:00:00Z,{value},USD,SHOW10,US\n"


def values(tenant: Any) -> list[tuple[str, int]]:
    return [
        tuple(row) for row in tenant.rows("select order_id, value_minor from raw.campaigns_orders order by loaded_at, order_id")
    ]


def test_the_same_file_twice_changes_nothing_and_a_correction_is_a_version(tenant: Any, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS + order(tenant, "a") + order(tenant, "b"), "utf-8")
    first = import_file(tenant.url, "orders", tenant.tenant_id, path, "run")
    assert (first.landed, first.unchanged, first.quarantined) == (2, 0, 0)
    second = import_file(tenant.url, "orders", tenant.tenant_id, path, "run")
    assert (second.landed, second.unchanged) == (0, 2)
    for value in ("12.00", "10.00", "10.00"):
        path.write_text(ORDERS + order(tenant, "a", value) + order(tenant, "b"), "utf-8")
        import_file(tenant.url, "orders", tenant.tenant_id, path, "run")
    assert [value for name, value in values(tenant) if name == "a"] == [1000, 1200, 1000]
    assert len(values(tenant)) == 4


def test_a_bad_row_is_quarantined_alone_and_once(tenant: Any, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    stranger = "00000000-0000-0000-0000-00000000000f"
    path.write_text(
        ORDERS + order(tenant, "a", "ten") + order(tenant, "b") + order(tenant, "c").replace(str(tenant.sponsor_id), stranger),
        "utf-8",
    )
    for _ in range(2):
        assert import_file(tenant.url, "orders", tenant.tenant_id, path, "run").quarantined == 2
    assert values(tenant) == [("b", 1000)]
    reasons = tenant.rows("select reason_code, reason from raw.quarantine order by quarantine_id")
    assert [code for code, _ in reasons] == ["bad_row", "unknown_id"]
    assert "line 2: found the amount 'ten'" in reasons[0][1]


def test_an_unknown_header_imports_nothing_and_says_so(tenant: Any, tmp_path: Path) -> None:
    path = tmp_path / "spend.csv"
    path.write_text("day,money\n2026-01-01,5\n", "utf-8")
    with pytest.raises(ImportFailedError, match="found the header 'day,money', expected 'date,sponsor_id"):
        import_file(tenant.url, "spend", tenant.tenant_id, path, "run")
    assert tenant.count("raw.campaigns_spend") == 0
    assert "day,money" in tenant.rows("select last_error from ops.fetch_state where source = 'campaigns_spend'")[0][0]


def test_remembered_files_are_read_again_when_they_change(tenant: Any, tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "orders.csv").write_text(ORDERS + order(tenant, "a"), "utf-8")
    spend = f"2026-01-01,{tenant.sponsor_id},{tenant.show_id},USD,5.00,100,1,20.00\n"
    (folder / "spend.csv").write_text(SPEND + spend, "utf-8")
    assert register_imports(tenant.url, tmp_path) == 2
    assert refresh_imports(tenant.url, "orders", "run").landed == 1
    assert refresh_imports(tenant.url, "spend", "run").landed == 1
    assert refresh_imports(tenant.url, "orders", "run").files == 0
    (folder / "orders.csv").write_text(ORDERS + order(tenant, "a") + order(tenant, "b"), "utf-8")
    assert refresh_imports(tenant.url, "orders", "run").landed == 1
    (folder / "spend.csv").unlink()
    assert "cannot be read" in refresh_imports(tenant.url, "spend", "run").failures[0][1]
    row = tenant.rows("select spend_minor, ads_delivered, conversion_count, revenue_minor from raw.campaigns_spend")
    assert row == [(500, 100, 1, 2000)]


@pytest.mark.parametrize(("content", "message"), [(b"\xff\xfe\x00", "no UTF-8"), (b"", "found the header ''")])
def test_a_file_that_is_no_csv_is_said(tenant: Any, tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    with pytest.raises(ImportFailedError, match=message):
        import_file(tenant.url, "orders", tenant.tenant_id, path, "run")
