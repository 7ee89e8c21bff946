"""The live tail shows no row that an expectation of the build would hold it for."""

import importlib.util
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from expectations import catalogue

_spec = importlib.util.spec_from_file_location("expectation_faults", Path(__file__).with_name("faults.py"))
assert _spec is not None and _spec.loader is not None
faults = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(faults)

ERRORS = [spec.name for spec in catalogue() if spec.table == "collector_events" and spec.severity == "error"]
# As the view reads it: rows of no known site fall out of its join.
TAIL = "select count(*) from raw.collector_tail() as e inner join app.sites as s using (tenant_id, site_id)"


@pytest.fixture
def warehouse(database_url: str) -> Any:
    with psycopg.connect(database_url, autocommit=True) as c:
        c.execute("insert into app.tenants (slug, name) values ('one', 'One')")
        c.execute("insert into app.sponsors (sponsor_id, tenant_id, name) values (%s, 1, 'S')", [faults.SPONSOR])
        c.execute(
            "insert into app.sites (site_id, tenant_id, sponsor_id, name, domain, write_key) "
            "values (%s, 1, %s, 'S', 's.example', %s)",
            [faults.SITE, faults.SPONSOR, "k" * 16],
        )
        yield c


def plant(c: psycopg.Connection[Any], change: dict[str, Any]) -> None:
    row = {**faults.SOUND["collector_events"], **change}
    c.execute(f"insert into raw.collector_events ({', '.join(row)}) values ({', '.join(['%s'] * len(row))})", list(row.values()))


def test_what_an_expectation_refuses_is_not_in_the_tail(warehouse: psycopg.Connection[Any]) -> None:
    assert len(ERRORS) >= 10
    shown = []
    for name in ERRORS:
        change = faults.FAULTS["collector_events"][name]
        warehouse.execute("truncate raw.collector_events")
        for one in change if isinstance(change, list) else [change]:
            plant(warehouse, one)
        if warehouse.execute(TAIL).fetchone() != (0,):
            shown.append(name)
    assert shown == []
    plant(warehouse, {"message_id": "sound", "context": Jsonb({})})
    assert warehouse.execute(TAIL).fetchone() == (1,)
