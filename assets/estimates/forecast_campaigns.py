"""Forecasts of every campaign in flight: series out of the published build, results into estimates.campaign_forecasts."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from psycopg.rows import dict_row

from assets.estimates.forecast import MODEL_VERSION, Booleans, Floats, Forecast, Path, Show, expect, forecast, respond
from assets.estimates.published import published_build

# No episode, and no flight, is looked back at further than this.
DAYS = 400
CAMPAIGNS = """
select
    c.tenant_id, c.campaign_id, c.flight_start, c.flight_end,
    (
        select sum(p.contracted_ads)::bigint
        from app.placements as p
        where p.tenant_id = c.tenant_id and p.campaign_id = c.campaign_id
    ) as contracted,
    least((ops.build_as_of() at time zone 'UTC')::date - 1, d.last_day) as last_day
from app.campaigns as c
inner join (select tenant_id, max(day) as last_day from intermediate.int_downloads_daily group by tenant_id) as d
    on c.tenant_id = d.tenant_id
where c.status not in ('draft', 'cancelled') and c.flight_start <= d.last_day
order by c.tenant_id, c.campaign_id
"""
PLACEMENTS = """
select tenant_id, campaign_id, placement_id, show_id, insertion, flight_start, flight_end, episode_guids
from app.placements
order by tenant_id, campaign_id, placement_id
"""
DOWNLOADS = """
select d.show_id, d.episode_guid, (e.published_at at time zone 'UTC')::date as published, d.day,
    sum(d.first_touch_downloads)::bigint as counted
from intermediate.int_downloads_daily as d
left join intermediate.int_episodes_known as e using (tenant_id, show_id, episode_guid)
where d.tenant_id = %(tenant)s and d.day between %(first)s and %(last)s
group by d.show_id, d.episode_guid, e.published_at, d.day
order by d.show_id, d.episode_guid, d.day
"""
ADS = """
select placement_id, day, sum(ads_delivered)::bigint as counted
from marts.campaign_delivery_daily
where tenant_id = %(tenant)s and day between %(first)s and %(last)s
group by placement_id, day
"""
CONVERSIONS = """
select owner_campaign_id as campaign_id, (converted_at at time zone 'UTC')::date as day, count(*) as counted
from marts.attribution_conversions
where
    tenant_id = %(tenant)s and conversion_kind <> 'refund' and not coalesce(is_fraud, false)
    and converted_at >= %(first)s::date and converted_at < %(last)s::date + 1
group by owner_campaign_id, (converted_at at time zone 'UTC')::date
"""
COLUMNS = (
    "tenant_id", "campaign_id", "figure", "verdict", "reason", "method", "as_of", "until", "so_far", "expected", "low", "high",
    "low_95", "high_95", "backtest_count", "error_rate", "naive_error_rate", "guarantee", "guarantee_probability",
    "model_version", "build_id", "run_id",
)  # fmt: skip
Row = dict[str, Any]


@dataclass
class Forecasted:
    """How many forecasts by figure and verdict, and the build that they were read of."""

    build_id: UUID | None = None
    outcomes: Counter[str] = field(default_factory=Counter)


@dataclass
class Tenant:
    """One tenant's daily series from `first` on: shows with their episodes, ads by placement, conversions by campaign."""

    first: date
    days: int
    shows: Mapping[UUID, Show]
    guids: Mapping[UUID, Sequence[str]]
    ads: Mapping[UUID, Floats]
    conversions: Mapping[UUID, Floats]
    expected: dict[tuple[UUID, int, int], tuple[Floats, list[tuple[int, Floats]]]] = field(default_factory=dict)

    def place(self, day: date) -> int:
        return (day - self.first).days

    def ahead(self, show_id: UUID, origin: int, horizon: int) -> tuple[Floats, list[tuple[int, Floats]]]:
        """`expect` of a show, worked out once for all of its campaigns."""
        key = (show_id, origin, horizon)
        if key not in self.expected:
            self.expected[key] = expect(self.shows[show_id], origin, horizon)
        return self.expected[key]


def forecast_campaigns(url: str, run_id: str) -> Forecasted:
    """Forecast every campaign that has begun, and put that in the place of the last forecasts. Raises NothingPublishedError."""
    done = Forecasted()
    with published_build(url) as (connection, build_id):
        done.build_id = build_id
        campaigns = _rows(connection, CAMPAIGNS)
        placements: dict[UUID, list[Row]] = defaultdict(list)
        for row in _rows(connection, PLACEMENTS):
            placements[row["campaign_id"]].append(row)
        connection.execute("delete from estimates.campaign_forecasts")
        tenants: dict[int, Tenant] = {}
        for campaign in campaigns:
            tenant_id, last = campaign["tenant_id"], campaign["last_day"]
            if tenant_id not in tenants:
                tenants = {tenant_id: _tenant(connection, tenant_id, last)}
            for figure, found, so_far in outlook(tenants[tenant_id], campaign, placements[campaign["campaign_id"]]):
                done.outcomes[f"{figure}_{found.verdict}"] += 1
                values = _values(campaign, figure, found, so_far)
                connection.execute(INSERT, [*values, MODEL_VERSION, build_id, run_id])
    return done


INSERT = (
    f"insert into estimates.campaign_forecasts ({', '.join(COLUMNS)}) values ({', '.join(['%s'] * len(COLUMNS))})"  # noqa: S608 - constants
).encode()


def outlook(tenant: Tenant, campaign: Row, placements: Sequence[Row]) -> list[tuple[str, Forecast, int]]:
    """(figure, forecast, what there is so far) of one campaign: ads delivered, downloads of its shows, conversions that it owns."""
    last = tenant.days - 1
    horizon = (campaign["flight_end"] - campaign["last_day"]).days
    start = max(0, tenant.place(campaign["flight_start"]))
    until = tenant.place(campaign["flight_end"]) + 1
    shows = sorted({row["show_id"] for row in placements if row["show_id"] in tenant.shows})
    ads = np.sum([tenant.ads.get(row["placement_id"], np.zeros(tenant.days)) for row in placements], axis=0) + np.zeros(tenant.days)
    downloads = np.sum([tenant.shows[show].downloads.sum(axis=0) for show in shows], axis=0) + np.zeros(tenant.days)
    conversions = tenant.conversions.get(campaign["campaign_id"], np.zeros(tenant.days))

    def all_downloads(origin: int, days: int) -> Floats:
        found = np.zeros(days)
        for show in shows:
            known, coming = tenant.ahead(show, origin, days)
            found += known.sum(axis=0) + sum((path for _, path in coming), np.zeros(days))
        return found

    ads_to_come = _ads_path(tenant, placements)
    first = int(np.flatnonzero(downloads)[0]) if downloads.any() else last

    def answered(origin: int, days: int) -> Floats:
        return respond(ads[start : origin + 1], conversions[start : origin + 1], ads_to_come(origin, days))

    series: list[tuple[str, Floats, Path, str, int]] = [
        ("ads", ads, ads_to_come, "decay", start),
        ("downloads", downloads, all_downloads, "decay", first),
        ("conversions", conversions, answered, "response", start),
    ]
    return [
        (figure, forecast(values, model, method, begins, horizon), round(float(values[start:until].sum())))
        for figure, values, model, method, begins in series
    ]


def _ads_path(tenant: Tenant, placements: Sequence[Row]) -> Path:
    """Ads to come: the downloads to come of the episodes that carry each ad, by the share of such downloads that delivered it."""
    carried = [(row, _carries(tenant, row)) for row in placements if row["show_id"] in tenant.shows]

    def path(origin: int, days: int) -> Floats:
        found = np.zeros(days)
        for row, episodes in carried:
            begins, ends = tenant.place(row["flight_start"]), tenant.place(row["flight_end"])
            heard = tenant.shows[row["show_id"]].downloads[episodes, max(0, begins) : origin + 1].sum()
            delivered = tenant.ads.get(row["placement_id"], np.zeros(tenant.days))[: origin + 1].sum()
            if heard <= 0:
                continue
            known, coming = tenant.ahead(row["show_id"], origin, days)
            ahead = known[episodes].sum(axis=0)
            if row["episode_guids"] is None:
                is_baked = row["insertion"] == "baked_in"
                ahead = ahead + sum((path for day, path in coming if not is_baked or begins <= day <= ends), np.zeros(days))
            if row["insertion"] != "baked_in":
                ahead = np.where(np.arange(origin + 1, origin + 1 + days) <= ends, ahead, 0.0)
            found += delivered / heard * ahead
        return found

    return path


def _carries(tenant: Tenant, placement: Row) -> Booleans:
    """Which known episodes of the placement's show carry its ad (as the macro ads_carried says)."""
    show, guids = tenant.shows[placement["show_id"]], tenant.guids[placement["show_id"]]
    if placement["episode_guids"] is not None:
        return np.isin(guids, placement["episode_guids"])
    if placement["insertion"] == "baked_in":
        begins, ends = tenant.place(placement["flight_start"]), tenant.place(placement["flight_end"])
        return (show.published >= begins) & (show.published <= ends)
    return np.ones(len(guids), bool)


def _tenant(connection: psycopg.Connection[Any], tenant_id: int, last: date) -> Tenant:
    first = last - timedelta(days=DAYS - 1)
    asked = {"tenant": tenant_id, "first": first, "last": last}
    episodes: dict[UUID, dict[str, int]] = defaultdict(dict)
    published: dict[UUID, list[int]] = defaultdict(list)
    rows = _rows(connection, DOWNLOADS, asked)
    for row in rows:
        if row["episode_guid"] not in episodes[row["show_id"]]:
            episodes[row["show_id"]][row["episode_guid"]] = len(episodes[row["show_id"]])
            # Without a date it is taken for one of the catalogue.
            published[row["show_id"]].append((row["published"] - first).days if row["published"] else -DAYS)
    downloads = {show: np.zeros((len(guids), DAYS)) for show, guids in episodes.items()}
    for row in rows:
        downloads[row["show_id"]][episodes[row["show_id"]][row["episode_guid"]], (row["day"] - first).days] += row["counted"]
    return Tenant(
        first, DAYS, {show: Show(np.array(published[show], np.int64), downloads[show]) for show in episodes},
        {show: list(guids) for show, guids in episodes.items()}, _daily(_rows(connection, ADS, asked), "placement_id", first),
        _daily(_rows(connection, CONVERSIONS, asked), "campaign_id", first),
    )  # fmt: skip


def _daily(rows: Sequence[Row], key: str, first: date) -> dict[UUID, Floats]:
    found: dict[UUID, Floats] = defaultdict(lambda: np.zeros(DAYS))
    for row in rows:
        found[row[key]][(row["day"] - first).days] += row["counted"]
    return dict(found)


def _values(campaign: Row, figure: str, found: Forecast, so_far: int) -> list[Any]:
    total = None if found.expected is None else so_far + found.expected
    ends: list[float | None] = [so_far + end for pair in found.intervals for end in pair] or [None, None, None, None]
    guarantee = campaign["contracted"] if figure == "ads" else None
    probability = None
    if guarantee:
        probability = found.probability_of(guarantee - so_far)
        if found.verdict == "flight_ended":
            probability = float(so_far >= guarantee)
    return [
        campaign["tenant_id"], campaign["campaign_id"], figure, found.verdict, found.reason, found.method, campaign["last_day"],
        campaign["flight_end"], so_far, total, *ends, found.origins, found.error, found.naive_error, guarantee, probability,
    ]  # fmt: skip


def _rows(connection: psycopg.Connection[Any], query: str, asked: Mapping[str, Any] | None = None) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), asked).fetchall()
