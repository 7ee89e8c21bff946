"""Credit of new conversions by a build that follows what changed, on a history and on one of a tenth of its size.

The world is that of attribution_full, with a verdict for every conversion; then a day more: conversions, every second of a
household that the history knows, each with ten touches of its day, one of which in a hundred came late and lies before conversions
that stand. They are written as int_conversions and int_touches leave what differs. Measured is what a build does from there on for
all five models: attribution_credits and attribution_conversions by dbt, and their publication. Making conversions and touches
themselves, the verdicts, and what other marts add up still follows the history and is no part of this figure (decision 0024).
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from benchmarks.attribution_full import CONVERSIONS, MODELS, PUBLISHED, fill, models
from benchmarks.counting_run import settle
from orchestration.build import begin_build, hold_build
from orchestration.dbt_command import run_dbt
from orchestration.mart_tables import apply_marts, read_marts

NEW = max(CONVERSIONS // 100, 1)
VERDICTS = """
insert into candidate.conversion_fraud (tenant_id, conversion_id, sponsor_id, site_id, conversion_kind, converted_at, value_minor,
    currency, score, is_suspect, reasons, not_judged, rules_version, is_fraud)
select v.tenant_id, v.conversion_id, v.sponsor_id, v.site_id, v.conversion_kind, v.converted_at, v.value_minor,
    v.currency, 0.1, false, '[]', '["code_spike"]', '1', v.value_minor % 500 = 0
from intermediate.int_conversions as v
where v.tenant_id = 1
on conflict do nothing
"""
# Every history gets the same day. Every second household is one of the history's.
NEW_CONVERSIONS = """
insert into intermediate.int_conversions (tenant_id, conversion_id, sponsor_id, site_id, conversion_kind, order_id, converted_at,
    value_minor, currency, is_value_malformed, is_verified, promo_codes, household_hash, key_epoch, ip_class, has_consent)
select 1, md5('new' || n)::uuid, md5('sponsor')::uuid, md5('site')::uuid, 'purchase', 'new' || n,
    timestamptz '2026-07-01' - (n % 3600) * interval '1 second', 100 + n * 31 % 49900, 'USD', false, true, '{{}}',
    sha256(int4send(case when n % 2 = 0 then n else -n end)), 1, 'household', true
from generate_series(1, {new}) as n
"""
NEW_TOUCHES = """
insert into intermediate.int_touches (tenant_id, touch_id, sponsor_id, campaign_id, placement_id, show_id, episode_guid, touch_kind,
    source_rank, touch_at, household_hash, key_epoch, ip_class, goal_kind)
select 1, md5('new touch' || n)::uuid, md5('sponsor')::uuid, md5('campaign' || n % 20)::uuid, md5('placement' || n % 60)::uuid,
    md5('show' || n % 30)::uuid, 'episode', 'exposure', 10,
    timestamptz '2026-06-30 22:00' - (n::bigint * 104729 % case when n % 100 = 1 then 2592000 else 72000 end) * interval '1 second',
    sha256(int4send(case when (1 + n % {new}) % 2 = 0 then 1 + n % {new} else -1 - n % {new} end)), 1, 'household', 'purchase'
from generate_series(1, {new} * 10) as n
"""
CHANGES = """
insert into intermediate.pairing_changes (source, follower, tenant_id, conversion_id)
select 'int_conversions', 'attribution_credits', 1, md5('new' || n)::uuid from generate_series(1, {new}) as n;
insert into intermediate.pairing_changes (source, follower, tenant_id, household_hash, key_epoch, touch_at)
select 'int_touches', 'attribution_credits', 1, t.household_hash, t.key_epoch, t.touch_at
from generate_series(1, {new} * 10) as n
inner join intermediate.int_touches as t on t.tenant_id = 1 and t.touch_id = md5('new touch' || n)::uuid
"""
STANDING = "select 'candidate.attribution_credits'::regclass::oid"
AGAIN = """
select count(*) from intermediate.pairing_changes where follower = 'publication' and source = 'attribution_conversions'
"""
WRITTEN = """
select count(*)
from marts.attribution_credits as c
where c.tenant_id = 1 and c.conversion_id in (select md5('new' || n)::uuid from generate_series(1, {new}) as n)
"""


@dataclass(frozen=True)
class Measured:
    """Of one history: seconds of dbt and of the publication, conversions that were made again, and credits of the new ones."""

    models: float
    publication: float
    again: int
    credits: int

    @property
    def seconds(self) -> float:
        return self.models + self.publication


def run() -> Iterable[dict[str, Any]]:
    """One figure: seconds on the longer history, and how many times those on a tenth of it."""
    with models() as (url, target):
        few, many = (_measured(url, target, count) for count in (CONVERSIONS // 10, CONVERSIONS))
    yield {
        "name": "attribution.incremental", "value": round(many.seconds, 2), "unit": "s",
        "against": f"{few.seconds:.2f} s on {CONVERSIONS // 10:,} conversions instead of {CONVERSIONS:,} ({NEW:,} new conversions "
        f"with {NEW * 10:,} touches, {many.again:,} made again, {many.credits:,} credits of the new; of it "
        f"{many.publication:.2f} s publish; "
        "without making conversions and touches)",
        "ratio": round(many.seconds / few.seconds, 2),
    }  # fmt: skip


def _measured(url: str, target: Path, conversions: int) -> Measured:
    fill(url, conversions)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("truncate candidate.conversion_fraud, intermediate.pairing_changes")
        connection.execute(VERDICTS.encode())
        connection.execute("vacuum analyze candidate.conversion_fraud")
    # The first publication moves the tables, the second finds them beside what is published.
    for arguments in (["--full-refresh"], []):
        _build(url, target, arguments)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (NEW_CONVERSIONS, NEW_TOUCHES, CHANGES, VERDICTS):
            connection.execute(statement.replace("{new}", str(NEW)).replace("{{}}", "{}").encode())
        connection.execute("checkpoint")
        before = connection.execute(STANDING).fetchone()
    models, publication, again = _build(url, target, [])
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute(STANDING).fetchone() == before, "found the credit made anew, expected it patched"
        row = connection.execute(WRITTEN.replace("{new}", str(NEW)).encode()).fetchone()
    assert row is not None and row[0] > NEW * 5, f"found {row} credits of {NEW:,} new conversions, expected more than five each"
    return Measured(models, publication, again, row[0])


def _build(url: str, target: Path, arguments: list[str]) -> tuple[float, float, int]:
    """Seconds of dbt and of the publication of one build, and the conversions that it made again."""
    settle(url)
    window = begin_build(url, "incremental", "bench")
    result = run_dbt(url, ["run", "--select", *MODELS, *arguments], target)
    assert not result.failed_checks, result.failed_checks
    marts = [mart for mart in read_marts(target / "manifest.json") if mart.name in PUBLISHED]
    with psycopg.connect(url, options="-c role=hostread_transform") as connection:
        row = connection.execute(AGAIN).fetchone()
        began = time.perf_counter()
        counts = apply_marts(connection, marts)
        connection.execute(
            "insert into marts.builds (build_id, mode, from_xact, to_xact, row_counts, started_at) "
            "select build_id, mode, from_xact, to_xact, %s, started_at from ops.build_attempts where build_id = %s",
            [Jsonb(counts), window.build_id],
        )
        connection.commit()
        publication = time.perf_counter() - began
    hold_build(url, window.build_id, [])
    return sum(node.seconds for node in result.nodes), publication, int(row[0]) if row else 0
