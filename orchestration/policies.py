"""Retry, freshness and run policies: data, in one place, tested without a run."""

from datetime import timedelta

import dagster as dg

# A host that answers 500 or not at all is asked again; a wrong password or an unknown header never is (the assets raise
# RetryRequested only for what passes).
TRANSIENT = dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)

MARTS_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=1), warn_window=timedelta(minutes=15))
FEEDS_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=6), warn_window=timedelta(hours=1))
HOSTING_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26), warn_window=timedelta(hours=4))

# Runs that write the marts queue behind one another (instance/dagster.yaml limits the tag to one).
WRITES_MARTS = {"hostread/writes": "marts"}
MAX_RUNTIME = {"dagster/max_runtime": "1800"}
