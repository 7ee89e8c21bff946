"""Freshness and run policies: data, in one place, tested without a run.

What is tried again says so where it is made: assets.results for the warehouse, assets.delivery for the mail server.
"""

from datetime import timedelta

import dagster as dg

MARTS_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=1), warn_window=timedelta(minutes=15))
FEEDS_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=6), warn_window=timedelta(hours=1))
HOSTING_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26), warn_window=timedelta(hours=4))
# Lists are asked for daily; what judges by a list of last month lets new clouds through.
LISTS_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=7), warn_window=timedelta(days=2))

# By the name of the asset's table, for what is fetched from somebody else.
FRESHNESS = {
    "feeds_documents": FEEDS_FRESHNESS,
    "feeds_channels": FEEDS_FRESHNESS,
    "feeds_items": FEEDS_FRESHNESS,
    "feeds_snapshots": FEEDS_FRESHNESS,
    "hosting_downloads": HOSTING_FRESHNESS,
    "lists": LISTS_FRESHNESS,
}


def with_freshness(spec: dg.AssetSpec) -> dg.AssetSpec:
    policy = FRESHNESS.get(spec.key.path[-1])
    return dg.apply_freshness_policy(spec, policy) if policy else spec


# Runs that write the marts queue behind one another (instance/dagster.yaml limits the tag to one).
WRITES_MARTS = {"hostread/writes": "marts"}
MAX_RUNTIME = {"dagster/max_runtime": "1800"}
