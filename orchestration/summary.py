"""What a run came to: the figures that `hostread run` prints, each read from the table that holds it."""

from dataclasses import dataclass
from typing import Any

import psycopg

MODELS = ("first_touch", "last_touch", "linear", "time_decay", "position_based")
LANDED = ("feeds_items", "hosting_downloads", "logs_requests", "collector_events", "campaigns_orders", "campaigns_spend")


NONE = "00000000-0000-0000-0000-000000000000"
LEADING = 3
REVENUE = """
with

by_campaign as (
    select
        k.tenant_id, k.currency, k.campaign_id,
        array_agg(coalesce(d.revenue_minor, 0) order by m.place) as by_model
    from (select distinct tenant_id, currency, campaign_id from marts.campaign_attribution_daily) as k
    cross join lateral unnest(%(models)s::text[]) with ordinality as m (model, place)
    left join (
        select tenant_id, currency, campaign_id, model, sum(revenue_minor) as revenue_minor
        from marts.campaign_attribution_daily
        where basis = 'conversion_date' and not coalesce(is_fraud, false)
        group by tenant_id, currency, campaign_id, model
    ) as d
        on k.tenant_id = d.tenant_id and k.currency = d.currency and k.campaign_id = d.campaign_id and m.model = d.model
    group by k.tenant_id, k.currency, k.campaign_id
),

placed as (
    select
        b.*, c.name,
        row_number() over (partition by b.tenant_id, b.currency, c.name is null order by b.by_model[1] desc, b.campaign_id) as place
    from by_campaign as b
    left join app.campaigns as c on b.tenant_id = c.tenant_id and b.campaign_id = c.campaign_id
),

labelled as (
    select
        tenant_id, currency, by_model,
        case when name is null then 'unattributed' when place <= %(leading)s then name else 'other campaigns' end as label,
        case when name is null then %(leading)s + 2 when place <= %(leading)s then place else %(leading)s + 1 end as place
    from placed
    union all
    select tenant_id, currency, by_model, 'total', %(leading)s + 3 from by_campaign
)

select t.slug, l.currency, l.label, array_agg(l.revenue_minor order by l.model_place)
from (
    select tenant_id, currency, label, place, model_place, sum(revenue_minor) as revenue_minor
    from labelled cross join lateral unnest(by_model) with ordinality as u (revenue_minor, model_place)
    group by tenant_id, currency, label, place, model_place
) as l
inner join app.tenants as t using (tenant_id)
group by t.slug, l.currency, l.label, l.place
order by t.slug, l.currency, l.place
"""


@dataclass(frozen=True)
class Revenue:
    """One row of the summary's table: a campaign, or what stands beside them, under each of MODELS, in minor units."""

    tenant: str
    currency: str
    label: str
    by_model: tuple[int, ...]


@dataclass(frozen=True)
class Summary:
    """Counts over all tenants; revenue by tenant, campaign and model.

    `failed_sources` are (source, address, what was found and expected); `build` is None before the first publication.
    """

    landed: dict[str, int]
    quarantined: int
    requests_judged: int
    requests_rejected: int
    downloads_counted: int
    conversions: int
    revenue: list[Revenue]
    reports: int
    failed_sources: list[tuple[str, str, str]]
    build: str | None


def summarize(url: str) -> Summary:
    with psycopg.connect(url) as connection:

        def number(query: str) -> int:
            row = connection.execute(query).fetchone()
            return int(row[0] or 0) if row else 0

        landed = {table: number(f"select count(*) from raw.{table}") for table in LANDED}  # noqa: S608
        build = connection.execute("select build_id::text from marts.builds order by published_at desc limit 1").fetchone()
        return Summary(
            landed=landed,
            quarantined=number("select count(*) from raw.quarantine"),
            requests_judged=number("select count(*) from intermediate.int_requests_judged") if build else 0,
            requests_rejected=number("select count(*) from intermediate.int_requests_judged where rejected_by is not null")
            if build
            else 0,
            downloads_counted=number(
                "select sum(downloads) from marts.episode_downloads_daily where source = 'logs' and counting_window = 'first_touch'"
            )
            if build
            else 0,
            conversions=number("select count(distinct (tenant_id, conversion_id)) from marts.attribution_credits") if build else 0,
            revenue=_revenue(connection) if build else [],
            reports=number("select count(*) from app.reports where status = 'succeeded'"),
            failed_sources=[
                (str(source), str(what), str(error))
                for source, what, error in connection.execute(
                    "select source, url, last_error from ops.fetch_state where last_error is not null order by source, url"
                )
            ],
            build=build[0] if build else None,
        )


def _revenue(connection: psycopg.Connection[Any]) -> list[Revenue]:
    """Each tenant's leading campaigns, then the others together, then what no touch explains, then the total."""
    rows = connection.execute(REVENUE, {"models": list(MODELS), "none": NONE, "leading": LEADING}).fetchall()
    return [Revenue(tenant, currency, label, tuple(int(minor) for minor in by_model)) for tenant, currency, label, by_model in rows]
