"""`counting.late_day_growth`: a late day of logs, landed and counted, after a history and after one of ten times as many days.

The late day lies in the middle of the history. Both sides are builds of one server, in one run. HOSTREAD_BENCH_DAY_LINES sets the
lines of a day.
"""

import os
from collections.abc import Iterable
from typing import Any

from benchmarks.counting_log import add_source, write_log
from benchmarks.counting_run import counting_server, land, run_models

DAY_LINES = int(os.environ.get("HOSTREAD_BENCH_DAY_LINES", "50000"))
SHORT_DAYS, LONG_DAYS = 3, 30
MODELS = ("+episode_downloads_daily", "+int_ads_delivered")


def run() -> Iterable[dict[str, Any]]:
    """One figure: seconds of the late day after the long history; the ratio to those after the short one."""
    with counting_server() as (url, home):

        def add(name: str, first_day: int, days: int, seed: int) -> float:
            log = home / f"{name}.jsonl"
            write_log(log, DAY_LINES * days, first_day, days, seed)
            add_source(url, log)
            return land(url, name)[0]

        add("short", 0, SHORT_DAYS, 1)
        run_models(url, home, "full", *MODELS)
        # The first late day warms both sides alike: what it costs is not measured.
        add("warm", 1, 1, 2)
        run_models(url, home, "incremental", *MODELS)
        after_short = add("late-1", 1, 1, 3) + run_models(url, home, "incremental", *MODELS)[0]
        add("long", SHORT_DAYS, LONG_DAYS - SHORT_DAYS, 4)
        run_models(url, home, "incremental", *MODELS)
        after_long = add("late-2", LONG_DAYS // 2, 1, 5) + run_models(url, home, "incremental", *MODELS)[0]
    yield {
        "name": "counting.late_day_growth", "value": round(after_long, 2), "unit": "s",
        "against": f"{after_short:.2f} s with a tenth of the history ({SHORT_DAYS} days of {DAY_LINES:,} lines, not {LONG_DAYS})",
        "ratio": round(after_long / after_short, 2),
    }  # fmt: skip
