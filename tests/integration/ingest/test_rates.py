"""Exchange rates from CSV: idempotent, restated with a trace, one bad row alone, an unknown header not at all."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assets.campaigns.imports import ImportFailedError, import_file
from assets.lib.clock import now

HEADER = "date,from_currency,to_currency,rate,source\n"


def rates(tenant: Any) -> list[tuple[Any, ...]]:
    query = "select rate_date, from_currency, to_currency, rate, source from app.currency_rates order by 1, 2, 3"
    return [tuple(row) for row in tenant.rows(query)]


def load(tenant: Any, path: Path, *lines: str, header: str = HEADER) -> Any:
    path.write_text(header + "".join(f"{line}\n" for line in lines), "utf-8")
    return import_file(tenant.url, "currency_rates", tenant.tenant_id, path, "run")


def test_the_same_rates_twice_change_nothing_and_a_restated_one_leaves_a_trace(tenant: Any, tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    lines = ("2026-01-05,EUR,USD,1.0842,ECB", "2026-01-06,EUR,USD,1.09,ECB")
    first, again = load(tenant, path, *lines), load(tenant, path, *lines)
    assert ((first.landed, first.unchanged), (again.landed, again.unchanged)) == ((2, 0), (0, 2))
    assert tenant.count("app.currency_rates_restated") == 0
    for rate in ("1.10", "1.0842", "1.08420"):
        load(tenant, path, f"2026-01-05,EUR,USD,{rate},ECB")
    assert rates(tenant)[0] == (date(2026, 1, 5), "EUR", "USD", Decimal("1.0842"), "ECB")
    trace = tenant.rows("select rate from app.currency_rates_restated order by replaced_at")
    assert [row[0] for row in trace] == [Decimal("1.0842"), Decimal("1.10")]


def test_columns_in_any_order_and_the_last_row_of_a_day_counts(tenant: Any, tmp_path: Path) -> None:
    header = "rate;to_currency;from_currency;date\n"
    assert load(tenant, tmp_path / "r.csv", "1;EUR;GBP;2026-01-05", "2;EUR;GBP;2026-01-05", header=header).quarantined == 0
    assert rates(tenant) == [(date(2026, 1, 5), "GBP", "EUR", Decimal(2), "")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2026-01-05,EUR,USD,0,x", "found the rate '0', expected a decimal number above 0"),
        ("2026-01-05,EUR,USD,-1,x", "found the rate '-1'"),
        ("2026-01-05,EUR,USD,NaN,x", "found the rate 'NaN'"),
        ("2026-01-05,EUR,USD,1e9,x", "found the rate '1e9'"),
        ("2026-01-05,EUR,USD,\"1,08\",x", "found the rate '1,08'"),
        ("2026-01-05,EUR,usd,1,x", "found the currency 'usd'"),
        ("2026-01-05,EUR,EUR,1,x", "found a rate from EUR to itself"),
        ("05.01.2026,EUR,USD,1,x", "found the date '05.01.2026', expected YYYY-MM-DD"),
        ("2026-01-05,EUR,USD,1", "found 4 fields, expected 5"),
    ],
)  # fmt: skip
def test_a_bad_row_is_quarantined_alone(tenant: Any, tmp_path: Path, line: str, reason: str) -> None:
    done = load(tenant, tmp_path / "rates.csv", line, "2026-01-05,GBP,USD,1.25,x")
    assert (done.landed, done.quarantined) == (1, 1)
    assert [row[1] for row in rates(tenant)] == ["GBP"]
    ((source, said),) = tenant.rows("select source, reason from raw.quarantine")
    assert source == "campaigns_currency_rates" and f"line 2: {reason}" in said


def test_a_rate_of_a_day_to_come_is_none(tenant: Any, tmp_path: Path) -> None:
    tomorrow = now().date() + timedelta(days=1)
    assert load(tenant, tmp_path / "rates.csv", f"{tomorrow},EUR,USD,1,x").quarantined == 1


@pytest.mark.parametrize("header", ["day,from,to,rate\n", "date,from_currency,to_currency,rate,note\n", "date,date,rate\n"])
def test_an_unknown_header_imports_nothing_and_says_so(tenant: Any, tmp_path: Path, header: str) -> None:
    with pytest.raises(ImportFailedError, match="expected 'date,from_currency,to_currency,rate' in any order"):
        load(tenant, tmp_path / "rates.csv", "2026-01-05,EUR,USD,1,x", header=header)
    assert rates(tenant) == []
