"""The multiverse of returns (four windows, two rules of addresses, five models) against attribution under one rule,
and five models of the tenant's own against the built-in five.

Both by dbt, on one history, that of benchmarks.attribution_full: ten touches a conversion over 60 days. Credited one by one, its
universes would cost eight times what attribution does, which credits five models at once.
"""

import os
from collections.abc import Iterable
from typing import Any

import psycopg

from benchmarks.attribution_full import MODELS, fill, models
from benchmarks.counting_run import settle
from orchestration.build import begin_build, hold_build
from orchestration.dbt_command import run_dbt

CONVERSIONS = int(os.environ.get("HOSTREAD_BENCH_CONVERSIONS", "200000"))
OWN = "int_multiverse_custom_credits"
MULTIVERSE = ("int_multiverse_touches", "int_multiverse_paths", OWN, "int_multiverse_credits", "campaign_roi_multiverse")
# Those whose touches the history has.
CAMPAIGNS = """
with sponsor as (
    insert into app.sponsors (sponsor_id, tenant_id, name) values (md5('sponsor')::uuid, 1, 'Bench') on conflict do nothing
)
insert into app.campaigns (campaign_id, tenant_id, sponsor_id, name, status, currency, flight_start, flight_end)
select md5('campaign' || n)::uuid, 1, md5('sponsor')::uuid, 'Bench ' || n, 'active', 'USD', '2026-05-01', '2026-06-30'
from generate_series(0, 19) as n
"""
OWN_MODELS = """
with made as (
    insert into app.attribution_models (tenant_id, model_id, name)
    select 1, md5('model ' || s)::uuid, 'Own ' || s from unnest(%(shapes)s::text[]) as s
)
insert into app.attribution_model_versions (tenant_id, model_id, version, shape, click_factor)
select 1, md5('model ' || s)::uuid, 1, s, 2 from unnest(%(shapes)s::text[]) as s
"""
SHAPES = ["first", "last", "linear", "time_decay", "position_based"]


def run() -> Iterable[dict[str, Any]]:
    """The multiverse's seconds as a multiple of those of attribution's paths, credits and owners, all stored; then own
    models' credits as a multiple of the built-in ones', of the same paths."""
    with models() as (url, target):
        _build(url, ["build", "--exclude-resource-type", "test", "unit_test", "--select", "+campaign_roi_multiverse"], target)
        with psycopg.connect(url) as connection:
            connection.execute(CAMPAIGNS)
        fill(url, CONVERSIONS)
        settle(url)
        one = _build(url, ["run", "--full-refresh", "--select", *MODELS], target)
        many = _build(url, ["run", "--full-refresh", "--select", *MULTIVERSE], target)
        built_in = _build(url, ["run", "--full-refresh", "--select", "int_multiverse_credits"], target)
        with psycopg.connect(url) as connection:
            connection.execute(OWN_MODELS, {"shapes": SHAPES})
        own = _build(url, ["run", "--full-refresh", "--select", OWN], target)
        with psycopg.connect(url) as connection:
            (models_found,) = connection.execute(f"select count(distinct model) from intermediate.{OWN}").fetchone() or (0,)
            rows = connection.execute(
                "select count(*), count(distinct (window_days, ip_classes, model)), sum(conversions_ppb) filter "
                "(where window_days = 60 and ip_classes = 'all' and model = 'linear') / 1000000000 "
                "from candidate.campaign_roi_multiverse"
            ).fetchone()
    assert rows == (800, 40, rows[2] if rows else None), f"found {rows}, expected 20 campaigns in 40 universes"
    assert models_found == len(SHAPES), f"found {models_found} own models with credit, expected {len(SHAPES)}"
    yield {
        "name": "roi.multiverse_vs_attribution", "value": round(many, 2), "unit": "s",
        "against": f"{one:.2f} s: attribution under one rule ({CONVERSIONS:,} conversions of ten touches, 40 universes)",
        "ratio": round(many / one, 2),
    }  # fmt: skip
    yield {
        "name": "roi.own_models_vs_built_in", "value": round(own, 2), "unit": "s",
        "against": f"{built_in:.2f} s: the five built-in models; five own ones, a shape each, with a factor, of the same paths",
        "ratio": round(own / built_in, 2),
    }  # fmt: skip


def _build(url: str, arguments: list[str], target: Any) -> float:
    """Seconds of all its models."""
    window = begin_build(url, "full", "bench")
    result = run_dbt(url, arguments, target)
    assert not result.failed_checks, result.failed_checks
    hold_build(url, window.build_id, [])
    return sum(node.seconds for node in result.nodes)
