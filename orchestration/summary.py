"""What a run came to: the figures that `hostread run` prints, each read from the table that holds it."""

from dataclasses import dataclass
from typing import Any

import psycopg

MODELS = ("first_touch", "last_touch", "linear", "time_decay", "position_based")
LANDED = ("feeds_items", "hosting_downloads", "logs_requests", "collector_events", "campaigns_orders", "campaigns_spend")


@dataclass(frozen=True)
class Summary:
    """Counts over all tenants; revenue as (tenant, currency, model, attributed, unattributed) in minor units.

    `failed_sources` are (source, address, what was found and expected); `build` is None before the first publication.
    """

    landed: dict[str, int]
    quarantined: int
    requests_judged: int
    requests_rejected: int
    downloads_counted: int
    conversions: int
    revenue: list[tuple[str, str, str, int, int]]
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
        revenue: list[tuple[str, str, str, int, int]] = []
        if build:
            revenue = _revenue(connection)
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
            revenue=revenue,
            reports=number("select count(*) from app.reports where status = 'succeeded'"),
            failed_sources=[
                (str(source), str(what), str(error))
                for source, what, error in connection.execute(
                    "select source, url, last_error from ops.fetch_state where last_error is not null order by source, url"
                )
            ],
            build=build[0] if build else None,
        )


def _revenue(connection: psycopg.Connection[Any]) -> list[tuple[str, str, str, int, int]]:
    """(tenant, currency, model, attributed, unattributed), in minor units."""
    return [
        (tenant, currency, model, int(attributed), int(unattributed))
        for tenant, currency, model, attributed, unattributed in connection.execute(
            """
            select t.slug, d.currency, d.model,
                coalesce(sum(d.revenue_minor) filter (where d.campaign_id <> '00000000-0000-0000-0000-000000000000'), 0),
                coalesce(sum(d.revenue_minor) filter (where d.campaign_id = '00000000-0000-0000-0000-000000000000'), 0)
            from marts.campaign_attribution_daily as d
            inner join app.tenants as t using (tenant_id)
            where d.basis = 'conversion_date'
            group by t.slug, d.currency, d.model
            order by t.slug, d.currency, array_position(%s, d.model)
            """,
            [list(MODELS)],
        )
    ]
