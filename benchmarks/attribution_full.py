"""A full rebuild of the five models, by dbt and published, against the bare statement that computes and stores the same weights.

The history is made in the tables that the models stand on, so that neither side counts or parses: ten touches a conversion. The
rebuild is what a build does: paths, credits and owners with keys, indexes and statistics, then their publication: all that readers
see of them. The bare statement joins by the household alone and stores the weights, in one narrow table without an index. Both ran
on the same rows of the same server.
"""

import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.counting_run import settle
from orchestration.build import begin_build, hold_build
from orchestration.dbt_command import run_dbt
from orchestration.local import ensure_server, remove_server
from orchestration.mart_tables import apply_marts, read_marts
from orchestration.migrate import migrate

CONVERSIONS = int(os.environ.get("HOSTREAD_BENCH_CONVERSIONS", "1000000"))
MODELS = ("attribution_credits", "attribution_conversions")
PUBLISHED = MODELS
TENANT = "insert into app.tenants (tenant_id, slug, name, currency) overriding system value values (1, 'bench', 'Bench', 'USD')"
# Two conversions and twenty touches a household, the touches over 60 days and the conversions over the last 30: so half of its
# touches are in the window of each.
CONVERSION_ROWS = """
insert into intermediate.int_conversions (tenant_id, conversion_id, sponsor_id, site_id, conversion_kind, order_id, converted_at,
    value_minor, currency, is_value_malformed, is_verified, promo_codes, household_hash, key_epoch, ip_class, has_consent)
select %(tenant)s, md5('conversion' || n)::uuid, md5('sponsor')::uuid, md5('site')::uuid, 'purchase', 'o' || n,
    timestamptz '2026-06-30' - (n::bigint * 7919 %% 2592000) * interval '1 second', 100 + n * 31 %% 49900, 'USD', false, true, '{}',
    sha256(int4send(n %% greatest(1, %(count)s / 2))), 1, 'household', true
from generate_series(1, %(count)s) as n
"""
TOUCH_ROWS = """
insert into intermediate.int_touches (tenant_id, touch_id, sponsor_id, campaign_id, placement_id, show_id, episode_guid, touch_kind,
    source_rank, touch_at, household_hash, key_epoch, ip_class, goal_kind)
select %(tenant)s, md5('touch' || n)::uuid, md5('sponsor')::uuid, md5('campaign' || n %% 20)::uuid,
    md5('placement' || n %% 60)::uuid, md5('show' || n %% 30)::uuid, 'episode', 'exposure', 10,
    timestamptz '2026-06-30' - (n::bigint * 104729 %% 5184000) * interval '1 second',
    sha256(int4send(n %% greatest(1, %(count)s / 2))), 1, 'household', 'purchase'
from generate_series(1, %(count)s * 10) as n
"""
BARE = """
create table bench_bare as
with

paths as (
    select
        v.conversion_id, t.touch_id, extract(epoch from v.converted_at - t.touch_at)::float8 as age,
        row_number() over path as place, count(*) over (partition by v.conversion_id) as n
    from intermediate.int_conversions as v
    inner join intermediate.int_touches as t
        on v.tenant_id = t.tenant_id and v.sponsor_id = t.sponsor_id and v.household_hash = t.household_hash
        and v.key_epoch = t.key_epoch
    where t.touch_at <= v.converted_at and t.touch_at >= v.converted_at - interval '2592000 seconds'
    window path as (partition by v.conversion_id order by t.touch_at, t.touch_id)
),

running as (
    select
        *, sum(power(2::float8, -age / 604800)) over (partition by conversion_id order by place) as decay,
        sum(power(2::float8, -age / 604800)) over (partition by conversion_id) as decays,
        case
            when place = n then 1 when n = 2 then 0.5::float8 else 0.4::float8 + 0.2::float8 * (place - 1) / (n - 2)
        end as edge
    from paths
)

select
    conversion_id, touch_id, place, n,
    case when place = 1 then 1000000000 else 0 end as first_ppb,
    case when place = n then 1000000000 else 0 end as last_ppb,
    round(1e9::float8 * place / n)::bigint - round(1e9::float8 * (place - 1) / n)::bigint as linear_ppb,
    round(1e9::float8 * decay / decays)::bigint
    - lag(round(1e9::float8 * decay / decays)::bigint, 1, 0::bigint) over (partition by conversion_id order by place) as decay_ppb,
    round(1e9::float8 * edge)::bigint
    - lag(round(1e9::float8 * edge)::bigint, 1, 0::bigint) over (partition by conversion_id order by place) as position_ppb
from running
"""
# Weights that differ by more than a part per billion of rounding, or a touch that one side alone credits.
DIFFERENT = """
select count(*), count(*) filter (
    where b.touch_id is null or c.touch_id is null or abs(c.linear_ppb - b.linear_ppb) > 1
    or abs(c.time_decay_ppb - b.decay_ppb) > 1 or abs(c.position_based_ppb - b.position_ppb) > 1
    or c.first_touch_ppb <> b.first_ppb or c.last_touch_ppb <> b.last_ppb
)
from (select * from marts.attribution_credits where path_position > 0) as c
full join bench_bare as b using (conversion_id, touch_id)
"""


@dataclass(frozen=True)
class Measured:
    """Seconds of one history: the models by dbt, their publication, and the bare statement."""

    conversions: int
    credits: int
    models: float
    publication: float
    bare: float

    @property
    def full(self) -> float:
        return self.models + self.publication


def run() -> Iterable[dict[str, Any]]:
    """Two figures: how many times the bare statement a full rebuild takes, and its cost a conversion over tenfold history."""
    with models() as (url, target):
        few, many = (_measured(url, target, count) for count in (CONVERSIONS // 10, CONVERSIONS))
    yield {
        "name": "attribution.full_vs_bare", "value": round(many.full, 2), "unit": "s",
        "against": f"{many.bare:.2f} s: one statement that stores the same weights ({many.conversions:,} conversions, "
        f"{many.credits:,} credits; of the rebuild {many.publication:.2f} s publish)",
        "ratio": round(many.full / many.bare, 2),
    }  # fmt: skip
    each_few, each_many = (one.full / one.conversions * 1e6 for one in (few, many))
    yield {
        "name": "attribution.growth", "value": round(each_many, 1), "unit": "µs a conversion",
        "against": f"{each_few:.1f} µs with {few.conversions:,} conversions instead of {many.conversions:,}",
        "ratio": round(each_many / each_few, 2),
    }  # fmt: skip


def _measured(url: str, target: Path, conversions: int) -> Measured:
    fill(url, conversions)
    settle(url)
    window = begin_build(url, "full", "bench")
    result = run_dbt(url, ["run", "--select", *MODELS, "--full-refresh"], target)
    assert not result.failed_checks, result.failed_checks
    marts = [mart for mart in read_marts(target / "manifest.json") if mart.name in PUBLISHED]
    began = time.perf_counter()
    with psycopg.connect(url, options="-c role=hostread_transform") as connection:
        credits = apply_marts(connection, marts)["attribution_credits"]
    publication = time.perf_counter() - began
    hold_build(url, window.build_id, [])
    with psycopg.connect(url, autocommit=True) as connection:
        began = time.perf_counter()
        connection.execute(BARE.encode())
        bare = time.perf_counter() - began
        row = connection.execute(DIFFERENT.encode()).fetchone()
    assert row is not None and row[0] > conversions
    assert row[1] == 0, f"found {row[1]:,} of {row[0]:,} credits that differ from the bare statement's, expected none"
    return Measured(conversions, credits, sum(node.seconds for node in result.nodes), publication, bare)


@contextmanager
def models() -> Iterator[tuple[str, Path]]:
    """A server with every table and view that MODELS read, empty, and dbt's target folder."""
    with tempfile.TemporaryDirectory(prefix="hostread-bench-") as folder:
        home = Path(folder)
        try:
            url = ensure_server(home, "bench")
            migrate(url)
            settle(url)
            window = begin_build(url, "full", "bench")
            arguments = ["build", "--exclude-resource-type", "test", "unit_test", "--select", *(f"+{mart}" for mart in PUBLISHED)]
            result = run_dbt(url, arguments, home / "dbt")
            assert not result.failed_checks, result.failed_checks
            hold_build(url, window.build_id, [])
            with psycopg.connect(url) as connection:
                connection.execute(TENANT)
                connection.execute("insert into app.attribution_settings (tenant_id) select tenant_id from app.tenants")
            yield url, home / "dbt"
        finally:
            remove_server(home)


def fill(url: str, conversions: int) -> None:
    """`conversions` with ten touches each, in place of what was there; nothing is published."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop table if exists bench_bare, marts.attribution_credits, marts.attribution_conversions cascade")
        connection.execute("truncate intermediate.int_conversions, intermediate.int_touches")
        for rows in (CONVERSION_ROWS, TOUCH_ROWS):
            connection.execute(rows.encode(), {"tenant": 1, "count": conversions})
        connection.execute("vacuum analyze intermediate.int_conversions, intermediate.int_touches")
