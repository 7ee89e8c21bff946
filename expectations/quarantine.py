"""How much of what came could not be used, by source: a warning, since each such row stands alone and is kept."""

from expectations.rules import Suite, between

LARGEST_RATE = 0.05
# Below it a rate says nothing: one bad line of ten is no trend.
FEWEST_ROWS = 5

QUARANTINE = Suite(
    "quarantine",
    f"""
    select
        q.source, q.unexplained_count,
        case
            when q.quarantined_count < {FEWEST_ROWS} then 0
            else q.quarantined_count::float8 / (q.quarantined_count + coalesce(l.landed_count, 0))
        end as quarantined_rate
    from (
        select source, count(*) as quarantined_count, count(*) filter (where reason !~ '[^ ]') as unexplained_count
        from {{rows}} as r
        where replayed_at is null
        group by source
    ) as q
    left join (
        select 'collector' as source, count(*) as landed_count from raw.collector_events where {{where}}
        union all select 'logs', count(*) from raw.logs_requests where {{where}}
        union all select 'feeds', count(*) from raw.feeds_items where {{where}}
        union all select 'hosting', count(*) from raw.hosting_downloads where {{where}}
        union all select 'campaigns_orders', count(*) from raw.campaigns_orders where {{where}}
        union all select 'campaigns_spend', count(*) from raw.campaigns_spend where {{where}}
        union all select 'campaigns_currency_rates', count(*) from app.currency_rates
    ) as l on l.source = q.source
    """,  # noqa: S608  # constants of this package
    ("source",),
    (
        between(
            "quarantined_rows_are_under_5_percent", "warning", "quarantined_rate", 0, LARGEST_RATE, "A source changed its shape."
        ),
        between(
            "quarantined_rows_have_a_reason", "warning", "unexplained_count", 0, 0, "Nobody can mend what no reason is given for."
        ),
    ),
)
