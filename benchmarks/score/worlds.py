"""One seed's world: made, landed by the assets' own functions, built by dbt without its tests, fitted; then asked and dropped."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from assets.estimates.attribution import fit_attribution
from assets.hosting.logs import land_logs
from benchmarks.counting_run import settle
from benchmarks.score.landing import land_events
from benchmarks.simulated import HERE, land_network, publish
from orchestration.build import begin_build, hold_build
from orchestration.dbt_command import run_dbt
from orchestration.demo import import_files
from orchestration.migrate import migrate
from orchestration.truth import copy_csv, copy_lines
from simulation import make_world

# An instant that is past on every clock: events of a world that is still to come would be taken for faults of a clock.
NOW = "2025-06-02T12:00:00Z"
MARTS = (
    "attribution_touches", "attribution_conversions", "attribution_credits", "attribution_rules",
    "crowded_households", "identity_people", "promo_code_uses", "promo_code_leaks",
)  # fmt: skip
# A view over published marts, which the fits read.
READ_BY_FITS = "int_visits_with_source"
DATA_DRIVEN = "data_driven_attribution"
TRUTH: Mapping[str, str] = {
    "requests": "tenant text, log_file text, line bigint, person text, listener_key text, episode_guid text, rejected_by text, "
    "countable_calendar integer, countable_first_touch integer, countable_last_touch integer",
    "orders": "tenant text, order_id text, message_id text, person text, ordered_at timestamptz, value_minor bigint, cause text, "
    "campaign_id text, evidence_kind text, evidence_campaign_id text, evidence_placement_id text, currency text, sponsor_id uuid, "
    "promo_code text, exposed_at text, is_delivered integer, has_consent integer, is_household_visible integer",
    "people": "tenant text, person text, household text",
    "visits": "tenant text, message_id text, person text, sponsor_id uuid, visited_at timestamptz, way text, campaign_id uuid, "
    "placement_id uuid, is_delivered integer",
}


@dataclass(frozen=True)
class ScoredWorld:
    """A built world beside its truth, which stands in temporary tables of `connection`: `truth_<file>`, and those of PREPARE."""

    name: str
    seed: int
    folder: Path
    url: str
    connection: psycopg.Connection[Any]

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query.encode(), parameters).fetchall()


# orders: each order of the truth beside the conversion that came of it (none: NULL). true_campaign_id NULL: no ad caused it.
# ads: each delivered ad beside who heard it, by the request that opened its download.
PREPARE = """
create temporary table world_orders as
select
    o.order_id, o.sponsor_id, o.person, p.household, o.ordered_at, o.value_minor, o.promo_code,
    nullif(o.campaign_id, '')::uuid as true_campaign_id,
    v.tenant_id, v.conversion_id, v.converted_at, v.owner_campaign_id, v.owner_touch_kind, v.previous_converted_at, v.has_consent,
    v.ip_class, v.household_hash is not null as has_household
from truth_orders as o
inner join truth_people as p on o.tenant = p.tenant and o.person = p.person
inner join app.tenants as t on o.tenant = t.slug
left join marts.attribution_conversions as v
    on t.tenant_id = v.tenant_id and o.sponsor_id = v.sponsor_id and o.order_id = v.order_id and v.conversion_kind = 'purchase';
create temporary table world_requests as
select r.tenant_id, r.household_hash, r.key_epoch, r.user_agent, r.requested_at, t.episode_guid, min(t.person) as person
from truth_requests as t
inner join truth_lines as l using (log_file, line)
inner join truth_sources as s using (log_file)
inner join raw.logs_requests as r
    on s.tenant_id = r.tenant_id and s.log_source_id = r.log_source_id and l.file_offset = r.file_offset
where t.countable_first_touch = 1
group by r.tenant_id, r.household_hash, r.key_epoch, r.user_agent, r.requested_at, t.episode_guid;
create temporary table world_ads as
select t.*, r.person, p.household
from marts.attribution_touches as t
inner join intermediate.int_ads_delivered as a
    on t.tenant_id = a.tenant_id and t.touch_at = a.delivered_at and t.placement_id = a.placement_id
    and t.episode_guid = a.episode_guid and t.household_hash = a.household_hash
inner join world_requests as r
    on a.tenant_id = r.tenant_id and a.household_hash = r.household_hash and a.user_agent = r.user_agent
    and a.episode_guid = r.episode_guid and a.delivered_at = r.requested_at
left join truth_people as p on r.person = p.person
where t.touch_kind = 'exposure';
analyze world_orders;
analyze world_requests;
analyze world_ads;
"""
SOURCES = """
create temporary table truth_sources as
select s.tenant_id, s.log_source_id, f.log_file
from (select distinct log_file from truth_requests) as f
inner join app.log_sources as s on s.path like '%/logs/' || f.log_file
"""


@contextmanager
def scored_world(
    name: str, seed: int, url: str, home: Path, tell: Callable[[str], None] = lambda line: None
) -> Iterator[ScoredWorld]:
    """The world `name` of `seed` in the empty, migrated database at `url`; files lie under `home`. `tell` hears of each step."""
    folder = home / f"{name}-{seed}"
    steps: Mapping[str, Callable[[], object]] = {
        "made": lambda: make_world(name, seed, NOW, folder, HERE),
        "landed": lambda: _land(url, folder, home),
        "built": lambda: _build(url, home / "dbt"),
    }
    for step, take in steps.items():
        began = time.monotonic()
        take()
        tell(f"{step} in {time.monotonic() - began:.0f} s")
    with opened(name, seed, url, folder) as world:
        yield world


@contextmanager
def opened(name: str, seed: int, url: str, folder: Path) -> Iterator[ScoredWorld]:
    """A built world with its truth copied in."""
    # No transaction stays open: another world built on this server, as the fraud score's is, would wait for it.
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as connection:
        for table, columns in TRUTH.items():
            copy_csv(connection, table, columns, folder / "truth" / f"{table}.csv")
        copy_lines(connection, folder)
        connection.execute(SOURCES.encode())
        connection.execute(PREPARE.encode())
        yield ScoredWorld(name, seed, folder, url, connection)


def _land(url: str, folder: Path, home: Path) -> None:
    land_network(url, folder, "score")
    import_files(url, folder, "score")
    logs = land_logs(url, "score", is_final=True)
    if logs.failures:
        raise RuntimeError(f"found {logs.failures} while landing {folder.name}, expected nothing to fail")
    land_events(url, folder / "events.jsonl", home)


def prepare(url: str, home: Path) -> None:
    """Bring an empty database to where every world starts: migrated, with the seeds and the views of staging."""
    migrate(url)
    settle(url)
    window = begin_build(url, "full", "score")
    _dbt(url, home / "dbt", "build", *(f"+{mart}" for mart in (*MARTS, DATA_DRIVEN)))
    hold_build(url, window.build_id, [])


def _build(url: str, target: Path) -> None:
    """The models that credit stands on, published; then the data-driven fits of them, published too."""
    settle(url)
    window = begin_build(url, "full", "score")
    _dbt(url, target, "run", *(f"+{mart}" for mart in MARTS), exclude=("path:models/staging",))
    publish(url, target / "manifest.json", MARTS)
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into marts.builds (build_id, mode, from_xact, to_xact, started_at) values (%s, 'full', %s, %s, now())",
            [window.build_id, window.from_xact, window.to_xact],
        )
        # Campaigns are scored, and placements are what they are made of: the other granularities would take most of the time.
        connection.execute("update app.attribution_settings set data_driven_granularities = '{placement}'")
    hold_build(url, window.build_id, [])
    _dbt(url, target, "run", READ_BY_FITS)
    fit_attribution(url, "score")
    _dbt(url, target, "run", DATA_DRIVEN)
    publish(url, target / "manifest.json", (DATA_DRIVEN,))


def _dbt(url: str, target: Path, verb: str, *select: str, exclude: tuple[str, ...] = ()) -> None:
    arguments = [verb, "--select", " ".join(select), "--full-refresh"]
    if verb == "build":
        arguments += ["--exclude-resource-type", "test", "unit_test"]
    if exclude:
        arguments += ["--exclude", " ".join(exclude)]
    result = run_dbt(url, arguments, target)
    if result.failed_checks:
        raise RuntimeError(f"found {result.failed_checks}, expected every model to build")
